package localizer

import "math"

// twoSided returns P(|T| ≥ |t|) for Student's t with df > 0 degrees of
// freedom, which need not be whole:
//
//	p = I_x(df/2, 1/2),  x = df/(df + t²)
//
// where I is the regularised incomplete beta function (DLMF 8.17). With many
// degrees of freedom, and unless t is far out, it takes an expansion about the
// normal distribution; otherwise the continued fraction. The small tail is
// computed itself and never as 1 − CDF, so the relative error stays near 1e-13
// down to the smallest float64.
func twoSided(t, df float64) float64 {
	t2 := t * t
	if t2 == 0 {
		return 1
	}
	if df >= 32 && t2 <= 1.7*df {
		return nearNormal(t2, df)
	}
	return byFraction(t, t2, df)
}

// nearNormal is twoSided for df ≥ 32 and l = ln(1 + t²/df) ≤ 1, by algorithm
// BGRAT of DiDonato & Morris (1992), doi:10.1145/131766.131776, with b = 1/2:
//
//	p = R Σ p[n] j[n],  j[0] = erfc √u,  u = T l,  T = df/2 − 1/4
//	j[n+1] = ((2n+½)(2n+3/2) j[n] + (u + 2n + 3/2) (l/2)²ⁿ √(u/π) e⁻ᵘ) / 4T²
//
// where p[n] are the coefficients of (sinh z / z)^(−1/2) in powers of z², and
// R = Γ(T+3/4)/(Γ(T+1/4)√T). The terms fall at least like (l/2π)²ⁿ; ten are
// enough for 1e-16 at l = 1, three where t² is a hundredth of df. All share the
// factor e⁻ᵘ, which is taken out, so that nothing underflows before p does.
func nearNormal(t2, df float64) float64 {
	T := df/2 - 0.25
	l := math.Log1p(t2 / df)
	u := T * l
	w := math.Sqrt(u)
	v := 1 / (T * T)
	z, front := l*l/4, w/math.SqrtPi
	power, j := front, erfcx(w) // front·(l/2)²ⁿ and j[n]
	sum := j
	for n := range bgrat {
		k := 2 * float64(n)
		j = ((k+0.5)*(k+1.5)*j + (u+k+1.5)*power) * (v / 4)
		term := bgrat[n] * j
		sum += term
		if math.Abs(term) < 1e-17*sum {
			break
		}
		power *= z
	}
	// R in powers of 1/T² (DLMF 5.11.14): only even ones, since T is the
	// middle of the arguments. T ≥ 15.75, where the last term is 1e-16.
	r := 1 + v*(1.0/64-v*(19.0/8192-v*(631.0/524288-v*(174317.0/134217728-v*(20491783.0/8589934592)))))
	return math.Min(1, r*math.Exp(-u)*sum)
}

// bgrat are p[1], p[2] … of nearNormal.
var bgrat = [...]float64{
	-1.0 / 12, 1.0 / 160, -61.0 / 120960, 1261.0 / 29030400, -79.0 / 20275200,
	3.5833354634507906e-07, -3.349747072060578e-08, 3.1675854343161146e-09, -3.0210368517370963e-10, 2.900415787669253e-11,
}

// erfcx returns e^(w²) erfc w for 0 ≤ w ≤ 28, that is, as far as erfc w is a
// float64: a polynomial in y = (w−4)/(w+4) over 1 + 2w, after Shepherd &
// Laframboise (1981), doi:10.1090/S0025-5718-1981-0595058-X. The coefficients
// are the Chebyshev fit of degree 21, made with mpmath; its error is 7e-17.
// Even and odd powers are summed apart, which a processor does at once.
func erfcx(w float64) float64 {
	y := (w - 4) / (w + 4)
	s := y * y
	even := 1.23299511862555255 + s*(0.0153796521026061327+s*(-0.101039066035580629+s*(-0.0663303658272927898+
		s*(-0.0161977338959598549+s*(-0.000757774306169337074+s*(0.00015062567141369432+
			s*(-0.000011232086023404734+s*(3.09944020108315453e-7+s*(5.88323063291443501e-8+s*-9.45627152491569159e-9)))))))))
	odd := -0.139621116840562555 + s*(0.0680970542547021274+s*(0.093732834997984629+s*(0.0371675155424207577+
		s*(0.00503196995232915292+s*(-0.000199256696404256237+s*(-0.000024398609353512904+
			s*(5.70682747506826368e-6+s*(-8.18766256291578559e-7+s*(1.01812474751499711e-7+s*-8.90620866393462229e-9)))))))))
	return (even + y*odd) / (1 + 2*w)
}

// byFraction is twoSided by the continued fraction of I (DLMF 8.17.22), on
// whichever side it converges fast.
func byFraction(t, t2, df float64) float64 {
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
