// Layout writes transpositions of blocks of float32.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/rows/vec"
)

func main() {
	ConstraintExpr("amd64")
	vec.Both(func(wide bool) {
		blocks(wide)
		rest(wide)
		copyRows(wide)
	})
	Generate()
}

// blocks writes the transposition of 16 rows of n blocks of columns (16, or 8
// with AVX2). Four elements of a row are loaded at once, rows 4 apart into the
// lanes of one register, so that what remains is 4×4 within lanes.
func blocks(wide bool) {
	g := vec.New(wide, 4, "transposeBlocks", "(dst, src *float32, dstStride, srcStride, n int)",
		"transposes 16 rows of n blocks of columns; strides are in bytes.")
	dst, src, ds, ss, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("dstStride"), g.Ptr("srcStride"), g.Ptr("n")
	ss3, ds3 := GP64(), GP64()
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss3)
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	quads := make([]reg.GPVirtual, 4) // rows 0, 4, 8 and 12
	quads[0] = src
	for q := 1; q < 4; q++ {
		quads[q] = GP64()
		LEAQ(Mem{Base: quads[q-1], Index: ss, Scale: 4}, quads[q])
	}
	row := func(base, stride, stride3 reg.GPVirtual, i int) Mem {
		switch i {
		case 0:
			return Mem{Base: base}
		case 3:
			return Mem{Base: base, Index: stride3, Scale: 1}
		}
		return Mem{Base: base, Index: stride, Scale: uint8(i)}
	}
	label := g.Label("block")
	Label(label)
	lanes, groups := 4, 4
	if !wide {
		lanes, groups = 2, 2
	}
	column := GP64()
	for half := 0; half < 4; half += lanes {
		a := make([][]reg.VecVirtual, groups)
		for k := range a {
			a[k] = []reg.VecVirtual{g.Reg(), g.Reg(), g.Reg(), g.Reg()}
		}
		for l := range lanes {
			for i := range 4 {
				for k := range groups {
					m := row(quads[half+l], ss, ss3, i).Offset(16 * k)
					switch {
					case l == 0 && wide: // defines the whole register
						VBROADCASTF32X4(m, a[k][i])
					case l == 0:
						VBROADCASTF128(m, a[k][i])
					case wide:
						VINSERTF32X4(U8(l), m, a[k][i], a[k][i])
					default:
						VINSERTF128(U8(l), m, a[k][i], a[k][i])
					}
				}
			}
		}
		MOVQ(dst, column)
		for k := range a {
			for i, r := range quad(g, a[k]) {
				VMOVUPS(r, row(column, ds, ds3, i).Offset(16*half))
			}
			LEAQ(Mem{Base: column, Index: ds, Scale: 4}, column)
		}
	}
	MOVQ(column, dst)
	for _, q := range quads {
		ADDQ(I32(16*groups), q)
	}
	DECQ(n)
	JNE(LabelRef(label))
	g.End()
}

// quad transposes 4×4 elements in each lane of a.
func quad(g *vec.Gen, a []reg.VecVirtual) []reg.VecVirtual {
	t, r := regs(g, 4), regs(g, 4)
	VUNPCKLPS(a[1], a[0], t[0])
	VUNPCKHPS(a[1], a[0], t[1])
	VUNPCKLPS(a[3], a[2], t[2])
	VUNPCKHPS(a[3], a[2], t[3])
	VUNPCKLPD(t[2], t[0], r[0])
	VUNPCKHPD(t[2], t[0], r[1])
	VUNPCKLPD(t[3], t[1], r[2])
	VUNPCKHPD(t[3], t[1], r[3])
	return r
}

func regs(g *vec.Gen, n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = g.Reg()
	}
	return r
}

