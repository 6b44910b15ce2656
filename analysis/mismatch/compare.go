package mismatch

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// A Test compares groups of stimuli in people and in networks.
type Test struct {
	Draws        int // of the bootstrap; 0 means 1000
	Permutations int // at most so many relabellings; all, if there are no more. 0 means 10000
	Seed         uint64

	// Uncorrected leaves effects of people as they are, without the division
	// by √Agreement (see Residuals): a network without noise then looks too
	// strong, the more so the noisier people are.
	Uncorrected bool

	// NoisyModels says that what stands in the place of networks is measured
	// with noise (other people, a monkey), and is corrected as people are.
	NoisyModels bool
}

const (
	defaultDraws        = 1000
	defaultPermutations = 10000
)

func (t Test) defaults() (Test, error) {
	if t.Draws < 0 || t.Permutations < 0 || t.Draws == 1 {
		return t, fmt.Errorf("mismatch: %d bootstrap draws and %d permutations; 0 means %d and %d", t.Draws, t.Permutations, defaultDraws, defaultPermutations)
	}
	if t.Draws == 0 {
		t.Draws = defaultDraws
	}
	if t.Permutations == 0 {
		t.Permutations = defaultPermutations
	}
	return t, nil
}

// A Result is one contrast in people and networks.
type Result struct {
	Contrast       string
	NA, NB         int // stimuli in the groups
	People, Models int
	Brain, Model   Effect
	Mismatch       Effect  // Model − Brain
	P              float64 // of the mismatch, by relabelling the stimuli; these people and networks
	Q              float64 // Benjamini–Hochberg over the contrasts of the larger of P and Mismatch.P; of the latter where a group holds one stimulus
	Relabellings   int     // behind P
	Exact          bool    // they are all that there are
	Agreement      float64 // between people; 1 where it is not used
	Spread         float64 // rms over people of their effect less the mean of the others'; 0 for one
	Sources        *Sources
	Warnings       []error
}

// Sources are the effects in each person and each network, in the order in
// which they were given, on the scale of Brain and Model, whose values are
// their means.
type Sources struct{ People, Models []float64 }

// Compare holds the networks against the people on each contrast. Brain is the
// mean over people of
//
//	d_k = (mean of A − mean of B) / √Agreement
//
// in z-scores over all stimuli; Model is the same for networks, undivided; and
// Mismatch their difference. One network is taken as it is. Several are a
// sample of networks, seeds of one architecture say, and the results speak of
// others like them; for each network by itself, call Compare with each.
//
// Intervals hold over stimuli like these and people like these. The variance
// is by a bootstrap over both (stimuli within groups), z-scores computed anew
// in each draw; the interval is ± t·SE with Satterthwaite's degrees of freedom
// (for Brain and Model on the scale of atanh), since percentile intervals of
// eight people are too narrow. In 1000 simulated cohorts of eight it covers the
// truth in 93 to 96 %, of five people and 16 stimuli in up to 98 %. P asks less: whether these people and networks
// differ more between the groups than between any groups of these stimuli.
// Where people differ in the effect itself it is small too often, so believe
// P and Mismatch.P together, as Q does. Where people and network share an
// effect that makes up much of the variance of all stimuli, P is too large.
//
// A group of one stimulus is taken as it is, with a Warning: nothing is known
// of others like it. The same for one person. Where both groups hold one (the
// conditions of a localizer), the intervals are over people alone.
//
// Compare fails as New does, with no contrast, with two of the same name, if a
// contrast's groups are empty or overlap, with analysis.ErrCircular (see
// Contrast.FoundOn), and if neither people nor stimuli are a sample.
func (t Test) Compare(ctx context.Context, people, models []*tuning.Profile, contrasts ...Contrast) ([]Result, error) {
	if len(people) == 0 || len(models) == 0 {
		return nil, fmt.Errorf("mismatch: %s and %s; a comparison needs at least one of each", counted(len(people), "person", "people"), counted(len(models), "network", "networks"))
	}
	return t.compare(ctx, people, models, contrasts)
}

