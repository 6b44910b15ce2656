package inference

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fusiform/analysis"
)

// Over says what a bootstrap draws anew, and so to what its intervals and
// tests apply.
type Over uint8

const (
	// Both draws stimuli and people: the claim is one about other people
	// who see other stimuli. Its variance is that of the dual bootstrap,
	// Correction.Dual.
	Both Over = iota

	// Stimuli are drawn, people are taken as they are: other stimuli, the
	// same people.
	Stimuli

	// People are drawn, stimuli are taken as they are: other people who see
	// the same stimuli.
	People
)

func (o Over) String() string {
	return [...]string{"stimuli and people", "stimuli", "people"}[o]
}

// A Resampling is a plan of what is drawn anew, and how often. Draw k follows from the Seed and k
// alone, so it does not matter how many there are, or on how many processors.
type Resampling struct {
	Draws      int // 0 means 1000
	Seed       uint64
	Over       Over
	Correction Correction
}

// A Draw is what one draw of stimuli, of people, or of both gave.
type Draw struct {
	Scores []float64 // of the models

	// Lo and Hi are the bounds of the ceiling. They are 0 where the draw is
	// Alone: it holds one person throughout, whom nobody else predicts.
	Lo, Hi float64
	Alone  bool
}

// fewDraws is what a 95 % interval is not worth drawing without.
const fewDraws = 100

// peopleStream separates the draws of people from those of stimuli.
const peopleStream = 0x9e3779b97f4a7c15

// Run holds J models against K people, and says how far the outcome depends on
// which n stimuli were shown and which people took part. All of them must be of
// the same stimuli, which are aligned by ID. J may be 0: then it gives the
// intervals of the ceiling alone.
//
// The score of a model is its mean over people, Σₖ m(person k, model)/K, as
// in ceiling.Against. The bounds of the ceiling are those of Nili et al. (2014),
//
//	Lo = Σₖ m(person k, pool of the others)/K
//	Hi = Σₖ m(person k, pool of all)/K
//
// pooled as m.Normalize has it, or plainly where there is none. In a draw, a
// person who was drawn twice counts twice in scores and pools; all copies are
// left out together, and the bounds are means over the different people: one
// who stood on both sides would raise Lo. That is boot_noise_ceiling of
// rsatoolbox.
//
// Standard errors are those of the draws' covariance, corrected for the number
// of stimuli and people (Correction). A draw with fewer than three different
// stimuli, or of constant values, has no score; such draws are left out and a
// Warning counts them, as it does those of one person alone for the ceiling.
//
// Of 1000 simulated cohorts of 8 or 20 people with 20, 40 or 60 stimuli,
// profiles and RDMs, intervals of scores hold the truth in 92.8 to 96.2 of 100 and
// those of differences in 91.8 to 96.5, whatever is drawn. Those of the ceiling's
// bounds do in 92.1 to 98.3 where stimuli are drawn. Over People alone they do in
// 87.6 to 99.6, and with 20 people in 91 (Lo) and 88 (Hi): a mean over the
// different people of a draw varies less than one over those of a cohort.
//
// Where copies of a stimulus make ties, which τ-a and ρ-a count against a
// model, draws lie lower than the value itself; the interval is around the
// value.
//
// All draws of Pearson's r and of the cosine are one matrix product, and Spearman's ρ orders the
// values only once; other measures are computed draw by draw. Memory is
// bounded: some 50 MiB for these two, for Spearman 8·(K+J+4) bytes for each cell
// and processor, 80 MiB each for 1000 stimuli, 8 people and 10 models.
//
// It fails with fewer than two people, and with two if people are drawn (half
// of all draws would hold one of them alone); with fewer than three stimuli;
// with a person who stands there twice or among the models; with
// analysis.ErrConstant, naming the sample, where all its values are equal;
// with an *analysis.AlignmentError; and if fewer than half of the draws have a
// value. Progress is reported in draws.
//
// Schütt et al. (2023), doi:10.7554/eLife.82566.
func Run[T Sample](ctx context.Context, people, models []T, m *analysis.Measure, b Resampling) (*Result, error) {
	p, r, err := prepare(models, people, m, b)
	if err != nil {
		return nil, err
	}
	d, err := b.draw(ctx, p, b.stimuli, b.persons)
	if err != nil {
		return nil, err
	}
	if err := r.conclude(b, d); err != nil {
		return nil, err
	}
	return r, nil
}

