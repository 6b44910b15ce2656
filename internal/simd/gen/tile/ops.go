package main

import (
	"github.com/mmcloughlin/avo/operand"
)

func (g *gen) mul(ops ...operand.Op) { g.Pick(g.VMULPS, g.VMULPD, ops...) }
func (g *gen) max(ops ...operand.Op) { g.Pick(g.VMAXPS, g.VMAXPD, ops...) }
func (g *gen) min(ops ...operand.Op) { g.Pick(g.VMINPS, g.VMINPD, ops...) }

func (g *gen) fmaBcst(ops ...operand.Op) {
	g.Pick(g.VFMADD231PS_BCST, g.VFMADD231PD_BCST, ops...)
}

// Masked forms. AVX-512 has a mask in almost every instruction.
func (g *gen) fmaK(ops ...operand.Op) { g.Pick(g.VFMADD231PS, g.VFMADD231PD, ops...) }
func (g *gen) addK(m, x, k, to operand.Op) {
	g.Pick(g.VADDPS, g.VADDPD, m, x, k, to)
}

func (g *gen) movK(from, k, to operand.Op) { g.Pick(g.VMOVUPS, g.VMOVUPD, from, k, to) }

func (g *gen) movZ(from, k, to operand.Op) {
	if g.Size == 8 {
		g.VMOVUPD_Z(from, k, to)
	} else {
		g.VMOVUPS_Z(from, k, to)
	}
}

func (g *gen) maskmov(from, mask, to operand.Op) {
	if g.Size == 8 {
		g.VMASKMOVPD(from, mask, to)
	} else {
		g.VMASKMOVPS(from, mask, to)
	}
}

func (g *gen) zero(i int) {
	if g.Wide {
		z := g.vec(i)
		g.VPXORD(z, z, z)
		return
	}
	y := g.vec(i)
	g.VPXOR(y, y, y)
}
