package localizer

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/analysistest"
)

// behindReLU is a localizer that reads the responses behind a ReLU.
type behindReLU struct{ Localizer }

func (l behindReLU) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	n, channels := r.Dims()
	v := mat.NewDense(n, channels, nil)
	v.Apply(func(_, _ int, x float64) float64 { return max(0, x) }, r.Matrix())
	p, err := analysis.NewResponses(r.Source(), r.Stimuli(), v)
	if err != nil {
		return nil, err
	}
	return l.Localizer.LocalizeAll(p, contrasts...)
}

func (l behindReLU) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

func TestLaws(t *testing.T) {
	for _, l := range []Localizer{
		TTest{}, TTest{MinT: 3}, TTest{MinT: 3, Pooled: true}, TTest{FDR: 0.05}, TTest{FDR: 0.05, Yekutieli: true, MinT: 1},
		TTest{Conjunction: true, MinT: 1}, TTest{Conjunction: true, Pooled: true, Yekutieli: true, FDR: 0.05},
		RankSum{}, RankSum{MinAUC: 0.7}, RankSum{FDR: 0.05}, RankSum{FDR: 0.05, Yekutieli: true, MinAUC: 0.6},
		DPrime{}, DPrime{Min: 1}, DPrime{FDR: 0.05},
		SelectivityIndex{Rectify: true}, SelectivityIndex{Rectify: true, Min: 0.3, FDR: 0.05},
		RatioRule{}, RatioRule{Min: 1.5, FDR: 0.05},
		TopFraction{}, TopFraction{Fraction: 0.1}, TopFraction{Count: 5, By: RankSum{}}, TopFraction{Fraction: 0.05, By: DPrime{FDR: 0.1}},
	} {
		t.Run(fmt.Sprintf("%T%+[1]v", l), func(t *testing.T) { analysistest.Localizer(t, l) })
	}
	for _, l := range []Localizer{SelectivityIndex{}, SelectivityIndex{Min: 0.3}, RatioRule{}} {
		t.Run(fmt.Sprintf("%T%+[1]v behind a ReLU", l), func(t *testing.T) { analysistest.Localizer(t, behindReLU{l}) })
	}
}

// TestStricter: a higher cut selects some of what a lower one does.
func TestStricter(t *testing.T) {
	for _, family := range [][]Localizer{
		{TTest{}, TTest{MinT: 0.5}, TTest{MinT: 3}, TTest{MinT: 3, FDR: 0.05}, TTest{MinT: 3, FDR: 0.01}, TTest{MinT: 1e9, FDR: 0.01}},
		{TTest{Pooled: true}, TTest{Pooled: true, FDR: 0.05, Yekutieli: true}, TTest{Pooled: true, FDR: 0.01, Yekutieli: true}},
		{TTest{Conjunction: true}, TTest{Conjunction: true, MinT: 2}, TTest{Conjunction: true, MinT: 2, FDR: 0.01}},
		{RankSum{}, RankSum{MinAUC: 0.5}, RankSum{MinAUC: 0.6}, RankSum{MinAUC: 0.6, FDR: 0.05}, RankSum{MinAUC: 0.99, FDR: 0.01}},
		{DPrime{}, DPrime{Min: 0.3}, DPrime{Min: 1, FDR: 0.05}},
		{SelectivityIndex{Rectify: true}, SelectivityIndex{Rectify: true, Min: 0.3}, SelectivityIndex{Rectify: true, Min: 0.9, FDR: 0.05}},
		{RatioRule{Min: 1}, RatioRule{Min: 1.2}, RatioRule{}, RatioRule{Min: 2}, RatioRule{Min: 4}, RatioRule{Min: 4, FDR: 0.01}},
		{TTest{}, TopFraction{Fraction: 1}, TopFraction{Count: 12}, TopFraction{Fraction: 0.1}, TopFraction{}},
	} {
		for i, l := range family[1:] {
			t.Run(fmt.Sprintf("%T%+[1]v", l), func(t *testing.T) { analysistest.Stricter(t, family[i], l) })
		}
	}
}
