package mismatch_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

var values = cmp.Options{nearly, cmpopts.IgnoreFields(mismatch.Result{}, "Warnings")}

// a world for laws, with stimuli that are in neither group.
var some = world{People: 6, Stimuli: 18, More: 9, Noise: 1, Slope: .3, Alike: .7, Effect: .3, Network: 1.2}

func compare(t *testing.T, people []*tuning.Profile, c mismatch.Contrast, models ...*tuning.Profile) mismatch.Result {
	t.Helper()
	return must(mismatch.Test{Draws: 100, Permutations: 500, Seed: 5}.Compare(context.Background(), people, models, c))(t)[0]
}

// moved returns the profile with its stimuli in another order.
func moved(t *testing.T, p *tuning.Profile) *tuning.Profile {
	t.Helper()
	items := make([]analysis.Stimulus, p.Stimuli.Len())
	for i := range items {
		items[i] = p.Stimuli.At((5*i + 3) % len(items))
	}
	return must(p.On(must(analysis.NewStimuli(items))(t)))(t)
}

func scaled(p *tuning.Profile, a, b float64) *tuning.Profile {
	q := *p
	q.Values = slices.Clone(p.Values)
	for i := range q.Values {
		q.Values[i] = a*q.Values[i] + b
	}
	return &q
}

func each(ps []*tuning.Profile, f func(p *tuning.Profile) *tuning.Profile) []*tuning.Profile {
	out := make([]*tuning.Profile, len(ps))
	for k, p := range ps {
		out[k] = f(p)
	}
	return out
}

func TestLaws(t *testing.T) {
	people, network := some.draw(t, 11)
	second := scaled(people[0], 1, 0)
	second.Source = "second network"
	second.Values = slices.Clone(network.Values)
	slices.Reverse(second.Values)
	base := compare(t, people, animals, network, second)
	keep := func(name string, r mismatch.Result) {
		t.Helper()
		if d := cmp.Diff(base, r, values); d != "" {
			t.Errorf("%s changes the result (-before +after):\n%s", name, d)
		}
	}
	keep("the order of stimuli", compare(t, each(people, func(p *tuning.Profile) *tuning.Profile { return moved(t, p) }), animals, moved(t, network), second))
	keep("other units", compare(t, each(people, func(p *tuning.Profile) *tuning.Profile { return scaled(p, 3e-4, .01) }), animals, scaled(network, 17, -5), second))
	people2 := slices.Clone(people)
	slices.Reverse(people2)
	r := compare(t, people2, animals, second, network)
	slices.Reverse(r.Sources.People)
	slices.Reverse(r.Sources.Models)
	keep("the order of people and networks", r)
	threads := runtime.GOMAXPROCS(1)
	keep("the number of threads", compare(t, people, animals, network, second))
	runtime.GOMAXPROCS(threads)

	// Swapping the groups flips every sign, and nothing else.
	swapped := animals
	swapped.A, swapped.B = animals.B, animals.A
	r = compare(t, people, swapped, network, second)
	flip := func(e mismatch.Effect) mismatch.Effect {
		e.Value, e.Lo, e.Hi, e.D = -e.Value, -e.Hi, -e.Lo, -e.D
		return e
	}
	negate := func(x []float64) {
		for i := range x {
			x[i] = -x[i]
		}
	}
	r.Brain, r.Model, r.Mismatch = flip(r.Brain), flip(r.Model), flip(r.Mismatch)
	negate(r.Sources.People)
	negate(r.Sources.Models)
	keep("swapping the groups, signs apart,", r)

	// So it does with groups of different size, random relabellings included.
	uneven := mismatch.Contrast{Name: "uneven", A: group(people[0].Stimuli, 0, 1, 2, 3, 4, 5, 6), B: mismatch.Group{Categories: []string{"animal"}}}
	back := uneven
	back.A, back.B = uneven.B, uneven.A
	a, b := compare(t, people, uneven, network), compare(t, people, back, network)
	if a.P != b.P || a.Exact || math.Abs(a.Mismatch.Value+b.Mismatch.Value) > 1e-14 || math.Abs(a.Mismatch.Lo+b.Mismatch.Hi) > 1e-12 {
		t.Errorf("swapped uneven groups: %v p = %v, %v p = %v", a.Mismatch, a.P, b.Mismatch, b.P)
	}
	ra := must(mismatch.Test{Seed: 5}.Replicate(context.Background(), people, tp(network, second), uneven))(t)
	rb := must(mismatch.Test{Seed: 5}.Replicate(context.Background(), each(people, func(p *tuning.Profile) *tuning.Profile { return moved(t, p) }), tp(second, network), back))(t)
	if d := cmp.Diff(ra.Held, rb.Held, nearly); d != "" || math.Abs(ra.Mismatch+rb.Mismatch) > 1e-12 {
		t.Errorf("replication of swapped groups: %s", d)
	}
}

