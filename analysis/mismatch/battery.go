package mismatch

import (
	"context"
	"fmt"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// A Battery is a set of stimulus contrasts with what people answered: a test
// that any network can be put to. It holds the people's profiles, not only
// their effects, since the mismatch of a network needs them stimulus by
// stimulus. Make it with Test.Battery, or Read it from a file.
type Battery struct {
	Name    string  `json:"name"`
	Entries []Entry `json:"entries"`

	// How the effects were computed, and a report computes.
	Draws        int    `json:"draws"`
	Permutations int    `json:"permutations"`
	Seed         uint64 `json:"seed"`
}

// An Entry is one contrast of a battery.
type Entry struct {
	Definition
	Stimuli  []string `json:"stimuli"` // IDs of all stimuli, over which profiles are z-scored
	InA      []string `json:"in_a"`    // those of group A
	InB      []string `json:"in_b"`
	People   []Person `json:"people"`
	Effect   Effect   `json:"effect"`   // in people
	Band     float64  `json:"band"`     // half the width of the band within which a network matches
	Warnings []string `json:"warnings"` // what a reader should know

	// FoundWith are the networks, by the names they went by, whose residuals on
	// stimuli of the entry suggested its groups; none if it was planned.
	FoundWith []string `json:"found_with"`
}

// A Person is how one person's region answered the stimuli of an entry.
type Person struct {
	Name   string    `json:"name"`
	Values []float64 `json:"values"` // in the order of Stimuli
}

// A Question asks for an entry: a definition, the profiles of the region in
// people, and the contrast of those of their stimuli that have the properties,
// with its note on what it was found on. The definition's name and properties
// stand for those of the contrast.
type Question struct {
	Definition
	People   []*tuning.Profile
	Contrast Contrast
}

// Battery measures the effect of each question in people. An entry's band is
// what people differ from each other:
//
//	Band = 1.96 · √(Σ (d_k − mean of the others' d)² / K)
//
// so that about 95 of 100 other people would lie within it, measured as these
// were, noise included: what a network that matches has in common with people
// is that it could be one of them, and people measured on few stimuli are
// lenient judges. A Warning of the entry says where its band is wider than a
// standard deviation, where these people contradict what was published, and
// whatever Compare warns of.
//
// The entry of a contrast that was found by residuals keeps the networks that
// it was found with, so that a Report on one of them is told.
//
// It fails with no question, if two have one name, with fewer than two people,
// who have no spread, and as Compare does: with analysis.ErrCircular for a
// contrast that was found on these people.
func (t Test) Battery(ctx context.Context, name string, questions ...Question) (*Battery, error) {
	t, err := t.defaults()
	if err != nil {
		return nil, err
	}
	if t.Uncorrected || t.NoisyModels {
		return nil, fmt.Errorf("mismatch: a battery is corrected for the noise of people, and of people only; unset Uncorrected and NoisyModels")
	}
	b := &Battery{Name: name, Draws: t.Draws, Permutations: t.Permutations, Seed: t.Seed}
	for k, q := range questions {
		e, err := t.entry(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("%w (entry %q)", err, q.Name)
		}
		b.Entries = append(b.Entries, e)
		analysis.ReportProgress(ctx, k+1, len(questions))
	}
	return b, b.check()
}

func (t Test) entry(ctx context.Context, q Question) (Entry, error) {
	e := Entry{Definition: q.Definition, Warnings: []string{}, FoundWith: []string{}}
	if len(q.People) < 2 {
		return e, fmt.Errorf("mismatch: %s: no spread to hold a network against; a battery needs at least 2 people, and better %d", counted(len(q.People), "person", "people"), fewPeople)
	}
	c := q.Contrast
	c.Name = q.Name
	results, err := t.compare(ctx, q.People, nil, []Contrast{c})
	if err != nil {
		return e, err
	}
	r, s := results[0], q.People[0].Stimuli
	a, b, err := c.split(s)
	if err != nil {
		return e, err
	}
	e.Stimuli, e.InA, e.InB = s.IDs(), idsAt(s, a), idsAt(s, b)
	if f := c.FoundOn; f != nil && len(s.Shared(f.Stimuli)) > 0 {
		e.FoundWith = append(e.FoundWith, f.Models...)
	}
	for _, p := range q.People {
		on, err := p.On(s)
		if err != nil {
			return e, fmt.Errorf("mismatch: %w", bare(err))
		}
		e.People = append(e.People, Person{Name: p.Source, Values: on.Values})
	}
	e.Effect, e.Band = r.Brain, band(r)
	for _, w := range r.Warnings {
		e.Warnings = append(e.Warnings, w.Error())
	}
	if e.Band > 1 {
		e.Warnings = append(e.Warnings, fmt.Sprintf("people differ by so much that a network may lie %.2f SD from their mean and match: take more stimuli per group, or less noisy people", e.Band))
	}
	if q.Human.contradicts(r.Brain) {
		e.Warnings = append(e.Warnings, fmt.Sprintf("published for people: %v; these people show %v", q.Human, r.Brain))
	}
	return e, nil
}

// band is how far from the mean person a network may lie.
func band(r Result) float64 { return z975 * r.Spread }

// z975 is the 97.5th percentile of the standard normal distribution. That of t
// would widen the band for fewer people, and make them the more lenient.
const z975 = 1.959963984540054

func idsAt(s analysis.Stimuli, at []int) []string {
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = s.At(i).ID
	}
	return out
}

// people returns the profiles of the entry's people.
func (e *Entry) people() ([]*tuning.Profile, error) {
	items := make([]analysis.Stimulus, len(e.Stimuli))
	for i, id := range e.Stimuli {
		items[i].ID = id
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, err
	}
	out := make([]*tuning.Profile, len(e.People))
	for k, p := range e.People {
		out[k] = &tuning.Profile{Source: p.Name, Stimuli: s, Values: p.Values, Channels: 1}
	}
	return out, nil
}

// contrast returns the entry's groups in s, its stimuli. That its people were
// not looked at, or that this was allowed, was settled when they were measured.
func (e *Entry) contrast(s analysis.Stimuli) Contrast {
	return Contrast{
		Name: e.Name, A: Group{Name: e.A, IDs: e.InA}, B: Group{Name: e.B, IDs: e.InB},
		FoundOn: &Found{Models: e.FoundWith, Stimuli: s},
	}
}
