package localizer

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"fusiform/analysis"
)

// A criterion says what a localizer computes and what it keeps. Localizers are
// criteria under the names of the field.
type criterion struct {
	name    string  // of the statistic, as rules have it: "Welch t"
	cut     float64 // keep statistics above it
	atLeast bool    // … and those equal to it
	of      string  // what q is adjusted from, where that is another test: " of Welch's t"

	fdr       float64
	yekutieli bool

	// Those that go by moments: whether t is pooled, whether each other
	// category has a comparison of its own, and, unless it is t itself, the
	// statistic of every channel from the two sides; NaN where it has none,
	// of which undefined is the error.
	pooled, each bool
	effect       func(stat []float64, one, zero moments)
	undefined    func(source string, d *design, channels []int, total int) error
}

// An outcome is what the channels of a source make of a contrast.
type outcome struct {
	*design
	tests    []comparison
	dead     []bool      // varies in no comparison
	overflow atomic.Bool // a variance overflows, where there is no p to say so
}

// A comparison holds, per channel, the statistic, p and q. A p of NaN marks
// overflow. p and q may be nil.
type comparison struct{ stat, p, q []float64 }

func newOutcome(d *design, channels int, brief bool) *outcome {
	o := &outcome{design: d, tests: make([]comparison, len(d.over)), dead: make([]bool, channels)}
	for k := range o.tests {
		o.tests[k].stat = make([]float64, channels)
		if !brief {
			o.tests[k].p = make([]float64, channels)
		}
	}
	return o
}

func (c criterion) check() error {
	if !(c.fdr >= 0 && c.fdr < 1) {
		return fmt.Errorf("localizer: FDR is %v, must be at least 0 (no cut) and below 1", c.fdr)
	}
	return nil
}

// selected turns the outcomes into fROIs.
func (c criterion) selected(source string, outcomes []*outcome) ([]*analysis.FROI, error) {
	out, errs := make([]*analysis.FROI, len(outcomes)), make([]error, len(outcomes))
	var wg sync.WaitGroup
	for i, o := range outcomes {
		wg.Go(func() { out[i], errs[i] = c.froi(source, o) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c criterion) froi(source string, o *outcome) (*analysis.FROI, error) {
	f := &analysis.FROI{Source: source, Contrast: o.contrast, Rule: c.rule(o.design), DefinedOn: o.stimuli}
	for _, x := range o.dead {
		if x {
			f.Dead++
		}
	}
	if f.Dead == len(o.dead) {
		return nil, fmt.Errorf("localizer: %w: each of the %d channels of %q gives all %d stimuli of contrast %q the same response; look at another layer, or whether the images reach the network",
			analysis.ErrDead, f.Dead, source, o.stimuli.Len(), o.contrast.Name)
	}
	for k := range o.tests {
		if o.tests[k].p == nil {
			continue
		}
		if j := slices.IndexFunc(o.tests[k].p, math.IsNaN); j >= 0 {
			return nil, fmt.Errorf("localizer: the variance of channel %d (of %d) of %q overflows; divide the responses by a constant", j, len(o.dead), source)
		}
		o.tests[k].q = c.adjust(o.tests[k].p, o.dead, f.Dead)
	}
	all := conjunction(o.tests)
	f.Stat, f.P, f.Q = all.stat, all.p, all.q
	f.Keep = make([]bool, len(o.dead))
	var none []int
	for j, s := range f.Stat {
		switch {
		case o.dead[j]:
			f.Stat[j] = 0
		case math.IsNaN(s):
			none = append(none, j)
		default:
			f.Keep[j] = (s > c.cut || c.atLeast && s == c.cut) && (c.fdr == 0 || f.Q[j] < c.fdr)
		}
	}
	if none != nil {
		return nil, c.undefined(source, o.design, none, len(o.dead))
	}
	return f, nil
}

// adjust returns q of the living channels; dead ones get 1 and do not count.
func (c criterion) adjust(p []float64, dead []bool, n int) []float64 {
	method := analysis.BenjaminiHochberg
	if c.yekutieli {
		method = analysis.BenjaminiYekutieli
	}
	if n == 0 {
		return method(p)
	}
	living := make([]float64, 0, len(p)-n)
	for j, v := range p {
		if !dead[j] {
			living = append(living, v)
		}
	}
	living = method(living)
	q := make([]float64, len(p))
	for j := range q {
		if q[j] = 1; !dead[j] {
			q[j], living = living[0], living[1:]
		}
	}
	return q
}

// conjunction returns the smallest statistic and the largest p and q of every
// channel over the tests. The largest p is a valid p for "all of them": an
// intersection–union test, Berger (1982), doi:10.2307/1267823.
func conjunction(tests []comparison) comparison {
	all := tests[0]
	for _, o := range tests[1:] {
		for j := range all.stat {
			all.stat[j] = min(all.stat[j], o.stat[j])
		}
		for j := range all.p {
			all.p[j] = max(all.p[j], o.p[j])
			all.q[j] = max(all.q[j], o.q[j])
		}
	}
	return all
}

// rule says the criterion in words: "Welch t > 7 (n = 192 against 768)".
func (c criterion) rule(d *design) string {
	sign, adjusted := ">", "Benjamini–Hochberg"
	if c.atLeast {
		sign = "≥"
	}
	if c.yekutieli {
		adjusted = "Benjamini–Yekutieli"
	}
	s := fmt.Sprintf("%s %s %.6g", c.name, sign, c.cut)
	if c.fdr > 0 {
		s += fmt.Sprintf(", %s q%s < %v", adjusted, c.of, c.fdr)
	}
	if c.each {
		each := make([]string, len(d.names))
		for k, n := range d.names {
			each[k] = fmt.Sprintf("%d %s", d.nOver[k], n)
		}
		return fmt.Sprintf("%s, each time (n = %d against %s)", s, d.nPrefer, analysis.Few(each, 6))
	}
	return fmt.Sprintf("%s (n = %d against %d)", s, d.nPrefer, d.nOver[0])
}
