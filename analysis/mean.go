package analysis

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Mean returns the mean of what the same channels answered in several sessions
// or repeats,
//
//	v[i,j] = Σₖ rₖ[i,j] / K
//
// where K counts the sessions in which stimulus i was shown: not every session
// need have every stimulus. Stimuli are found by ID and stand in order of first
// appearance. The source is the sessions' where they have one, else MeanOf.
//
// It fails with no responses, with an *AlignmentError if the number of channels
// differs (a region that was drawn anew in each session has no voxels in
// common: average profiles or RDMs instead), and if a sum overflows.
func Mean(rs []*Responses) (*Responses, error) {
	if len(rs) == 0 {
		return nil, errors.New("analysis: no responses to average")
	}
	var items []Stimulus
	var shown []float64
	at := map[string]int{}
	names := make([]string, len(rs))
	_, c := rs[0].Dims()
	source := rs[0].Source()
	for k, r := range rs {
		names[k] = r.Source()
		if _, d := r.Dims(); d != c {
			return nil, &AlignmentError{What: fmt.Sprintf("%q has %d channels, %q has %d: they are not the same channels in two sessions; average their profiles or RDMs instead", rs[0].Source(), c, r.Source(), d)}
		}
		if r.Source() != source {
			source = ""
		}
		for i := range r.stimuli.Len() {
			s := r.stimuli.At(i)
			p, there := at[s.ID]
			if !there {
				p = len(items)
				at[s.ID], items, shown = p, append(items, s), append(shown, 0)
			}
			shown[p]++
		}
	}
	v := mat.NewDense(len(items), c, nil)
	for _, r := range rs {
		for i := range r.stimuli.Len() {
			p := at[r.stimuli.At(i).ID]
			row := v.RawRowView(p)
			for j, x := range r.Row(i) {
				row[j] += x / shown[p]
			}
		}
	}
	if source == "" {
		source = MeanOf(names)
	}
	s, err := NewStimuli(items)
	if err != nil {
		return nil, err
	}
	return NewResponses(source, s, v)
}
