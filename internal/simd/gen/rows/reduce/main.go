// Reduce writes sums, maxima, the pieces of softmax, and sums of columns.
// Sums are float64, whatever the elements are.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/rows/vec"
)

func main() {
	ConstraintExpr("amd64")
	vec.Both(func(wide bool) {
		for _, size := range []int{4, 8} {
			sum(wide, size)
			dot(wide, size)
			deviations(wide, size)
			largest(wide, size)
			columnSums(wide, size)
			columnMoments(wide, size)
		}
		columnSpreads(wide)
		expSum(wide)
	})
	Generate()
}

func bits(name string, size int) (string, string) {
	if size == 4 {
		return name + "32", "float32"
	}
	return name + "64", "float64"
}

// widened returns elements of the given size at m as a vector of float64;
// with a mask, zeros where it has none.
func widened(g *vec.Gen, m Mem, size int, mask *vec.Mask) reg.VecVirtual {
	if size == 8 {
		return g.Load(m, mask)
	}
	r := g.Reg()
	switch {
	case mask == nil:
		VCVTPS2PD(m, r)
	case g.Wide:
		VCVTPS2PD_Z(m, mask.K(), r)
	default:
		half := XMM()
		VMASKMOVPS(m, mask.V(), half)
		VCVTPS2PD(half, r)
	}
	return r
}

// loop goes through n elements of each pointer, of the given size, in vectors
// of float64: four at once, one at a time, a part. u tells the vectors of a
// turn apart.
func loop(g *vec.Gen, n reg.GPVirtual, size int, pointers []reg.GPVirtual, body func(u, offset int, mask *vec.Mask)) {
	many, one, part, done := g.Label("many"), g.Label("one"), g.Label("part"), g.Label("done")
	step := g.Lanes() * size
	turn := func(label, next string, vectors int) {
		Label(label)
		CMPQ(n, I32(int32(vectors*g.Lanes())))
		JLT(LabelRef(next))
		for u := range vectors {
			body(u, u*step, nil)
		}
		for _, p := range pointers {
			ADDQ(I32(int32(vectors*step)), p)
		}
		SUBQ(I32(int32(vectors*g.Lanes())), n)
		JMP(LabelRef(label))
	}
	turn(many, one, 4)
	turn(one, part, 1)
	Label(part)
	TESTQ(n, n)
	JE(LabelRef(done))
	m := g.FirstHalf(n, 4)
	if size == 8 {
		m = g.First(n)
	}
	body(0, 0, &m)
	Label(done)
}

// accumulators returns four zeros.
func accumulators(g *vec.Gen) (acc [4]reg.VecVirtual) {
	for i := range acc {
		acc[i] = g.Reg()
		VXORPD(acc[i], acc[i], acc[i])
	}
	return acc
}

// total adds all lanes of acc and stores the sum as the result.
func total(g *vec.Gen, acc [4]reg.VecVirtual) {
	VADDPD(acc[1], acc[0], acc[0])
	VADDPD(acc[3], acc[2], acc[2])
	VADDPD(acc[2], acc[0], acc[0])
	y, x, t := acc[0].AsY(), acc[0].AsX(), YMM()
	if g.Wide {
		VEXTRACTF64X4(U8(1), acc[0], t)
		VADDPD(t, y, y)
	}
	VEXTRACTF128(U8(1), y, t.AsX())
	VADDPD(t.AsX(), x, x)
	VPERMILPD(U8(1), x, t.AsX())
	VADDSD(t.AsX(), x, x)
	Store(x, ReturnIndex(0))
}

func sum(wide bool, size int) {
	name, typ := bits("sum", size)
	g := vec.New(wide, 8, name, "(x *"+typ+", n int) float64", "returns the sum of x.")
	x, n := g.Ptr("x"), g.Ptr("n")
	acc := accumulators(g)
	loop(g, n, size, []reg.GPVirtual{x}, func(u, offset int, mask *vec.Mask) {
		v := widened(g, Mem{Base: x, Disp: offset}, size, mask)
		VADDPD(v, acc[u], acc[u])
	})
	total(g, acc)
	g.End()
}

func dot(wide bool, size int) {
	name, typ := bits("dot", size)
	g := vec.New(wide, 8, name, "(x, y *"+typ+", n int) float64", "returns the sum of x·y.")
	x, y, n := g.Ptr("x"), g.Ptr("y"), g.Ptr("n")
	acc := accumulators(g)
	loop(g, n, size, []reg.GPVirtual{x, y}, func(u, offset int, mask *vec.Mask) {
		v := widened(g, Mem{Base: x, Disp: offset}, size, mask)
		w := widened(g, Mem{Base: y, Disp: offset}, size, mask)
		VFMADD231PD(v, w, acc[u])
	})
	total(g, acc)
	g.End()
}

