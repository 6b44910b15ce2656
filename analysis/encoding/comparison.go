package encoding

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A Comparison sets the score of a fROI, the median over targets, beside those
// of random subsets.
type Comparison struct {
	FROI   float64   // its score
	Random []float64 // the score of each draw

	// Difference is FROI less the mean of the draws, and how FROI less a draw
	// varies.
	Difference Spread

	// P is the share of draws at least as extreme as the fROI in the
	// direction of the claim, (1 + c)/(1 + n) for c of n draws, so that it is
	// at least 1/(1 + n). Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.
	P float64

	// TwoSided is twice the smaller share of the two directions, at most 1.
	TwoSided float64
}

// A Spread is the mean of a number over random draws, and where 95 of 100 draws
// lie. That is no confidence interval: it says how much the draws differ, with
// the stimuli and the person as they are, and more draws do not narrow it.
type Spread struct {
	Value  float64 // mean
	Lo, Hi float64 // 2.5th and 97.5th percentile of the draws
	SD     float64 // standard deviation of the draws
	Draws  int
}

func (s Spread) String() string {
	return fmt.Sprintf("%.3f (95 %% of draws %.3f to %.3f)", s.Value, s.Lo, s.Hi)
}

// Necessity compares removing the fROI with removing random channels, before
// fitting. P is the share of draws whose removal costs at least as much: small
// where the fROI is needed more than such channels are.
func (r *SubsetResult) Necessity(c *ControlResult) Comparison {
	return compare(r.Without.Score().Value, medians(c.Without), -1)
}

// Sufficiency compares the fROI alone with random channels alone. P is the
// share of draws that predict at least as well: small where the fROI holds
// more than such channels do.
func (r *SubsetResult) Sufficiency(c *ControlResult) Comparison {
	return compare(r.Only.Score().Value, medians(c.Only), 1)
}

// Reliance compares cutting the fROI out of the read-out after fitting with
// cutting random channels out. P is the share of draws that cost at least as
// much.
func (r *SubsetResult) Reliance(c *ControlResult) Comparison {
	return compare(r.Cut.Score().Value, medians(c.Cut), -1)
}

// compare has the claim that sign·value is larger than sign·draws.
func compare(value float64, draws []float64, sign float64) Comparison {
	n := float64(len(draws))
	above, below := 1., 1.
	diffs := make([]float64, len(draws))
	for i, d := range draws {
		if sign*d >= sign*value {
			above++
		}
		if sign*d <= sign*value {
			below++
		}
		diffs[i] = value - d
	}
	c := Comparison{FROI: value, Random: draws, P: above / (1 + n), TwoSided: min(1, 2*min(above, below)/(1+n))}
	if len(draws) == 0 {
		return c
	}
	c.Difference.Draws = len(draws)
	c.Difference.Value = stat.Mean(diffs, nil)
	if len(draws) > 1 {
		c.Difference.SD = stat.StdDev(diffs, nil)
	}
	slices.Sort(diffs)
	c.Difference.Lo = stat.Quantile(.025, stat.LinInterp, diffs, nil)
	c.Difference.Hi = stat.Quantile(.975, stat.LinInterp, diffs, nil)
	return c
}
