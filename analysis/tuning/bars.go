package tuning

import (
	"math"

	"fusiform/analysis"
)

// A Bar sums up one category of a profile.
type Bar struct {
	Category string
	Mean     float64 // over the stimuli of the category
	SEM      float64 // standard error of the mean, s/√N with s over N−1; 0 where N is 1, which says nothing
	N        int     // number of stimuli
}

// ByCategory returns a bar for each category, in order of first appearance.
// Stimuli without a category are left out.
func (p *Profile) ByCategory() []Bar {
	return p.bars(func(s analysis.Stimulus) string { return s.Category })
}

// BySubcategory returns a bar for each subcategory, in order of first
// appearance. Stimuli without a subcategory are left out.
func (p *Profile) BySubcategory() []Bar {
	return p.bars(func(s analysis.Stimulus) string { return s.Subcategory })
}

func (p *Profile) bars(name func(analysis.Stimulus) string) []Bar {
	var names []string
	values := map[string][]float64{}
	for i, v := range p.Values {
		k := name(p.Stimuli.At(i))
		if k == "" {
			continue
		}
		if _, seen := values[k]; !seen {
			names = append(names, k)
		}
		values[k] = append(values[k], v)
	}
	bars := make([]Bar, len(names))
	for i, k := range names {
		bars[i] = newBar(k, values[k])
	}
	return bars
}

func newBar(category string, x []float64) Bar {
	b := Bar{Category: category, Mean: mean(x), N: len(x)}
	if b.N < 2 {
		return b
	}
	ss := 0.0
	for _, v := range x {
		ss += (v - b.Mean) * (v - b.Mean)
	}
	b.SEM = math.Sqrt(ss / float64(b.N-1) / float64(b.N))
	return b
}