func deviations(wide bool, size int) {
	name, typ := bits("deviations", size)
	g := vec.New(wide, 8, name, "(x *"+typ+", centre float64, n int) float64", "returns the sum of (x−centre)².")
	x, n := g.Ptr("x"), g.Ptr("n")
	centre := g.Broadcast("centre")
	acc := accumulators(g)
	loop(g, n, size, []reg.GPVirtual{x}, func(u, offset int, mask *vec.Mask) {
		v := widened(g, Mem{Base: x, Disp: offset}, size, mask)
		subtract(g, v, centre, mask)
		VFMADD231PD(v, v, acc[u])
	})
	total(g, acc)
	g.End()
}

// subtract subtracts c from v; lanes without the mask become 0.
func subtract(g *vec.Gen, v reg.VecVirtual, c Op, mask *vec.Mask) {
	switch {
	case mask == nil:
		VSUBPD(c, v, v)
	case g.Wide:
		VSUBPD_Z(c, v, mask.K(), v)
	default:
		VSUBPD(c, v, v)
		wide := mask.V()
		if wide.Size() == 16 { // of 4-byte lanes
			w := YMM()
			VPMOVSXDQ(wide, w)
			wide = w
		}
		VANDPD(wide, v, v)
	}
}

// largest writes the maximum, NaN if there is one.
func largest(wide bool, size int) {
	name, typ := bits("largest", size)
	g := vec.New(wide, size, name, "(x *"+typ+", n int) "+typ, "returns the maximum of x, or NaN.")
	x, n := g.Ptr("x"), g.Ptr("n")
	g.Hold(math.Inf(-1))
	low := g.R(math.Inf(-1))
	var acc [4]reg.VecVirtual
	for i := range acc {
		acc[i] = g.Reg()
		if size == 4 {
			VMOVAPS(low, acc[i])
		} else {
			VMOVAPD(low, acc[i])
		}
	}
	many, one, part, done := g.Label("many"), g.Label("one"), g.Label("part"), g.Label("done")
	turn := func(label, next string, vectors int) {
		Label(label)
		CMPQ(n, I32(int32(vectors*g.Lanes())))
		JLT(LabelRef(next))
		for u := range vectors {
			larger(g, g.Load(Mem{Base: x, Disp: u * g.Bytes()}, nil), acc[u])
		}
		ADDQ(I32(int32(vectors*g.Bytes())), x)
		SUBQ(I32(int32(vectors*g.Lanes())), n)
		JMP(LabelRef(label))
	}
	turn(many, one, 4)
	turn(one, part, 1)
	Label(part)
	TESTQ(n, n)
	JE(LabelRef(done))
	m := g.First(n)
	v := g.Load(Mem{Base: x}, &m)
	switch rest := g.Reg(); {
	case wide && size == 4:
		VMOVAPS(low, rest)
		VMOVAPS(v, m.K(), rest)
		larger(g, rest, acc[0])
	case wide:
		VMOVAPD(low, rest)
		VMOVAPD(v, m.K(), rest)
		larger(g, rest, acc[0])
	default:
		VMOVAPD(low, rest)
		VBLENDVPS(m.V(), v, rest, rest)
		larger(g, rest, acc[0])
	}
	Label(done)
	larger(g, acc[1], acc[0])
	larger(g, acc[3], acc[2])
	larger(g, acc[2], acc[0])
	if wide {
		t := ZMM()
		VSHUFF64X2(U8(0b01_00_11_10), acc[0], acc[0], t)
		larger(g, t, acc[0])
		VSHUFF64X2(U8(0b10_11_00_01), acc[0], acc[0], t)
		larger(g, t, acc[0])
	} else {
		t := YMM()
		VPERM2F128(U8(1), acc[0], acc[0], t)
		larger(g, t, acc[0])
	}
	t := g.Reg()
	VPERMILPD(U8(0x55), acc[0], t)
	larger(g, t, acc[0])
	if size == 4 {
		VPERMILPS(U8(0b10_11_00_01), acc[0], t)
		larger(g, t, acc[0])
	}
	Store(acc[0].AsX(), ReturnIndex(0))
	g.End()
}

