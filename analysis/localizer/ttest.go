package localizer

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// TTest selects the channels that answer the preferred stimuli of a contrast
// more than the others, by a t-test over stimuli in each channel:
//
//	t = (m₁ − m₀) / √(s₁²/n₁ + s₀²/n₀)
//
// where m, s² and n are the mean, the variance (n−1) and the number of the
// preferred (1) and of the other stimuli (0), and the degrees of freedom are
// Welch's, which need not be whole:
//
//	df = (s₁²/n₁ + s₀²/n₀)² / ((s₁²/n₁)²/(n₁−1) + (s₀²/n₀)²/(n₀−1))
//
// p is two-sided; q is p adjusted for the number of living channels. Welch
// (1947), doi:10.1093/biomet/34.1-2.28. For normal responses the pooled p is
// exact where the variances are equal, and far off where they are not; Welch's
// is close in either case but for small p of few stimuli: of 10 stimuli
// against 30, p < 1e-4 comes 2.3 times as often as it says, of 20 against 60
// 1.15 times (simulated).
//
// A channel is kept if t > MinT and, where FDR is set, q < FDR. The zero value
// cuts nothing off: it keeps every channel that prefers the contrast at all,
// t > 0. The usual cut for networks is MinT 7 (Dipani & Ratan Murty 2026,
// doi:10.64898/2026.05.29.728609).
//
// Edges, per channel: without any variance over the stimuli of the contrast it
// is dead, has t 0, p 1, q 1, and is no part of the false-discovery family.
// Where neither side varies but the means differ, t would be infinite; the
// standard error is then taken to be one rounding error of the larger mean,
// 2⁻⁵²·max(|m₁|, |m₀|), with n₁+n₀−2 degrees of freedom: t is huge but finite.
type TTest struct {
	MinT float64 // keep t > MinT; not negative
	FDR  float64 // keep q < FDR, below 1; 0 means no such cut

	// Pooled assumes equal variances: Student's t, with n₁+n₀−2 degrees of
	// freedom and (n₁−1)s₁²+(n₀−1)s₀² over them as the variance of both.
	Pooled bool

	// Yekutieli adjusts q after Benjamini & Yekutieli (2001), which holds
	// under any dependence between channels and is stricter by the factor
	// Σ 1/k; otherwise after Benjamini & Hochberg (1995).
	Yekutieli bool

	// Conjunction tests the preferred stimuli against each other category
	// separately (each name in Over, where the contrast has any), and every
	// test must pass. The fROI then holds, per channel, the smallest t and the
	// largest p and q. Prince, Alvarez & Konkle (2024),
	// doi:10.1126/sciadv.adl1776, use it with Pooled, Yekutieli and FDR .05.
	Conjunction bool
}

// Localize returns the fROI of contrast c in r, c channels long, defined on
// those stimuli of r that the contrast compares.
//
// It fails with an *analysis.CategoryError if the contrast names a category
// that r's stimuli do not have, with an error if a side of a comparison has
// fewer than two stimuli, with analysis.ErrDead if every channel is dead, and
// if a channel's values are so large that their variance overflows. No channel
// passing is no error: the fROI is empty.
func (l TTest) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, as Localize does, but
// reads the responses only once.
func (l TTest) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return inMemory(l, r, contrasts)
}

// Regions finds the region of contrast c in each source: see Regions.
func (l TTest) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l TTest) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

func (l TTest) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if !(l.MinT >= 0) || math.IsInf(l.MinT, 1) {
		return nil, fmt.Errorf("localizer: MinT is %v, must be finite and at least 0; for the channels that prefer the others, exchange Prefer and Over", l.MinT)
	}
	name := "Welch t"
	if l.Pooled {
		name = "pooled t"
	}
	return criterion{name: name, cut: l.MinT, fdr: l.FDR, yekutieli: l.Yekutieli, pooled: l.Pooled, each: l.Conjunction}.localize(b, contrasts)
}
