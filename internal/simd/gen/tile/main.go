// Tile generates the matrix kernels of package simd: for float32 and float64,
// for AVX-512 and AVX2, a function that computes one tile of a product, up to
// 6 rows by up to 4 vectors (AVX2: 2). See type tileOp in kernel.go.
//
// Each of the four functions holds a body for every number of rows and
// vectors. Registers, in the largest body for AVX-512: 24 for the sums, 4 for a
// row of B, 2 for elements of A; for AVX2: 12, 2, 1 and 1 for a mask.
package main

import (
	"fmt"
	"go/token"
	"go/types"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/product"
)

const maxRows = 6

// Fields of tileOp, in bytes; those of the element type follow elems.
const (
	fieldA = 8 * iota
	fieldOff
	fieldTaps
	fieldDepth
	fieldB
	fieldLdb
	fieldC
	fieldLdc
	fieldBias
	fieldResid
	fieldLdr
	fieldRows
	fieldVecs
	fieldTail
	fieldFlags
	elems
)

const (
	elemAlpha = iota
	elemBeta
	elemLo
	elemHi
)

const (
	flagReadC = 1 << iota
	flagClip
)

// General registers. R15 and BP are left alone.
var (
	args = reg.RSI
	rows = []reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13}
	ptrB = reg.RBX
	ldb  = reg.R14
	offs = reg.RDX
	taps = reg.RDI
	left = reg.RCX
	at   = reg.RAX
)

func main() { product.Main("tile", func(g product.Gen) { (&gen{Gen: g}).function() }, nil) }

// gen writes one of the functions.
type gen struct {
	product.Gen

	body string // prefix of the labels
	r, v int    // rows and vectors of the body being written
	part bool   // the last vector is not full
}

func (g *gen) width() int { // of a vector, in bytes
	if g.Wide {
		return 64
	}
	return 32
}

func (g *gen) maxVecs() int {
	if g.Wide {
		return 4
	}
	return 2
}

func (g *gen) vec(i int) reg.VecPhysical {
	if g.Wide {
		return []reg.VecPhysical{
			reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
			reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
		}[i]
	}
	return []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}[i]
}

func (g *gen) low(i int) reg.VecPhysical { // the xmm part
	return []reg.VecPhysical{
		reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7, reg.X8, reg.X9, reg.X10, reg.X11, reg.X12, reg.X13, reg.X14, reg.X15,
	}[i]
}

func field(offset int) operand.Mem { return operand.Mem{Base: args, Disp: offset} }
func (g *gen) elem(i int) operand.Mem {
	return field(elems + i*g.Size)
}

// function writes the choice of the body and all bodies.
func (g *gen) function() {
	name, isa := fmt.Sprintf("tile%d", 8*g.Size), "AVX2"
	if g.Wide {
		isa = "AVX512"
	}
	g.Function(name + isa)
	g.Doc(fmt.Sprintf("%s%s computes a tile; %d vectors of %d elements at most.", name, isa, g.maxVecs(), g.width()/g.Size))
	g.Pragma("noescape")
	g.Attributes(attr.NOSPLIT)
	pkg := types.NewPackage("simd", "simd")
	tn := types.NewTypeName(token.NoPos, pkg, fmt.Sprintf("tileOp%d", 8*g.Size), nil)
	types.NewNamed(tn, types.NewStruct(nil, nil), nil)
	pkg.Scope().Insert(tn)
	sig, err := gotypes.ParseSignatureInPackage(pkg, fmt.Sprintf("func(t *tileOp%d)", 8*g.Size))
	if err != nil {
		panic(err)
	}
	g.Signature(sig)

	g.Load(g.Param("t"), args)
	g.MOVQ(field(fieldRows), reg.RAX)
	g.LEAQ(operand.Mem{Base: reg.RAX, Index: reg.RAX, Scale: 4}, reg.RAX)
	g.ADDQ(field(fieldVecs), reg.RAX)
	for r := maxRows; r > 0; r-- {
		for v := g.maxVecs(); v > 0; v-- {
			if r == 1 && v == 1 {
				g.JMP(operand.LabelRef("b1x1"))
				continue
			}
			g.CMPQ(reg.RAX, operand.U32(5*r+v))
			g.JEQ(operand.LabelRef(fmt.Sprintf("b%dx%d", r, v)))
		}
	}
	for r := maxRows; r > 0; r-- {
		for v := g.maxVecs(); v > 0; v-- {
			g.r, g.v, g.body = r, v, fmt.Sprintf("b%dx%d", r, v)
			g.write()
		}
	}
}

// Names of the vector registers: sums first (twice where few are needed, so
// that the additions overlap), then a row of B, then two to spare.
func (g *gen) sets() int {
	if g.r*g.v < 8 {
		return 2
	}
	return 1
}
func (g *gen) sumIndex(set, r, v int) int        { return set*g.r*g.v + r*g.v + v }
func (g *gen) sum(set, r, v int) reg.VecPhysical { return g.vec(g.sumIndex(set, r, v)) }
func (g *gen) rowB(v int) reg.VecPhysical        { return g.vec(g.sets()*g.r*g.v + v) }
func (g *gen) spare(i int) reg.VecPhysical       { return g.vec(g.sets()*g.r*g.v + g.v + i) }