// larger stores the larger of x and acc in acc, NaN if either is.
func larger(g *vec.Gen, x, acc reg.VecVirtual) {
	// The second source, acc, if either is NaN; then x where it is NaN.
	if g.Size == 4 {
		VMAXPS(acc, x, acc)
	} else {
		VMAXPD(acc, x, acc)
	}
	g.Blend(vec.Unordered, x, x, x, acc)
}

// columnSums and columnMoments hold the sums of some columns in registers
// while they go through a few rows.
func columnSums(wide bool, size int) {
	name, typ := bits("columnSums", size)
	g := vec.New(wide, 8, name, "(acc *float64, x *"+typ+", stride, rows, cols int)",
		"adds rows of x, stride bytes apart, to acc.")
	acc, x, stride, rows, cols := g.Ptr("acc"), g.Ptr("x"), g.Ptr("stride"), g.Ptr("rows"), g.Ptr("cols")
	columns(g, size, cols, x, []reg.GPVirtual{acc}, 8, func(vectors int, masks *columnMasks) {
		sums := make([]reg.VecVirtual, vectors)
		for u := range sums {
			sums[u] = g.Load(Mem{Base: acc, Disp: u * g.Bytes()}, masks.of8())
		}
		eachRow(g, x, stride, rows, func(row reg.GPVirtual) {
			for u := range sums {
				v := widened(g, Mem{Base: row, Disp: u * g.Lanes() * size}, size, masks.of(size))
				VADDPD(v, sums[u], sums[u])
			}
		})
		for u := range sums {
			g.Store(sums[u], Mem{Base: acc, Disp: u * g.Bytes()}, masks.of8())
		}
	})
	g.End()
}

func columnMoments(wide bool, size int) {
	name, typ := bits("columnMoments", size)
	g := vec.New(wide, 8, name, "(sum, squares, centre *float64, x *"+typ+", stride, rows, cols int)",
		"adds rows of x−centre, stride bytes apart, to sum, and their squares to squares.")
	sum, squares, centre := g.Ptr("sum"), g.Ptr("squares"), g.Ptr("centre")
	x, stride, rows, cols := g.Ptr("x"), g.Ptr("stride"), g.Ptr("rows"), g.Ptr("cols")
	columns(g, size, cols, x, []reg.GPVirtual{sum, squares, centre}, 4, func(vectors int, masks *columnMasks) {
		var s, q, c []reg.VecVirtual
		for u := range vectors {
			s = append(s, g.Load(Mem{Base: sum, Disp: u * g.Bytes()}, masks.of8()))
			q = append(q, g.Load(Mem{Base: squares, Disp: u * g.Bytes()}, masks.of8()))
			c = append(c, g.Load(Mem{Base: centre, Disp: u * g.Bytes()}, masks.of8()))
		}
		eachRow(g, x, stride, rows, func(row reg.GPVirtual) {
			for u := range vectors {
				v := widened(g, Mem{Base: row, Disp: u * g.Lanes() * size}, size, masks.of(size))
				VSUBPD(c[u], v, v)
				VADDPD(v, s[u], s[u])
				VFMADD231PD(v, v, q[u])
			}
		})
		for u := range vectors {
			g.Store(s[u], Mem{Base: sum, Disp: u * g.Bytes()}, masks.of8())
			g.Store(q[u], Mem{Base: squares, Disp: u * g.Bytes()}, masks.of8())
		}
	})
	g.End()
}

// columnSpreads is columnMoments of float32 about a centre of float32.
func columnSpreads(wide bool) {
	g := vec.New(wide, 8, "columnSpreads", "(sum, squares *float64, centre, x *float32, stride, rows, cols int)",
		"adds rows of x−centre, stride bytes apart, to sum, and their squares to squares.")
	sum, squares, centre := g.Ptr("sum"), g.Ptr("squares"), g.Ptr("centre")
	x, stride, rows, cols := g.Ptr("x"), g.Ptr("stride"), g.Ptr("rows"), g.Ptr("cols")
	step := g.Lanes() * 4
	g.Hold(1)
	one := g.R(1)
	columns(g, 4, cols, x, []reg.GPVirtual{sum, squares}, 4, func(vectors int, masks *columnMasks) {
		var s, q, c []reg.VecVirtual
		for u := range vectors {
			s = append(s, g.Load(Mem{Base: sum, Disp: u * g.Bytes()}, masks.of8()))
			q = append(q, g.Load(Mem{Base: squares, Disp: u * g.Bytes()}, masks.of8()))
			c = append(c, widened(g, Mem{Base: centre, Disp: u * step}, 4, masks.of(4)))
		}
		eachRow(g, x, stride, rows, func(row reg.GPVirtual) {
			for u := range vectors {
				v := widened(g, Mem{Base: row, Disp: u * step}, 4, masks.of(4))
				VSUBPD(c[u], v, v)
				VFMADD231PD(v, one, s[u]) // v·1 + s: units that add are busy enough with the two above
				VFMADD231PD(v, v, q[u])
			}
		})
		for u := range vectors {
			g.Store(s[u], Mem{Base: sum, Disp: u * g.Bytes()}, masks.of8())
			g.Store(q[u], Mem{Base: squares, Disp: u * g.Bytes()}, masks.of8())
		}
		ADDQ(I32(int32(vectors*step)), centre)
	})
	g.End()
}

