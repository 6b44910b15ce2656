package glm

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Design is the model of one run: a matrix with a row for each volume and a
// column for each regressor, the conditions first (in alphabetical order), then
// their derivatives, the confounds, the drift, and a constant. No column is a sum
// of others.
type Design struct {
	Columns    []string
	Conditions int // how many of the columns, from the first on, are conditions
	Times      []float64
	X          *mat.Dense

	Warnings []error // of events of one type that overlap, and so count twice

	drift int // how many columns are drift
}

// Design returns the design of a run of so many volumes.
//
// It fails if there are fewer than two volumes or more columns than volumes
// allow, if an event has no type, begins more than 24 s before the first volume
// or after the run's end, or has a number that is not finite, and if a column
// is zero or the sum of others: the error names it.
func (m FirstLevel) Design(run Run, volumes int) (*Design, error) {
	fail := func(format string, args ...any) (*Design, error) {
		return nil, fmt.Errorf("glm: run %q: %s", run.Name, fmt.Sprintf(format, args...))
	}
	switch {
	case volumes < 2:
		return fail("has %d volumes, needs two at least", volumes)
	case !(run.TR > 0 && run.TR <= 60):
		return fail("TR is %v s; give the time between volumes in seconds, at most 60", run.TR)
	case !(m.SliceTime >= 0 && m.SliceTime <= 1):
		return fail("SliceTime is %v, must be from 0 to 1", m.SliceTime)
	case math.IsNaN(m.HighPass) || m.HighPass*run.TR >= 0.5:
		return fail("HighPass is %v Hz, which takes all that volumes every %v s can show; it is usually 0.01 Hz", m.HighPass, run.TR)
	case !m.HRF.valid():
		return fail("the HRF %+v is no response: delays must exceed dispersions, which must be positive", m.HRF)
	}
	d := &Design{Times: linspace(m.SliceTime*run.TR, (float64(volumes-1)+m.SliceTime)*run.TR, volumes)}
	byType := map[string][]analysis.Event{}
	for i, e := range run.Events {
		for _, x := range []float64{e.Onset, e.Duration, e.Modulation} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fail("event %d (%q) has a time or a modulation of %v", i, e.Type, x)
			}
		}
		switch end := float64(volumes) * run.TR; {
		case e.Type == "":
			return fail("event %d has no type", i)
		case e.Duration < 0:
			return fail("event %d (%q) lasts %v s", i, e.Type, e.Duration)
		case e.Onset < d.Times[0]+minOnset:
			return fail("event %d (%q) begins at %v s, more than %v s before the first volume; leave it out: nothing is left of it", i, e.Type, e.Onset, -minOnset)
		case e.Onset >= end:
			return fail("event %d (%q) begins at %v s, but the run ends at %v s (%d volumes every %v s); are these the events of another run, or in milliseconds?", i, e.Type, e.Onset, end, volumes, run.TR)
		}
		byType[e.Type] = append(byType[e.Type], e)
	}
	if len(byType) == 0 {
		return fail("has no events")
	}
	var columns [][]float64
	add := func(name string, x []float64) {
		d.Columns = append(d.Columns, name)
		columns = append(columns, x)
	}
	for t := range byType {
		d.Columns = append(d.Columns, t)
	}
	slices.Sort(d.Columns)
	d.Conditions = len(d.Columns)
	conditions := d.Columns
	var derivatives [][]float64
	for _, t := range conditions {
		x := regressors(byType[t], d.Times, m.HRF)
		columns = append(columns, x[0])
		derivatives = append(derivatives, x[1:]...)
	}
	for i, x := range derivatives {
		suffixes := m.HRF.Derivatives.suffixes()[1:]
		add(conditions[i/len(suffixes)]+suffixes[i%len(suffixes)], x)
	}
	if run.Confounds != nil {
		r, c := run.Confounds.Dims()
		if r != volumes || len(run.ConfoundNames) != c {
			return fail("has %d×%d confounds (rows × columns) and %d names for %d volumes; give a row for each volume and a name for each column", r, c, len(run.ConfoundNames), volumes)
		}
		for j, name := range run.ConfoundNames {
			add(name, mat.Col(nil, j, run.Confounds))
		}
	}
	high := m.HighPass
	if high == 0 {
		high = 0.01
	}
	for k, x := range drift(d.Times, high) {
		add(fmt.Sprintf("drift_%d", k+1), x)
		d.drift++
	}
	constant := make([]float64, volumes)
	for i := range constant {
		constant[i] = 1
	}
	add("constant", constant)
	if len(columns) >= volumes {
		return fail("has %d volumes for %d regressors; leave confounds out or measure longer", volumes, len(columns))
	}
	seen := map[string]bool{}
	d.X = mat.NewDense(volumes, len(columns), nil)
	for j, x := range columns {
		if seen[d.Columns[j]] {
			return fail("two regressors are called %q; rename one", d.Columns[j])
		}
		seen[d.Columns[j]] = true
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fail("regressor %q is %v in volume %d", d.Columns[j], v, i)
			}
		}
		d.X.SetCol(j, x)
	}
	if f, j := factorise(d.X); f == nil {
		return fail("regressor %q is zero or a sum of those before it (%s); leave one of them out", d.Columns[j], analysis.Few(d.Columns[:j], 8))
	}
	return d, nil
}
