package dataset

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// GLMsingle says what was shown in each trial by the order that GLMsingle
// writes beside its betas (stimorder of DESIGNINFO), and what its conditions,
// the columns of the design that it was given, are. Prince et al. (2022),
// doi:10.7554/eLife.77599.
//
// Its betas are modelmd of TYPED_FITHRF_GLMDENOISE_RR.mat, or betasmd of the
// .hdf5 (Python, wanthdf5), x×y×z×trials or voxels×trials, in order of time. The
// .npy files of its Python version are pickled and cannot be read: save betasmd
// and stimorder with numpy.save.
type GLMsingle struct {
	// Order holds the number of the condition of each trial, counted from 1 as
	// MATLAB counts, or from 0 as Python does; the numbers tell which.
	Order      []float64
	Conditions []analysis.Stimulus // the first, the second …: IDs and categories

	RunTrials   []float64 // how many trials each run has (numtrialrun); nil: runs are not told
	RunSessions []float64 // of each run the number of its session (opt.sessionindicator); nil: one session
}

// Trials returns what was shown in each trial. Runs are called "run-01" and so
// on, sessions "ses-01".
//
// It fails on a number that is no condition's, and if neither the number 0 nor
// that of the last condition occurs, which leaves open where counting begins; if
// the runs do not have as many trials as the order; and if there is not a session
// for each run.
func (g GLMsingle) Trials() ([]Trial, error) {
	n := len(g.Conditions)
	if n == 0 || len(g.Order) == 0 {
		return nil, fmt.Errorf("dataset: GLMsingle's order has %d trials of %d conditions; give stimorder, and the conditions in the order of the design's columns", len(g.Order), n)
	}
	zero, end := false, false
	for t, x := range g.Order {
		if x != math.Trunc(x) || !(x >= 0) || x > float64(n) {
			return nil, fmt.Errorf("dataset: GLMsingle's order: trial %d is of condition %v, and there are %d", t+1, x, n)
		}
		zero, end = zero || x == 0, end || x == float64(n)
	}
	switch {
	case zero && end:
		return nil, fmt.Errorf("dataset: GLMsingle's order counts from 0 to %d, and there are %d conditions; list all columns of the design", n, n)
	case !zero && !end:
		return nil, fmt.Errorf("dataset: GLMsingle's order has neither condition 0 nor condition %d, so it may count from 0 or from 1; leave out the conditions that were never shown", n)
	}
	first := 1
	if zero {
		first = 0
	}
	if g.RunSessions != nil && len(g.RunSessions) != len(g.RunTrials) {
		return nil, fmt.Errorf("dataset: GLMsingle's order: %d runs have trials and %d a session", len(g.RunTrials), len(g.RunSessions))
	}
	out := make([]Trial, len(g.Order))
	for t, x := range g.Order {
		out[t].Stimulus = g.Conditions[int(x)-first]
	}
	if g.RunTrials == nil {
		return out, nil
	}
	t := 0
	for r, k := range g.RunTrials {
		if k != math.Trunc(k) || !(k >= 0) || k > float64(len(out)-t) {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: GLMsingle's order: run %d has %v trials, and %d are left of %d", r+1, k, len(out)-t, len(out))}
		}
		session := ""
		if g.RunSessions != nil {
			s := g.RunSessions[r]
			if s != math.Trunc(s) || !(s >= 0 && s < 1e6) {
				return nil, fmt.Errorf("dataset: GLMsingle's order: the session of run %d is %v; sessions are counted", r+1, s)
			}
			session = fmt.Sprintf("ses-%02.0f", s)
		}
		for range int(k) {
			out[t].Run, out[t].Session = fmt.Sprintf("run-%02d", r+1), session
			t++
		}
	}
	if t < len(out) {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: GLMsingle's order has %d trials, and its runs %d", len(out), t)}
	}
	return out, nil
}
