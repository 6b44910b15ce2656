package analysis

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Centered returns the responses with each channel's mean over the stimuli
// taken off:
//
//	v[i,j] = r[i,j] − Σₖ r[k,j] / n
//
// Do so before correlating patterns with those of people whose responses are
// relative to their mean (t-values, z-scored betas): else what all stimuli
// have in common makes every similarity of a network nearly 1. It fails with
// fewer than two stimuli.
func (r *Responses) Centered() (*Responses, error) {
	n, c := r.Dims()
	if n < 2 {
		return nil, fmt.Errorf("analysis: cannot centre %q on 1 stimulus", r.source)
	}
	mean := make([]float64, c)
	for i := range n {
		for j, x := range r.Row(i) {
			mean[j] += x / float64(n)
		}
	}
	v := mat.NewDense(n, c, nil)
	for i := range n {
		row := v.RawRowView(i)
		for j, x := range r.Row(i) {
			row[j] = x - mean[j]
		}
	}
	return &Responses{r.source, r.stimuli, v}, nil
}
