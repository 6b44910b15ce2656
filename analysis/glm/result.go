package glm

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Result is the model of a person's runs as fitted.
type Result struct {
	Source string
	Dead   []bool // per voxel: constant in some run, or explained without rest

	// Warnings tell of conditions that some runs lack, and of what Design
	// warns of.
	Warnings []error

	runs []*runFit
}

func newResult(source string, runs []*runFit, dead []bool) (*Result, error) {
	n := 0
	for _, d := range dead {
		if d {
			n++
		}
	}
	if n == len(dead) {
		return nil, fmt.Errorf("glm: %w: none of the %d voxels of %q varies in every run", analysis.ErrDead, n, source)
	}
	return (&Result{Source: source, Dead: dead}).of(runs), nil
}

// of returns the result for some runs.
func (r *Result) of(runs []*runFit) *Result {
	out := &Result{Source: r.Source, Dead: r.Dead, runs: runs}
	var all []string
	for _, f := range runs {
		out.Warnings = append(out.Warnings, f.design.Warnings...)
		all = append(all, f.design.Columns[:f.design.Conditions]...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, f := range runs {
		var absent []string
		for _, c := range all {
			if !slices.Contains(f.design.Columns[:f.design.Conditions], c) {
				absent = append(absent, c)
			}
		}
		if len(absent) > 0 {
			out.Warnings = append(out.Warnings, fmt.Errorf("glm: run %q of %q has no %s, which other runs have; contrasts that need it leave the run out", f.name, r.Source, analysis.Few(absent, 8)))
		}
	}
	return out
}

// Runs returns the names of the runs, in order.
func (r *Result) Runs() []string {
	var out []string
	for _, f := range r.runs {
		out = append(out, f.name)
	}
	return out
}

// Designs returns the design of each run, in order.
func (r *Result) Designs() []*Design {
	var out []*Design
	for _, f := range r.runs {
		out = append(out, f.design)
	}
	return out
}

// Only returns the result for some of the runs, in the order asked for. It
// fails if a run is not there or named twice.
func (r *Result) Only(names ...string) (*Result, error) {
	have := r.Runs()
	var runs []*runFit
	for i, n := range names {
		k := slices.Index(have, n)
		if k < 0 || slices.Contains(names[:i], n) {
			return nil, fmt.Errorf("glm: %q has no run %q, or it is named twice; the runs are %s", r.Source, n, analysis.Few(have, 20))
		}
		runs = append(runs, r.runs[k])
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("glm: no run of %q is asked for; the runs are %s", r.Source, analysis.Few(have, 20))
	}
	return r.of(runs), nil
}

// Halves returns the first, third … and the second, fourth … of the runs, so
// that voxels can be chosen in one half and measured in the other.
func (r *Result) Halves() ([2]*Result, error) {
	var out [2]*Result
	if len(r.runs) < 2 {
		return out, fmt.Errorf("glm: %q has one run, which cannot be halved; select and measure by different runs", r.Source)
	}
	for k := range out {
		var runs []*runFit
		for i := k; i < len(r.runs); i += 2 {
			runs = append(runs, r.runs[i])
		}
		out[k] = r.of(runs)
	}
	return out, nil
}

// stimuli are the conditions of every run, run by run.
func (r *Result) stimuli() (analysis.Stimuli, error) {
	var items []analysis.Stimulus
	for _, f := range r.runs {
		items = append(items, f.conditions()...)
	}
	return analysis.NewStimuli(items)
}

func (f *runFit) conditions() []analysis.Stimulus {
	var items []analysis.Stimulus
	for _, c := range f.design.Columns[:f.design.Conditions] {
		items = append(items, analysis.Stimulus{ID: f.name + "/" + c, Category: c})
	}
	return items
}

// Responses returns the betas: a row for each condition of each run, whose
// stimulus is called "run/condition" and has the condition as its category, and
// a column for each voxel, 0 in dead ones.
func (r *Result) Responses() (*analysis.Responses, error) {
	return r.responses(func(f *runFit, i int, row []float64) { copy(row, f.beta.RawRowView(i)) })
}

// T returns t of each condition against the baseline, in each run, in the form
// of Responses.
func (r *Result) T() (*analysis.Responses, error) {
	return r.responses(func(f *runFit, i int, row []float64) {
		c := make([]float64, len(f.design.Columns))
		c[i] = 1
		variance := make([]float64, len(row))
		f.contrast(c, row, variance, make([]float64, len(row)))
		for v, s := range variance {
			row[v] = tOf(row[v], s)
		}
	})
}

func (r *Result) responses(fill func(f *runFit, i int, row []float64)) (*analysis.Responses, error) {
	s, err := r.stimuli()
	if err != nil {
		return nil, err
	}
	v := mat.NewDense(s.Len(), len(r.Dead), nil)
	k := 0
	for _, f := range r.runs {
		for i := range f.design.Conditions {
			row := v.RawRowView(k)
			fill(f, i, row)
			for j, d := range r.Dead {
				if d {
					row[j] = 0
				}
			}
			k++
		}
	}
	return analysis.NewResponses(r.Source, s, v)
}
