// Half writes conversions of numbers of 16 bits to float32, in whole vectors.
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
		convert(wide, "fromFloat16", func(g *vec.Gen, src, dst Mem) {
			x := g.Reg()
			VCVTPH2PS(src, x)
			VMOVUPS(x, dst)
		})
		convert(wide, "fromBFloat16", func(g *vec.Gen, src, dst Mem) {
			x := g.Reg()
			VPMOVZXWD(src, x)
			VPSLLD(U8(16), x, x)
			VMOVUPS(x, dst)
		})
	})
	Generate()
}

// convert writes a loop over vectors.
func convert(wide bool, name string, body func(g *vec.Gen, src, dst Mem)) {
	const from, to = 2, 4 // bytes of an element
	g := vec.New(wide, 4, name, "(dst *float32, src *uint16, vectors int)", "converts whole vectors.")
	dst, src, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("vectors")
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
