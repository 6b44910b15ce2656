package dataset

import (
	"errors"
	"fmt"
	"regexp"

	"gonum.org/v1/gonum/mat"
)

var sessionName = regexp.MustCompile(`^(.+)_ses[0-9]+$`)

// People returns one RDM for each person of a table that has one for each of
// their sessions: the mean over the columns that are called alike but for an
// ending _ses1, _ses2 …, under the name without it ("hIT_S1"), in order of first
// appearance. Columns without such an ending, models and means, are left out.
//
// It fails if no column is called so, and if those of a person differ in size.
func People(columns []RDMColumn) ([]RDMColumn, error) {
	var out []RDMColumn
	at, sessions := map[string]int{}, map[string]float64{}
	for _, c := range columns {
		m := sessionName.FindStringSubmatch(c.Name)
		if m == nil {
			continue
		}
		i, ok := at[m[1]]
		if !ok {
			i = len(out)
			at[m[1]] = i
			out = append(out, RDMColumn{Name: m[1], Stimuli: c.Stimuli, Values: mat.NewSymDense(c.Values.SymmetricDim(), nil)})
		}
		if !out[i].Stimuli.Same(c.Stimuli) {
			return nil, fmt.Errorf("dataset: the sessions of %s are not of the same stimuli in the same order", m[1])
		}
		out[i].Values.AddSym(out[i].Values, c.Values)
		sessions[m[1]]++
	}
	if len(out) == 0 {
		return nil, errors.New("dataset: no RDM is one of a person's session; their columns end in _ses1, _ses2 …")
	}
	for _, c := range out {
		c.Values.ScaleSym(1/sessions[c.Name], c.Values)
	}
	return out, nil
}
