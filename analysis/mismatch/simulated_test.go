package mismatch_test

import (
	"testing"

	"fusiform/analysis/mismatch"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

// People who look at pictures, voxel by voxel, and a network that answers as
// all of them have in common, or likes the first half of the faces more: the
// first is not held to differ, the second by what was planted.
func TestCohort(t *testing.T) {
	pictures := must(simulate.Drawings{PerCategory: 16}.Stimuli())(t)
	var first, second mismatch.Group
	for i := range pictures.Len() {
		if s := pictures.At(i); s.Category == "face" {
			g := &first
			if len(first.IDs) == 8 {
				g = &second
			}
			g.IDs = append(g.IDs, s.ID)
		}
	}
	contrast := mismatch.Contrast{Name: "first faces", A: first, B: second}
	test := mismatch.Test{Draws: 200, Permutations: 200}
	const cohorts = 6
	var alarms, found, covered int
	for seed := range uint64(cohorts) {
		cohort := simulate.Cohort{Seed: seed, Others: 1, Voxels: 20}
		responses, truth := must(cohort.Respond(pictures))(t), must(cohort.Truth(pictures))(t)
		people := make([]*tuning.Profile, len(responses))
		for k, r := range responses {
			var faces []int
			for v, in := range truth[k].Planted("face") {
				if in {
					faces = append(faces, v)
				}
			}
			people[k] = must(tuning.New(must(r.Columns(r.Source(), faces))(t)))(t)
		}
		common := profile("common", pictures, truth[0].Shared["face"]...)
		likes := profile("likes", pictures, truth[0].Shared["face"]...)
		likes.Values = append([]float64(nil), likes.Values...)
		for _, id := range first.IDs {
			i, _ := pictures.Index(id)
			likes.Values[i] += 1
		}
		one := func(n *tuning.Profile) mismatch.Result {
			return must(test.Compare(ctx, people, tp(n), contrast))(t)[0]
		}
		null, planted := one(common), one(likes)
		if null.Mismatch.P <= .05 {
			alarms++
		}
		if planted.Mismatch.P <= .05 && planted.P <= .05 {
			found++
		}
		// What was planted, in standard deviations.
		z, zc := must(likes.ZScored())(t), must(common.ZScored())(t)
		if want := effect(t, z, first, second) - effect(t, zc, first, second); planted.Mismatch.Lo <= want && want <= planted.Mismatch.Hi {
			covered++
		}
	}
	t.Logf("the common profile differs in %d of %d cohorts; one that likes some faces in %d, and the interval holds how much in %d", alarms, cohorts, found, covered)
	if alarms > 1 || found < cohorts-1 || covered < cohorts-2 {
		t.Errorf("the common profile differs in %d of %d cohorts; one that likes some faces in %d, and the interval holds how much in %d", alarms, cohorts, found, covered)
	}
}

func effect(t testing.TB, p *tuning.Profile, a, b mismatch.Group) float64 {
	mean := func(g mismatch.Group) float64 {
		m := 0.0
		for _, i := range must(g.In(p.Stimuli))(t) {
			m += p.Values[i] / float64(len(g.IDs))
		}
		return m
	}
	return mean(a) - mean(b)
}
