package simulate

import (
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func drawn(t testing.TB, d Drawings) analysis.Stimuli {
	t.Helper()
	s, err := d.Stimuli()
	return must(t, s, err)
}

// TestSeen compares the features of a picture with scipy's (testdata/seen.json,
// made by internal/reference/simulate.py).
func TestSeen(t *testing.T) {
	b, err := os.ReadFile("testdata/seen.json")
	var want struct{ Features []float64 }
	if err := json.Unmarshal(must(t, b, err), &want); err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			g.Pix[y*32+x] = uint8(7*x + 13*y + x*y)
		}
	}
	got, err := see(shownOnce(t, "a", "face", g))
	must(t, got, err)
	if len(want.Features) != seenFeatures {
		t.Fatalf("%d features, want %d", seenFeatures, len(want.Features))
	}
	for k, w := range want.Features {
		if e := math.Abs(got.At(0, k) - w); !(e < 1e-10) {
			t.Fatalf("feature %d is %v, want %v", k, got.At(0, k), w)
		}
	}
}

func shownOnce(t testing.TB, id, category string, img image.Image) analysis.Stimuli {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: id, Category: category, Image: func() (image.Image, error) { return img, nil }}})
	return must(t, s, err)
}

// TestPlantedVoxelsAreFound localizes on one set, as the quick start does. The
// t-test is written out here: packages beside this one are not imported.
func TestPlantedVoxelsAreFound(t *testing.T) {
	s := drawn(t, Drawings{})
	c := Cohort{}
	people, err := c.Respond(s)
	must(t, people, err)
	truth, err := c.Truth(s)
	must(t, truth, err)
	for _, group := range []string{"face", "body", "scene"} {
		var prefer, over []int
		for i := range s.Len() {
			switch s.At(i).Category {
			case group:
				prefer = append(prefer, i)
			case analysis.Scrambled:
			default:
				over = append(over, i)
			}
		}
		hits, planted, mistaken, others := 0, 0, 0, 0
		for p, r := range people {
			for v, in := range truth[p].Planted(group) {
				col := mat.Col(nil, v, r.Matrix())
				found := welch(at(col, prefer), at(col, over)) > 7
				if in {
					planted++
				} else {
					others++
				}
				switch {
				case found && in:
					hits++
				case found:
					mistaken++
				}
			}
		}
		t.Logf("%s: %d of %d planted voxels found, %d of %d others", group, hits, planted, mistaken, others)
		if float64(hits) < .9*float64(planted) {
			t.Errorf("%s: only %d of %d planted voxels pass t > 7", group, hits, planted)
		}
		if float64(mistaken) > .03*float64(others) {
			t.Errorf("%s: %d of %d other voxels pass t > 7", group, mistaken, others)
		}
	}
}

func at(x []float64, idx []int) []float64 {
	out := make([]float64, len(idx))
	for i, k := range idx {
		out[i] = x[k]
	}
	return out
}

func welch(a, b []float64) float64 {
	ma, va := stat.MeanVariance(a, nil)
	mb, vb := stat.MeanVariance(b, nil)
	return (ma - mb) / math.Sqrt(va/float64(len(a))+vb/float64(len(b)))
}

// profile returns the mean over planted voxels for each stimulus.
func profile(r *analysis.Responses, keep []bool) (mean []float64, voxels float64) {
	mean = make([]float64, r.Stimuli().Len())
	for v, k := range keep {
		if k {
			voxels++
			for i := range mean {
				mean[i] += r.Row(i)[v]
			}
		}
	}
	for i := range mean {
		mean[i] /= voxels
	}
	return mean, voxels
}

