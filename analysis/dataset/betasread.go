package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A betaReader is Betas, checked.
type betaReader struct {
	Betas
	parts    []BetaBlocks // of the voxels within the masks alone
	counts   []int        // trials of each part
	voxels   []int        // within the masks
	width    int          // of a block
	sessions []string
	session  []int // of each trial
	length   []int // of each session, in trials
	items    []analysis.Stimulus
	rows     [][]int // of each stimulus, the trials that showed it
}

// reader checks what can be told before anything is read.
func (b Betas) reader() (*betaReader, error) {
	r := &betaReader{Betas: b}
	if len(b.Parts) == 0 || len(b.Trials) == 0 {
		return nil, fmt.Errorf("dataset: betas of %q: %d parts and %d trials; give the files' blocks, and what was shown in each trial (ReadTrials)", b.Source, len(b.Parts), len(b.Trials))
	}
	if b.Source == "" {
		return nil, errors.New("dataset: betas have no Source; give the person's name, which tells whose the responses are")
	}
	if math.IsNaN(b.Scale) || math.IsInf(b.Scale, 0) || b.Scale < 0 {
		return nil, fmt.Errorf("dataset: betas of %q: Scale is %v; it is what stored values are divided by, 0 for 1", b.Source, b.Scale)
	}
	sum, all := 0, 0
	for i, p := range b.Parts {
		n, v := p.Dims()
		if i == 0 {
			all = v
		}
		if v != all || v < 1 || n < 1 {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: part %d of the betas of %q is %d trials × %d voxels, part 1 has %d voxels; give parts of the same voxels", i+1, b.Source, n, v, all)}
		}
		r.counts = append(r.counts, n)
		sum += n
	}
	if sum != len(b.Trials) {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: there are betas of %d trials of %q, and %d trials are listed; list every trial that was modelled, in the order of the betas", sum, b.Source, len(b.Trials))}
	}
	for v := range all {
		in := true
		for k, m := range b.Within {
			if len(m) != all {
				return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: mask %d has %d voxels, the betas of %q %d; resample the mask to the betas", k, len(m), b.Source, all)}
			}
			in = in && m[v]
		}
		if in {
			r.voxels = append(r.voxels, v)
		}
	}
	if r.voxels == nil {
		return nil, fmt.Errorf("dataset: no voxel of %q lies in all %d masks", b.Source, len(b.Within))
	}
	if r.width = b.Block; r.width <= 0 {
		r.width = max(1, (64<<20)/(8*sum))
	}
	for _, p := range b.Parts {
		r.parts = append(r.parts, narrowed(p, r.voxels, r.width))
	}
	return r, r.trials()
}

// trials sorts the trials by session and by stimulus.
func (r *betaReader) trials() error {
	session, stimulus := map[string]int{}, map[string]int{}
	for t, x := range r.Trials {
		k, there := session[x.Session]
		if !there {
			k = len(r.sessions)
			session[x.Session] = k
			r.sessions, r.length = append(r.sessions, x.Session), append(r.length, 0)
		}
		r.session = append(r.session, k)
		r.length[k]++
		if x.ID == "" {
			return fmt.Errorf("dataset: trial %d of %q has no stimulus; leave out of betas and list what was no trial", t+1, r.Source)
		}
		i, there := stimulus[x.ID]
		if !there {
			i = len(r.items)
			stimulus[x.ID] = i
			r.items, r.rows = append(r.items, x.Stimulus), append(r.rows, nil)
		}
		if was := r.items[i]; was.Category != x.Category || was.Subcategory != x.Subcategory {
			return fmt.Errorf("dataset: stimulus %q of %q is of category %q %q, and %q %q in trial %d; a stimulus has one", x.ID, r.Source, was.Category, was.Subcategory, x.Category, x.Subcategory, t+1)
		}
		r.rows[i] = append(r.rows[i], t)
	}
	if r.ZScore {
		for k, n := range r.length {
			if n < 2 {
				return fmt.Errorf("dataset: session %q of %q has one trial and cannot be z-scored; leave ZScore out, or give trials their session", r.sessions[k], r.Source)
			}
		}
	}
	return nil
}

