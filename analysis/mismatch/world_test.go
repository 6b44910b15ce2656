package mismatch_test

import (
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

// regions shows one set of stimuli to localize face, body and scene regions,
// and another to measure their profiles.
func regions(t *testing.T, w simulate.World) (people map[string][]*tuning.Profile, network map[string]*tuning.Profile) {
	t.Helper()
	loc, images := must(w.Stimuli("localizer", 40))(t), must(w.Stimuli("images", 40))(t)
	people, network = map[string][]*tuning.Profile{}, map[string]*tuning.Profile{}
	people1, people2 := must(w.Respond(loc))(t), must(w.Respond(images))(t)
	net1, net2 := must(w.Network(loc))(t), must(w.Network(images))(t)
	for region, category := range map[string]string{"FFA": "face", "EBA": "body", "PPA": "scene"} {
		c := analysis.Contrast{Name: region, Prefer: []string{category}}
		profile := func(loc, images *analysis.Responses) *tuning.Profile {
			f := must(localizer.TTest{MinT: 4}.Localize(loc, c))(t)
			return must(tuning.New(must(images.Within(f))(t)))(t)
		}
		for k := range people1 {
			people[region] = append(people[region], profile(people1[k], people2[k]))
		}
		network[region] = profile(net1, net2)
	}
	return people, network
}

// The published findings, planted: from localizer to verdict. Where network and
// people prefer the same, none is found.
func TestWorld(t *testing.T) {
	groups := [3][2]string{{"human", "animal"}, {"bare", "covered"}, {"empty", "people"}}
	var planted, null [3]map[mismatch.Verdict]int
	const worlds = 12
	for seed := range uint64(worlds) {
		for _, c := range []struct {
			preferences []simulate.Preference
			verdicts    *[3]map[mismatch.Verdict]int
		}{
			{[]simulate.Preference{{Group: "face", Subcategory: "human", Network: 1.5}, {Group: "body", Subcategory: "bare", Network: 1.5}, {Group: "scene", Subcategory: "empty", People: 1.5}}, &planted},
			{[]simulate.Preference{{Group: "scene", Subcategory: "empty", People: 1.5, Network: 1.5}}, &null},
		} {
			w := simulate.World{Seed: seed, Units: 12, OtherUnits: 12, Voxels: 12, OtherVoxels: 12, Noise: 3, Preferences: c.preferences}
			people, network := regions(t, w)
			var qs []mismatch.Question
			for k, d := range mismatch.Published() {
				qs = append(qs, mismatch.Question{Definition: d, People: people[d.Region],
					Contrast: mismatch.Contrast{A: mismatch.Group{Categories: []string{groups[k][0]}}, B: mismatch.Group{Categories: []string{groups[k][1]}}}})
			}
			b := must(mismatch.Test{Draws: 200, Permutations: 200}.Battery(ctx, "published", qs...))(t)
			for k, l := range must(b.Report(ctx, "net", network))(t).Lines {
				if c.verdicts[k] == nil {
					c.verdicts[k] = map[mismatch.Verdict]int{}
				}
				c.verdicts[k][l.Verdict]++
			}
		}
	}
	t.Logf("planted: %v; none planted: %v", planted, null)
	for k, want := range [3]mismatch.Verdict{mismatch.TooStrong, mismatch.TooStrong, mismatch.TooWeak} {
		if planted[k][want] < worlds-1 {
			t.Errorf("%s: planted in %d worlds: %v, want %v", mismatch.Published()[k].Name, worlds, planted[k], want)
		}
		if n := null[k][mismatch.Matches] + null[k][mismatch.Undecided]; n < worlds-1 {
			t.Errorf("%s: none planted in %d worlds: %v", mismatch.Published()[k].Name, worlds, null[k])
		}
	}
}
