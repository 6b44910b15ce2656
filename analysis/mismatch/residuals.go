package mismatch

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// Residuals are the residuals of M networks against K people on n stimuli.
//
// People are measured with noise, networks are not. A person's z-scores are
// small where they should be large, because noise takes part of their
// variance, and a network that predicts people perfectly would differ from
// each. What people share is therefore brought to the scale of a profile
// without noise,
//
//	Brain[k][i] = z(person k)[i] / √Agreement
//
// with Agreement the mean Pearson r between two people, over all pairs: their
// mean over people then has, noise aside, variance 1, as z(network) has. This
// is the classical correction for attenuation: Spearman (1904),
// doi:10.2307/1412159. What is a person's own, and would stay without noise,
// counts as noise: it is no network's to predict.
type Residuals struct {
	Stimuli        analysis.Stimuli
	People, Models []string    // sources
	Brain          [][]float64 // K×n: z / √Agreement
	Model          [][]float64 // M×n: z
	Agreement      float64     // between people; 1 for one person, of whom it is not known
	Warnings       []error

	peopleOrigins, modelOrigins [][]string // the names that each goes by
}

// New returns the residuals over the stimuli of the first person.
//
// It fails with nobody or no network, if a source stands there twice, with an
// *analysis.AlignmentError if not all cover the same stimuli, with
// analysis.ErrConstant for a flat profile, with fewer than 3 stimuli, of which
// z-scores say nothing, and with ErrNoAgreement. A mean stands there as those
// whose mean it is (tuning.Profile's Sources): it is refused beside one of
// them. One person gives a Warning, since Brain then are plain z-scores, and so
// do fewer than 10 stimuli.
func New(people, models []*tuning.Profile) (*Residuals, error) {
	if len(people) == 0 || len(models) == 0 {
		return nil, fmt.Errorf("mismatch: %s and %s; residuals need at least one of each", counted(len(people), "person", "people"), counted(len(models), "network", "networks"))
	}
	if err := distinct(people, models); err != nil {
		return nil, err
	}
	r := &Residuals{Stimuli: people[0].Stimuli, People: sources(people), Models: sources(models), peopleOrigins: origins(people), modelOrigins: origins(models)}
	var err error
	if r.Brain, err = aligned(r.Stimuli, people); err != nil {
		return nil, err
	}
	if r.Model, err = aligned(r.Stimuli, models); err != nil {
		return nil, err
	}
	for _, p := range slices.Concat(people, models) {
		r.Warnings = append(r.Warnings, p.Warnings...)
	}
	if r.Agreement, err = agreement(r.Brain); err != nil {
		return nil, err
	}
	for _, z := range r.Brain {
		for i := range z {
			z[i] /= math.Sqrt(r.Agreement)
		}
	}
	if w := fewWarning(r.Stimuli.Len()); w != nil {
		r.Warnings = append(r.Warnings, w)
	}
	switch {
	case len(people) == 1:
		r.Warnings = append(r.Warnings, errOnePerson)
	case len(people) < fewPeople:
		r.Warnings = append(r.Warnings, fmt.Errorf("%d people are too few to stand for others: need >= %d", len(people), fewPeople))
	}
	return r, nil
}

// ErrNoAgreement reports people whose profiles do not correlate with each
// other: they share nothing that a network could be held against.
var ErrNoAgreement = errors.New("people do not agree with each other")

var errOnePerson = errors.New("one person: noise cannot be told from tuning, so a network without noise looks too strong, and nothing is known of other people")

// fewPeople is as in package ceiling.
const fewPeople = 5

// agreement returns the mean r over pairs of rows of z-scores; 1 for one row:
//
//	r̄ = (‖Σ z‖²/n − K) / (K² − K)
func agreement(z [][]float64) (float64, error) {
	if len(z) == 1 {
		return 1, nil
	}
	k, ss := float64(len(z)), 0.0
	for _, v := range meanRow(z) {
		ss += v * v
	}
	r := (k*k*ss/float64(len(z[0])) - k) / (k*k - k)
	if r <= 0 || r*k*k < 1e-9 {
		return 0, fmt.Errorf("mismatch: %w: the profiles of %d people correlate by %.3g on average over %d stimuli", ErrNoAgreement, len(z), r, len(z[0]))
	}
	return math.Min(r, 1), nil
}

// Mean returns the residual of each stimulus, the mean over people and
// networks.
func (r *Residuals) Mean() []float64 {
	e := meanRow(r.Model)
	for i, h := range meanRow(r.Brain) {
		e[i] -= h
	}
	return e
}

// An Item is the residual of one stimulus, over people and networks.
type Item struct {
	ID, Category string
	Brain, Model float64 // means, in standard deviations
	E            float64 // Model − Brain
	SE           float64 // of E, over people: s/√K; 0 for one person
	P            float64 // two-sided t over people, K−1 df, that E is 0 for people like these; 1 for one person
	Q            float64 // Benjamini–Hochberg over the n stimuli
	SamePeople   int     // people from whom the networks' mean differs in the direction of E
	Wrong        int     // networks wrong on the stimulus by themselves: q < .05, in the direction of E
	Stimulus     analysis.Stimulus
}

// Ranked returns the stimuli by falling |E|, ties in order. The P are about
// other people, with these stimuli and networks as they are. That the largest
// of many |E| is large says little: hold on to Q, and test what you conclude
// on other people or stimuli (Contrast.FoundBy).
func (r *Residuals) Ranked() []Item {
	n := r.Stimuli.Len()
	items, p := make([]Item, n), make([]float64, n)
	brain, model := meanRow(r.Brain), meanRow(r.Model)
	for i := range items {
		it := r.Stimuli.At(i)
		x := &items[i]
		*x = Item{ID: it.ID, Category: it.Category, Brain: brain[i], Model: model[i], E: model[i] - brain[i], Stimulus: it}
		x.SE = r.se(i)
		p[i] = r.p(x.E, x.SE)
		for _, z := range r.Brain {
			if (model[i]-z[i])*x.E > 0 {
				x.SamePeople++
			}
		}
	}
	q := analysis.BenjaminiHochberg(p)
	for i := range items {
		items[i].P, items[i].Q = p[i], q[i]
	}
	for _, z := range r.Model {
		for i := range p {
			p[i] = r.p(z[i]-brain[i], items[i].SE)
		}
		for i, q := range analysis.BenjaminiHochberg(p) {
			if q < .05 && (z[i]-brain[i])*items[i].E > 0 {
				items[i].Wrong++
			}
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(math.Abs(b.E), math.Abs(a.E)) })
	return items
}

// AllWrong returns the items of Ranked on which every network is wrong.
func (r *Residuals) AllWrong() []Item {
	return slices.DeleteFunc(r.Ranked(), func(x Item) bool { return x.Wrong < len(r.Models) })
}

// se is the standard error over people at stimulus i.
func (r *Residuals) se(i int) float64 {
	x := make([]float64, len(r.Brain))
	for k, z := range r.Brain {
		x[k] = z[i]
	}
	return math.Sqrt(variance(x) / float64(len(x)))
}

func (r *Residuals) p(e, se float64) float64 {
	switch {
	case len(r.Brain) < 2 || e == 0:
		return 1
	case se == 0:
		return 0
	}
	return twoSided(e/se, float64(len(r.Brain)-1))
}
