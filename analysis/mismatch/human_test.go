package mismatch_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"fusiform/analysis/dataset"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
	"fusiform/internal/realdata"
)

// within are the comparisons within a category that the ten conditions of
// fLoc allow: one condition against one.
func within() []mismatch.Contrast {
	of := func(name, a, b string) mismatch.Contrast {
		return mismatch.Contrast{Name: name, A: mismatch.Group{Name: a, IDs: []string{"floc/" + a}}, B: mismatch.Group{Name: b, IDs: []string{"floc/" + b}}}
	}
	return []mismatch.Contrast{of("faces", "adult_faces", "child_faces"), of("bodies", "bodies", "limbs"), of("objects", "cars", "guitars"),
		of("scenes", "corridors", "houses"), of("characters", "words", "numbers")}
}

// Half of the people in the place of the network: there is no mismatch to be
// found, and 5 in 100 are.
func TestPeopleAgainstPeople(t *testing.T) {
	path := realdata.Folder(t, "brain/vpnl_toonCat_floc_profiles")
	table := must(dataset.VPNLProfiles(filepath.Join(path, "floc_roi_mean_t.csv")))(t)
	rng := rand.New(rand.NewPCG(1, 2))
	tests, alarms, flagged, undecided, verdicts := 0, 0, 0, 0, 0
	for _, region := range []struct{ hemi, roi string }{{"rh", "pFus_faces"}, {"lh", "pFus_faces"}, {"rh", "OTS_bodies"}, {"rh", "CoS_places"}, {"lh", "pOTS_words"}} {
		people := must(tuning.All(must(table.People(region.hemi, region.roi))(t)))(t)
		for range 60 {
			rng.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
			half := len(people) / 2
			test := mismatch.Test{Draws: 200, Permutations: 1, NoisyModels: true, Seed: rng.Uint64()}
			for _, r := range must(test.Compare(ctx, people[:half], people[half:], within()...))(t) {
				tests++
				if r.Mismatch.P <= .05 {
					alarms++
				}
				if r.Q <= .05 {
					flagged++
				}
			}
		}
		// The mean of the other half as if it were a network.
		for range 10 {
			rng.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
			half := len(people) / 2
			var qs []mismatch.Question
			for _, c := range within() {
				qs = append(qs, mismatch.Question{Definition: mismatch.Definition{Name: c.Name, Region: "R", A: c.A.Name, B: c.B.Name}, People: people[:half], Contrast: c})
			}
			b := must(mismatch.Test{Draws: 200, Permutations: 10}.Battery(ctx, "fLoc", qs...))(t)
			r := must(b.Report(ctx, "the others", map[string]*tuning.Profile{"R": must(tuning.Mean(people[half:]))(t)}))(t)
			for _, l := range r.Lines {
				verdicts++
				switch l.Verdict {
				case mismatch.Matches:
				case mismatch.Undecided:
					undecided++
				default:
					t.Errorf("%s %s, half of the people against the other: %s %v (mismatch %v, band %.2f)", region.hemi, region.roi, l.Entry, l.Verdict, l.Mismatch, l.Band)
				}
			}
		}
	}
	t.Logf("half of the people against the other half: P ≤ .05 in %d of %d comparisons, Q ≤ .05 in %d; of %d verdicts %d are matches and %d undecided",
		alarms, tests, flagged, verdicts, verdicts-undecided, undecided)
	if share := float64(alarms) / float64(tests); share < .01 || share > .08 {
		t.Errorf("P ≤ .05 in %.3f of comparisons in which there is no mismatch", share)
	}
}

// The same with a preference planted in the other half: they answer adult
// faces by one more standard deviation than child faces.
func TestPlantedInPeople(t *testing.T) {
	path := realdata.Folder(t, "brain/vpnl_toonCat_floc_profiles")
	table := must(dataset.VPNLProfiles(path))(t)
	people := must(tuning.All(must(table.People("rh", "pFus_faces"))(t)))(t)
	half := len(people) / 2
	planted := each(people[half:], func(p *tuning.Profile) *tuning.Profile {
		z := must(p.ZScored())(t)
		i, _ := z.Stimuli.Index("floc/adult_faces")
		j, _ := z.Stimuli.Index("floc/child_faces")
		z.Values[i] += .5
		z.Values[j] -= .5
		return z
	})
	r := must(mismatch.Test{NoisyModels: true}.Compare(ctx, people[:half], planted, within()...))(t)
	t.Logf("planted 1 SD in half of %d people: mismatch %v, q = %.2g", len(people), r[0].Mismatch, r[0].Q)
	if e := r[0].Mismatch; r[0].Q > .001 || e.Lo > 1 || e.Hi < 1 {
		t.Errorf("faces: mismatch %v, q = %v", e, r[0].Q)
	}
	for _, x := range r[1:] {
		if x.Q <= .05 {
			t.Errorf("%s: mismatch %v, q = %v, where none was planted", x.Contrast, x.Mismatch, x.Q)
		}
	}
}