// showings are the trials of each stimulus that are in a set.
func (r *betaReader) showings(in func(trial int) bool) (out [][]int) {
	for _, rows := range r.rows {
		var some []int
		for _, t := range rows {
			if in(t) {
				some = append(some, t)
			}
		}
		if some != nil {
			out = append(out, some)
		}
	}
	return out
}

// repeats are the first showing of each stimulus, the second, and so on.
func (r *betaReader) repeats() [][][]int {
	var out [][][]int
	for k := 0; ; k++ {
		var some [][]int
		for _, rows := range r.rows {
			if len(rows) > k {
				some = append(some, rows[k:k+1])
			}
		}
		if some == nil {
			return out
		}
		out = append(out, some)
	}
}

// stimuli are those of each group of showings.
func (r *betaReader) stimuli(groups [][][]int) ([]analysis.Stimuli, error) {
	out := make([]analysis.Stimuli, len(groups))
	for k, g := range groups {
		var items []analysis.Stimulus
		for _, rows := range g {
			items = append(items, r.Trials[rows[0]].Stimulus)
		}
		var err error
		if out[k], err = analysis.NewStimuli(items); err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
	}
	return out, nil
}

// Why a voxel is left out.
const (
	good = iota
	invalid
	constant
)

// block reads the voxels from lo on, at most width: trials × voxels, scaled and
// z-scored, and which of them are bad.
func (r *betaReader) block(ctx context.Context, lo int) (*mat.Dense, []int, error) {
	hi := min(lo+r.width, len(r.voxels))
	v := mat.NewDense(len(r.Trials), hi-lo, nil)
	silent := analysis.WithProgress(ctx, func(int, int) {})
	first := 0
	for i, p := range r.parts {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m, err := p.Block(silent, lo, hi)
		if err != nil {
			return nil, nil, fmt.Errorf("dataset: part %d of the betas of %q: %w", i+1, r.Source, err)
		}
		if n, c := m.Dims(); n != r.counts[i] || c != hi-lo {
			return nil, nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: part %d of the betas of %q gave %d×%d values for %d trials of %d voxels", i+1, r.Source, n, c, r.counts[i], hi-lo)}
		}
		for t := range r.counts[i] {
			row := v.RawRowView(first + t)
			copy(row, m.RawRowView(t))
			if r.Scale > 0 && r.Scale != 1 {
				for j := range row {
					row[j] /= r.Scale
				}
			}
		}
		first += r.counts[i]
	}
	bad := r.judge(v)
	if r.ZScore {
		r.zscore(v, bad)
	}
	analysis.ReportProgress(ctx, hi, len(r.voxels))
	return v, bad, nil
}

// judge tells which voxels cannot be read.
func (r *betaReader) judge(v *mat.Dense) []int {
	_, c := v.Dims()
	bad := make([]int, c)
	firsts := make([][]float64, len(r.sessions))
	varies := make([][]bool, len(r.sessions))
	all, first := make([]bool, c), v.RawRowView(0)
	for t, k := range r.session {
		row := v.RawRowView(t)
		if firsts[k] == nil {
			firsts[k], varies[k] = row, make([]bool, c)
		}
		for j, x := range row {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				bad[j] = invalid
			}
			varies[k][j] = varies[k][j] || x != firsts[k][j]
			all[j] = all[j] || x != first[j]
		}
	}
	for j := range bad {
		if bad[j] == good && !all[j] {
			bad[j] = constant
		}
		for k, n := range r.length {
			if bad[j] == good && n > 1 && !varies[k][j] {
				bad[j] = constant
			}
		}
	}
	return bad
}

