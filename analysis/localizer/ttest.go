package localizer

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"fusiform/analysis"
)

// TTest selects the channels that answer the preferred stimuli of a contrast
// more than the others, by a t-test over stimuli in each channel:
//
//	t = (m₁ − m₀) / √(s₁²/n₁ + s₀²/n₀)
//
// where m, s² and n are the mean, the variance (n−1) and the number of the
// preferred (1) and of the other stimuli (0), and the degrees of freedom are
// Welch's, which need not be whole:
//
//	df = (s₁²/n₁ + s₀²/n₀)² / ((s₁²/n₁)²/(n₁−1) + (s₀²/n₀)²/(n₀−1))
//
// p is two-sided and exact for normal responses; q is p adjusted for the
// number of living channels. Welch (1947), doi:10.1093/biomet/34.1-2.28.
//
// A channel is kept if t > MinT and, where FDR is set, q < FDR. The zero value
// cuts nothing off: it keeps every channel that prefers the contrast at all,
// t > 0. The usual cut for networks is MinT 7 (Dipani & Ratan Murty 2026,
// doi:10.64898/2026.05.29.728609).
//
// Edges, per channel: without any variance over the stimuli of the contrast it
// is dead, has t 0, p 1, q 1, and is no part of the false-discovery family.
// Where neither side varies but the means differ, t would be infinite; the
// standard error is then taken to be one rounding error of the larger mean,
// 2⁻⁵²·max(|m₁|, |m₀|), with n₁+n₀−2 degrees of freedom: t is huge but finite.
type TTest struct {
	MinT float64 // keep t > MinT; not negative
	FDR  float64 // keep q < FDR, below 1; 0 means no such cut

	// Pooled assumes equal variances: Student's t, with n₁+n₀−2 degrees of
	// freedom and (n₁−1)s₁²+(n₀−1)s₀² over them as the variance of both.
	Pooled bool

	// Yekutieli adjusts q after Benjamini & Yekutieli (2001), which holds
	// under any dependence between channels and is stricter by the factor
	// Σ 1/k; otherwise after Benjamini & Hochberg (1995).
	Yekutieli bool

	// Conjunction tests the preferred stimuli against each other category
	// separately (each name in Over, where the contrast has any), and every
	// test must pass. The fROI then holds, per channel, the smallest t and the
	// largest p and q. Prince, Alvarez & Konkle (2024),
	// doi:10.1126/sciadv.adl1776, use it with Pooled, Yekutieli and FDR .05.
	Conjunction bool
}

// Localize returns the fROI of contrast c in r, c channels long, defined on
// those stimuli of r that the contrast compares.
//
// It fails with an *analysis.CategoryError if the contrast names a category
// that r's stimuli do not have, with an error if a side of a comparison has
// fewer than two stimuli, with analysis.ErrDead if every channel is dead, and
// if a channel's values are so large that their variance overflows. No channel
// passing is no error: the fROI is empty.
func (l TTest) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	f, err := l.LocalizeAll(r, c)
	if err != nil {
		return nil, err
	}
	return f[0], nil
}

