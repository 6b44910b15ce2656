package dataset

import (
	"errors"
	"fmt"
	"regexp"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

var sessionName = regexp.MustCompile(`^(.+)_(ses[0-9]+)$`)

// RDMSessions returns the RDMs of a table that has one for each session of each
// person as a cohort: "hIT_S1_ses2" is session "ses2" of "hIT_S1". Columns
// without such an ending, models and means, are left out. rsa.RDMsOf takes what
// they hold.
//
// It fails if no column is called so.
func RDMSessions(columns []RDMColumn) (*analysis.Cohort[RDMColumn], error) {
	var named []RDMColumn
	for _, c := range columns {
		if sessionName.MatchString(c.Name) {
			named = append(named, c)
		}
	}
	if len(named) == 0 {
		return nil, errors.New("dataset: no RDM is one of a person's session; their columns end in _ses1, _ses2 …")
	}
	return cohort(named, nil, func(c RDMColumn) (analysis.Where, RDMColumn, error) {
		m := sessionName.FindStringSubmatch(c.Name)
		return analysis.Where{Person: m[1], Session: m[2]}, RDMColumn{Name: m[1], Stimuli: c.Stimuli, Values: c.Values}, nil
	})
}

// People returns one RDM for each person of a table that has one for each of
// their sessions: the mean over the columns that are called alike but for an
// ending _ses1, _ses2 …, under the name without it ("hIT_S1"), in order of first
// appearance. Columns without such an ending, models and means, are left out.
//
// It fails if no column is called so, and if those of a person differ in size.
func People(columns []RDMColumn) ([]RDMColumn, error) {
	c, err := RDMSessions(columns)
	if err != nil {
		return nil, err
	}
	return people(c, "", "", meanColumn)
}

// meanColumn returns the mean of one person's sessions.
func meanColumn(sessions []RDMColumn) (RDMColumn, error) {
	first := sessions[0]
	sum := mat.NewSymDense(first.Values.SymmetricDim(), nil)
	for _, c := range sessions {
		if !first.Stimuli.Same(c.Stimuli) {
			return RDMColumn{}, fmt.Errorf("dataset: the sessions of %s are not of the same stimuli in the same order", c.Name)
		}
		sum.AddSym(sum, c.Values)
	}
	sum.ScaleSym(1/float64(len(sessions)), sum)
	return RDMColumn{Name: first.Name, Stimuli: first.Stimuli, Values: sum}, nil
}
