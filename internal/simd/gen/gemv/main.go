// Gemv generates the kernels of package simd for matrices times vectors, which
// wait for memory, and the transposition of blocks that packing needs. See
// gemv.go and pack.go.
package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/product"
)

func main() {
	product.Main("gemv", func(g product.Gen) {
		(&gen{g}).dots()
		(&gen{g}).axpys()
	}, func(g product.Gen) { (&gen{g}).turn() })
}

// ahead is how far ahead, in bytes, matrices are fetched from memory.
const ahead = 1024

type gen struct{ product.Gen }

// begin begins a function; parameters are pointers, then integers.
func (g *gen) begin(name, doc, pointers, integers string) {
	name = fmt.Sprintf("%s%d", name, 8*g.Size)
	if g.Wide {
		name += "AVX512"
	} else {
		name += "AVX2"
	}
	g.Function(name)
	g.Doc(name + doc)
	g.Pragma("noescape")
	g.Attributes(attr.NOSPLIT)
	sig, err := gotypes.ParseSignature(fmt.Sprintf("func(%s *float%d, %s int)", pointers, 8*g.Size, integers))
	if err != nil {
		panic(err)
	}
	g.Signature(sig)
}

func (g *gen) arg(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

func (g *gen) lanes() int {
	if g.Wide {
		return 64 / g.Size
	}
	return 32 / g.Size
}

func (g *gen) vector() reg.VecVirtual {
	if g.Wide {
		return g.ZMM()
	}
	return g.YMM()
}

// mask returns the mask of the first n lanes: K1 or a vector.
func (g *gen) mask(n reg.Register) reg.Register {
	count, p := g.GP64(), g.GP64()
	g.MOVQ(n, count)
	if g.Wide {
		g.MOVQ(operand.U32(1), p)
		g.SHLXQ(count, p, p)
		g.DECQ(p)
		g.KMOVW(p.As32(), reg.K1)
		return reg.K1
	}
	g.LEAQ(g.Masks.Offset(32), p)
	g.SHLQ(operand.U8(map[int]int{4: 2, 8: 3}[g.Size]), count)
	g.SUBQ(count, p)
	m := g.YMM()
	g.VMOVDQU(operand.Mem{Base: p}, m)
	return m
}

func (g *gen) loadPart(from operand.Mem, mask reg.Register, to reg.Register) {
	switch {
	case g.Wide && g.Size == 8:
		g.VMOVUPD_Z(from, mask, to)
	case g.Wide:
		g.VMOVUPS_Z(from, mask, to)
	default:
		g.maskmov(from, mask, to)
	}
}

func (g *gen) storePart(from, mask reg.Register, to operand.Mem) {
	if g.Wide {
		g.Pick(g.VMOVUPS, g.VMOVUPD, from, mask, to)
	} else {
		g.maskmov(from, mask, to)
	}
}

func (g *gen) maskmov(from, mask, to operand.Op) {
	if g.Size == 8 {
		g.VMASKMOVPD(from, mask, to)
	} else {
		g.VMASKMOVPS(from, mask, to)
	}
}

func (g *gen) zero() reg.VecVirtual {
	v := g.vector()
	if g.Wide {
		g.VPXORD(v, v, v)
	} else {
		g.VPXOR(v, v, v)
	}
	return v
}

// dots writes sums over rows of a.
func (g *gen) dots() {
	g.begin("dots", " stores in y[i] the product of row i of a and x, n elements each, for 4 rows or 1.", "y, a, x", "rows, lda, n")
	y, a, x := g.arg("y"), g.arg("a"), g.arg("x")
	rows, lda, n := g.arg("rows"), g.arg("lda"), g.arg("n")
	g.CMPQ(rows, operand.U32(1))
	g.JEQ(operand.LabelRef("row"))
	g.dotRows(4, 2, "rows", y, a, x, lda, n)
	g.Label("row")
	g.dotRows(1, 4, "row", y, a, x, lda, n)
}

// dotRows has unroll sums for each of r rows.
func (g *gen) dotRows(r, unroll int, p string, y, a, x, lda, n reg.Register) {
	label := func(s string) operand.LabelRef { return operand.LabelRef(p + s) }
	at := []reg.Register{a}
	for i := 1; i < r; i++ {
		next := g.GP64()
		g.MOVQ(at[i-1], next)
		g.ADDQ(lda, next)
		at = append(at, next)
	}
	sum := make([][]reg.VecVirtual, r)
	for i := range r {
		for range unroll {
			sum[i] = append(sum[i], g.zero())
		}
	}
	k, left, step := g.GP64(), g.GP64(), g.lanes()*unroll
	g.XORQ(k, k)
	g.MOVQ(n, left)
	place := func(base reg.Register, u int) operand.Mem {
		return operand.Mem{Base: base, Index: k, Scale: uint8(g.Size), Disp: u * g.lanes() * g.Size}
	}
	step1 := func(unroll int) {
		for u := range unroll {
			v := g.vector()
			g.Mov(place(x, u), v)
			for i := range r {
				g.FMA(place(at[i], u), v, sum[i][u])
			}
		}
	}
	g.SUBQ(operand.U32(step), left)
	g.JLT(label("few"))
	g.Label(p + "many")
	for i := range r {
		for b := 0; b < step*g.Size; b += 64 {
			g.PREFETCHT0(operand.Mem{Base: at[i], Index: k, Scale: uint8(g.Size), Disp: ahead + b})
		}
	}
	step1(unroll)
	g.ADDQ(operand.U32(step), k)
	g.SUBQ(operand.U32(step), left)
	g.JGE(label("many"))
	g.Label(p + "few")
	g.ADDQ(operand.U32(step-g.lanes()), left)
	g.JLT(label("part"))
	g.Label(p + "one")
	step1(1)
	g.ADDQ(operand.U32(g.lanes()), k)
	g.SUBQ(operand.U32(g.lanes()), left)
	g.JGE(label("one"))
	g.Label(p + "part")
	g.ADDQ(operand.U32(g.lanes()), left)
	g.JEQ(label("end"))
	m := g.mask(left)
	v, w := g.vector(), g.vector()
	g.loadPart(place(x, 0), m, v)
	for i := range r {
		g.loadPart(place(at[i], 0), m, w)
		g.FMA(w, v, sum[i][0])
	}
	g.Label(p + "end")
	for i := range r {
		for d := unroll / 2; d > 0; d /= 2 {
			for u := range d {
				g.Add(sum[i][u+d], sum[i][u], sum[i][u])
			}
		}
		g.storeSum(sum[i][0], operand.Mem{Base: y, Disp: i * g.Size})
	}
	g.VZEROUPPER()
	g.RET()
}

// storeSum stores the sum of the lanes of v.
func (g *gen) storeSum(v reg.VecVirtual, to operand.Mem) {
	if g.Wide {
		half := g.YMM()
		g.VEXTRACTF64X4(operand.U8(1), v, half)
		g.Add(half, v.AsY(), v.AsY())
	}
	quarter := g.XMM()
	g.VEXTRACTF128(operand.U8(1), v.AsY(), quarter)
	g.Add(quarter, v.AsX(), v.AsX())
	g.VPERMILPD(operand.U8(1), v.AsX(), quarter)
	g.Add(quarter, v.AsX(), v.AsX())
	if g.Size == 8 {
		g.VMOVSD(v.AsX(), to)
		return
	}
	g.VMOVSHDUP(v.AsX(), quarter)
	g.VADDSS(quarter, v.AsX(), v.AsX())
	g.VMOVSS(v.AsX(), to)
}

// axpys writes sums of rows of b.
func (g *gen) axpys() {
	g.begin("axpys", " adds x[i] times row i of b to y, n elements each, for 4 rows or 1.", "y, b, x", "rows, ldb, n")
	y, b, x := g.arg("y"), g.arg("b"), g.arg("x")
	rows, ldb, n := g.arg("rows"), g.arg("ldb"), g.arg("n")
	g.CMPQ(rows, operand.U32(1))
	g.JEQ(operand.LabelRef("row"))
	g.axpyRows(4, "rows", y, b, x, ldb, n)
	g.Label("row")
	g.axpyRows(1, "row", y, b, x, ldb, n)
}

func (g *gen) axpyRows(r int, p string, y, b, x, ldb, n reg.Register) {
	label := func(s string) operand.LabelRef { return operand.LabelRef(p + s) }
	at := []reg.Register{b}
	for i := 1; i < r; i++ {
		next := g.GP64()
		g.MOVQ(at[i-1], next)
		g.ADDQ(ldb, next)
		at = append(at, next)
	}
	factor := make([]reg.VecVirtual, r)
	for i := range r {
		factor[i] = g.vector()
		g.Broadcast(operand.Mem{Base: x, Disp: i * g.Size}, factor[i])
	}
	const unroll = 2
	k, left, step := g.GP64(), g.GP64(), g.lanes()*unroll
	g.XORQ(k, k)
	g.MOVQ(n, left)
	place := func(base reg.Register, u int) operand.Mem {
		return operand.Mem{Base: base, Index: k, Scale: uint8(g.Size), Disp: u * g.lanes() * g.Size}
	}
	step1 := func(unroll int) {
		for u := range unroll {
			v := g.vector()
			g.Mov(place(y, u), v)
			for i := range r {
				g.FMA(place(at[i], u), factor[i], v)
			}
			g.Mov(v, place(y, u))
		}
	}
	g.SUBQ(operand.U32(step), left)
	g.JLT(label("few"))
	g.Label(p + "many")
	for i := range r {
		for b := 0; b < step*g.Size; b += 64 {
			g.PREFETCHT0(operand.Mem{Base: at[i], Index: k, Scale: uint8(g.Size), Disp: ahead + b})
		}
	}
	step1(unroll)
	g.ADDQ(operand.U32(step), k)
	g.SUBQ(operand.U32(step), left)
	g.JGE(label("many"))
	g.Label(p + "few")
	g.ADDQ(operand.U32(step-g.lanes()), left)
	g.JLT(label("part"))
	step1(1)
	g.ADDQ(operand.U32(g.lanes()), k)
	g.SUBQ(operand.U32(g.lanes()), left)
	g.Label(p + "part")
	g.ADDQ(operand.U32(g.lanes()), left)
	g.JEQ(label("end"))
	m := g.mask(left)
	v, w := g.vector(), g.vector()
	g.loadPart(place(y, 0), m, v)
	for i := range r {
		g.loadPart(place(at[i], 0), m, w)
		g.FMA(w, factor[i], v)
	}
	g.storePart(v, m, place(y, 0))
	g.Label(p + "end")
	g.VZEROUPPER()
	g.RET()
}

// turn writes the transposition of whole blocks of one vector squared.
func (g *gen) turn() {
	n := g.lanes() // 8 or 4
	g.begin("turn", fmt.Sprintf(" stores in dst the transpose of src, rows × cols, both multiples of %d.", n), "dst, src", "ldd, lds, rows, cols")
	dst, src := g.arg("dst"), g.arg("src")
	ldd, lds, rows, cols := g.arg("ldd"), g.arg("lds"), g.arg("rows"), g.arg("cols")
	three := func(x reg.Register) reg.Register {
		y := g.GP64()
		g.LEAQ(operand.Mem{Base: x, Index: x, Scale: 2}, y)
		return y
	}
	ldd3, lds3 := three(ldd), three(lds)
	s, d, left := g.GP64(), g.GP64(), g.GP64()
	s4, d4 := g.GP64(), g.GP64()
	row := func(base, base4, ld, ld3 reg.Register, i, disp int) operand.Mem {
		m := operand.Mem{Base: base, Disp: disp}
		if i >= 4 {
			m.Base = base4
		}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = ld, 1
		case 2:
			m.Index, m.Scale = ld, 2
		case 3:
			m.Index, m.Scale = ld3, 1
		}
		return m
	}
	g.Label("rows")
	g.MOVQ(src, s)
	g.MOVQ(dst, d)
	g.MOVQ(cols, left)
	g.Label("block")
	if n == 8 {
		g.LEAQ(operand.Mem{Base: s, Index: lds, Scale: 4}, s4)
		g.LEAQ(operand.Mem{Base: d, Index: ldd, Scale: 4}, d4)
	}
	// Halves of 128 bits: rows i and i+n/2 side by side in one register.
	for h := range 2 {
		t := make([]reg.VecVirtual, n/2)
		for i := range t {
			t[i] = g.YMM()
			g.Mov(row(s, s4, lds, lds3, i, 16*h), t[i].AsX())
			g.VINSERTF128(operand.U8(1), row(s, s4, lds, lds3, i+n/2, 16*h), t[i], t[i])
		}
		out := make([]reg.VecVirtual, n/2)
		for i := range out {
			out[i] = g.YMM()
		}
		if n == 4 {
			g.VUNPCKLPD(t[1], t[0], out[0])
			g.VUNPCKHPD(t[1], t[0], out[1])
		} else {
			a, b, c, e := g.YMM(), g.YMM(), g.YMM(), g.YMM()
			g.VUNPCKLPS(t[1], t[0], a)
			g.VUNPCKLPS(t[3], t[2], b)
			g.VUNPCKHPS(t[1], t[0], c)
			g.VUNPCKHPS(t[3], t[2], e)
			g.VUNPCKLPD(b, a, out[0])
			g.VUNPCKHPD(b, a, out[1])
			g.VUNPCKLPD(e, c, out[2])
			g.VUNPCKHPD(e, c, out[3])
		}
		for i := range out {
			g.Mov(out[i], row(d, d4, ldd, ldd3, h*n/2+i, 0))
		}
	}
	// Along the rows of src: they are read from memory, dst is in the cache.
	next := func(x reg.Register, ld reg.Register) {
		by := g.GP64()
		g.MOVQ(ld, by)
		g.SHLQ(operand.U8(map[int]int{8: 3, 4: 2}[n]), by)
		g.ADDQ(by, x)
	}
	g.ADDQ(operand.U32(32), s)
	next(d, ldd)
	g.SUBQ(operand.U32(n), left)
	g.JNE(operand.LabelRef("block"))
	g.ADDQ(operand.U32(32), dst)
	next(src, lds)
	g.SUBQ(operand.U32(n), rows)
	g.JNE(operand.LabelRef("rows"))
	g.VZEROUPPER()
	g.RET()
}
