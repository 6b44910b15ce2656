package plots

import (
	"fmt"
	"image/color"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/tuning"
)

// Doubtful is a Figure that knows what a reader should doubt in it: the
// warnings of all that it draws, each once. What shows the figure shows them
// beside it.
type Doubtful interface {
	Figure
	Doubts() []error
}

// Doubts returns the warnings of the matrix, and which categories share a
// colour.
func (f RSM) Doubts() []error {
	if f.Matrix == nil {
		return nil
	}
	return once(f.Matrix.Warnings, sharedColors(f.Matrix.Stimuli.Categories()))
}

// Doubts returns the warnings of the profiles, the scores and the ceiling, and
// which categories share a colour.
func (f Tuning) Doubts() []error {
	var all [][]error
	var drawn []*tuning.Profile
	for _, p := range f.Profiles {
		if p != nil {
			all = append(all, p.Warnings)
			drawn = append(drawn, p)
		}
	}
	all = append(all, sharedColors(categoriesOf(drawn)))
	for _, s := range f.Scores {
		all = append(all, s.Warnings)
	}
	return once(append(all, ofCeiling(f.Ceiling))...)
}

// Doubts returns the warnings of the result and the ceiling, and which
// categories share a colour.
func (f Encoding) Doubts() []error {
	if f.Result == nil {
		return once(ofCeiling(f.Ceiling))
	}
	return once(f.Result.Warnings, ofCeiling(f.Ceiling), sharedColors(f.Result.Stimuli.Categories()))
}

// Doubts returns the warnings of the three named subsets and the ceiling.
func (f Subsets) Doubts() []error {
	var all [][]error
	if f.Result != nil {
		for _, r := range []*encoding.Result{f.Result.All, f.Result.Without, f.Result.Only} {
			if r != nil {
				all = append(all, r.Warnings)
			}
		}
	}
	return once(append(all, ofCeiling(f.Ceiling))...)
}

func ofCeiling(c *analysis.Ceiling) []error {
	if c == nil {
		return nil
	}
	return c.Warnings
}

// sharedColors says which categories look like others in a figure that tells
// them apart by colour: there are few colours that a reader tells apart.
func sharedColors(categories []string) []error {
	of := looks(categories)
	first := map[color.RGBA]string{}
	var pairs []string
	for _, c := range categories {
		fill := of[c].fill
		if other, ok := first[fill]; ok {
			pairs = append(pairs, fmt.Sprintf("%s that of %s", orNone(c), orNone(other)))
		} else {
			first[fill] = c
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	return []error{fmt.Errorf("plots: there are fewer colours than the %d categories, so some share one: %s; read these by their names or places, or draw fewer categories at a time",
		len(categories), analysis.Few(pairs, 8))}
}

// once joins the lists and keeps of equal texts the first.
func once(lists ...[]error) []error {
	var out []error
	seen := map[string]bool{}
	for _, list := range lists {
		for _, err := range list {
			if err != nil && !seen[err.Error()] {
				seen[err.Error()] = true
				out = append(out, err)
			}
		}
	}
	return out
}
