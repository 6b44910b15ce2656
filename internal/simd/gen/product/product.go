// Package product has what the generators of matrix products share.
package product

import (
	"flag"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// A Gen writes one function for one instruction set and element type.
type Gen struct {
	*build.Context
	Wide  bool        // AVX-512
	Size  int         // of an element, in bytes
	Masks operand.Mem // four words of ones, four of zeros: AVX2's masks begin within
}

// Main runs a generator: f writes the functions of one instruction set and
// element type, then is called with the next, and last, if not nil, what has
// no instruction set in its name.
func Main(name string, f, last func(g Gen)) {
	fs := flag.NewFlagSet(name, flag.ExitOnError)
	flags := build.NewFlags(fs)
	fs.Parse(os.Args[1:])

	c := build.NewContext()
	c.ConstraintExpr("amd64")
	masks := c.StaticGlobal(name + "Masks")
	c.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		v := operand.U64(0)
		if i < 4 {
			v = ^v
		}
		c.AddDatum(8*i, v)
	}
	sizes := []int{4, 8}
	for _, wide := range []bool{true, false} {
		for _, size := range sizes {
			f(Gen{Context: c, Wide: wide, Size: size, Masks: masks})
		}
	}
	if last != nil {
		for _, size := range sizes {
			last(Gen{Context: c, Size: size})
		}
	}
	os.Exit(build.Main(flags.Config(), c))
}

// Pick calls the instruction for the element type.
func (g *Gen) Pick(ps, pd func(...operand.Op), ops ...operand.Op) {
	if g.Size == 8 {
		ps = pd
	}
	ps(ops...)
}

// Mov moves a vector.
func (g *Gen) Mov(ops ...operand.Op) { g.Pick(g.VMOVUPS, g.VMOVUPD, ops...) }

// Add adds vectors.
func (g *Gen) Add(ops ...operand.Op) { g.Pick(g.VADDPS, g.VADDPD, ops...) }

// FMA adds a product to a vector.
func (g *Gen) FMA(ops ...operand.Op) { g.Pick(g.VFMADD231PS, g.VFMADD231PD, ops...) }

// Broadcast repeats an element.
func (g *Gen) Broadcast(ops ...operand.Op) { g.Pick(g.VBROADCASTSS, g.VBROADCASTSD, ops...) }
