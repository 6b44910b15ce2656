package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
)

// A world is a population of people and stimuli of which the truth is known.
// Stimuli have, in each of some dimensions, three independent features: that
// of model a, that of model b, and one that no model has. A person answers
// with a weighted sum of the three in each dimension, with noise; weights
// differ between people. A profile is the answer of one dimension, an RDM the
// squared distances over all of them.
type world struct {
	name      string
	each      int // 1: profiles, 2: RDMs
	people, n int
	dims      int
	noise     float64
	a, b      float64 // mean weights of the models' features
	vary      float64 // how much weights differ between people
}

type person [][3]float64

var worlds = []world{
	{"profiles 8x20", 1, 8, 20, 1, 1, .5, .5, .15},
	{"profiles 8x60", 1, 8, 60, 1, 1, .5, .5, .15},
	{"profiles 20x60", 1, 20, 60, 1, 1, .5, .5, .15},
	{"profiles 8x60 null", 1, 8, 60, 1, 1, 0, 0, .15},
	{"profiles 8x60 close", 1, 8, 60, 1, .3, .9, .3, .05},
	{"RDMs 8x20", 2, 8, 20, 8, 1, .6, .6, .3},
	{"RDMs 8x40", 2, 8, 40, 8, 1, .6, .6, .3},
	{"RDMs 20x40", 2, 20, 40, 8, 1, .6, .6, .3},
}

func (w world) person(rng *rand.Rand) person {
	p := make(person, w.dims)
	rest := math.Sqrt(math.Max(0, 1-w.a*w.a-w.b*w.b))
	gain := math.Exp(w.vary * rng.NormFloat64())
	for d := range p {
		p[d] = [3]float64{gain * (w.a + w.vary*rng.NormFloat64()), gain * (w.b + w.vary*rng.NormFloat64()), gain * (rest + w.vary*rng.NormFloat64())}
	}
	return p
}

func (w world) cohort(rng *rand.Rand) []person {
	out := make([]person, w.people)
	for k := range out {
		out[k] = w.person(rng)
	}
	return out
}

func (w world) model(feature int) person {
	p := make(person, w.dims)
	for d := range p {
		p[d][feature] = 1
	}
	return p
}

// features draws the stimuli: n×dims×3.
func (w world) features(rng *rand.Rand) []float64 {
	f := make([]float64, w.n*w.dims*3)
	for i := range f {
		f[i] = rng.NormFloat64()
	}
	return f
}

func (w world) answers(rng *rand.Rand, p person, features []float64, noise float64) []float64 {
	x := make([]float64, w.n*w.dims)
	for i := range x {
		v, f := p[i%w.dims], features[3*i:]
		x[i] = v[0]*f[0] + v[1]*f[1] + v[2]*f[2]
		if noise > 0 {
			x[i] += noise * rng.NormFloat64()
		}
	}
	if w.each == 1 {
		return x
	}
	cells := make([]float64, 0, w.n*(w.n-1)/2)
	for i := range w.n {
		for j := i + 1; j < w.n; j++ {
			s := 0.0
			for d, v := range x[i*w.dims : (i+1)*w.dims] {
				e := v - x[j*w.dims+d]
				s += e * e
			}
			cells = append(cells, s)
		}
	}
	return cells
}

// correlation returns the true correlation of two people over all stimuli.
// Answers are normal; the covariance of the squares of two normal variables is
// twice the square of theirs.
func (w world) correlation(p, q person, noiseP, noiseQ float64) float64 {
	var xy, xx, yy float64
	for d := range p {
		a, b, c := 0.0, noiseP*noiseP, noiseQ*noiseQ
		for f := range 3 {
			a, b, c = a+p[d][f]*q[d][f], b+p[d][f]*p[d][f], c+q[d][f]*q[d][f]
		}
		if w.each == 2 {
			a, b, c = a*a, b*b, c*c
		}
		xy, xx, yy = xy+a, xx+b, yy+c
	}
	return xy / math.Sqrt(xx*yy)
}

// truth returns, for these people and all stimuli: the score of a, that less
// the score of b, Lo, Hi, and the score of a less Lo.
func (w world) truth(people []person) [5]float64 {
	v := momentView{k: len(people), c: make([]float64, len(people)*len(people))}
	var a, b float64
	for i, p := range people {
		a += w.correlation(p, w.model(0), w.noise, 0) / float64(len(people))
		b += w.correlation(p, w.model(1), w.noise, 0) / float64(len(people))
		for j, q := range people {
			v.c[i*len(people)+j] = w.correlation(p, q, w.noise, w.noise)
			if i == j {
				v.c[i*len(people)+j] = 1
			}
		}
	}
	lo, hi, _ := v.ceiling(full(len(people)))
	return [5]float64{a, a - b, lo, hi, a - lo}
}

