package analysis

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Averaged returns the responses to conditions: for each of the m conditions
// of s the mean over those stimuli of r that have its category and, where the
// condition has one, its subcategory. So a network that was shown 960 images
// stands beside people of whom one response per condition was kept.
//
// The result is m×c and carries s. Its source is another one ("… averaged"),
// so that a fROI cannot be applied to it: conditions have IDs of their own,
// which would hide double dipping. Apply the fROI first. It fails with an *AlignmentError that names
// the conditions for which r has no stimulus.
func (r *Responses) Averaged(s Stimuli) (*Responses, error) {
	n, c := r.Dims()
	if s.Len() == 0 {
		return nil, fmt.Errorf("analysis: no conditions to average %q to", r.source)
	}
	v := mat.NewDense(s.Len(), c, nil)
	var missing []string
	for k := range s.Len() {
		cond, row, count := s.At(k), v.RawRowView(k), 0
		for i := range n {
			it := r.stimuli.At(i)
			if it.Category != cond.Category || cond.Subcategory != "" && it.Subcategory != cond.Subcategory {
				continue
			}
			count++
			for j, x := range r.Row(i) {
				row[j] += x
			}
		}
		if count == 0 {
			missing = append(missing, cond.ID)
		}
		for j := range row {
			row[j] /= float64(max(count, 1))
		}
	}
	if missing != nil {
		return nil, &AlignmentError{What: fmt.Sprintf("%q answered no stimulus of some of the %d conditions", r.source, s.Len()), Missing: missing}
	}
	return &Responses{r.source + " averaged", s, v}, nil
}
