package glm

import "math"

// An HRF is the response of the blood to a moment of activity, a difference of
// two gamma densities over the time since the moment,
//
//	h(t) = g(t; Delay/Dispersion, Dispersion) − Ratio · g(t; Undershoot/UndershootDispersion, UndershootDispersion)
//
// where g(t; a, s) = (t/s)^(a−1) e^(−t/s) / (s Γ(a)), cut off at 32 s and scaled
// to a sum of 1. All are in seconds but Ratio. The zero value stands for Glover,
// and so does one that has Derivatives only.
type HRF struct {
	Delay, Undershoot, Dispersion, UndershootDispersion, Ratio float64

	Derivatives Derivatives
}

// Glover is the response of Glover (1999), doi:10.1006/nimg.1998.0419, with
// the parameters that nilearn gives it.
var Glover = HRF{Delay: 6, Undershoot: 12, Dispersion: 0.9, UndershootDispersion: 0.9, Ratio: 0.48}

// SPM is the canonical response of SPM with the parameters that nilearn gives
// it: Friston et al. (1998), doi:10.1006/nimg.1997.0306.
var SPM = HRF{Delay: 6, Undershoot: 16, Dispersion: 1, UndershootDispersion: 1, Ratio: 0.167}

// resolved is Glover where nothing is set but Derivatives.
func (h HRF) resolved() HRF {
	d := h.Derivatives
	h.Derivatives = 0
	if h == (HRF{}) {
		h = Glover
	}
	h.Derivatives = d
	return h
}

const (
	oversampling = 50  // samples of a response per volume
	hrfSeconds   = 32. // where it ends
	minOnset     = -24 // the earliest event, in seconds
)

// kernel samples the response, begun late by some seconds, every dt seconds; as
// in nilearn, the first sample is the moment before it begins.
func (h HRF) kernel(dt, late float64) []float64 {
	k := linspace(0, hrfSeconds, int(math.RoundToEven(hrfSeconds/dt)))
	sum := 0.0
	for i, t := range k {
		t -= dt + late
		k[i] = gammaDensity(t, h.Delay/h.Dispersion, h.Dispersion) - h.Ratio*gammaDensity(t, h.Undershoot/h.UndershootDispersion, h.UndershootDispersion)
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
	return k
}

func (h HRF) valid() bool {
	if h.Derivatives < 0 || h.Derivatives > TimeAndDispersion {
		return false
	}
	h = h.resolved()
	for _, x := range []float64{h.Delay / h.Dispersion, h.Undershoot / h.UndershootDispersion} {
		if !(x > 1 && x < 1000) {
			return false
		}
	}
	return h.Dispersion > 0 && h.UndershootDispersion > 0 && !math.IsNaN(h.Ratio) && !math.IsInf(h.Ratio, 0)
}

// gammaDensity is that of the gamma distribution of shape a > 1 and scale s.
func gammaDensity(t, a, s float64) float64 {
	x := t / s
	if x <= 0 {
		return 0
	}
	g, _ := math.Lgamma(a)
	return math.Exp((a-1)*math.Log(x)-x-g) / s
}

// linspace returns n numbers from a to b, rounded as numpy rounds them: whether
// an onset falls before or after a sample hangs on it.
func linspace(a, b float64, n int) []float64 {
	out := make([]float64, n)
	step := (b - a) / float64(max(n-1, 1))
	for i := range out {
		out[i] = float64(float64(i)*step) + a
	}
	if n > 1 {
		out[n-1] = b
	}
	return out
}