// outcome returns the estimates of what truth returns.
func outcome(t *testing.T, r *Result) [5]analysis.Estimate {
	pairs, err := r.Pairs(TTest)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Models[0].Score
	return [5]analysis.Estimate{a, pairs[0].Difference, r.Lo, r.Hi, r.spread.estimate(a.Value-r.Lo.Value, 0, 2)}
}

var quantities = [5]string{"score", "difference", "Lo", "Hi", "score−Lo"}

// calibrate returns, over some simulated cohorts, in how many of 100 the
// intervals hold the truth, the p-values of the true values, and the ratio of
// the standard deviation of estimates to their root mean square SE.
func calibrate(t *testing.T, w world, b Resampling, cohorts int) (cover [5]float64, p [5][]float64, ratio [5]float64) {
	s := stimuli(t, w.n)
	rng := rand.New(rand.NewPCG(11, 1))
	var overall [5]float64 // truth over all people and stimuli, for cohorts of this size
	const many = 2500
	for range many {
		for q, v := range w.truth(w.cohort(rng)) {
			overall[q] += v / many
		}
	}
	off, square := [5][]float64{}, [5]float64{}
	for c := range cohorts {
		rng := rand.New(rand.NewPCG(12, uint64(c)))
		people, features := w.cohort(rng), w.features(rng)
		answer := func(label string, v []float64) *sample { return &sample{label, s, v, w.each} }
		models := []*sample{answer("a", w.answers(nil, w.model(0), features, 0)), answer("b", w.answers(nil, w.model(1), features, 0))}
		cohort := func(people []person) (out []*sample) {
			for k, q := range people {
				out = append(out, answer(fmt.Sprintf("S%d", k+1), w.answers(rng, q, features, w.noise)))
			}
			return out
		}
		b.Seed = uint64(c)
		r, err := Run(context.Background(), cohort(people), models, analysis.Pearson, b)
		if err != nil {
			t.Fatal(err)
		}
		truth := overall
		switch b.Over {
		case Stimuli:
			truth = w.truth(people)
		case People: // the mean over many cohorts who see these stimuli
			truth = [5]float64{}
			const many = 25
			for range many {
				whole, _, err := prepare(models, cohort(w.cohort(rng)), analysis.Pearson, b)
				if err != nil {
					t.Fatal(err)
				}
				two := Resampling{Draws: 2, Over: Stimuli}
				d, err := two.draw(context.Background(), whole, two.stimuli, nil)
				if err != nil {
					t.Fatal(err)
				}
				a, z, lo, hi := d.whole.Scores[0], d.whole.Scores[1], d.whole.Lo, d.whole.Hi
				for q, v := range [5]float64{a, a - z, lo, hi, a - lo} {
					truth[q] += v / many
				}
			}
		}
		for q, e := range outcome(t, r) {
			if e.Lo <= truth[q] && truth[q] <= e.Hi {
				cover[q] += 100 / float64(cohorts)
			}
			off[q] = append(off[q], e.Value-truth[q])
			square[q] += e.SE * e.SE / float64(cohorts)
			e.Value -= truth[q]
			p[q] = append(p[q], bothTails(e))
		}
	}
	for q := range ratio {
		ratio[q] = stat.StdDev(off[q], nil) / math.Sqrt(square[q])
	}
	return cover, p, ratio
}

// uniform returns the largest distance between the distribution of p and the
// uniform one (Kolmogorov's), and the share of p below .05.
func uniform(p []float64) (distance, below float64) {
	p = slices.Sorted(slices.Values(p))
	n := float64(len(p))
	for i, v := range p {
		distance = max(distance, math.Abs(v-float64(i)/n), math.Abs(v-float64(i+1)/n))
		if v < .05 {
			below += 1 / n
		}
	}
	return distance, below
}

// null returns a cohort, and models of the same stimuli that have nothing to do
// with it or with each other.
func (w world) null(t *testing.T, rng *rand.Rand, s analysis.Stimuli, models int) (people, others []*sample) {
	features := w.features(rng)
	for k, p := range w.cohort(rng) {
		people = append(people, &sample{fmt.Sprint("S", k), s, w.answers(rng, p, features, w.noise), w.each})
	}
	for j := range models {
		others = append(others, &sample{fmt.Sprint("m", j), s, w.answers(nil, w.model(0), w.features(rng), 0), w.each})
	}
	return people, others
}