// TestPeopleAgree compares the leave-one-person-out correlation of profiles
// with what follows from the truth,
//
//	r = r(signal, others' mean signal) · √(reliability · others' reliability)
//
// where the noise of a mean over m voxels has variance Noise²/m, and checks
// that people agree about as much as in the paper.
func TestPeopleAgree(t *testing.T) {
	for _, style := range []Style{Outline, Shaded} {
		s := drawn(t, Drawings{Name: "test", Style: style, PerCategory: 40, Seed: 3})
		c := Cohort{}
		people, err := c.Respond(s)
		must(t, people, err)
		truth, err := c.Truth(s)
		must(t, truth, err)
		for _, group := range []string{"face", "body", "scene"} {
			var measured, signal [][]float64
			var noise []float64 // variance, per person
			for p, r := range people {
				m, n := profile(r, truth[p].Planted(group))
				g, _ := profile(truth[p].Signal, truth[p].Planted(group))
				measured, signal = append(measured, m), append(signal, g)
				noise = append(noise, truth[p].Noise*truth[p].Noise/n)
			}
			var got, want float64
			for p := range people {
				others, expected, rest := make([]float64, s.Len()), make([]float64, s.Len()), 0.
				for q := range people {
					if q == p {
						continue
					}
					rest += noise[q] / 49
					for i := range others {
						others[i] += measured[q][i] / 7
						expected[i] += signal[q][i] / 7
					}
				}
				reliability := func(x []float64, noise float64) float64 {
					v := stat.Variance(x, nil)
					return v / (v + noise)
				}
				got += stat.Correlation(measured[p], others, nil) / 8
				want += stat.Correlation(signal[p], expected, nil) / 8 *
					math.Sqrt(reliability(signal[p], noise[p])*reliability(expected, rest))
				if r := stat.Correlation(signal[p], truth[p].Shared[group], nil); r < .85 {
					t.Errorf("%s %s: signal of %s correlates %.3f with what people share", style, group, truth[p].Person, r)
				}
			}
			t.Logf("%s %s: leave-one-out r = %.4f, expected %.4f", style, group, got, want)
			if math.Abs(got-want) > .003 {
				t.Errorf("%s %s: leave-one-out r = %.4f, the truth says %.4f", style, group, got, want)
			}
			if got < .9 || got > .99 {
				t.Errorf("%s %s: people agree with r = %.3f, want about .95", style, group, got)
			}
		}
	}
}

func TestNoiseIsAsStated(t *testing.T) {
	s := drawn(t, Drawings{PerCategory: 12})
	c := Cohort{People: 2, Repeats: 6, Noise: 1.5, Seed: 4}
	mean, err := c.Respond(s)
	must(t, mean, err)
	halves, err := c.Halves(s)
	must(t, halves, err)
	odd, even := halves[0], halves[1]
	truth, err := c.Truth(s)
	must(t, truth, err)
	for p := range mean {
		var e, h, both mat.Dense
		e.Sub(mean[p].Matrix(), truth[p].Signal.Matrix())
		h.Sub(odd[p].Matrix(), even[p].Matrix())
		both.Add(odd[p].Matrix(), even[p].Matrix())
		both.Scale(.5, &both)
		if !mat.EqualApprox(&both, mean[p].Matrix(), 1e-12) {
			t.Error("the mean of the halves is not the mean of all")
		}
		n := math.Sqrt(float64(len(e.RawMatrix().Data)))
		for what, x := range map[string][2]float64{
			"noise of the mean":        {mat.Norm(&e, 2) / n, 1.5 / math.Sqrt(6)},
			"stated noise":             {truth[p].Noise, 1.5 / math.Sqrt(6)},
			"difference of the halves": {mat.Norm(&h, 2) / n, 1.5 * math.Sqrt(2./3)},
		} {
			// n² ≈ 20 000 values: the standard error is 0.5 %.
			if math.Abs(x[0]/x[1]-1) > .02 {
				t.Errorf("%s: %s is %.4f, want %.4f", truth[p].Person, what, x[0], x[1])
			}
		}
	}
	if _, err := (Cohort{Repeats: 3}).Halves(s); err == nil {
		t.Error("3 repeats are halved")
	}
}

