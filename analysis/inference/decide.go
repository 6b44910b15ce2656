package inference

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"fusiform/analysis"
)

// Test says how a p-value is found.
type Test uint8

const (
	// TTest divides by the standard error of the draws, with one degree of
	// freedom less than there are stimuli or people, the smaller of the two if
	// both were drawn, as in rsatoolbox. It is the one that speaks of new people
	// and new stimuli, whichever were drawn, and it is careful: of 1000 cohorts
	// without a relation, p < .05 in 1 to 6 of 100, and of six models one is
	// found above 0 (q < .05) in .1 to 4.7, two to differ in 0 to 3.
	TTest Test = iota

	// MatchedTTest is TTest with the degrees of freedom of the Estimate, so
	// that it and the interval say the same. Its p-values are nearly uniform
	// where there is no relation (p < .05 in 3 to 7 of 100), but for the
	// smallest: of six models one is found above 0 (q < .05) in up to 8.2 of 100
	// cohorts, and two to differ in up to 8.5.
	MatchedTTest

	// SignedRank is Wilcoxon's test over people, exact. It takes the stimuli
	// as they are, and says nothing of others.
	SignedRank

	// Sign counts the draws on the wrong side. With both factors drawn it is
	// conservative, for such draws vary too much (Correction.Dual).
	Sign
)

func (t Test) String() string {
	return [...]string{"t-test", "t-test with matched degrees of freedom", "signed-rank test", "sign test over draws"}[t]
}

// A Verdict is what a test says of a model. It is a row of a table.
type Verdict struct {
	Model string // its label
	P     float64
	Q     float64 // Benjamini–Hochberg, over all models
}

// Zero tests each model against no relation at all:
//
//	TTest       P(T > score/SE), one-sided
//	SignedRank  over people's values, two-sided
//	Sign        (1 + number of draws ≤ 0)/draws, at most 1, one-sided
//
// 0 is what a correlation has by chance. A cosine of distances, which are
// seldom negative, is far above 0 without any relation: there use Related.
//
// These are zero_tests of rsatoolbox, but that a t-test there takes the mean
// of the draws as the score, which is lower where a draw holds few stimuli.
func (r *Result) Zero(t Test) ([]Verdict, error) {
	return r.eachModel(t, func(j int) float64 {
		m := &r.Models[j]
		switch t {
		case SignedRank:
			return signedRank(m.PerPerson)
		case Sign:
			n := 0
			for _, d := range r.Draws {
				if d.Scores[j] <= 0 {
					n++
				}
			}
			return math.Min(1, float64(n+1)/float64(len(r.Draws)))
		}
		return upperTail(r.degrees(t, m.Score))
	})
}

// Short tests each model against the lower bound of the ceiling. A small p
// says that the model falls short of what people predict of each other (or
// exceeds it: see the scores); a large one does not say that it is as good.
//
//	TTest       P(|T| > |score − Lo|/SE of the difference), two-sided
//	SignedRank  over people's values less Lo, two-sided
//	Sign        (1 + number of draws with score ≥ Lo)/draws, at most 1, one-sided
//
// These are nc_tests of rsatoolbox.
func (r *Result) Short(t Test) ([]Verdict, error) {
	return r.eachModel(t, func(j int) float64 {
		m := &r.Models[j]
		switch t {
		case SignedRank:
			return signedRank(less(m.PerPerson, r.Lo.Value))
		case Sign:
			n, all := 0, 0
			for _, d := range r.Draws {
				if !d.Alone {
					all++
					if d.Scores[j] >= d.Lo {
						n++
					}
				}
			}
			return math.Min(1, float64(n+1)/float64(all))
		}
		return bothTails(r.degrees(t, r.spread.estimate(m.Score.Value-r.Lo.Value, j, len(r.Models))))
	})
}

// A Pair is a comparison of two models. It is a row of a table.
type Pair struct {
	A, B       string            // their labels
	Difference analysis.Estimate // score of A less that of B
	P          float64
	Q          float64 // Benjamini–Hochberg, over all pairs
}