// rest writes the transposition of some rows, not more than a vector has
// elements, of any number of columns.
func rest(wide bool) {
	g := vec.New(wide, 4, "transposeRest", "(dst, src *float32, dstStride, srcStride, rows, cols int)",
		"transposes up to a vector of rows; strides are in bytes.")
	dst, src, ds, ss, rows, cols := g.Ptr("dst"), g.Ptr("src"), g.Ptr("dstStride"), g.Ptr("srcStride"), g.Ptr("rows"), g.Ptr("cols")
	label, done := g.Label("block"), g.Label("done")
	Label(label)
	n := GP64()
	limit := GP64()
	MOVQ(U32(g.Lanes()), limit)
	MOVQ(cols, n)
	CMPQ(n, limit)
	CMOVQGT(limit, n)
	inRow := g.First(n)
	a := make([]reg.VecVirtual, g.Lanes())
	p, next := GP64(), GP64()
	MOVQ(src, p)
	for i := range a {
		a[i] = g.Load(Mem{Base: p}, &inRow)
		if i+1 < len(a) { // rows that are not there are the last one
			LEAQ(Mem{Base: p, Index: ss, Scale: 1}, next)
			CMPQ(rows, U8(i+1))
			CMOVQGT(next, p)
		}
	}
	inColumn := g.First(rows)
	for i, r := range transposed(g, a) {
		if i > 0 {
			CMPQ(cols, U8(i))
			JLE(LabelRef(done))
		}
		g.Store(r, Mem{Base: dst}, &inColumn)
		ADDQ(ds, dst)
	}
	ADDQ(I32(int32(g.Bytes())), src)
	SUBQ(I32(int32(g.Lanes())), cols)
	JG(LabelRef(label))
	Label(done)
	g.End()
}

// transposed transposes the square a.
func transposed(g *vec.Gen, a []reg.VecVirtual) []reg.VecVirtual {
	n := len(a)
	var quads [][]reg.VecVirtual // [q][i]: in lane l the rows 4q… of column 4l+i
	for q := 0; q < n; q += 4 {
		quads = append(quads, quad(g, a[q:q+4]))
	}
	out := make([]reg.VecVirtual, n)
	for i := range 4 {
		if n == 8 {
			r := regs(g, 2)
			VPERM2F128(U8(0x20), quads[1][i], quads[0][i], r[0])
			VPERM2F128(U8(0x31), quads[1][i], quads[0][i], r[1])
			out[i], out[4+i] = r[0], r[1]
			continue
		}
		t, r := regs(g, 4), regs(g, 4)
		VSHUFF32X4(U8(0x44), quads[1][i], quads[0][i], t[0])
		VSHUFF32X4(U8(0x44), quads[3][i], quads[2][i], t[1])
		VSHUFF32X4(U8(0xee), quads[1][i], quads[0][i], t[2])
		VSHUFF32X4(U8(0xee), quads[3][i], quads[2][i], t[3])
		VSHUFF32X4(U8(0x88), t[1], t[0], r[0])
		VSHUFF32X4(U8(0xdd), t[1], t[0], r[1])
		VSHUFF32X4(U8(0x88), t[3], t[2], r[2])
		VSHUFF32X4(U8(0xdd), t[3], t[2], r[3])
		for l := range r {
			out[4*l+i] = r[l]
		}
	}
	return out
}

// copyRows writes the copying of short rows. With AVX2 rows have 8 elements or
// more: the last vector begins where it ends with the row.
func copyRows(wide bool) {
	g := vec.New(wide, 4, "copyRows", "(dst, src *float32, dstStride, srcStride, rows, n int)",
		"copies n elements of each row; strides are in bytes.")
	dst, src, ds, ss, rows, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("dstStride"), g.Ptr("srcStride"), g.Ptr("rows"), g.Ptr("n")
	row, vector, last, next, done := g.Label("row"), g.Label("vector"), g.Label("last"), g.Label("next"), g.Label("done")
	left := GP64()
	var part vec.Mask
	if wide {
		MOVQ(n, left)
		ANDQ(I32(15), left)
		part = g.First(left)
	}
	TESTQ(rows, rows)
	JE(LabelRef(done))
	at := GP64()
	Label(row)
	MOVQ(n, left)
	XORQ(at, at)
	Label(vector)
	SUBQ(I32(int32(g.Lanes())), left)
	JL(LabelRef(last))
	g.Store(g.Load(Mem{Base: src, Index: at, Scale: 4}, nil), Mem{Base: dst, Index: at, Scale: 4}, nil)
	ADDQ(I32(int32(g.Lanes())), at)
	JMP(LabelRef(vector))
	Label(last)
	ADDQ(I32(int32(g.Lanes())), left)
	JE(LabelRef(next))
	if wide {
		g.Store(g.Load(Mem{Base: src, Index: at, Scale: 4}, &part), Mem{Base: dst, Index: at, Scale: 4}, &part)
	} else {
		g.Store(g.Load(Mem{Base: src, Index: n, Scale: 4, Disp: -32}, nil), Mem{Base: dst, Index: n, Scale: 4, Disp: -32}, nil)
	}
	Label(next)
	ADDQ(ds, dst)
	ADDQ(ss, src)
	DECQ(rows)
	JNE(LabelRef(row))
	Label(done)
	g.End()
}