// A network that is what people share, to a scale, has no residuals; one that
// is a person's profile has that person's.
func TestResidualLaws(t *testing.T) {
	people, network := some.draw(t, 3)
	for _, x := range must(mismatch.Rank(network, scaled(network, 4, 9)))(t) {
		if math.Abs(x.E) > 1e-12 {
			t.Errorf("%s: a network against itself in other units: %v", x.ID, x.E)
		}
	}
	ab, ba := must(mismatch.Rank(people[0], network))(t), must(mismatch.Rank(moved(t, network), people[0]))(t)
	for k := range ab {
		if k > 0 && math.Abs(ab[k].E) > math.Abs(ab[k-1].E) {
			t.Errorf("rank %d is larger than %d", k, k-1)
		}
		if ab[k].ID != ba[k].ID || math.Abs(ab[k].E+ba[k].E) > 1e-12 {
			t.Errorf("rank %d: %s %v, the other way round %s %v", k, ab[k].ID, ab[k].E, ba[k].ID, ba[k].E)
		}
	}
	r := must(mismatch.New(people, tp(network)))(t)
	if d := cmp.Diff(must(mismatch.New(each(people, func(p *tuning.Profile) *tuning.Profile { return scaled(p, 2, 1) }), tp(moved(t, network))))(t).Mean(), r.Mean(), nearly); d != "" {
		t.Error("residuals after other units and another order:", d)
	}
	mean, square := 0., 0.
	for _, e := range r.Mean() {
		mean += e
	}
	for _, z := range r.Model[0] {
		square += z * z / float64(len(r.Model[0]))
	}
	if math.Abs(mean) > 1e-12 || math.Abs(square-1) > 1e-12 {
		t.Errorf("residuals sum to %v, the network has variance %v", mean, square)
	}
}

// Without the correction for noise, a network that is exactly what people
// share looks too strong. With it, it does not.
func TestCorrection(t *testing.T) {
	w := world{People: 10, Stimuli: 60, Noise: 1.5, Alike: 1, Effect: 1.5, Network: 1.5}
	var with, without int
	const cohorts = 200
	for k := range cohorts {
		people, network := w.draw(t, uint64(k))
		for _, c := range []struct {
			raw   bool
			count *int
		}{{false, &with}, {true, &without}} {
			r := must(mismatch.Test{Draws: 100, Permutations: 1, Seed: uint64(k), Uncorrected: c.raw}.Compare(context.Background(), people, tp(network), animals))(t)[0]
			if r.Mismatch.Lo > 0 {
				*c.count++
			}
		}
	}
	if with > cohorts*6/100 || without < cohorts*9/10 {
		t.Errorf("a perfect network is too strong in %d of %d cohorts with the correction, %d without", with, cohorts, without)
	}
}

// The reference route: a contrast's draws by explicit copies of people and
// stimuli is checked in Python; here, that many equal seeds of a network are
// one network.
func TestSeveralNetworks(t *testing.T) {
	people, network := some.draw(t, 9)
	one := compare(t, people, animals, network)
	var same []*tuning.Profile
	for k := range 4 {
		p := scaled(network, float64(k+1), 0)
		p.Source = fmt.Sprint("net", k)
		same = append(same, p)
	}
	four := compare(t, people, animals, same...)
	four.Models, four.Sources.Models = 1, four.Sources.Models[:1]
	if math.Abs(four.Mismatch.Value-one.Mismatch.Value) > 1e-12 || math.Abs(four.Mismatch.SE/one.Mismatch.SE-1) > .2 {
		t.Errorf("four times the same network: %v, once: %v", four.Mismatch, one.Mismatch)
	}
}

func TestPure(t *testing.T) {
	people, network := some.draw(t, 1)
	before := each(append(slices.Clone(people), network), func(p *tuning.Profile) *tuning.Profile { return scaled(p, 1, 0) })
	compare(t, people, animals, network)
	r := must(mismatch.New(people, tp(network)))(t)
	r.Ranked()
	must(mismatch.Test{}.Replicate(context.Background(), people, tp(network), animals))(t)
	for k, p := range append(slices.Clone(people), network) {
		if d := cmp.Diff(before[k].Values, p.Values); d != "" {
			t.Errorf("%s was modified: %s", p.Source, d)
		}
	}
}

// The same group by IDs, by categories and by a condition is the same; with
// several conditions, all must hold.
func TestGroup(t *testing.T) {
	s := mixed(t, 6, 2)
	human := func(x analysis.Stimulus) bool { return x.Subcategory == "human" }
	for _, c := range []struct {
		g    mismatch.Group
		want []int
	}{
		{group(s, 2, 0, 1), []int{0, 1, 2}},
		{mismatch.Group{Categories: []string{"human"}}, []int{0, 1, 2}},
		{mismatch.Group{Where: human}, []int{0, 1, 2}},
		{mismatch.Group{Categories: []string{"other", "animal"}}, []int{3, 4, 5, 6, 7}},
		{mismatch.Group{Categories: []string{"face"}, Where: func(x analysis.Stimulus) bool { return !human(x) }}, []int{3, 4, 5}},
		{mismatch.Group{IDs: []string{"test/001", "test/004"}, Categories: []string{"animal"}}, []int{4}},
	} {
		if d := cmp.Diff(c.want, must(c.g.In(s))(t)); d != "" {
			t.Errorf("%+v: %s", c.g, d)
		}
	}
}
