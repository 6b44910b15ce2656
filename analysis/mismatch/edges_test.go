package mismatch_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

var ctx = context.Background()

func TestErrors(t *testing.T) {
	people, network := some.draw(t, 2)
	s := people[0].Stimuli
	short := must(network.On(must(s.Only("face"))(t)))(t)
	flat := profile("flat", s, make([]float64, s.Len())...)
	nan := scaled(network, 1, 0)
	nan.Values[3] = math.NaN()
	other := profile("network", stimuliNamed(t, "elsewhere/", s.Len()), network.Values...)
	opposite := []*tuning.Profile{people[0], scaled(people[0], -1, 0)}
	opposite[1].Source = "S2"
	test := mismatch.Test{Draws: 20, Permutations: 50}
	contrast := func(a, b mismatch.Group) func() error {
		return func() error {
			_, err := test.Compare(ctx, people, tp(network), mismatch.Contrast{Name: "c", A: a, B: b})
			return err
		}
	}
	models := func(people []*tuning.Profile, models ...*tuning.Profile) func() error {
		return func() error { _, err := test.Compare(ctx, people, models, animals); return err }
	}
	residuals := func(people []*tuning.Profile, models ...*tuning.Profile) func() error {
		return func() error { _, err := mismatch.New(people, models); return err }
	}
	rank := func(a, b *tuning.Profile) func() error {
		return func() error { _, err := mismatch.Rank(a, b); return err }
	}
	human, animal := animals.A, animals.B
	found := animals.FoundBy(must(mismatch.New(people[:3], tp(network)))(t))
	explain := func(p ...mismatch.Property) func() error {
		return func() error {
			_, err := test.Explain(ctx, must(mismatch.New(people, tp(network)))(t), p...)
			return err
		}
	}
	one := map[string]float64{}
	for i := range s.Len() {
		one[s.At(i).ID] = 1
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	var alignment *analysis.AlignmentError
	var category *analysis.CategoryError
	for _, c := range []struct {
		name string
		call func() error
		is   error
		as   any
		says string
	}{
		{"rank missing", rank(people[0], short), nil, &alignment, "test/018"},
		{"rank more", rank(short, people[0]), nil, &alignment, "test/018"},
		{"rank flat", rank(people[0], flat), analysis.ErrConstant, nil, `"flat"`},
		{"rank NaN", rank(people[0], nan), nil, nil, `NaN for "test/003"`},
		{"rank other", rank(people[0], other), nil, &alignment, "test/000"},
		{"nobody", residuals(nil, network), nil, nil, "0 people"},
		{"no network", residuals(people), nil, nil, "0 networks"},
		{"person twice", residuals(tp(people[0], people[0]), network), nil, nil, "stands twice"},
		{"both sides", residuals(people, people[0]), analysis.ErrCircular, nil, `"S1" stands on both sides`},
		{"no agreement", residuals(opposite, network), mismatch.ErrNoAgreement, nil, "correlate by -1"},
		{"no agreement, contrast", models(opposite, network), mismatch.ErrNoAgreement, nil, "-1"},
		{"compare nobody", models(nil, network), nil, nil, "0 people"},
		{"compare flat", models(people, flat), analysis.ErrConstant, nil, "flat"},
		{"compare other set", models(people, other), nil, &alignment, "test/000"},
		{"no contrast", func() error { _, err := test.Compare(ctx, people, tp(network)); return err }, nil, nil, "no contrast"},
		{"same contrast", func() error { _, err := test.Compare(ctx, people, tp(network), animals, animals); return err }, nil, nil, "two contrasts"},
		{"draws", func() error {
			_, err := mismatch.Test{Draws: -1}.Compare(ctx, people, tp(network), animals)
			return err
		}, nil, nil, "-1 bootstrap draws"},
		{"cancelled", func() error { _, err := test.Compare(cancelled, people, tp(network), animals); return err }, context.Canceled, nil, ""},
		{"unset group", contrast(mismatch.Group{Name: "g"}, animal), nil, nil, `group "g" does not say`},
		{"unknown ID", contrast(mismatch.Group{IDs: []string{"test/000", "nowhere"}}, animal), nil, &alignment, "nowhere"},
		{"ID twice", contrast(mismatch.Group{IDs: []string{"test/000", "test/000"}}, animal), nil, nil, "twice"},
		{"unknown category", contrast(mismatch.Group{Categories: []string{"martian"}}, animal), nil, &category, "martian"},
		{"empty group", contrast(mismatch.Group{Name: "none", Where: func(analysis.Stimulus) bool { return false }}, animal), nil, nil, `"none" is empty`},
		{"overlap", contrast(human, mismatch.Group{Categories: []string{"face"}}), nil, nil, "stimuli in both groups: test/000"},
		{"nothing varies", func() error {
			_, err := test.Compare(ctx, people[:1], tp(network), mismatch.Contrast{Name: "1:1", A: group(s, 0), B: group(s, 1)})
			return err
		}, nil, nil, "no sample"},
		{"circular", func() error { _, err := test.Compare(ctx, people, tp(network), found); return err }, analysis.ErrCircular, nil, "3 of the 6 people (S1, S2 and 1 more) with 27 of the 27 stimuli"},
		{"circular replication", func() error { _, err := test.Replicate(ctx, people, tp(network), found); return err }, analysis.ErrCircular, nil, "AllowCircular"},
		{"circular battery", func() error {
			_, err := test.Battery(ctx, "b", mismatch.Question{Definition: mismatch.Published()[0], People: people, Contrast: found})
			return err
		}, analysis.ErrCircular, nil, "animal faces"},
		{"replicate nobody", func() error { _, err := test.Replicate(ctx, nil, tp(network), animals); return err }, nil, nil, "0 people"},
		{"extremes", func() error { _, err := must(mismatch.New(people, tp(network)))(t).Extremes(14); return err }, nil, nil, "14 stimuli from either end of 27"},
		{"no property", explain(), nil, nil, "no property"},
		{"constant property", explain(mismatch.Property{Name: "one", Values: one}), analysis.ErrConstant, nil, `"one"`},
		{"property missing", explain(mismatch.Property{Name: "part", Values: map[string]float64{"test/000": 1}}), nil, &alignment, "26 missing: test/001"},
		{"property NaN", explain(mismatch.Property{Name: "bad", Values: map[string]float64{"test/000": math.NaN()}}), nil, nil, "NaN"},
		{"property twice", explain(mismatch.Property{Name: "one", Values: values27(s, 1)}, mismatch.Property{Name: "one", Values: values27(s, 2)}), nil, nil, "two properties"},
		{"empty battery", func() error { _, err := test.Battery(ctx, "none"); return err }, nil, nil, "is empty"},
		{"battery of one person", func() error {
			_, err := test.Battery(ctx, "b", mismatch.Question{Definition: mismatch.Published()[0], People: people[:1], Contrast: animals})
			return err
		}, nil, nil, "at least 2"},
		{"two entries", func() error {
			q := mismatch.Question{Definition: mismatch.Published()[0], People: people, Contrast: animals}
			_, err := test.Battery(ctx, "b", q, q)
			return err
		}, nil, nil, "two entries"},
		{"uncorrected battery", func() error { _, err := mismatch.Test{Uncorrected: true}.Battery(ctx, "b"); return err }, nil, nil, "Uncorrected"},
		{"no reports", func() error { _, err := mismatch.Tallies(nil); return err }, nil, nil, "no reports"},
	} {
		err := c.call()
		switch {
		case err == nil:
			t.Errorf("%s: no error", c.name)
		case c.is != nil && !errors.Is(err, c.is):
			t.Errorf("%s: %v is not %v", c.name, err, c.is)
		case c.as != nil && !errors.As(err, c.as):
			t.Errorf("%s: %v is not a %T", c.name, err, c.as)
		case !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: %q does not say %q", c.name, err, c.says)
		case c.is != context.Canceled && !strings.HasPrefix(err.Error(), "mismatch: "):
			t.Errorf("%s: %q does not begin with the package", c.name, err)
		}
	}
}

// People who agree by chance only: too few draws have a scale.
func TestHardlyAgree(t *testing.T) {
	found := 0
	for seed := range uint64(40) {
		people, network := world{People: 3, Stimuli: 16, Noise: 4}.draw(t, seed)
		r, err := mismatch.Test{Draws: 50, Permutations: 10}.Compare(ctx, people, tp(network), animals)
		if err == nil {
			finite(t, "hardly any agreement", reflect.ValueOf(r))
			continue
		}
		if !errors.Is(err, mismatch.ErrNoAgreement) {
			t.Fatal(err)
		}
		if strings.Contains(err.Error(), "of 50 bootstrap draws have a value") {
			found++
		}
	}
	if found == 0 {
		t.Error("no world in which people agree, but few draws of them")
	}
}

func stimuliNamed(t *testing.T, prefix string, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = prefix + string(rune('a'+i))
	}
	return must(analysis.NewStimuli(items))(t)
}