// prepare checks the samples, aligns them, and begins the result.
func prepare[T Sample](models, people []T, m *analysis.Measure, b Resampling) (*problem, *Result, error) {
	switch {
	case b.Draws < 0:
		return nil, nil, fmt.Errorf("inference: %d draws; 0 means %d", b.Draws, Resampling{}.size())
	case b.Draws == 1:
		return nil, nil, errors.New("inference: 1 draw has no variance; take 1000")
	case b.Over > People:
		return nil, nil, fmt.Errorf("inference: unknown Over %d", b.Over)
	case b.Correction > LargeSample:
		return nil, nil, fmt.Errorf("inference: unknown Correction %d", b.Correction)
	case m == nil:
		return nil, nil, errors.New("inference: no measure to compare with; analysis.Spearman, for one")
	}
	if len(people) < 2 {
		return nil, nil, fmt.Errorf("inference: %d people; needs at least 2, who predict each other. For one person and one model use Related", len(people))
	}
	names, modelNames, err := labels(people, models)
	if err != nil {
		return nil, nil, err
	}
	if len(people) < 3 && b.Over != Stimuli {
		return nil, nil, fmt.Errorf("inference: of 2 people, half of all draws hold one alone; resample Stimuli, which speaks of these two people, or find a third")
	}
	l, err := layoutOf(people)
	if err != nil {
		return nil, nil, err
	}
	p := &problem{layout: l, measure: m}
	if p.people, err = aligned(l, m, "person", people); err != nil {
		return nil, nil, err
	}
	if p.models, err = aligned(l, m, "model", models); err != nil {
		return nil, nil, err
	}
	if b.Over != People && m.Check != nil {
		if err := m.Check(p.people[0], full(len(p.people[0]))); err != nil {
			return nil, nil, fmt.Errorf("inference: %s cannot be resampled over stimuli (%w); resample People alone, or take Pearson or cosine", m.Name, err)
		}
	}
	r := &Result{Measure: m, Over: b.Over, People: names, Stimuli: l.n(), Models: make([]Model, len(models))}
	for j, name := range modelNames {
		r.Models[j].Label = name
	}
	r.Warnings = doubts(append(people[:len(people):len(people)], models...)...)
	if n := len(people); n < 5 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d people are too few to stand for others: need >= 5", n))
	}
	if l.n() < 10 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d stimuli are too few to stand for others: need >= 10", l.n()))
	}
	if b.size() < fewDraws {
		r.Warnings = append(r.Warnings, fmt.Errorf("standard errors from %d draws are uncertain: need >= %d", b.size(), fewDraws))
	}
	return p, r, nil
}

func (b Resampling) size() int { return analysis.Bootstrap{Draws: b.Draws}.Size() }

// stimuli and persons return how often each is drawn.
func (b Resampling) stimuli(draw, n int) []float64 {
	return analysis.Bootstrap{Seed: b.Seed}.Counts(draw, n)
}

func (b Resampling) persons(draw, n int) []float64 {
	return analysis.Bootstrap{Seed: b.Seed ^ peopleStream}.Counts(draw, n)
}

// kinds are what is drawn in the three bootstraps of a dual one.
const (
	both = iota
	byPeople
	byStimuli
	kinds
)

// drawn is what all draws gave: of the samples as they are, and in each kind
// of draw; a kind that was not asked for is empty, a draw without a value nil.
type drawn struct {
	per   []float64 // of person k with model j at k·J + j
	whole Draw
	draws [kinds][]*Draw
}

// draw computes all draws. The functions say how often each of n stimuli or
// people is in a draw.
func (b Resampling) draw(ctx context.Context, p *problem, stimuli, people func(draw, n int) []float64) (*drawn, error) {
	size, n := b.size(), p.n()
	out := &drawn{}
	ones := full(len(p.people))
	persons := make([][]float64, size)
	if b.Over != Stimuli {
		for k := range persons {
			persons[k] = people(k, len(p.people))
		}
	}
	way := routeOf(p)
	// The stimuli as they are, for the values themselves and draws of people:
	// a few views of the same, so that processors share the draws.
	views := 1
	if b.Over != Stimuli {
		out.draws[byPeople] = make([]*Draw, size)
		views = min(8, (size+24)/25)
	}
	same := make([][]float64, views)
	for i := range same {
		same[i] = full(n)
	}
	err := way.visit(ctx, same, func(at int, v view) error {
		if at == 0 {
			w, err := p.look(v, ones)
			if err != nil {
				return err
			}
			out.whole, out.per = *w, slices.Clone(v.scores())
		}
		var err error
		for k := at; k < len(out.draws[byPeople]) && err == nil; k += views {
			if err = ctx.Err(); err == nil {
				out.draws[byPeople][k], err = p.lookOr(v, persons[k])
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if b.Over == People {
		analysis.ReportProgress(ctx, size, size)
		return out, nil
	}
	out.draws[byStimuli] = make([]*Draw, size)
	if b.Over == Both {
		out.draws[both] = make([]*Draw, size)
	}
	block := max(64, min(1000, blockCells/p.cells()))
	for at := 0; at < size; at += block {
		end := min(at+block, size)
		counts := make([][]float64, end-at)
		for k := range counts {
			counts[k] = stimuli(at+k, n)
		}
		err := way.visit(ctx, counts, func(k int, v view) (err error) {
			if out.draws[byStimuli][at+k], err = p.lookOr(v, ones); err == nil && b.Over == Both {
				out.draws[both][at+k], err = p.lookOr(v, persons[at+k])
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		analysis.ReportProgress(ctx, end, size)
	}
	return out, nil
}

// blockCells is how many cells are gone through between two reports of
// progress, in 64 to 1000 draws.
const blockCells = 5e6

func full(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// look returns the scores and the ceiling of a view where person k stands s[k]
// times.
func (p *problem) look(v view, s []float64) (*Draw, error) {
	if void, ok := v.(void); ok {
		return nil, void.error
	}
	d := &Draw{Scores: make([]float64, len(p.models)), Alone: different(s) < 2}
	values := v.scores()
	var n float64
	for k, c := range s {
		n += c
		for j := range d.Scores {
			d.Scores[j] += c * values[k*len(p.models)+j]
		}
	}
	for j := range d.Scores {
		d.Scores[j] /= n
	}
	if d.Alone {
		return d, nil
	}
	var err error
	d.Lo, d.Hi, err = v.ceiling(s)
	return d, err
}

// lookOr is look, but returns nil for a draw without a value.
func (p *problem) lookOr(v view, s []float64) (*Draw, error) {
	d, err := p.look(v, s)
	if errors.Is(err, analysis.ErrConstant) {
		return nil, nil
	}
	return d, err
}
