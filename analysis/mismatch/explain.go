package mismatch

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A Property is something that is known of stimuli, a number for each: 1 where
// there is an animal and 0 where there is none, a size in degrees. Values are
// found by the stimulus's ID.
type Property struct {
	Name   string
	Values map[string]float64
}

// An Explained is how much of the residuals a property explains by itself.
type Explained struct {
	Property string
	R        float64 // Pearson r of the residuals with the property
	R2       float64 // share of their variance
	Slope    float64 // change of e, in standard deviations, for 1 more of the property
	P        float64 // two-sided, by permuting the property over the stimuli
	Q        float64 // Benjamini–Hochberg over the properties
	N        int     // stimuli
	Warnings []error
}

// nearlyOne is the |r| between two properties above which neither can be told
// from the other: each explains at least four fifths of the other.
const nearlyOne = .9

// Explain relates the mean residual of each stimulus (Residuals.Mean) to each
// property by a regression of its own,
//
//	e[i] = intercept + Slope · property[i] + rest,   Slope = r · s_e / s_property
//
// in order of falling |R|. Properties that go together explain the same
// residuals: a Warning names those that correlate by more than .9. P is over
// stimuli, for these people and networks: of Permutations random orders of the
// property, or of all where there are no more, the share that correlates as
// much. Only Permutations and Seed of the Test count.
//
// It fails with fewer than three stimuli, with no property or two of one name,
// with an *analysis.AlignmentError that names the stimuli for which a property
// has no value, and with analysis.ErrConstant for a property or residuals
// without variance.
func (t Test) Explain(ctx context.Context, r *Residuals, properties ...Property) ([]Explained, error) {
	t, err := t.defaults()
	if err != nil {
		return nil, err
	}
	if len(properties) == 0 {
		return nil, fmt.Errorf("mismatch: no property to explain the residuals by")
	}
	n := r.Stimuli.Len()
	if n < 3 {
		return nil, fmt.Errorf("mismatch: any property explains the residuals of %d stimuli; it takes at least 3", n)
	}
	order := make([]int, n) // of their IDs
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(r.Stimuli.At(a).ID, r.Stimuli.At(b).ID) })
	e := pick(r.Mean(), order)
	ze, se, err := standardised(e, "the residuals")
	if err != nil {
		return nil, err
	}
	out, p, z := make([]Explained, len(properties)), make([]float64, len(properties)), make([][]float64, len(properties))
	seen := map[string]bool{}
	for k, x := range properties {
		if seen[x.Name] {
			return nil, fmt.Errorf("mismatch: two properties are called %q", x.Name)
		}
		seen[x.Name] = true
		v, err := x.on(r.Stimuli)
		if err != nil {
			return nil, err
		}
		var sx float64
		if z[k], sx, err = standardised(pick(v, order), fmt.Sprintf("property %q", x.Name)); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := dot(ze, z[k]) / float64(n)
		p[k] = t.orders(ze, z[k])
		out[k] = Explained{Property: x.Name, R: c, R2: c * c, Slope: c * se / sx, P: p[k], N: n}
		for j := range k {
			if c := dot(z[j], z[k]) / float64(n); math.Abs(c) > nearlyOne {
				w := fmt.Errorf("properties %q and %q correlate by %.2f: what one explains, the other does too", properties[j].Name, x.Name, c)
				out[j].Warnings, out[k].Warnings = append(out[j].Warnings, w), append(out[k].Warnings, w)
			}
		}
		analysis.ReportProgress(ctx, k+1, len(properties))
	}
	for k, q := range analysis.BenjaminiHochberg(p) {
		out[k].Q = q
	}
	slices.SortStableFunc(out, func(a, b Explained) int {
		switch {
		case math.Abs(a.R) > math.Abs(b.R):
			return -1
		case math.Abs(a.R) < math.Abs(b.R):
			return 1
		}
		return 0
	})
	return out, nil
}

// on returns the property of each stimulus.
func (p Property) on(s analysis.Stimuli) ([]float64, error) {
	v := make([]float64, s.Len())
	var missing []string
	for i := range v {
		id := s.At(i).ID
		x, ok := p.Values[id]
		if !ok {
			missing = append(missing, id)
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("mismatch: property %q of %q is %v", p.Name, id, x)
		}
		v[i] = x
	}
	if missing != nil {
		return nil, fmt.Errorf("mismatch: %w", bare(&analysis.AlignmentError{What: fmt.Sprintf("property %q is not known of all %d stimuli", p.Name, s.Len()), Missing: missing}))
	}
	return v, nil
}

// standardised returns z-scores, over n, and the standard deviation.
func standardised(x []float64, what string) (z []float64, sd float64, err error) {
	m, ss := mean(x), 0.0
	for _, v := range x {
		ss += (v - m) * (v - m)
	}
	sd = math.Sqrt(ss / float64(len(x)))
	if analysis.Constant(x) || sd <= 1e-12*(math.Abs(m)+1e-300) || math.IsInf(sd, 0) {
		return nil, 0, fmt.Errorf("mismatch: %w: no variance of %s over the %d stimuli", analysis.ErrConstant, what, len(x))
	}
	z = make([]float64, len(x))
	for i, v := range x {
		z[i] = (v - m) / sd
	}
	return z, sd, nil
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

// orders returns the share of orders of y whose |x·y| is at least as large.
func (t Test) orders(x, y []float64) float64 {
	least := math.Abs(dot(x, y)) * (1 - 1e-10)
	least -= 1e-12 * float64(len(x))
	y = slices.Clone(y)
	as, n := 0, 0
	see := func() {
		if math.Abs(dot(x, y)) >= least {
			as++
		}
		n++
	}
	all := 1
	for k := 2; k <= len(y) && all <= t.Permutations; k++ {
		all *= k
	}
	if all <= t.Permutations {
		heap(y, len(y), see)
		return float64(as) / float64(n)
	}
	rng := rand.New(rand.NewPCG(t.Seed, 0x6578706c61696e))
	as, n = 1, 1
	for range t.Permutations {
		rng.Shuffle(len(y), func(i, j int) { y[i], y[j] = y[j], y[i] })
		see()
	}
	return float64(as) / float64(n)
}

// heap calls see in every order of the first k values. Heap (1963),
// doi:10.1093/comjnl/6.3.293.
func heap(y []float64, k int, see func()) {
	if k == 1 {
		see()
		return
	}
	heap(y, k-1, see)
	for i := range k - 1 {
		if k%2 == 0 {
			y[i], y[k-1] = y[k-1], y[i]
		} else {
			y[0], y[k-1] = y[k-1], y[0]
		}
		heap(y, k-1, see)
	}
}
