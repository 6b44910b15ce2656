package mismatch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// Where there is no mismatch, the p-values of a replication are small as often
// as they should be or less; where there is one, it holds everywhere.
func TestReplicate(t *testing.T) {
	const worlds = 400
	w := world{People: 7, Stimuli: 24, More: 24, Noise: 1, Alike: .5}
	var small [3]int
	all := 0
	for k := range worlds {
		people, models := w.several(t, uint64(k), 6)
		r := must(mismatch.Test{Permutations: 400, Draws: 200, Seed: uint64(k)}.Replicate(ctx, people, models, animals))(t)
		for j, h := range r.Held {
			if h.P <= .05 {
				small[j]++
			}
		}
		if r.P <= .05 {
			all++
		}
	}
	t.Logf("P ≤ .05 without a mismatch: people %d, networks %d, stimuli %d, all %d of %d", small[0], small[1], small[2], all, worlds)
	// Stimuli are exchangeable here, so that P over them holds its level.
	// People and networks share the stimuli, whose draw all of them agree on.
	if small[2] > worlds*8/100 || all > worlds*6/100 {
		t.Errorf("halves of the stimuli replicate a mismatch that is none in %d of %d worlds, everything in %d", small[2], worlds, all)
	}

	w.Network, w.Alike = 2, .9
	people, models := w.several(t, 3, 6)
	for _, h := range must(mismatch.Test{Seed: 1}.Replicate(ctx, people, models, animals))(t).Held {
		if h.Holds < h.Of*9/10 || h.P > .05 {
			t.Errorf("a mismatch of 1.4 SD: %v", h)
		}
	}
}

// several draws networks that differ in what is their own.
func (w world) several(t testing.TB, seed uint64, n int) (people, models []*tuning.Profile) {
	people, network := w.draw(t, seed)
	rng := rand.New(rand.NewPCG(seed, 99))
	for k := range n {
		p := scaled(network, 1, 0)
		p.Source = fmt.Sprint("net", k+1)
		for i := range p.Values {
			p.Values[i] += .3 * rng.NormFloat64()
		}
		models = append(models, p)
	}
	return people, models
}

// Stimuli that were picked by their residuals in some people are no finding:
// in the same people they differ by much, which is refused, and by nothing in
// others, if the network is right.
func TestWinnersCurse(t *testing.T) {
	w := world{People: 16, Stimuli: 60, Noise: 1.3, Alike: 1}
	test := mismatch.Test{Draws: 200, Permutations: 100}
	var same, other int
	for k := range 60 {
		people, network := w.draw(t, uint64(k))
		r := must(mismatch.New(people[:8], tp(network)))(t)
		c := must(r.Extremes(8))(t)
		if _, err := test.Compare(ctx, people[:8], tp(network), c); err == nil {
			t.Fatal("double dipping was not refused")
		}
		c.FoundOn.AllowCircular = true
		if must(test.Compare(ctx, people[:8], tp(network), c))(t)[0].P <= .05 {
			same++
		}
		c.FoundOn.AllowCircular = false
		if got := must(test.Compare(ctx, people[8:], tp(network), c))(t)[0]; got.Mismatch.P <= .05 {
			other++
		}
	}
	t.Logf("extremes of a perfect network: P ≤ .05 in %d of 60 on the same people, in %d on others", same, other)
	if same < 57 || other > 8 {
		t.Errorf("extremes of a perfect network differ in %d of 60 on the same people, in %d on others", same, other)
	}
}

// Of stimuli on which a network is right, few are called wrong; those on which
// all networks are wrong are found.
func TestItems(t *testing.T) {
	w := world{People: 8, Stimuli: 100, Noise: 1, Alike: 1}
	any := 0
	for k := range 100 {
		people, network := w.draw(t, uint64(k))
		if slices.ContainsFunc(must(mismatch.New(people, tp(network)))(t).Ranked(), func(x mismatch.Item) bool { return x.Q < .05 }) {
			any++
		}
	}
	t.Logf("a perfect network is called wrong on some stimulus in %d of 100 worlds", any)
	if any > 12 { // nominal: 5
		t.Errorf("a perfect network is called wrong on some stimulus in %d of 100 worlds", any)
	}

	people, models := w.several(t, 5, 4)
	for _, m := range models {
		m.Values[17] += 6
		m.Values[60] -= 6
	}
	models[0].Values[30] += 6
	wrong := must(mismatch.New(people, models))(t).AllWrong()
	var ids []string
	for _, x := range wrong {
		ids = append(ids, x.ID)
		if x.Wrong != 4 || x.SamePeople < 7 {
			t.Errorf("%+v", x)
		}
	}
	slices.Sort(ids)
	if len(ids) < 2 || !slices.Contains(ids, "test/017") || !slices.Contains(ids, "test/060") || slices.Contains(ids, "test/030") {
		t.Errorf("all networks are wrong on %v", ids)
	}
}

// Explain has uniform p-values on properties that explain nothing, finds the
// one that does, and names twins.
func TestExplain(t *testing.T) {
	w := world{People: 6, Stimuli: 60, Noise: 1, Alike: .8, Network: 2}
	people, network := w.draw(t, 1)
	r := must(mismatch.New(people, tp(network)))(t)
	rng := rand.New(rand.NewPCG(3, 4))
	var ps []mismatch.Property
	for k := range 300 {
		ps = append(ps, property(r.Stimuli, fmt.Sprint(k), func(int) float64 { return rng.NormFloat64() }))
	}
	var p []float64
	for _, x := range must(mismatch.Test{Permutations: 400}.Explain(ctx, r, ps...))(t) {
		p = append(p, x.P)
	}
	if d := kolmogorov(p); d > 1.63/17.3 {
		t.Errorf("p of random properties is not uniform: D = %.3f", d)
	}
	human := property(r.Stimuli, "human", func(i int) float64 {
		if i < 30 {
			return 1
		}
		return 0
	})
	twin := property(r.Stimuli, "twin", func(i int) float64 { return 3 - 2*human.Values[r.Stimuli.At(i).ID] + .01*float64(i%3) })
	got := must(mismatch.Test{}.Explain(ctx, r, append(ps[:8:8], human, twin)...))(t)
	if got[0].Property != "human" && got[0].Property != "twin" || got[0].Q > .001 || len(got[0].Warnings) != 1 || got[2].Q < .05 {
		t.Errorf("explained: %+v", got[:3])
	}
	// In a 0/1 property of both groups the slope is the contrast.
	c := must(mismatch.Test{Draws: 20, Permutations: 20}.Compare(ctx, people, tp(network), animals))(t)[0]
	i := slices.IndexFunc(got, func(x mismatch.Explained) bool { return x.Property == "human" })
	if d := got[i].Slope - c.Mismatch.Value; d > 1e-12 || d < -1e-12 {
		t.Errorf("slope %v, contrast %v", got[i].Slope, c.Mismatch.Value)
	}
}

func property(s analysis.Stimuli, name string, f func(i int) float64) mismatch.Property {
	p := mismatch.Property{Name: name, Values: map[string]float64{}}
	for i := range s.Len() {
		p.Values[s.At(i).ID] = f(i)
	}
	return p
}