// TestAnswersStandAlone: what else is shown, and in which order, changes
// nothing; nor do more people.
func TestAnswersStandAlone(t *testing.T) {
	s := drawn(t, Drawings{PerCategory: 4})
	halves, err := s.Halves()
	must(t, halves, err)
	half := halves[0]
	items := make([]analysis.Stimulus, half.Len())
	for i := range items {
		items[i] = half.At(half.Len() - 1 - i)
	}
	back, err := analysis.NewStimuli(items)
	must(t, back, err)

	all, err := Cohort{}.Respond(s)
	must(t, all, err)
	some, err := Cohort{People: 3}.Respond(back)
	must(t, some, err)
	for p, r := range some {
		want, err := all[p].On(back)
		must(t, want, err)
		if d := cmp.Diff(want.Source(), r.Source()); d != "" {
			t.Error(d)
		}
		if !mat.EqualApprox(want.Matrix(), r.Matrix(), 1e-12) {
			t.Errorf("%s answers otherwise when fewer stimuli are shown", r.Source())
		}
	}
	other, err := Cohort{People: 3, Seed: 1}.Respond(back)
	must(t, other, err)
	if a, b := other[0].Matrix(), some[0].Matrix(); mat.Equal(a, b) {
		t.Error("the seed changes nothing")
	}
}

func TestPeopleDiffer(t *testing.T) {
	s := drawn(t, Drawings{PerCategory: 1})
	truth, err := Cohort{People: 20, Voxels: 30, Others: 100}.Truth(s)
	must(t, truth, err)
	count := map[string][]int{}
	for _, x := range truth {
		n := map[string]int{}
		for _, g := range x.Group {
			n[g]++
		}
		for g, k := range n {
			count[g] = append(count[g], k)
		}
	}
	for g, mean := range map[string]int{"face": 30, "body": 30, "scene": 30, "": 100} {
		if k := count[g]; len(k) != 20 || slices.Min(k) < mean*7/10 || slices.Max(k) > mean*13/10 || slices.Min(k) == slices.Max(k) {
			t.Errorf("group %q has %v voxels, want %d ± 30 %%", g, k, mean)
		}
	}
}

// TestAnyPicture shows what no one has drawn: a coloured photograph's format,
// a uniform picture, a category that the cohort does not know.
func TestAnyPicture(t *testing.T) {
	rgba := image.NewRGBA(image.Rect(10, 20, 110, 90))
	for y := 20; y < 90; y++ {
		for x := 10; x < 110; x++ {
			rgba.Set(x, y, color.RGBA{uint8(2 * x), uint8(3 * y), uint8(x * y), 255})
		}
	}
	for _, img := range []image.Image{rgba, image.NewGray16(image.Rect(0, 0, 300, 300)), image.NewGray(image.Rect(0, 0, 1, 1))} {
		r, err := Cohort{People: 1}.Respond(shownOnce(t, "photo", "animal", img))
		must(t, r, err) // NewResponses refuses NaN
	}
}

func TestCohortErrors(t *testing.T) {
	blank, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "words only", Category: "face"}})
	must(t, blank, err)
	broken, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "torn.png", Category: "face", Image: func() (image.Image, error) { return nil, image.ErrFormat }}})
	must(t, broken, err)
	empty := shownOnce(t, "void", "face", image.NewGray(image.Rectangle{}))
	for _, c := range []struct {
		s    analysis.Stimuli
		c    Cohort
		want string
	}{
		{blank, Cohort{}, `"words only" has no picture`},
		{broken, Cohort{}, `"torn.png"`},
		{empty, Cohort{}, `"void" is empty`},
		{analysis.Stimuli{}, Cohort{}, "no stimuli"},
		{empty, Cohort{People: -1}, "-1 people"},
		{empty, Cohort{Noise: math.NaN()}, "noise NaN"},
	} {
		if _, err := c.c.Respond(c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if _, err := c.c.Halves(c.s); err == nil {
			t.Errorf("Halves: no error, want %q", c.want)
		}
	}
	if _, err := (Cohort{}).Respond(broken); !errors.Is(err, image.ErrFormat) {
		t.Errorf("%v does not wrap the decoder's error", err)
	}
}