// compare allows for no networks.
func (t Test) compare(ctx context.Context, people, models []*tuning.Profile, contrasts []Contrast) ([]Result, error) {
	t, err := t.defaults()
	if err != nil {
		return nil, err
	}
	if len(contrasts) == 0 {
		return nil, fmt.Errorf("mismatch: no contrast to test")
	}
	table, s, err := t.table(people, models)
	if err != nil {
		return nil, err
	}
	out, p, seen := make([]Result, len(contrasts)), make([]float64, len(contrasts)), map[string]bool{}
	for k, c := range contrasts {
		if seen[c.Name] {
			return nil, fmt.Errorf("mismatch: two contrasts are called %q", c.Name)
		}
		seen[c.Name] = true
		if out[k], err = t.one(ctx, *table, s, c); err != nil {
			return nil, err
		}
		for _, x := range slices.Concat(people, models) {
			out[k].Warnings = append(out[k].Warnings, x.Warnings...)
		}
		p[k] = out[k].Mismatch.P
		if out[k].NA > 1 && out[k].NB > 1 {
			p[k] = math.Max(p[k], out[k].P)
		}
		analysis.ReportProgress(ctx, k+1, len(contrasts))
	}
	for k, q := range analysis.BenjaminiHochberg(p) {
		out[k].Q = q
	}
	return out, nil
}

// table aligns everything.
func (t Test) table(people, models []*tuning.Profile) (*table, analysis.Stimuli, error) {
	none := analysis.Stimuli{}
	if err := distinct(people, models); err != nil {
		return nil, none, err
	}
	s, err := byID(people[0].Stimuli)
	if err != nil {
		return nil, none, fmt.Errorf("mismatch: %w", bare(err))
	}
	out := &table{}
	if out.brain, err = newSide(people, s, !t.Uncorrected); err != nil {
		return nil, none, err
	}
	if out.model, err = newSide(models, s, t.NoisyModels && !t.Uncorrected); err != nil {
		return nil, none, err
	}
	for _, x := range []side{out.brain, out.model} {
		if x.corrected {
			if _, err := agreement(x.z); err != nil {
				return nil, none, err
			}
		}
	}
	return out, s, nil
}

// one computes one contrast.
func (t Test) one(ctx context.Context, table table, s analysis.Stimuli, c Contrast) (Result, error) {
	a, b, err := c.split(s)
	if err != nil {
		return Result{}, err
	}
	warnings, err := c.circular(s, table.brain.origins, table.model.origins)
	if err != nil {
		return Result{}, err
	}
	table.groups(a, b, s.Len())
	r := Result{Contrast: c.Name, NA: len(a), NB: len(b), People: len(table.brain.z), Models: len(table.model.z)}
	r.Warnings = warnings
	if w := fewWarning(s.Len()); w != nil {
		r.Warnings = append(r.Warnings, w)
	}
	r.doubts(c)
	if r.People == 1 && r.Models <= 1 && r.NA == 1 && r.NB == 1 {
		return Result{}, fmt.Errorf("mismatch: contrast %q: one person and one stimulus in each group are no sample; nothing can be said of others", c.Name)
	}
	v, missed, err := table.resampled(ctx, t.Draws, t.Seed)
	if err != nil {
		return Result{}, fmt.Errorf("%w (contrast %q)", err, c.Name)
	}
	if missed > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("contrast %q: %d of %d bootstrap draws have no value and are left out", c.Name, missed, t.Draws))
	}
	r.fill(&table, v)
	r.P, r.Relabellings, r.Exact = table.permutationP(table.residual(), t.Permutations, t.Seed)
	return r, nil
}

// doubts are the warnings that follow from numbers alone.
func (r *Result) doubts(c Contrast) {
	if r.People == 1 {
		r.Warnings = append(r.Warnings, errOnePerson)
	} else if r.People < fewPeople {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d people are too few to stand for others: need >= %d", r.People, fewPeople))
	}
	for k, n := range [2]int{r.NA, r.NB} {
		if n == 1 {
			r.Warnings = append(r.Warnings, fmt.Errorf("contrast %q: group %q holds one stimulus; the result is about that one, and P says nothing", c.Name, [2]string{c.A.Name, c.B.Name}[k]))
		}
	}
}