// LocalizeAll returns the fROI of each contrast in r, as Localize does, but
// reads the responses only once.
func (l TTest) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	a, err := gather(r)
	if err != nil {
		return nil, err
	}
	out, errs := make([]*analysis.FROI, len(contrasts)), make([]error, len(contrasts))
	var wg sync.WaitGroup
	for i, c := range contrasts {
		wg.Go(func() { out[i], errs[i] = l.localize(a, r.Source(), c) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l TTest) localize(a *Accumulator, source string, c analysis.Contrast) (*analysis.FROI, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	d, err := a.compare(c, l.Conjunction)
	if err != nil {
		return nil, err
	}
	f := &analysis.FROI{Source: source, Contrast: c, Rule: l.rule(d), DefinedOn: d.stimuli}
	tests, dead := a.tests(d, l.Pooled)
	for _, x := range dead {
		if x {
			f.Dead++
		}
	}
	if f.Dead == a.channels {
		return nil, fmt.Errorf("localizer: %w: each of the %d channels of %q gives all %d stimuli of contrast %q the same response; look at another layer, or whether the images reach the network",
			analysis.ErrDead, a.channels, source, d.stimuli.Len(), c.Name)
	}
	for k := range tests {
		if j := slices.IndexFunc(tests[k].t, math.IsNaN); j >= 0 {
			return nil, fmt.Errorf("localizer: the variance of channel %d (of %d) of %q overflows; divide the responses by a constant", j, a.channels, source)
		}
		tests[k].q = l.adjust(tests[k].p, dead)
	}
	all := conjunction(tests)
	f.Stat, f.P, f.Q = all.t, all.p, all.q
	f.Keep = make([]bool, a.channels)
	for j, t := range f.Stat {
		f.Keep[j] = t > l.MinT && (l.FDR == 0 || f.Q[j] < l.FDR)
	}
	return f, nil
}

// adjust returns q of the living channels; dead ones get 1 and do not count.
func (l TTest) adjust(p []float64, dead []bool) []float64 {
	living := make([]float64, 0, len(p))
	for j, v := range p {
		if !dead[j] {
			living = append(living, v)
		}
	}
	if l.Yekutieli {
		living = analysis.BenjaminiYekutieli(living)
	} else {
		living = analysis.BenjaminiHochberg(living)
	}
	q := make([]float64, len(p))
	for j := range q {
		if q[j] = 1; !dead[j] {
			q[j], living = living[0], living[1:]
		}
	}
	return q
}

// tests returns the map of each comparison, and which channels vary in none.
func (a *Accumulator) tests(d *design, pooled bool) (tests []tMap, dead []bool) {
	tests = make([]tMap, len(d.over))
	for k := range tests {
		tests[k] = newTMap(a.channels)
	}
	dead = make([]bool, a.channels)
	blocks(a.channels, func(lo, hi int) {
		one := a.pool(d.prefer, lo, hi)
		for j := range hi - lo {
			dead[lo+j] = one.m2[j] == 0
		}
		for k, cells := range d.over {
			zero := a.pool(cells, lo, hi)
			for j := range hi - lo {
				dead[lo+j] = dead[lo+j] && zero.m2[j] == 0 && zero.mean[j] == one.mean[j]
			}
			tests[k].fill(lo, one, zero, pooled)
		}
	})
	return tests, dead
}

func (l TTest) check() error {
	if !(l.MinT >= 0) || math.IsInf(l.MinT, 1) {
		return fmt.Errorf("localizer: MinT is %v, must be finite and at least 0; for the channels that prefer the others, exchange Prefer and Over", l.MinT)
	}
	if !(l.FDR >= 0 && l.FDR < 1) {
		return fmt.Errorf("localizer: FDR is %v, must be at least 0 (no cut) and below 1", l.FDR)
	}
	return nil
}

// rule says the criterion in words: "Welch t > 7 (n = 192 against 768)".
func (l TTest) rule(d *design) string {
	name, adjusted := "Welch", "Benjamini–Hochberg"
	if l.Pooled {
		name = "pooled"
	}
	if l.Yekutieli {
		adjusted = "Benjamini–Yekutieli"
	}
	s := fmt.Sprintf("%s t > %v", name, l.MinT)
	if l.FDR > 0 {
		s += fmt.Sprintf(", %s q < %v", adjusted, l.FDR)
	}
	if l.Conjunction {
		each := make([]string, len(d.names))
		for k, n := range d.names {
			each[k] = fmt.Sprintf("%d %s", d.nOver[k], n)
		}
		return fmt.Sprintf("%s, each time (n = %d against %s)", s, d.nPrefer, analysis.Few(each, 6))
	}
	return fmt.Sprintf("%s (n = %d against %d)", s, d.nPrefer, d.nOver[0])
}

// A tMap holds the test of every channel. A t of NaN marks overflow.
type tMap struct{ t, p, q []float64 }

func newTMap(channels int) tMap {
	return tMap{t: make([]float64, channels), p: make([]float64, channels)}
}

// fill computes t and p for the channels from lo on.
func (m tMap) fill(lo int, one, zero *moments, pooled bool) {
	for j := range one.mean {
		t, df := tStat(one.n, zero.n, one.mean[j], zero.mean[j], one.m2[j], zero.m2[j], pooled)
		m.t[lo+j], m.p[lo+j] = t, twoSided(t, df)
	}
}

// tStat returns t and its degrees of freedom from the number, the mean and
// the squared deviations of both sides; 0 where nothing varies.
func tStat(n1, n0 int, m1, m0, ss1, ss0 float64, pooled bool) (t, df float64) {
	whole := float64(n1 + n0 - 2)
	a, b := ss1/float64(n1-1)/float64(n1), ss0/float64(n0-1)/float64(n0) // squared standard errors
	v := a + b
	if pooled {
		v = (ss1 + ss0) / whole * (1/float64(n1) + 1/float64(n0))
	}
	switch {
	case !(v <= math.MaxFloat64):
		return math.NaN(), whole
	case v == 0 && m1 == m0:
		return 0, whole
	case v == 0:
		return (m1 - m0) / (0x1p-52 * max(math.Abs(m1), math.Abs(m0))), whole
	case pooled:
		return (m1 - m0) / math.Sqrt(v), whole
	}
	a, b = a/v, b/v // shares: no square of theirs can underflow to 0/0
	return (m1 - m0) / math.Sqrt(v), 1 / (a*a/float64(n1-1) + b*b/float64(n0-1))
}

// conjunction returns the smallest t and the largest p and q of every channel
// over the tests. The largest p is a valid p for "all of them": an
// intersection–union test, Berger (1982), doi:10.2307/1267823.
func conjunction(tests []tMap) tMap {
	all := tests[0]
	for _, o := range tests[1:] {
		for j := range all.t {
			all.t[j] = min(all.t[j], o.t[j])
			all.p[j] = max(all.p[j], o.p[j])
			all.q[j] = max(all.q[j], o.q[j])
		}
	}
	return all
}
