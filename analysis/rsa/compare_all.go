package rsa

import (
	"fmt"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// CompareAll returns a function that compares one RDM, of a brain say, with
// each of many, in order: the scores are those of Compare(m), to the last
// digit. What can be done once, such as ranking the cells of the first, is done
// once, and the others are compared in parallel.
//
// The function fails like that of Compare, with the error of the first RDM that
// cannot be compared, and with no RDMs.
func CompareAll(m *analysis.Measure) func(a *RDM, bs []*RDM) ([]analysis.Score, error) {
	return func(a *RDM, bs []*RDM) ([]analysis.Score, error) {
		if len(bs) == 0 {
			return nil, fmt.Errorf("rsa: no RDMs to compare that of %q with", a.Source)
		}
		scores, errs := make([]analysis.Score, len(bs)), make([]error, len(bs))
		cells := a.Upper()
		to := m.CompareTo(cells)
		simd.Parallel(len(bs), simd.Grain(20*len(cells)), func(lo, hi int) {
			room := make([]float64, len(cells))
			for k := lo; k < hi; k++ {
				scores[k], errs[k] = compare(m, a, bs[k], func(b *RDM) (analysis.Score, error) {
					b.upperTo(room)
					return to(room)
				})
			}
		})
		for _, err := range errs {
			if err != nil {
				return nil, err
			}
		}
		return scores, nil
	}
}

// upperTo writes the cells of Upper.
func (d *RDM) upperTo(cells []float64) {
	n, raw, at := d.Values.SymmetricDim(), d.Values.RawSymmetric(), 0
	for i := range n {
		at += copy(cells[at:], raw.Data[i*raw.Stride+i+1:i*raw.Stride+n])
	}
}
