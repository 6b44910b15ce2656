package mismatch

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"fusiform/analysis/tuning"
)

// A Held is on how many others a finding held.
type Held struct {
	Over  string  // "people", "networks", "stimuli"
	Holds int     // how many agree in sign with what the others say
	Of    int     // 0 where there is one only, and nothing can be held out
	P     float64 // of so many or more, if there were no mismatch; 1 where Of is 0
}

func (h Held) String() string {
	if h.Of == 0 {
		return h.Over + ": none held out"
	}
	return fmt.Sprintf("%d of %d %s, p = %.2g", h.Holds, h.Of, h.Over, h.P)
}

// A Replication is whether a mismatch holds on others.
type Replication struct {
	Contrast string
	Mismatch float64 // over all people, networks and stimuli
	Held     []Held  // over people, networks and stimuli
	P        float64 // the largest P of those that were held out; 1 if none was
	Warnings []error
}

// Replicate holds out people, networks and stimuli in turn and asks whether
// the mismatch of a contrast has the same sign in them:
//
//   - each person against the mean of the other people. P is the share of all
//     ways to flip the signs of the people's mismatches in which as many or
//     more hold;
//   - each network against the mean of the other networks, likewise;
//   - one half of each group against the other half, in Draws/10 random halvings
//     (100), which overlap. P is the share of relabellings of the stimuli (at
//     most Permutations/10) in which more hold, or as many and the difference
//     of the groups, in standard errors, is as large.
//
// What is held out does not enter the sign that it is tested against. P over
// people is about these stimuli and networks, P over networks about these
// stimuli and people: by chance any two groups of stimuli differ, and everybody
// agrees on it. Only P over stimuli tells that from a property, and only the
// largest, Replication.P, says that the mismatch holds for others of each
// kind. P over n people or networks is 2/2ⁿ at least, so that of five .0625.
// It fails as Compare does.
func (t Test) Replicate(ctx context.Context, people, models []*tuning.Profile, c Contrast) (*Replication, error) {
	if len(people) == 0 || len(models) == 0 {
		return nil, fmt.Errorf("mismatch: %s and %s; a replication needs at least one of each", counted(len(people), "person", "people"), counted(len(models), "network", "networks"))
	}
	t, err := t.defaults()
	if err != nil {
		return nil, err
	}
	table, s, err := t.table(people, models)
	if err != nil {
		return nil, err
	}
	a, b, err := c.split(s)
	if err != nil {
		return nil, err
	}
	warnings, err := c.circular(s, table.brain.origins, table.model.origins)
	if err != nil {
		return nil, err
	}
	table.groups(a, b, s.Len())
	e := table.residual()
	r := &Replication{Contrast: c.Name, Mismatch: table.difference(e), Warnings: warnings}
	if w := fewWarning(s.Len()); w != nil {
		r.Warnings = append(r.Warnings, w)
	}
	// A person's mismatch is that of all networks with the person, a
	// network's that with all people.
	zBrain, rBrain := table.brain.level()
	zModel, rModel := table.model.level()
	each := func(s side, agreed float64, other []float64) []float64 {
		d := make([]float64, len(s.z))
		for k, z := range s.z {
			d[k] = table.difference(other) - table.difference(z)/math.Sqrt(agreed)
		}
		return d
	}
	brains, models2 := each(table.brain, rBrain, zModel), each(table.model, rModel, zBrain)
	r.Held = append(r.Held, t.leaveOneOut("people", brains), t.leaveOneOut("networks", models2))
	halves, err := t.halves(ctx, table, e)
	if err != nil {
		return nil, err
	}
	r.Held = append(r.Held, halves)
	for _, h := range r.Held {
		if h.Of > 0 {
			r.P = math.Max(r.P, h.P)
		}
	}
	if r.P == 0 {
		r.P = 1
	}
	for _, h := range r.Held {
		if h.Of == 0 {
			r.Warnings = append(r.Warnings, fmt.Errorf("contrast %q: too few %s to hold some out", c.Name, h.Over))
		}
	}
	return r, nil
}

// leaveOneOut counts the d[k] that have the sign of the others' mean, and how
// often flipping signs gives as many.
func (t Test) leaveOneOut(over string, d []float64) Held {
	if len(d) < 2 {
		return Held{Over: over, P: 1}
	}
	x := make([]float64, len(d))
	copy(x, d)
	h := Held{Over: over, Holds: sameSign(x), Of: len(d)}
	as, n := 0, 0
	if len(d) < 31 && 1<<len(d) <= t.Permutations {
		for flips := range 1 << len(d) {
			for k := range x {
				x[k] = d[k]
				if flips>>k&1 == 1 {
					x[k] = -d[k]
				}
			}
			if sameSign(x) >= h.Holds {
				as++
			}
			n++
		}
	} else {
		rng := rand.New(rand.NewPCG(t.Seed, 0x666c6970))
		as, n = 1, 1
		for range t.Permutations {
			for k := range x {
				x[k] = d[k]
				if rng.IntN(2) == 1 {
					x[k] = -d[k]
				}
			}
			if sameSign(x) >= h.Holds {
				as++
			}
			n++
		}
	}
	h.P = float64(as) / float64(n)
	return h
}

// sameSign counts the values that have the sign of the sum of the others.
func sameSign(d []float64) int {
	sum, n := 0.0, 0
	for _, v := range d {
		sum += v
	}
	for _, v := range d {
		if v*(sum-v) > 0 {
			n++
		}
	}
	return n
}
