package localizer

import "math"

// twoSided returns P(|T| ≥ |t|) for Student's t with df > 0 degrees of
// freedom, which need not be whole:
//
//	p = I_x(df/2, 1/2),  x = df/(df + t²)
//
// where I is the regularised incomplete beta function (DLMF 8.17), by its
// continued fraction (DLMF 8.17.22) on whichever side it converges fast. The
// small tail is computed itself and never as 1 − CDF, so the relative error
// stays near 1e-13 down to the smallest float64.
func twoSided(t, df float64) float64 {
	t2 := t * t
	if t2 == 0 {
		return 1
	}
	a := df / 2
	// x^a (1−x)^(1/2) / B(a, 1/2), common to both sides.
	front := math.Exp(-a*math.Log1p(t2/df)) * math.Abs(t) / math.Sqrt(df+t2) * gammaRatio(a) / math.SqrtPi
	if x := df / (df + t2); x < (a+1)/(a+2.5) {
		return front / a * betaFraction(x, a, 0.5)
	}
	return 1 - 2*front*betaFraction(t2/(df+t2), 0.5, a)
}

// gammaRatio returns Γ(a+1/2)/Γ(a) for a > 0. Stirling's series (DLMF 5.11.1)
// is subtracted term by term, so that nothing cancels; below a = 16, where
// four terms are not enough, Γ(z+1) = zΓ(z) leads upwards.
func gammaRatio(a float64) float64 {
	f := 1.0
	for ; a < 16; a++ {
		f *= a / (a + 0.5)
	}
	return f * math.Exp(a*math.Log1p(0.5/a)-0.5+stirling(a+0.5)-stirling(a)) * math.Sqrt(a)
}

func stirling(z float64) float64 {
	w := 1 / (z * z)
	return (1.0/12 - w*(1.0/360-w*(1.0/1260-w*(1.0/1680-w/1188)))) / z
}

// betaFraction is the continued fraction of I_x(a, b) without its front
// factor x^a (1−x)^b / (a B(a,b)), evaluated from the top with Lentz's
// method; it converges fast for x < (a+1)/(a+b+2). Its partial numerators are
//
//	d[2m]   =  m (b−m) x / ((a+2m−1)(a+2m))
//	d[2m+1] = −(a+m)(a+b+m) x / ((a+2m)(a+2m+1))
func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1))
	f := d
	// 500 steps are out of reach: at df = 1e8 there are fewer than 100.
	for m := 1.0; m < 500; m++ {
		k := a + 2*m
		n := m * (b - m) * x / ((k - 1) * k)
		d = 1 / nonzero(1+n*d)
		c = nonzero(1 + n/c)
		f *= d * c
		n = -(a + m) * (a + b + m) * x / (k * (k + 1))
		d = 1 / nonzero(1+n*d)
		c = nonzero(1 + n/c)
		step := d * c
		f *= step
		if math.Abs(step-1) < 1e-16 {
			break
		}
	}
	return f
}