// spares is how many registers there are for elements of A; AVX2 needs one for
// the mask of the last vector.
func (g *gen) spares() int {
	if g.part && !g.Wide && g.r*g.v*g.sets()+g.v+3 > 16 {
		return 1
	}
	return 2
}

// maskReg is that of AVX2.
func (g *gen) maskReg() reg.VecPhysical { return reg.Y15 }

// temp is any of the registers that are free after the last product.
func (g *gen) temp(i int) reg.VecPhysical { return g.vec(g.r*g.v + i) }

func (g *gen) label(s string)                { g.Label(g.body + s) }
func (g *gen) ref(s string) operand.LabelRef { return operand.LabelRef(g.body + s) }

// write writes the body for g.r rows and g.v vectors.
func (g *gen) write() {
	g.label("")
	g.mask(g.maskReg())
	g.start()
	g.MOVQ(field(fieldB), ptrB)
	g.MOVL(operand.U32(uint32(g.v*g.width())), reg.ECX)
	g.MOVQ(field(fieldLdb), ldb)
	g.TESTQ(ldb, ldb)
	g.CMOVQEQ(reg.RCX, ldb)
	g.MOVQ(field(fieldOff), offs)
	g.MOVQ(field(fieldTaps), taps)

	if g.Wide { // loads of part of a vector cost nothing
		g.part = true
		g.products()
		g.CMPQ(field(fieldTail), operand.U32(g.width()/g.Size))
		g.JEQ(g.ref("full"))
		g.finish()
		g.label("full")
		g.part = false
		g.finish()
		return
	}
	g.CMPQ(field(fieldTail), operand.U32(g.width()/g.Size))
	g.JNE(g.ref("part"))
	g.part = false
	g.products()
	g.finish()
	g.label("part")
	g.body += "p"
	g.part = true
	g.products()
	g.finish()
}

// products writes the loops over taps and over k.
func (g *gen) products() {
	g.label("tap")
	g.LEAQ(operand.NewDataAddr(operand.Symbol{Name: "·zeros"}, 0), left)
	for r := range g.r {
		g.MOVQ(operand.Mem{Base: offs, Disp: 8 * r}, at)
		g.MOVQ(field(fieldA), rows[r])
		g.ADDQ(at, rows[r])
		g.TESTQ(at, at)
		g.CMOVQLT(left, rows[r])
	}
	g.ADDQ(operand.U32(8*maxRows), offs)
	g.XORL(reg.EAX, reg.EAX)
	g.MOVQ(field(fieldDepth), left)

	const unroll = 4
	g.SUBQ(operand.U32(unroll), left)
	g.JLT(g.ref("few"))
	g.label("many")
	for u := range unroll {
		g.step(u, u%g.sets())
	}
	g.ADDQ(operand.U32(unroll), at)
	g.SUBQ(operand.U32(unroll), left)
	g.JGE(g.ref("many"))
	g.label("few")
	g.ADDQ(operand.U32(unroll), left)
	g.JEQ(g.ref("next"))
	g.label("one")
	g.step(0, 0)
	g.INCQ(at)
	g.DECQ(left)
	g.JNE(g.ref("one"))
	g.label("next")
	g.DECQ(taps)
	g.JNE(g.ref("tap"))

	g.merge()
}

// mask makes the mask of the last vector's columns: K1, or for AVX2 the given
// register.
func (g *gen) mask(to reg.VecPhysical) {
	g.MOVQ(field(fieldTail), reg.RCX)
	if g.Wide {
		g.MOVL(operand.U32(1), reg.EAX)
		g.SHLL(reg.CL, reg.EAX)
		g.DECL(reg.EAX)
		g.KMOVW(reg.EAX, reg.K1)
		return
	}
	if g.Size == 8 {
		g.SHLQ(operand.U8(3), reg.RCX)
	} else {
		g.SHLQ(operand.U8(2), reg.RCX)
	}
	g.LEAQ(g.Masks.Offset(32), reg.RAX)
	g.SUBQ(reg.RCX, reg.RAX)
	g.VMOVDQU(operand.Mem{Base: reg.RAX}, to)
}

// start sets the sums to the bias or to 0.
func (g *gen) start() {
	g.MOVQ(field(fieldBias), reg.R8)
	g.TESTQ(reg.R8, reg.R8)
	g.JEQ(g.ref("nobias"))
	for v := range g.v {
		m := operand.Mem{Base: reg.R8, Disp: v * g.width()}
		switch {
		case v < g.v-1:
			g.Mov(m, g.sum(0, 0, v))
		case g.Wide:
			g.movZ(m, reg.K1, g.sum(0, 0, v))
		default:
			g.maskmov(m, g.maskReg(), g.sum(0, 0, v))
		}
	}
	for r := 1; r < g.r; r++ {
		for v := range g.v {
			g.Mov(g.sum(0, 0, v), g.sum(0, r, v))
		}
	}
	g.JMP(g.ref("begin"))
	g.label("nobias")
	for i := range g.r * g.v {
		g.zero(i)
	}
	g.label("begin")
	if g.sets() == 2 {
		for i := range g.r * g.v {
			g.zero(g.r*g.v + i)
		}
	}
}

