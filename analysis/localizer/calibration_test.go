package localizer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// simulated are n stimuli of three categories, unequal in number, and channels
// of which the first so many prefer faces by the shift.
func simulated(t *testing.T, rng *rand.Rand, n, channels, prefer int, shift float64, draw func(face bool) float64) *analysis.Responses {
	t.Helper()
	it := items(map[string]int{"face": n / 4, "body": n / 2, "scene": n - n/4 - n/2}, "face", "body", "scene")
	v := mat.NewDense(n, channels, nil)
	for i := range n {
		row := v.RawRowView(i)
		for j := range row {
			row[j] = draw(it[i].Category == "face")
			if it[i].Category == "face" && j < prefer {
				row[j] += shift
			}
		}
	}
	return responses(t, it, v)
}

// kolmogorov returns the distance of p from uniform and its 1 ‰ critical
// value, 1.95/√n.
func kolmogorov(p []float64) (d, critical float64) {
	s := slices.Sorted(slices.Values(p))
	n := float64(len(s))
	for i, v := range s {
		d = max(d, v-float64(i)/n, float64(i+1)/n-v)
	}
	return d, 1.95 / math.Sqrt(n)
}

// TestCalibration: where no channel prefers anything, p is uniform: Welch's
// even with unequal variances, the pooled one where they are equal, and the
// rank sum's whatever the distribution.
func TestCalibration(t *testing.T) {
	rng := rand.New(rand.NewPCG(20260529, 11))
	normal := func(bool) float64 { return rng.NormFloat64() }
	unequal := func(face bool) float64 {
		if face {
			return 3 * rng.NormFloat64()
		}
		return rng.NormFloat64()
	}
	skewed := func(bool) float64 { return math.Exp(2 * rng.NormFloat64()) }
	for _, c := range []struct {
		name    string
		l       Localizer
		draw    func(bool) float64
		uniform bool
	}{
		{"Welch", TTest{}, normal, true},
		{"Welch, unequal variances", TTest{}, unequal, true},
		{"pooled", TTest{Pooled: true}, normal, true},
		{"pooled, unequal variances", TTest{Pooled: true}, unequal, false}, // so the test has power
		{"rank sum", RankSum{}, normal, true},
		{"rank sum, skewed", RankSum{}, skewed, true},
		{"d′", DPrime{}, normal, true},
	} {
		f, err := c.l.Localize(simulated(t, rng, 80, 20_000, 0, 0, c.draw), Faces)
		if err != nil {
			t.Fatal(err)
		}
		d, critical := kolmogorov(f.P)
		if (d < critical) != c.uniform {
			t.Errorf("%s: p is %.4f from uniform, critical %.4f", c.name, d, critical)
		}
		t.Logf("%s: p is %.4f from uniform, critical %.4f; %.4f below .05", c.name, d, critical, below(f.P, 0.05))
	}
	// Few stimuli: exact p has steps, so it is at most as often small as it says.
	f, err := RankSum{}.Localize(simulated(t, rng, 20, 20_000, 0, 0, normal), Faces)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{0.01, 0.05, 0.2, 0.5} {
		if share := below(f.P, at+1e-12); share > at+4*math.Sqrt(at*(1-at)/20_000) {
			t.Errorf("exact rank sum: %.4f of p are at most %v", share, at)
		}
	}
}

func below(p []float64, at float64) float64 {
	n := 0
	for _, v := range p {
		if v <= at {
			n++
		}
	}
	return float64(n) / float64(len(p))
}

// TestFalseDiscoveries: over 1000 runs with and without true effects, the mean
// share of false channels among those selected is at most the nominal one.
func TestFalseDiscoveries(t *testing.T) {
	const runs, channels, nominal = 1000, 60, 0.1
	rng := rand.New(rand.NewPCG(20260529, 12))
	for _, c := range []struct {
		name   string
		l      Localizer
		prefer int
	}{
		{"Welch, null", TTest{FDR: nominal}, 0},
		{"Welch, a quarter true", TTest{FDR: nominal}, channels / 4},
		{"pooled, null", TTest{FDR: nominal, Pooled: true}, 0},
		{"Welch, Benjamini–Yekutieli", TTest{FDR: nominal, Yekutieli: true}, channels / 4},
		{"pooled, a quarter true", TTest{FDR: nominal, Pooled: true}, channels / 4},
		{"rank sum, null", RankSum{FDR: nominal}, 0},
		{"rank sum, a quarter true", RankSum{FDR: nominal}, channels / 4},
	} {
		rate, found := 0.0, 0
		for range runs {
			r := simulated(t, rng, 80, channels, c.prefer, 1, func(bool) float64 { return rng.NormFloat64() })
			f, err := c.l.Localize(r, Faces)
			if err != nil {
				t.Fatal(err)
			}
			selected, wrong := 0, 0
			for j := range channels { // of either sign: q is two-sided
				if f.Q[j] < nominal {
					selected++
					if j >= c.prefer {
						wrong++
					}
				}
			}
			if selected > 0 {
				rate += float64(wrong) / float64(selected) / runs
			}
			found += selected - wrong
		}
		// The standard error of a rate of .1 over 1000 null runs is .0095.
		if rate > nominal+0.02 {
			t.Errorf("%s: false discovery rate %.3f, nominal %v", c.name, rate, nominal)
		}
		if c.prefer > 0 && found < runs*c.prefer/2 {
			t.Errorf("%s: %d of %d true ones found: the test says little", c.name, found, runs*c.prefer)
		}
		t.Logf("%s: false discovery rate %.4f; %.1f of %d true ones found", c.name, rate, float64(found)/runs, c.prefer)
	}
}