// columnMasks are the masks of the last columns for 8-byte lanes and for
// elements of 4 bytes.
type columnMasks struct{ wide, narrow vec.Mask }

func (m *columnMasks) of8() *vec.Mask { return m.of(8) }

func (m *columnMasks) of(size int) *vec.Mask {
	if m == nil {
		return nil
	}
	if size == 4 {
		return &m.narrow
	}
	return &m.wide
}

// columns goes through the columns: many vectors at once, one, a part of one.
func columns(g *vec.Gen, size int, cols, x reg.GPVirtual, sums []reg.GPVirtual, many int, body func(vectors int, masks *columnMasks)) {
	for _, vectors := range []int{many, 1} {
		label, next := g.Label("columns"), g.Label("next")
		Label(label)
		CMPQ(cols, I32(int32(vectors*g.Lanes())))
		JLT(LabelRef(next))
		body(vectors, nil)
		for _, p := range sums {
			ADDQ(I32(int32(vectors*g.Bytes())), p)
		}
		ADDQ(I32(int32(vectors*g.Lanes()*size)), x)
		SUBQ(I32(int32(vectors*g.Lanes())), cols)
		JMP(LabelRef(label))
		Label(next)
	}
	done := g.Label("done")
	TESTQ(cols, cols)
	JE(LabelRef(done))
	masks := &columnMasks{wide: g.First(cols)}
	masks.narrow = masks.wide
	if !g.Wide && size == 4 {
		masks.narrow = g.FirstHalf(cols, 4)
	}
	body(1, masks)
	Label(done)
}

// eachRow goes through the rows below x.
func eachRow(g *vec.Gen, x, stride, rows reg.GPVirtual, body func(row reg.GPVirtual)) {
	row, left, label := GP64(), GP64(), g.Label("row")
	MOVQ(x, row)
	MOVQ(rows, left)
	Label(label)
	body(row)
	ADDQ(stride, row)
	DECQ(left)
	JNE(LabelRef(label))
}

// expSum writes the exponentials of a softmax.
func expSum(wide bool) {
	g := vec.New(wide, 4, "expSum", "(dst, src *float32, n int, m float32) float32",
		"stores e^(src−m) in dst and returns the sum.")
	dst, src, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("n")
	m := g.Broadcast("m")
	g.HoldExp()
	var acc [2]reg.VecVirtual
	for i := range acc {
		acc[i] = g.Reg()
		VXORPS(acc[i], acc[i], acc[i])
	}
	turn := 0
	g.Loop(n, 2, []reg.GPVirtual{dst, src}, func(offset int, mask *vec.Mask) {
		x := g.Load(Mem{Base: src, Disp: offset}, mask)
		VSUBPS(m, x, x)
		e := g.Exp(x)
		g.Store(e, Mem{Base: dst, Disp: offset}, mask)
		a := acc[turn%2]
		turn++
		switch {
		case mask == nil:
			VADDPS(e, a, a)
		case wide:
			VADDPS(e, a, mask.K(), a)
		default:
			VANDPS(mask.V(), e, e)
			VADDPS(e, a, a)
		}
	})
	VADDPS(acc[1], acc[0], acc[0])
	y, x, t := acc[0].AsY(), acc[0].AsX(), YMM()
	if wide {
		VEXTRACTF64X4(U8(1), acc[0], t)
		VADDPS(t, y, y)
	}
	VEXTRACTF128(U8(1), y, t.AsX())
	VADDPS(t.AsX(), x, x)
	VPERMILPD(U8(1), x, t.AsX())
	VADDPS(t.AsX(), x, x)
	VPERMILPS(U8(1), x, t.AsX())
	VADDSS(t.AsX(), x, x)
	Store(x, ReturnIndex(0))
	g.End()
}
