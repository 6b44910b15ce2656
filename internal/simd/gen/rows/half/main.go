// Half writes conversions from and to numbers of 16 bits, in whole vectors of
// their float32.
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
		from := "(dst *float32, src *uint16, vectors int)"
		to := "(dst *uint16, src *float32, vectors int)"
		convert(wide, "fromFloat16", from, 2, 4, nil, func(g *vec.Gen, src, dst Mem) {
			x := g.Reg()
			VCVTPH2PS(src, x)
			VMOVUPS(x, dst)
		})
		convert(wide, "toFloat16", to, 4, 2, nil, func(g *vec.Gen, src, dst Mem) {
			x := g.Reg()
			VMOVUPS(src, x)
			VCVTPS2PH(U8(0), x, dst) // to nearest even
		})
		convert(wide, "fromBFloat16", from, 2, 4, nil, func(g *vec.Gen, src, dst Mem) {
			x := g.Reg()
			VPMOVZXWD(src, x)
			VPSLLD(U8(16), x, x)
			VMOVUPS(x, dst)
		})
		convert(wide, "toBFloat16", to, 4, 2, func(g *vec.Gen) {
			for _, c := range []uint32{1, 0x7fff, 0x400000} {
				g.Hold(g.Bits(c))
			}
		}, toBFloat16)
	})
	Generate()
}

func toBFloat16(g *vec.Gen, src, dst Mem) {
	x, y, quiet := g.Reg(), g.Reg(), g.Reg()
	VMOVUPS(src, x)
	VPSRLD(U8(16), x, y)
	VANDPS(g.R(g.Bits(1)), y, y)
	VPADDD(g.R(g.Bits(0x7fff)), y, y)
	VPADDD(x, y, y)
	VORPS(g.R(g.Bits(0x400000)), x, quiet)
	g.Blend(vec.Unordered, x, x, quiet, y)
	VPSRLD(U8(16), y, y)
	if g.Wide {
		VPMOVDW(y, dst)
		return
	}
	VPACKUSDW(y, y, y)
	VPERMQ(U8(0b1000), y, y)
	VMOVDQU(y.AsX(), dst)
}

// convert writes a loop over vectors, of which from and to are the bytes of
// the elements.
func convert(wide bool, name, params string, from, to int, hold func(*vec.Gen), body func(g *vec.Gen, src, dst Mem)) {
	g := vec.New(wide, 4, name, params, "converts whole vectors.")
	dst, src, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("vectors")
	if hold != nil {
		hold(g)
	}
	turn := func(vectors int) {
		label, next := g.Label("loop"), g.Label("next")
		Label(label)
		CMPQ(n, U8(vectors))
		JLT(LabelRef(next))
		for u := range vectors {
			body(g, Mem{Base: src, Disp: u * g.Lanes() * from}, Mem{Base: dst, Disp: u * g.Lanes() * to})
		}
		advance(src, vectors*g.Lanes()*from)
		advance(dst, vectors*g.Lanes()*to)
		SUBQ(U8(vectors), n)
		JMP(LabelRef(label))
		Label(next)
	}
	turn(4)
	turn(1)
	g.End()
}

func advance(p reg.GPVirtual, bytes int) { ADDQ(I32(int32(bytes)), p) }