// Pairs tests every two models against each other, two-sided:
//
//	TTest       P(|T| > |difference|/SE of the difference)
//	SignedRank  over the differences of people's values
//	Sign        2·(N−1)/N·(share of the N draws on the rarer side) + 1/N;
//	            draws without a difference stand on neither
//
// These are pair_tests of rsatoolbox. The pairs are (0,1), (0,2), … (1,2), …
func (r *Result) Pairs(t Test) ([]Pair, error) {
	if err := r.known(t); err != nil {
		return nil, err
	}
	var pairs []Pair
	var p []float64
	for a := range r.Models {
		for b := a + 1; b < len(r.Models); b++ {
			pair := Pair{A: r.Models[a].Label, B: r.Models[b].Label, Difference: r.difference(a, b)}
			switch t {
			case SignedRank:
				d := make([]float64, len(r.People))
				for k := range d {
					d[k] = r.Models[a].PerPerson[k] - r.Models[b].PerPerson[k]
				}
				pair.P = signedRank(d)
			case Sign:
				pair.P = r.sign(a, b)
			default:
				pair.P = bothTails(r.degrees(t, pair.Difference))
			}
			pairs, p = append(pairs, pair), append(p, pair.P)
		}
	}
	for i, q := range analysis.BenjaminiHochberg(p) {
		pairs[i].Q = q
	}
	return pairs, nil
}

// difference returns the score of model a less that of b. Its range is twice
// that of the measure.
func (r *Result) difference(a, b int) analysis.Estimate {
	e := r.spread.estimate(r.Models[a].Score.Value-r.Models[b].Score.Value, a, b)
	e.Draws = len(r.Draws)
	width := r.Measure.Max - r.Measure.Min
	e.Lo, e.Hi = math.Max(-width, e.Lo), math.Min(width, e.Hi)
	return e
}

func (r *Result) sign(a, b int) float64 {
	var below, tied float64
	n := float64(len(r.Draws))
	for _, d := range r.Draws {
		switch {
		case d.Scores[a] < d.Scores[b]:
			below++
		case d.Scores[a] == d.Scores[b]:
			tied++
		}
	}
	if tied == n {
		return 1
	}
	share := below / (n - tied)
	return (n-1)/n*2*math.Min(share, 1-share) + 1/n
}

func (r *Result) eachModel(t Test, p func(j int) float64) ([]Verdict, error) {
	if err := r.known(t); err != nil {
		return nil, err
	}
	ps := make([]float64, len(r.Models))
	for j := range ps {
		ps[j] = p(j)
	}
	out := make([]Verdict, len(ps))
	for j, q := range analysis.BenjaminiHochberg(ps) {
		out[j] = Verdict{r.Models[j].Label, ps[j], q}
	}
	return out, nil
}

func (r *Result) known(t Test) error {
	if t > Sign {
		return fmt.Errorf("inference: unknown Test %d", t)
	}
	return nil
}

// degrees returns e with the degrees of freedom of the test.
func (r *Result) degrees(t Test, e analysis.Estimate) analysis.Estimate {
	if t == TTest {
		e.DF = r.spread.fewest()
	}
	return e
}

// leastVariance is that below which rsatoolbox takes no variance: the
// precision of a float64.
const leastVariance = 0x1p-52

// upperTail is the one-sided p of Student's t = value/SE.
func upperTail(e analysis.Estimate) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: e.DF}.Survival(e.Value / math.Sqrt(math.Max(e.SE*e.SE, leastVariance)))
}

func bothTails(e analysis.Estimate) float64 {
	e.Value = math.Abs(e.Value)
	return math.Min(1, 2*upperTail(e))
}

// quantile is the 97.5th percentile of Student's distribution.
func quantile(df float64) float64 { return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(.975) }

func less(x []float64, c float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v - c
	}
	return y
}
