package mismatch_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// circular reports whether a warning is an ErrCircular.
func circular(warnings []error) bool {
	return slices.ContainsFunc(warnings, func(w error) bool { return errors.Is(w, analysis.ErrCircular) })
}

// named is the profile under another name.
func named(name string, p *tuning.Profile) *tuning.Profile {
	q := *p
	q.Source = name
	return &q
}

func average(t *testing.T, ps ...*tuning.Profile) *tuning.Profile {
	t.Helper()
	return must(tuning.Mean(ps))(t)
}

// What was found on people cannot be tested on their mean, nor what was found
// on a mean on one of them, whatever the mean is called.
func TestMeansAreThosePeople(t *testing.T) {
	w := some
	w.People = 8
	people, network := w.draw(t, 5)
	test := mismatch.Test{Draws: 40, Permutations: 40}
	first, second := average(t, people[:4]...), average(t, people[4:]...)
	if first.Source != second.Source {
		t.Fatal("the means have names that differ")
	}
	net2, net3 := named("net2", network), named("net3", network)
	nets := average(t, network, net2)
	for _, c := range []struct {
		name                 string
		onPeople, people     []*tuning.Profile
		onNetworks, networks []*tuning.Profile
		refused, warned      string
	}{
		{name: "mean of the seen", onPeople: people[:4], people: tp(first), refused: "the one person (S1, S2 and 2 more)"},
		{name: "renamed mean of the seen", onPeople: people[:4], people: tp(named("crowd", first), people[5]), refused: "1 of the 2 people (S1,"},
		{name: "one of a mean", onPeople: tp(first), people: people[3:], refused: "1 of the 5 people (S4)"},
		{name: "a mean on itself", onPeople: tp(first), people: tp(first), refused: "the one person"},
		{name: "others' mean of the same name", onPeople: tp(first), people: tp(second)},
		{name: "others' mean", onPeople: people[:4], people: tp(second)},
		{name: "mean of networks", onPeople: people[:4], people: people[4:], onNetworks: tp(network), networks: tp(nets), warned: "(network)"},
		{name: "network of a mean", onPeople: people[:4], people: people[4:], onNetworks: tp(nets), networks: tp(net2), warned: "(net2)"},
		{name: "another network", onPeople: people[:4], people: people[4:], onNetworks: tp(nets), networks: tp(net3)},
	} {
		if c.onNetworks == nil {
			c.onNetworks, c.networks = tp(network), tp(net3)
		}
		found := animals.FoundBy(must(mismatch.New(c.onPeople, c.onNetworks))(t))
		rs, err := test.Compare(ctx, c.people, c.networks, found)
		_, err2 := test.Replicate(ctx, c.people, c.networks, found)
		if c.refused != "" {
			for _, err := range []error{err, err2} {
				if !errors.Is(err, analysis.ErrCircular) || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%s: %v does not say %q", c.name, err, c.refused)
				}
			}
			continue
		}
		if err != nil || err2 != nil {
			t.Errorf("%s: %v, %v", c.name, err, err2)
			continue
		}
		text := ""
		for _, w := range rs[0].Warnings {
			text += w.Error() + "\n"
		}
		if circular(rs[0].Warnings) != (c.warned != "") || !strings.Contains(text, c.warned) {
			t.Errorf("%s: warnings %q, want %q", c.name, text, c.warned)
		}
	}

	// A mean stands on both sides, or twice, where one of its sources does.
	for says, call := range map[string]func() error{
		`"S1" (in "mean of 4") stands on both sides`: func() error { _, err := mismatch.New(people, tp(first)); return err },
		`"S1" stands on both sides`:                  func() error { _, err := mismatch.New(tp(first), tp(people[0])); return err },
		`"S4" stands twice among the people`:         func() error { _, err := mismatch.New(tp(first, people[3]), tp(network)); return err },
		`"mean of 4" stands twice`:                   func() error { _, err := mismatch.New(tp(first, second), tp(network)); return err },
		`"net2" (in "mean of 2") stands twice`:       func() error { _, err := mismatch.New(people, tp(net2, nets)); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

// A battery remembers the networks that suggested it, in the file too, and
// says so of them, by any of their names; and it passes on its own doubts.
func TestFoundWith(t *testing.T) {
	w := some
	w.People = 8
	people, network := w.draw(t, 6)
	network = named("net faces", network)
	c := must(must(mismatch.New(people[:4], tp(network)))(t).Extremes(6))(t)
	test := mismatch.Test{Draws: 60, Permutations: 60}
	question := mismatch.Question{Definition: mismatch.Published()[0], People: people[4:], Contrast: c}
	b := must(test.Battery(ctx, "b", question))(t)
	if !slices.Equal(b.Entries[0].FoundWith, []string{"net faces"}) {
		t.Fatalf("found with %q", b.Entries[0].FoundWith)
	}
	b.Entries[0].Warnings = append(b.Entries[0].Warnings, "the scanner was old")
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		t.Fatal(err)
	}
	b = must(mismatch.Read(&file))(t)
	for _, x := range []struct {
		name    string
		profile *tuning.Profile
		want    bool
	}{
		{"net", network, true},
		{"net faces", named("units", network), true},
		{"ensemble", average(t, network, named("other", network)), true},
		{"net", named("other", network), false},
	} {
		l := must(b.Report(ctx, x.name, ffa(x.profile)))(t).Lines[0]
		if circular(l.Warnings) != x.want {
			t.Errorf("%s of %q: circular is not %v: %v", x.name, x.profile.Source, x.want, l.Warnings)
		}
		texts := map[string]int{}
		for _, w := range l.Warnings {
			texts[w.Error()]++
		}
		for _, w := range b.Entries[0].Warnings {
			if texts[w] != 1 {
				t.Errorf("the line says %d times: %s", texts[w], w)
			}
		}
	}

	// On other stimuli than it was found on, a contrast is as good as planned.
	elsewhere := *question.Contrast.FoundOn
	elsewhere.Stimuli = stimuliNamed(t, "elsewhere/", 5)
	question.Contrast.FoundOn = &elsewhere
	if got := must(test.Battery(ctx, "b", question))(t).Entries[0].FoundWith; len(got) != 0 {
		t.Errorf("found on other stimuli, with %q", got)
	}
	// Nobody can forget what it was found on.
	question.Contrast, question.People = c, people[:4]
	if _, err := test.Battery(ctx, "b", question); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the people who were looked at: %v", err)
	}
	// A person of the battery is in no network.
	if _, err := b.Report(ctx, "net", ffa(average(t, people[5], network))); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("a mean that a person of the battery is in: %v", err)
	}
}

