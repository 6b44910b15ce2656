package inference

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// A Result is what may be said of models and of the ceiling: each number with
// how far it would vary with other stimuli, other people, or both.
//
// The degrees of freedom of an interval are one less than the number of things
// drawn. Where both stimuli and people were, they are those of the variance's two
// parts, by Satterthwaite's rule,
//
//	ν = V²/(Vₚ²/(n−1) + Vₛ²/(m−1)),  Vₚ = n/(n−1)·people, Vₛ = m/(m−1)·stimuli
//
// for n people and m stimuli, at least min(n, m) − 1 and at most n + m − 2; for
// the bounds of the ceiling min(n, m) − 1, since all of their parts come from
// few people. Satterthwaite (1946), doi:10.2307/3002019.
type Result struct {
	Measure *analysis.Measure
	Over    Over
	People  []string // who took part
	Stimuli int      // how many were shown
	Models  []Model

	// Lo and Hi are the bounds of the noise ceiling, each with its own
	// uncertainty. Both depend on the number of people: with more of them Lo
	// rises and Hi falls, so their intervals are those of other cohorts of the
	// same size.
	Lo, Hi analysis.Estimate

	Draws    []Draw // those that have a value
	Warnings []error

	spread spread
}

// A Model is how one model does.
type Model struct {
	Label     string
	Score     analysis.Estimate
	PerPerson []float64 // its measure with each person, in their order
}

// Bounds returns both bounds of the ceiling without their intervals, as figures
// draw them.
func (r *Result) Bounds() analysis.Ceiling {
	return analysis.Ceiling{Measure: r.Measure, Lo: r.Lo.Value, Hi: r.Hi.Value, Subjects: len(r.People), Warnings: r.Warnings}
}

// ScoreOf returns the score of model j, counted from 0, with its interval, as
// figures show it. N is the number of people.
func (r *Result) ScoreOf(j int) analysis.Score {
	e := r.Models[j].Score
	return analysis.Score{Measure: r.Measure, Value: e.Value, Lo: e.Lo, Hi: e.Hi, N: len(r.People), Warnings: r.Warnings}
}

// conclude fills the result from the draws.
func (r *Result) conclude(b Resampling, d *drawn) error {
	models := len(r.Models)
	r.spread = spread{correction: b.Correction, over: b.Over, models: models, people: len(r.People), stimuli: r.Stimuli}
	main := [...]int{Both: both, Stimuli: byStimuli, People: byPeople}[b.Over]
	for kind, draws := range d.draws {
		if draws == nil {
			continue
		}
		var scores, ceiled [][]float64
		for _, one := range draws {
			if one == nil {
				continue
			}
			scores = append(scores, one.Scores)
			if !one.Alone {
				ceiled = append(ceiled, append(append(make([]float64, 0, models+2), one.Scores...), one.Lo, one.Hi))
			}
			if kind == main {
				r.Draws = append(r.Draws, *one)
			}
		}
		if 2*len(ceiled) < len(draws) || len(ceiled) < 2 {
			return fmt.Errorf("inference: %w: only %d of %d draws of %d stimuli and %d people have a value; take more of them", analysis.ErrConstant, len(ceiled), len(draws), r.Stimuli, len(r.People))
		}
		r.spread.scores[kind], r.spread.ceiled[kind] = covarianceOf(scores), covarianceOf(ceiled)
		if kind == main {
			r.missing(len(draws), len(scores), len(ceiled))
		}
	}
	for j := range r.Models {
		m := &r.Models[j]
		m.Score = r.estimate(d.whole.Scores[j], j)
		for k := range r.People {
			m.PerPerson = append(m.PerPerson, d.per[k*models+j])
		}
	}
	r.Lo, r.Hi = r.estimate(d.whole.Lo, models), r.estimate(d.whole.Hi, models+1)
	return nil
}

func (r *Result) missing(all, scores, ceiled int) {
	if scores < all {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d of %d draws of %d stimuli have no value (fewer than %d different stimuli, or all values equal) and are left out", all-scores, all, r.Stimuli, fewStimuli))
	}
	if ceiled < scores {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d of %d draws hold one person alone, for whom there is no ceiling; the ceiling's interval leaves them out", scores-ceiled, all))
	}
}

// estimate returns number i of the spread with its interval. That of a measure
// with 1 at the top is one of z = atanh(value), whose SE is SE/(1 − value²), as
// Fisher's: near 1 a correlation can fall further than it can rise.
func (r *Result) estimate(value float64, i int) analysis.Estimate {
	e := r.spread.estimate(value, i, -1)
	e.Draws = len(r.Draws)
	if m := r.Measure; m.Max == 1 && m.Min >= -1 && math.Abs(value) < 1 {
		z, half := math.Atanh(value), quantile(e.DF)*e.SE/(1-value*value)
		e.Lo, e.Hi = math.Tanh(z-half), math.Tanh(z+half)
	}
	e.Lo, e.Hi = math.Max(r.Measure.Min, e.Lo), math.Min(r.Measure.Max, e.Hi)
	return e
}
