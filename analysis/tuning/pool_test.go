package tuning_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/tuning"
)

func TestPool(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "d"}, {ID: "c"}, {ID: "b"}, {ID: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	people := []*tuning.Profile{
		{Source: "S1", Stimuli: s, Values: []float64{0, 1, 2, 5}, Channels: 3, Warnings: []error{errors.New("doubt")}},
		{Source: "S2", Stimuli: back, Values: []float64{100, 300, 300, 100}, Channels: 4},
	}
	flat := &tuning.Profile{Source: "flat", Stimuli: s, Values: []float64{2, 2, 2, 2}, Channels: 1}
	z := math.Sqrt(14.0 / 4)
	rms := []float64{math.Sqrt(30.0 / 4), math.Sqrt(200000.0 / 4)}
	plain := &analysis.Measure{Name: "plain"}
	for _, c := range []struct {
		m    *analysis.Measure
		want []float64
	}{
		{analysis.Spearman, []float64{1.25, 2.75, 3.25, 2.75}},
		{analysis.TauA, []float64{1.25, 2.75, 3.25, 2.75}},
		{analysis.Pearson, []float64{(-2/z - 1) / 2, (-1/z + 1) / 2, .5, (3/z - 1) / 2}},
		{analysis.Cosine, []float64{100 / rms[1] / 2, (1/rms[0] + 300/rms[1]) / 2, (2/rms[0] + 300/rms[1]) / 2, (5/rms[0] + 100/rms[1]) / 2}},
		{plain, []float64{50, 150.5, 151, 52.5}},
	} {
		got, err := tuning.Pool(c.m)(people)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got.Values, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-14 }) ||
			!got.Stimuli.Same(s) || got.Source != "mean of 2" || got.Channels != 7 || len(got.Warnings) != 1 {
			t.Errorf("%s: %+v, want %v", c.m.Name, got, c.want)
		}
		if people[1].Values[1] != 300 {
			t.Error("a person was changed")
		}
	}
	for want, call := range map[string]func() error{
		"no profiles to pool": func() error { _, err := tuning.Pool(analysis.Pearson)(nil); return err },
		`the profile of "flat" cannot be pooled for Pearson r: constant values`: func() error {
			_, err := tuning.Pool(analysis.Pearson)([]*tuning.Profile{people[0], flat})
			return err
		},
		"d": func() error {
			three, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}})
			if err != nil {
				return err
			}
			_, err = tuning.Pool(analysis.TauB)([]*tuning.Profile{people[0], {Source: "S3", Stimuli: three, Values: []float64{1, 2, 3}}})
			var alignment *analysis.AlignmentError
			if !errors.As(err, &alignment) {
				t.Errorf("other stimuli: %v", err)
			}
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// The mean that suits a measure: no other reaches Hi, in any of many tries.
func TestPoolIsBest(t *testing.T) {
	ids := make([]analysis.Stimulus, 12)
	for i := range ids {
		ids[i].ID = string(rune('a' + i))
	}
	s, err := analysis.NewStimuli(ids)
	if err != nil {
		t.Fatal(err)
	}
	people := make([]*tuning.Profile, 5)
	state := uint64(1)
	next := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>40)/(1<<24) - .5
	}
	for k := range people {
		people[k] = &tuning.Profile{Source: string(rune('A' + k)), Stimuli: s, Values: make([]float64, 12), Channels: 1}
		for i := range people[k].Values {
			people[k].Values[i] = math.Pow(4, float64(k)) * (1 + float64(i%4) + 2*next()) // people of very different variance
		}
	}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine} {
		top, err := ceiling.LeaveOneOut(people, tuning.Pool(m), tuning.Compare(m))
		if err != nil {
			t.Fatal(err)
		}
		best, err := tuning.Pool(m)(people)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			model := *best
			model.Values = slices.Clone(best.Values)
			for i := range model.Values {
				model.Values[i] *= 1 + .3*next()
			}
			got, err := ceiling.Against(&model, people, tuning.Compare(m))
			if err != nil || got.Value > top.Hi+1e-12 {
				t.Errorf("%s: a model reaches %v, %v, beyond %v", m.Name, got.Value, err, top.Hi)
			}
		}
	}
}

// A mean tells whose it is, whatever is done to it and whatever it is called.
func TestSources(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	one := func(name string) *tuning.Profile {
		return &tuning.Profile{Source: name, Stimuli: s, Values: []float64{1, 2, 4}}
	}
	for name, mean := range map[string]func(...*tuning.Profile) *tuning.Profile{
		"Mean": func(ps ...*tuning.Profile) *tuning.Profile { p, _ := tuning.Mean(ps); return p },
		"Pool": func(ps ...*tuning.Profile) *tuning.Profile { p, _ := tuning.Pool(analysis.Pearson)(ps); return p },
	} {
		sessions := mean(one("S1 a"), one("S1 b"))
		renamed := *sessions
		renamed.Source = "S1"
		nested := mean(mean(&renamed, one("S2")), mean(one("S3"), one("S2")))
		on, _ := nested.On(s)
		z, _ := on.ZScored()
		for _, c := range []struct {
			p       *tuning.Profile
			sources []string
			origins []string
		}{
			{one("S1"), nil, []string{"S1"}},
			{sessions, []string{"S1 a", "S1 b"}, []string{"S1 a", "S1 b"}},
			{&renamed, []string{"S1 a", "S1 b"}, []string{"S1", "S1 a", "S1 b"}},
			{z, []string{"S1", "S1 a", "S1 b", "S2", "S3"}, []string{"S1", "S1 a", "S1 b", "S2", "S3"}},
		} {
			if !slices.Equal(c.p.Sources, c.sources) || !slices.Equal(c.p.Origins(), c.origins) {
				t.Errorf("%s: %q is of %q, goes by %q; want %q and %q", name, c.p.Source, c.p.Sources, c.p.Origins(), c.sources, c.origins)
			}
		}
	}
}