// Of two stimuli nothing can be said; of fewer than ten, with a warning.
func TestFewStimuli(t *testing.T) {
	test := mismatch.Test{Draws: 40, Permutations: 40}
	sided := func(n int) (people []*tuning.Profile, network *tuning.Profile) {
		s := stimuli(t, n)
		v := []float64{1, 5, 2, 7, 3, 3, 8, 1, 0, 9, 4}[:n]
		w := slices.Clone(v)
		w[0] += .5
		return tp(profile("S1", s, v...), profile("S2", s, w...)), profile("net", s, v...)
	}
	people, network := sided(2)
	q := mismatch.Question{Definition: mismatch.Published()[0], People: people, Contrast: animals}
	for name, call := range map[string]func() error{
		"New":       func() error { _, err := mismatch.New(people, tp(network)); return err },
		"Rank":      func() error { _, err := mismatch.Rank(people[0], network); return err },
		"Compare":   func() error { _, err := test.Compare(ctx, people, tp(network), animals); return err },
		"Replicate": func() error { _, err := test.Replicate(ctx, people, tp(network), animals); return err },
		"Battery":   func() error { _, err := test.Battery(ctx, "b", q); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "mismatch: 2 stimuli") {
			t.Errorf("%s of two stimuli: %v", name, err)
		}
	}
	for n, want := range map[int]bool{3: true, 9: true, 10: false} {
		people, network := sided(n)
		warned := func(ws []error) bool {
			return slices.ContainsFunc(ws, func(w error) bool { return strings.Contains(w.Error(), "stimuli are too few") })
		}
		r := must(mismatch.New(people, tp(network)))(t)
		rs := must(test.Compare(ctx, people, tp(network), animals))(t)
		rep := must(test.Replicate(ctx, people, tp(network), animals))(t)
		for name, ws := range map[string][]error{"New": r.Warnings, "Compare": rs[0].Warnings, "Replicate": rep.Warnings} {
			if warned(ws) != want {
				t.Errorf("%s of %d stimuli: %v", name, n, ws)
			}
		}
	}
}

// A message names the package once.
func TestOnePrefix(t *testing.T) {
	people, network := some.draw(t, 2)
	s := people[0].Stimuli
	short := must(network.On(must(s.Only("face"))(t)))(t)
	b := fill(t, mismatch.Test{Draws: 20, Permutations: 20}, people)
	flat := *b
	flat.Entries = slices.Clone(b.Entries)
	flat.Entries[0].People = slices.Clone(b.Entries[0].People)
	flat.Entries[0].People[0].Values = make([]float64, s.Len())
	for name, call := range map[string]func() error{
		"missing":   func() error { _, err := mismatch.New(people, tp(short)); return err },
		"flat":      func() error { _, err := mismatch.New(people, tp(scaled(network, 0, 0))); return err },
		"report":    func() error { _, err := b.Report(ctx, "net", ffa(short)); return err },
		"file":      func() error { return flat.Write(&bytes.Buffer{}) },
		"not shown": func() error { _, err := mismatch.Group{IDs: []string{"x"}}.In(s); return err },
		"category":  func() error { _, err := mismatch.Group{Categories: []string{"x"}}.In(s); return err },
		"nobody":    func() error { _, err := mismatch.New(people[:1], nil); return err },
	} {
		err := call()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		text := err.Error()
		if !strings.HasPrefix(text, "mismatch: ") || strings.Count(text, "mismatch: ") != 1 || strings.Contains(text, "analysis: ") || strings.Contains(text, "tuning: ") || strings.Contains(text, " 1 people") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