// step adds the products of one k, the u-th from here.
func (g *gen) step(u, set int) {
	for v := range g.v {
		m := operand.Mem{Base: ptrB, Disp: v * g.width()}
		switch {
		case v < g.v-1 || !g.part:
			g.Mov(m, g.rowB(v))
		case g.Wide:
			g.movZ(m, reg.K1, g.rowB(v))
		default:
			g.maskmov(m, g.maskReg(), g.rowB(v))
		}
	}
	g.ADDQ(ldb, ptrB)
	for r := range g.r {
		m := operand.Mem{Base: rows[r], Index: at, Scale: uint8(g.Size), Disp: u * g.Size}
		if g.Wide && g.v == 1 {
			g.fmaBcst(m, g.rowB(0), g.sum(set, r, 0))
			continue
		}
		a := g.spare(r % g.spares())
		g.Broadcast(m, a)
		for v := range g.v {
			g.FMA(a, g.rowB(v), g.sum(set, r, v))
		}
	}
}

// merge adds the second set of sums to the first and multiplies by alpha.
func (g *gen) merge() {
	if g.sets() == 2 {
		for r := range g.r {
			for v := range g.v {
				g.Add(g.sum(1, r, v), g.sum(0, r, v), g.sum(0, r, v))
			}
		}
	}
	alpha := g.temp(0)
	g.Broadcast(g.elem(elemAlpha), alpha)
	for r := range g.r {
		for v := range g.v {
			g.mul(alpha, g.sum(0, r, v), g.sum(0, r, v))
		}
	}
}

// finish adds C and the residual, clips, stores and returns.
func (g *gen) finish() {
	p := "whole"
	if g.part {
		p = "masked"
	}
	var (
		c, ldc, ldr = reg.R8, reg.R9, reg.R10
		beta, x     = g.temp(0), g.temp(1)
		mask        = g.maskReg()
	)
	g.MOVQ(field(fieldLdc), ldc)
	g.MOVQ(field(fieldFlags), reg.RDX)

	g.TESTQ(operand.U32(flagReadC), reg.RDX)
	g.JEQ(g.ref(p + "noc"))
	g.Broadcast(g.elem(elemBeta), beta)
	g.each(fieldC, c, ldc, func(m operand.Mem, sum reg.VecPhysical, last bool) {
		switch {
		case !last || !g.part:
			g.FMA(m, beta, sum)
		case g.Wide:
			g.fmaK(m, beta, reg.K1, sum)
		default:
			g.maskmov(m, mask, x)
			g.FMA(x, beta, sum)
		}
	})
	g.label(p + "noc")

	g.MOVQ(field(fieldResid), c)
	g.TESTQ(c, c)
	g.JEQ(g.ref(p + "nores"))
	g.MOVQ(field(fieldLdr), ldr)
	g.each(fieldResid, c, ldr, func(m operand.Mem, sum reg.VecPhysical, last bool) {
		switch {
		case !last || !g.part:
			g.Add(m, sum, sum)
		case g.Wide:
			g.addK(m, sum, reg.K1, sum)
		default:
			g.maskmov(m, mask, x)
			g.Add(x, sum, sum)
		}
	})
	g.label(p + "nores")

	g.TESTQ(operand.U32(flagClip), reg.RDX)
	g.JEQ(g.ref(p + "store"))
	g.Broadcast(g.elem(elemLo), beta)
	g.Broadcast(g.elem(elemHi), x)
	for i := range g.r * g.v {
		s := g.vec(i)
		g.max(s, beta, s) // of NaN and a number, the first operand here is the result
		g.min(s, x, s)
	}
	g.label(p + "store")
	g.each(fieldC, c, ldc, func(m operand.Mem, sum reg.VecPhysical, last bool) {
		switch {
		case !last || !g.part:
			g.Mov(sum, m)
		case g.Wide:
			g.movK(sum, reg.K1, m)
		default:
			g.maskmov(sum, mask, m)
		}
	})
	g.VZEROUPPER()
	g.RET()
}

// each calls f with the place of every sum in the matrix that starts at a field.
func (g *gen) each(start int, p, stride reg.GPPhysical, f func(m operand.Mem, sum reg.VecPhysical, last bool)) {
	g.MOVQ(field(start), p)
	for r := range g.r {
		for v := range g.v {
			f(operand.Mem{Base: p, Disp: v * g.width()}, g.sum(0, r, v), v == g.v-1)
		}
		if r < g.r-1 {
			g.ADDQ(stride, p)
		}
	}
}
