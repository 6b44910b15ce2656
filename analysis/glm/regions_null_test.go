package glm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// TestRegionsOfNothing finds regions in people who answer nothing, in noise
// that is correlated in time. What the regions answer to what they are said to
// prefer, less what they answer to the rest, is nothing either, within its
// Monte Carlo error: one z of people's means, which are independent. Where voxels
// are chosen the same difference is far from it.
func TestRegionsOfNothing(t *testing.T) {
	const people, voxels = 24, 200
	c := timing{"blocks of 10 s", 4, 100, 2, 10, 5}
	contrasts := []analysis.Contrast{{Name: "faces", Prefer: []string{"face"}}, {Name: "houses", Prefer: []string{"house"}}}
	var results []*glm.Result
	rng := rand.New(rand.NewPCG(11, 12))
	for p := range people {
		r, err := glm.FirstLevel{}.Fit(t.Context(), fmt.Sprint("P", p), c.null(noise{.5, 1}, voxels, rng)...)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	for _, way := range []glm.Reading{glm.BothWays, glm.EachRun} {
		for _, rule := range []glm.Overlap{glm.Shared, glm.Strongest, glm.Neither} {
			found := find(t, glm.Regions{Localizer: glm.Localizer{MinT: 1.5}, Contrasts: contrasts, Overlap: rule, Reading: way}, results...)
			of := map[string][]float64{} // by person
			for _, x := range found.Cohort.Recordings() {
				if x.Absent {
					continue
				}
				mean := map[string]float64{}
				for i := range x.Answer.Stimuli().Len() {
					mean[x.Answer.Stimuli().IDs()[i]] = stat.Mean(x.Answer.Row(i), nil)
				}
				prefer := map[string]string{"faces": "face", "houses": "house"}[x.Region]
				d := mean[prefer]
				for id, v := range mean {
					if id != prefer {
						d -= v / float64(len(mean)-1)
					}
				}
				of[x.Person] = append(of[x.Person], d)
			}
			var each []float64
			for _, d := range of {
				each = append(each, stat.Mean(d, nil))
			}
			mean, sd := stat.MeanStdDev(each, nil)
			z := mean / (sd / math.Sqrt(float64(len(each))))
			t.Logf("%v, %v: %.5f ± %.5f, z = %.2f, of %d people", way, rule, mean, sd/math.Sqrt(float64(len(each))), z, len(each))
			if math.Abs(z) > 3.5 || len(each) != people {
				t.Errorf("%v, %v: z = %.2f of %d people: what chose voxels was read", way, rule, z, len(each))
			}
		}
	}
	// The same in the runs that choose, by hand.
	var each []float64
	for _, r := range results {
		f, err := glm.Localizer{MinT: 1.5}.Localize(r, contrasts[0])
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Contrast(contrasts[0])
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for _, j := range f.Channels() {
			sum += d.Effect[j]
		}
		each = append(each, sum/float64(len(f.Channels())))
	}
	mean, sd := stat.MeanStdDev(each, nil)
	if z := mean / (sd / math.Sqrt(people)); z < 20 {
		t.Errorf("double dipping makes z = %.1f: the test would not see it", z)
	}
}