// zscore brings every session to mean 0 and standard deviation 1.
func (r *betaReader) zscore(v *mat.Dense, bad []int) {
	c := len(bad)
	for k, length := range r.length {
		mean, sd := make([]float64, c), make([]float64, c)
		n := float64(length)
		each := func(do func(row []float64)) {
			for t, of := range r.session {
				if of == k {
					do(v.RawRowView(t))
				}
			}
		}
		each(func(row []float64) {
			for j, x := range row {
				mean[j] += x / n
			}
		})
		each(func(row []float64) {
			for j, x := range row {
				sd[j] += (x - mean[j]) * (x - mean[j])
			}
		})
		for j := range sd {
			sd[j] = math.Sqrt(sd[j] / (n - 1))
			if bad[j] == good && !(sd[j] > 0 && !math.IsInf(sd[j], 0)) { // lost in rounding, or beyond the range
				bad[j] = constant
			}
		}
		each(func(row []float64) {
			for j := range row {
				if bad[j] == good {
					row[j] = (row[j] - mean[j]) / sd[j]
				}
			}
		})
	}
}

// means writes the mean over the showings of each stimulus to the columns of m
// from at on, of the good voxels or of all, and returns the column after.
func means(m *mat.Dense, at int, v *mat.Dense, showings [][]int, bad []int, all bool) int {
	next := at
	sum := make([]float64, len(bad))
	for i, rows := range showings {
		clear(sum)
		for _, t := range rows {
			for j, x := range v.RawRowView(t) {
				sum[j] += x
			}
		}
		to := m.RawRowView(i)
		next = at
		for j, x := range sum {
			if bad[j] == good || all {
				to[next] = x / float64(len(rows))
				next++
			}
		}
	}
	return next
}

// read makes a BetaSet of groups of showings.
func (b Betas) read(ctx context.Context, groups func(*betaReader) [][][]int) (*BetaSet, error) {
	r, err := b.reader()
	if err != nil {
		return nil, err
	}
	showings := groups(r)
	stimuli, err := r.stimuli(showings)
	if err != nil {
		return nil, err
	}
	values := make([]*mat.Dense, len(showings))
	for k, g := range showings {
		values[k] = mat.NewDense(len(g), len(r.voxels), nil)
	}
	out, at := &BetaSet{}, 0
	for lo := 0; lo < len(r.voxels); lo += r.width {
		v, bad, err := r.block(ctx, lo)
		if err != nil {
			return nil, err
		}
		next := at
		for k, g := range showings {
			next = means(values[k], at, v, g, bad, false)
		}
		at = next
		for j, x := range bad {
			switch x {
			case good:
				out.Voxels = append(out.Voxels, r.voxels[lo+j])
			case invalid:
				out.Invalid++
			case constant:
				out.Constant++
			}
		}
	}
	if at == 0 {
		return nil, fmt.Errorf("dataset: %w: of the %d voxels of %q, %d are NaN or infinite in some trial and %d are constant in some session; are they all inside the brain?", analysis.ErrDead, len(r.voxels), b.Source, out.Invalid, out.Constant)
	}
	for k, v := range values {
		if at < len(r.voxels) {
			v = mat.DenseCopyOf(v.Slice(0, len(showings[k]), 0, at))
		}
		one, err := analysis.NewResponses(b.Source, stimuli[k], v)
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
		out.Responses = append(out.Responses, one)
	}
	out.Warnings = r.doubts(out)
	return out, nil
}

func (r *betaReader) doubts(s *BetaSet) []error {
	var out []error
	if n := s.Invalid + s.Constant; n > 0 {
		out = append(out, fmt.Errorf("dataset: %d of %d voxels of %q are left out: %d NaN or infinite in some trial, %d constant in some session", n, len(r.voxels), r.Source, s.Invalid, s.Constant))
	}
	once := 0
	for _, rows := range r.rows {
		if len(rows) == 1 {
			once++
		}
	}
	if once > 0 && len(s.Responses) > 1 {
		out = append(out, fmt.Errorf("dataset: %d of %d stimuli were shown to %q once, which says nothing of their noise", once, len(r.items), r.Source))
	}
	return out
}
