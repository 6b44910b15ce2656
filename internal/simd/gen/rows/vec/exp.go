package vec

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	expHi   = 89.  // e^89 overflows
	expLo   = -104 // e^−104 rounds to 0
	log2e   = 1.44269504088896341
	magic   = 3 << 22 // adding it rounds to an integer
	ln2High = 0x1.62e43p-1
	ln2Low  = -0x1.05c61p-29
)

// expPoly are Cephes' coefficients of (e^r−1−r)/r², and those of 1+r.
var expPoly = []float64{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3,
	4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1}

// HoldExp prepares for Exp.
func (g *Gen) HoldExp() {
	g.Hold(expHi, expLo, log2e)
	g.Prefer(magic, ln2High, ln2Low)
	g.Prefer(expPoly...)
	if !g.Wide {
		g.Hold(magic, 1)
	}
}

// Exp returns e^x and destroys x: 2^k times a polynomial in x − k·ln 2.
func (g *Gen) Exp(x reg.VecVirtual) reg.VecVirtual {
	VMINPS(x, g.R(expHi), x) // the second source, x, if it is NaN
	VMAXPS(x, g.R(expLo), x)
	t, k, p := g.Reg(), g.Reg(), g.Reg()
	VMOVAPS(g.R(log2e), t)
	VFMADD213PS(g.R(magic), x, t)
	VSUBPS(g.R(magic), t, k)
	VFNMADD231PS(g.C(ln2High), k, x)
	VFNMADD231PS(g.C(ln2Low), k, x)
	g.Poly(p, x, expPoly)
	if g.Wide {
		VSCALEFPS(k, p, p)
		return p
	}
	// Two steps, that small results underflow gradually.
	half, one := g.Reg(), g.R(1)
	VPSUBD(g.R(magic), t, t)
	VPSRAD(U8(1), t, half)
	VPSUBD(half, t, t)
	VPSLLD(U8(23), half, half)
	VPSLLD(U8(23), t, t)
	VPADDD(one, half, half)
	VPADDD(one, t, t)
	VMULPS(half, p, p)
	VMULPS(t, p, p)
	return p
}

// Poly stores the polynomial in x with the coefficients c, highest first, in p.
func (g *Gen) Poly(p, x reg.VecVirtual, c []float64) {
	VMOVUPS(g.C(c[0]), p)
	for _, a := range c[1:] {
		VFMADD213PS(g.C(a), x, p)
	}
}
