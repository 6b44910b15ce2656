package plots

import (
	"fusiform/analysis"
	"fusiform/analysis/encoding"
)

// Doubtful is a Figure that knows what a reader should doubt in it: the
// warnings of all that it draws, each once. What shows the figure shows them
// beside it.
type Doubtful interface {
	Figure
	Doubts() []error
}

// Doubts returns the warnings of the matrix.
func (f RSM) Doubts() []error {
	if f.Matrix == nil {
		return nil
	}
	return once(f.Matrix.Warnings)
}

// Doubts returns the warnings of the profiles, the scores and the ceiling.
func (f Tuning) Doubts() []error {
	var all [][]error
	for _, p := range f.Profiles {
		if p != nil {
			all = append(all, p.Warnings)
		}
	}
	for _, s := range f.Scores {
		all = append(all, s.Warnings)
	}
	return once(append(all, ofCeiling(f.Ceiling))...)
}

// Doubts returns the warnings of the result and the ceiling.
func (f Encoding) Doubts() []error {
	if f.Result == nil {
		return once(ofCeiling(f.Ceiling))
	}
	return once(f.Result.Warnings, ofCeiling(f.Ceiling))
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
