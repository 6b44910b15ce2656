// Binary writes the operations of two numbers, of vectors with vectors and
// scalars, clip and axpy.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"fusiform/internal/simd/gen/rows/vec"
)

// The numbers of the operations in package simd, and of the last two with
// their operands exchanged.
const (
	add = iota
	sub
	mul
	div
	maximum
	minimum
	subFrom
	divInto
)

func main() {
	ConstraintExpr("amd64")
	vec.Both(func(wide bool) {
		for _, size := range []int{4, 8} {
			vectors(wide, size)
			scalar(wide, size)
			axpy(wide, size)
		}
		clip(wide)
		normalize(wide)
	})
	Generate()
}

func bits(name string, size int) (string, string) {
	if size == 4 {
		return name + "32", "float32"
	}
	return name + "64", "float64"
}

// vectors writes dst[i] = a[i] op b[i].
func vectors(wide bool, size int) {
	name, typ := bits("vectors", size)
	g := vec.New(wide, size, name, "(op int, dst, a, b *"+typ+", n int)", "stores a op b in dst.")
	op, dst, a, b, n := g.Ptr("op"), g.Ptr("dst"), g.Ptr("a"), g.Ptr("b"), g.Ptr("n")
	choose(g, op, add, minimum, func(op int) {
		g.Loop(n, 4, []reg.GPVirtual{dst, a, b}, func(offset int, mask *vec.Mask) {
			x, y := g.Load(Mem{Base: a, Disp: offset}, mask), g.Load(Mem{Base: b, Disp: offset}, mask)
			operate(g, op, x, y)
			g.Store(x, Mem{Base: dst, Disp: offset}, mask)
		})
	})
}

// scalar writes dst[i] = a[i] op s.
func scalar(wide bool, size int) {
	name, typ := bits("scalar", size)
	g := vec.New(wide, size, name, "(op int, dst, a *"+typ+", s "+typ+", n int)", "stores a op s in dst.")
	op, dst, a, n := g.Ptr("op"), g.Ptr("dst"), g.Ptr("a"), g.Ptr("n")
	s := g.Broadcast("s")
	choose(g, op, add, divInto, func(op int) {
		g.Loop(n, 4, []reg.GPVirtual{dst, a}, func(offset int, mask *vec.Mask) {
			x := g.Load(Mem{Base: a, Disp: offset}, mask)
			operate(g, op, x, s)
			g.Store(x, Mem{Base: dst, Disp: offset}, mask)
		})
	})
}

// choose writes f(op) for each op, and the jump to the one that is asked for.
func choose(g *vec.Gen, op reg.GPVirtual, first, last int, f func(op int)) {
	labels := make([]string, last+1)
	for i := first; i < last; i++ {
		labels[i] = g.Label("op")
		CMPQ(op, U8(i))
		JEQ(LabelRef(labels[i]))
	}
	for i := last; i >= first; i-- {
		if i < last {
			Label(labels[i])
		}
		f(i)
		g.End()
	}
}

// operate stores x op y in x.
func operate(g *vec.Gen, op int, x, y reg.VecVirtual) {
	type of3 = func(...Op)
	do := func(single, double of3, a, b Op) {
		if g.Size == 4 {
			single(b, a, x)
		} else {
			double(b, a, x)
		}
	}
	switch op {
	case add:
		do(VADDPS, VADDPD, x, y)
	case sub:
		do(VSUBPS, VSUBPD, x, y)
	case mul:
		do(VMULPS, VMULPD, x, y)
	case div:
		do(VDIVPS, VDIVPD, x, y)
	case subFrom:
		do(VSUBPS, VSUBPD, y, x)
	case divInto:
		do(VDIVPS, VDIVPD, y, x)
	case maximum, minimum:
		// The second source, y, if either is NaN; then x where it is NaN.
		m := g.Reg()
		switch {
		case op == maximum && g.Size == 4:
			VMAXPS(y, x, m)
		case op == maximum:
			VMAXPD(y, x, m)
		case g.Size == 4:
			VMINPS(y, x, m)
		default:
			VMINPD(y, x, m)
		}
		g.Blend(vec.Unordered, x, x, x, m)
		if g.Size == 4 {
			VMOVAPS(m, x)
		} else {
			VMOVAPD(m, x)
		}
	}
}

func axpy(wide bool, size int) {
	name, typ := bits("axpy", size)
	g := vec.New(wide, size, name, "(dst, x *"+typ+", a "+typ+", n int)", "adds a·x to dst.")
	dst, x, n := g.Ptr("dst"), g.Ptr("x"), g.Ptr("n")
	a := g.Broadcast("a")
	g.Loop(n, 4, []reg.GPVirtual{dst, x}, func(offset int, mask *vec.Mask) {
		v, y := g.Load(Mem{Base: x, Disp: offset}, mask), g.Load(Mem{Base: dst, Disp: offset}, mask)
		if size == 4 {
			VFMADD231PS(v, a, y)
		} else {
			VFMADD231PD(v, a, y)
		}
		g.Store(y, Mem{Base: dst, Disp: offset}, mask)
	})
	g.End()
}

func clip(wide bool) {
	g := vec.New(wide, 4, "clip", "(dst, src *float32, n int, lo, hi float32)", "stores src within lo and hi in dst.")
	dst, src, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("n")
	lo, hi := g.Broadcast("lo"), g.Broadcast("hi")
	g.Loop(n, 4, []reg.GPVirtual{dst, src}, func(offset int, mask *vec.Mask) {
		x := g.Load(Mem{Base: src, Disp: offset}, mask)
		VMAXPS(x, lo, x) // the second source, x, if it is NaN
		VMINPS(x, hi, x)
		g.Store(x, Mem{Base: dst, Disp: offset}, mask)
	})
	g.End()
}

// normalize writes the last pass of a layer norm.
func normalize(wide bool) {
	g := vec.New(wide, 4, "normalize", "(dst, src, gamma, beta *float32, n int, mean, scale float32)",
		"stores (src−mean)·scale·gamma + beta in dst.")
	dst, src, gamma, beta, n := g.Ptr("dst"), g.Ptr("src"), g.Ptr("gamma"), g.Ptr("beta"), g.Ptr("n")
	mean, scale := g.Broadcast("mean"), g.Broadcast("scale")
	g.Loop(n, 2, []reg.GPVirtual{dst, src, gamma, beta}, func(offset int, mask *vec.Mask) {
		x := g.Load(Mem{Base: src, Disp: offset}, mask)
		a := g.Load(Mem{Base: gamma, Disp: offset}, mask)
		b := g.Load(Mem{Base: beta, Disp: offset}, mask)
		VSUBPS(mean, x, x)
		VMULPS(scale, x, x)
		VFMADD213PS(b, a, x)
		g.Store(x, Mem{Base: dst, Disp: offset}, mask)
	})
	g.End()
}