// discoveries returns, over runs in which no model has to do with people, in
// how many of 100 at least one is found to, or to differ from another: the
// false-discovery rate, for there all discoveries are false. And it returns
// the p-values of the first model and of the first pair, and those of Related.
func discoveries(t *testing.T, w world, b Resampling, test Test, models, runs int) (zero, pairs float64, ofZero, ofPair, related []float64) {
	s := stimuli(t, w.n)
	for c := range runs {
		rng := rand.New(rand.NewPCG(13, uint64(c)))
		people, others := w.null(t, rng, s, models)
		b.Seed = uint64(c)
		r, err := Run(context.Background(), people, others, analysis.Pearson, b)
		if err != nil {
			t.Fatal(err)
		}
		z, _, ps := verdicts(t, r, test)
		if slices.ContainsFunc(z, func(v Verdict) bool { return v.Q < .05 }) {
			zero += 100 / float64(runs)
		}
		if slices.ContainsFunc(ps, func(p Pair) bool { return p.Q < .05 }) {
			pairs += 100 / float64(runs)
		}
		ofZero, ofPair = append(ofZero, z[0].P), append(ofPair, ps[0].P)
		one, err := Related(context.Background(), others[0], people, analysis.Pearson, Permutation{Draws: 199, Seed: uint64(c)})
		if err != nil {
			t.Fatal(err)
		}
		related = append(related, one.P)
	}
	return zero, pairs, ofZero, ofPair, related
}

// few are the cohorts of tests that always run: the shares that they give lie
// within ± 4 standard errors of what 1000 gave (see TestCalibrationTable).
const few = 150

func TestCalibration(t *testing.T) {
	for _, w := range []world{worlds[0], worlds[5]} {
		cover, p, ratio := calibrate(t, w, Resampling{Draws: 200}, few)
		for q, name := range quantities {
			if cover[q] < 87 || cover[q] > 100 || ratio[q] < .7 || ratio[q] > 1.3 {
				t.Errorf("%s, %s: intervals hold the truth in %.1f of 100, SD/SE %.2f", w.name, name, cover[q], ratio[q])
			}
			if d, _ := uniform(p[q]); d > .2 {
				t.Errorf("%s, %s: p-values are %.2f from uniform", w.name, name, d)
			}
		}
		w.a, w.b = 0, 0
		zero, pairs, a, b, c := discoveries(t, w, Resampling{Draws: 200}, TTest, 6, few)
		if zero > 12 || pairs > 12 {
			t.Errorf("%s: false discoveries in %.1f and %.1f of 100 runs", w.name, zero, pairs)
		}
		for k, p := range [][]float64{a, b, c} {
			if d, _ := uniform(p); d > .16 {
				t.Errorf("%s, kind %d: p-values are %.2f from uniform", w.name, k, d)
			}
		}
	}
}

// TestCalibrationTable prints how well intervals and p-values keep what they
// promise, if FUSIFORM_CALIBRATION says over how many cohorts.
func TestCalibrationTable(t *testing.T) {
	cohorts, _ := strconv.Atoi(os.Getenv("FUSIFORM_CALIBRATION"))
	if cohorts == 0 {
		t.Skip("set FUSIFORM_CALIBRATION to a number of cohorts")
	}
	fmt.Println("per quantity: coverage of 95 % intervals (share of p < .05, distance of p from uniform, SD/SE)")
	for _, w := range worlds {
		for _, over := range []Over{Both, Stimuli, People} {
			cover, p, ratio := calibrate(t, w, Resampling{Draws: 300, Over: over}, cohorts)
			fmt.Printf("%-20s %-18s", w.name, over)
			for q := range quantities {
				d, below := uniform(p[q])
				fmt.Printf("  %s %5.1f (%4.1f %.2f %.2f)", quantities[q], cover[q], 100*below, d, ratio[q])
			}
			fmt.Println()
		}
		w.a, w.b = 0, 0
		for _, test := range []Test{TTest, MatchedTTest} {
			zero, pairs, a, b, c := discoveries(t, w, Resampling{Draws: 300}, test, 6, cohorts)
			fmt.Printf("%-20s no relation, %s: false discoveries in %.1f and %.1f of 100;", w.name, test, zero, pairs)
			for k, p := range [][]float64{a, b, c} {
				d, below := uniform(p)
				fmt.Printf("  %s p < .05 in %.1f, %.2f from uniform", [3]string{"zero", "pair", "related"}[k], 100*below, d)
			}
			fmt.Println()
		}
	}
}