// values27 gives every stimulus a number.
func values27(s analysis.Stimuli, f float64) map[string]float64 {
	v := map[string]float64{}
	for i := range s.Len() {
		v[s.At(i).ID] = math.Sin(f * float64(i))
	}
	return v
}

// Whatever can be computed is finite, and says what is doubtful.
func TestEdges(t *testing.T) {
	six := stimuli(t, 6)
	people, network := some.draw(t, 4)
	s := people[0].Stimuli
	single := mismatch.Contrast{Name: "one against many", A: group(s, 0), B: animals.B}
	pair := mismatch.Contrast{Name: "one against one", A: group(s, 0), B: group(s, 10)}
	// Ties: a network that knows two values only.
	binary := scaled(network, 0, 0)
	for i := range 9 {
		binary.Values[i] = 1
	}
	found := animals.FoundBy(must(mismatch.New(people[:3], tp(network)))(t))
	allowed := animals.FoundBy(must(mismatch.New(people, tp(network)))(t))
	allowed.FoundOn.AllowCircular = true
	for _, c := range []struct {
		name    string
		people  []*tuning.Profile
		network *tuning.Profile
		c       mismatch.Contrast
		warns   string
	}{
		{"six stimuli, two people", []*tuning.Profile{profile("S1", six, 1, 2, 5, 4, 9, 3), profile("S2", six, 3, 4, 8, 7, 20, 6)}, profile("net", six, 1, 0, 2, 1, 5, 3), animals, "2 people are too few"},
		{"few stimuli", []*tuning.Profile{profile("S1", six, 1, 2, 5, 4, 9, 3), profile("S2", six, 3, 4, 8, 7, 20, 6)}, profile("net", six, 1, 0, 2, 1, 5, 3), animals, "6 stimuli are too few"},
		{"one person", people[:1], network, animals, "one person"},
		{"one stimulus", people, network, single, "holds one stimulus"},
		{"one against one", people, network, pair, "holds one stimulus"},
		{"two people", people[:2], network, animals, "2 people"},
		{"ties", people, binary, animals, ""},
		{"other people", people[3:], network, found, "P, over stimuli, means nothing"},
		{"circular allowed", people, network, allowed, "mean nothing"},
	} {
		rs, err := mismatch.Test{Draws: 50, Permutations: 50}.Compare(ctx, c.people, tp(c.network), c.c)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		finite(t, c.name, reflect.ValueOf(rs))
		if r := rs[0]; r.Mismatch.Lo > r.Mismatch.Value || r.Mismatch.Value > r.Mismatch.Hi || r.P <= 0 || r.Q <= 0 && r.Mismatch.P != 0 {
			t.Errorf("%s: %+v", c.name, r)
		}
		var all []string
		for _, w := range rs[0].Warnings {
			all = append(all, w.Error())
		}
		if text := strings.Join(all, "\n"); !strings.Contains(text, c.warns) {
			t.Errorf("%s: warnings %q, expected %q", c.name, text, c.warns)
		}
		rep, err := mismatch.Test{Draws: 50, Permutations: 50}.Replicate(ctx, c.people, tp(c.network), c.c)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		finite(t, c.name, reflect.ValueOf(rep))
	}
	r := must(mismatch.New(people[:1], tp(network)))(t)
	finite(t, "residuals of one person", reflect.ValueOf(r.Ranked()))
	if len(r.AllWrong()) != 0 || r.Agreement != 1 || len(r.Warnings) != 1 {
		t.Errorf("one person: %d wrong, agreement %v, warnings %v", len(r.AllWrong()), r.Agreement, r.Warnings)
	}
}

// finite fails on NaN and Inf anywhere.
func finite(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			t.Errorf("%s: a value is %v", name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			finite(t, name, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			finite(t, name, v.Elem())
		}
	case reflect.Struct:
		if _, ok := v.Interface().(analysis.Stimulus); ok {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				finite(t, name, v.Field(i))
			}
		}
	}
}
