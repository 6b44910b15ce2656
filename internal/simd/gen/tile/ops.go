package main

import (
	"github.com/mmcloughlin/avo/operand"
)

// pick calls the instruction for the element type.
func (g *gen) pick(ps, pd func(...operand.Op), ops ...operand.Op) {
	if g.size == 8 {
		ps = pd
	}
	ps(ops...)
}

func (g *gen) mov(ops ...operand.Op)  { g.pick(g.VMOVUPS, g.VMOVUPD, ops...) }
func (g *gen) add(ops ...operand.Op)  { g.pick(g.VADDPS, g.VADDPD, ops...) }
func (g *gen) mul(ops ...operand.Op)  { g.pick(g.VMULPS, g.VMULPD, ops...) }
func (g *gen) max(ops ...operand.Op)  { g.pick(g.VMAXPS, g.VMAXPD, ops...) }
func (g *gen) min(ops ...operand.Op)  { g.pick(g.VMINPS, g.VMINPD, ops...) }
func (g *gen) fma(ops ...operand.Op)  { g.pick(g.VFMADD231PS, g.VFMADD231PD, ops...) }
func (g *gen) bcst(ops ...operand.Op) { g.pick(g.VBROADCASTSS, g.VBROADCASTSD, ops...) }

func (g *gen) fmaBcst(ops ...operand.Op) {
	g.pick(g.VFMADD231PS_BCST, g.VFMADD231PD_BCST, ops...)
}

// Masked forms. AVX-512 has a mask in almost every instruction.
func (g *gen) fmaK(ops ...operand.Op) { g.pick(g.VFMADD231PS, g.VFMADD231PD, ops...) }
func (g *gen) addK(m, x, k, to operand.Op) {
	g.pick(g.VADDPS, g.VADDPD, m, x, k, to)
}

func (g *gen) movK(from, k, to operand.Op) { g.pick(g.VMOVUPS, g.VMOVUPD, from, k, to) }

func (g *gen) movZ(from, k, to operand.Op) {
	if g.size == 8 {
		g.VMOVUPD_Z(from, k, to)
	} else {
		g.VMOVUPS_Z(from, k, to)
	}
}

func (g *gen) maskmov(from, mask, to operand.Op) {
	if g.size == 8 {
		g.VMASKMOVPD(from, mask, to)
	} else {
		g.VMASKMOVPS(from, mask, to)
	}
}

func (g *gen) zero(i int) {
	if g.wide {
		z := g.vec(i)
		g.VPXORD(z, z, z)
		return
	}
	y := g.vec(i)
	g.VPXOR(y, y, y)
}
