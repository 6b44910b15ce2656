package glm

import (
	"cmp"
	"errors"
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
// or after the run's end, or has a number that is not finite, if a confound is
// constant, and if a column is zero or the sum of others: the error names it.
func (m FirstLevel) Design(run Run, volumes int) (*Design, error) {
	d, err := m.design(run, volumes)
	if err != nil {
		return nil, fmt.Errorf("glm: run %q: %w", run.Name, err)
	}
	return d, nil
}

func (m FirstLevel) design(run Run, volumes int) (*Design, error) {
	if err := m.check(run, volumes); err != nil {
		return nil, err
	}
	d := &Design{Times: linspace(m.SliceTime*run.TR, (float64(volumes-1)+m.SliceTime)*run.TR, volumes)}
	byType, err := d.events(run, volumes)
	if err != nil {
		return nil, err
	}
	var columns [][]float64
	add := func(name string, x []float64) {
		d.Columns = append(d.Columns, name)
		columns = append(columns, x)
	}
	conditions := typesOf(byType)
	d.Conditions = len(conditions)
	var derivatives [][]float64
	for _, t := range conditions {
		x := regressors(byType[t], d.Times, m.HRF)
		if !slices.ContainsFunc(x[0], func(v float64) bool { return v != 0 }) {
			last := byType[t][len(byType[t])-1]
			return nil, fmt.Errorf("condition %q leaves no trace: its last event is at %v s, and the last volume at %v s sees nothing of it; leave it out of this run", t, last.Onset, d.Times[volumes-1])
		}
		add(t, x[0])
		derivatives = append(derivatives, x[1:]...)
	}
	for i, x := range derivatives {
		suffixes := m.HRF.Derivatives.suffixes()[1:]
		add(conditions[i/len(suffixes)]+suffixes[i%len(suffixes)], x)
	}
	if err := confounds(run, volumes, add); err != nil {
		return nil, err
	}
	high := m.HighPass
	if high == 0 {
		high = 0.01
	}
	for k, x := range drift(d.Times, high) {
		add(fmt.Sprintf("drift_%d", k+1), x)
		d.drift++
	}
	add("constant", slices.Repeat([]float64{1}, volumes))
	return d, d.put(columns)
}

// check looks at what is no column.
func (m FirstLevel) check(run Run, volumes int) error {
	switch {
	case volumes < 2:
		return fmt.Errorf("has %d volumes, needs two at least", volumes)
	case !(run.TR > 0 && run.TR <= 60):
		return fmt.Errorf("TR is %v s; give the time between volumes in seconds, at most 60", run.TR)
	case !(m.SliceTime >= 0 && m.SliceTime <= 1):
		return fmt.Errorf("SliceTime is %v, must be from 0 to 1", m.SliceTime)
	case math.IsNaN(m.HighPass) || m.HighPass*run.TR >= 0.5:
		return fmt.Errorf("HighPass is %v Hz, which takes all that volumes every %v s can show; it is usually 0.01 Hz", m.HighPass, run.TR)
	case !m.HRF.valid():
		return fmt.Errorf("the HRF %+v is no response: delays must exceed dispersions, which must be positive", m.HRF)
	}
	return nil
}

// events returns the events of each type, in order of onset, and warns of those
// that overlap.
func (d *Design) events(run Run, volumes int) (map[string][]analysis.Event, error) {
	byType := map[string][]analysis.Event{}
	for i, e := range run.Events {
		for _, x := range []float64{e.Onset, e.Duration, e.Modulation} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("event %d (%q) has a time or a modulation of %v", i, e.Type, x)
			}
		}
		switch end := float64(volumes) * run.TR; {
		case e.Type == "":
			return nil, fmt.Errorf("event %d has no type", i)
		case e.Duration < 0:
			return nil, fmt.Errorf("event %d (%q) lasts %v s", i, e.Type, e.Duration)
		case e.Onset < d.Times[0]+minOnset:
			return nil, fmt.Errorf("event %d (%q) begins at %v s, more than %v s before the first volume; leave it out: nothing is left of it", i, e.Type, e.Onset, -minOnset)
		case e.Onset >= end:
			return nil, fmt.Errorf("event %d (%q) begins at %v s, but the run ends at %v s (%d volumes every %v s); are these the events of another run, or in milliseconds?", i, e.Type, e.Onset, end, volumes, run.TR)
		}
		byType[e.Type] = append(byType[e.Type], e)
	}
	if len(byType) == 0 {
		return nil, errors.New("has no events")
	}
	for _, t := range typesOf(byType) {
		of := byType[t]
		slices.SortStableFunc(of, func(a, b analysis.Event) int { return cmp.Compare(a.Onset, b.Onset) })
		n, end := 0, math.Inf(-1)
		for k, e := range of {
			if e.Onset < end-1e-3 || k > 0 && e.Onset == of[k-1].Onset {
				n++
			}
			end = math.Max(end, e.Onset+e.Duration)
		}
		if n > 0 {
			d.Warnings = append(d.Warnings, fmt.Errorf("glm: run %q: %d events of type %q begin before the last of them ends, and count on top of it; are they in the table twice, or durations wrong?", run.Name, n, t))
		}
	}
	return byType, nil
}

// typesOf returns the types in alphabetical order.
func typesOf(byType map[string][]analysis.Event) []string {
	var out []string
	for t := range byType {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// confounds adds those of a run.
func confounds(run Run, volumes int, add func(name string, x []float64)) error {
	if run.Confounds == nil {
		return nil
	}
	r, c := run.Confounds.Dims()
	if r != volumes || len(run.ConfoundNames) != c {
		return fmt.Errorf("has %d×%d confounds (rows × columns) and %d names for %d volumes; give a row for each volume and a name for each column", r, c, len(run.ConfoundNames), volumes)
	}
	for j, name := range run.ConfoundNames {
		x := mat.Col(nil, j, run.Confounds)
		if !slices.ContainsFunc(x, func(v float64) bool { return v != x[0] }) && !math.IsNaN(x[0]) {
			return fmt.Errorf("confound %q is %v in every volume, and the model has a constant of its own; leave it out of this run", name, x[0])
		}
		add(name, x)
	}
	return nil
}

// put makes the matrix.
func (d *Design) put(columns [][]float64) error {
	volumes := len(d.Times)
	if len(columns) >= volumes {
		return fmt.Errorf("has %d volumes for %d regressors; leave confounds out or measure longer", volumes, len(columns))
	}
	seen := map[string]bool{}
	d.X = mat.NewDense(volumes, len(columns), nil)
	for j, x := range columns {
		if seen[d.Columns[j]] {
			return fmt.Errorf("two regressors are called %q; rename one", d.Columns[j])
		}
		seen[d.Columns[j]] = true
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("regressor %q is %v in volume %d", d.Columns[j], v, i)
			}
		}
		d.X.SetCol(j, x)
	}
	if f, j := factorise(d.X); f == nil {
		return fmt.Errorf("regressor %q is zero or a sum of those before it (%s); leave one of them out", d.Columns[j], analysis.Few(d.Columns[:j], 8))
	}
	return nil
}
