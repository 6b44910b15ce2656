package ceiling_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
)

// The figures in the docstrings are those of
//
//	go test ./analysis/ceiling -run Coverage -v -args -cohorts 1000 -draws 1000
var (
	cohorts = flag.Int("cohorts", 40, "how many cohorts the coverage of intervals is counted over")
	draws   = flag.Int("draws", 300, "bootstrap draws for each")
)

// A world is a cohort whose true values are known: person k answers stimulus i
// with
//
//	signal_i + own·N(0,1) + noise·N(0,1) per half
//
// and the network with signal_i + net·N(0,1).
type world struct {
	people, stimuli int
	own, noise, net float64
	spread          float64 // of log own between people
	seen            []float64
	network         []float64 // given with seen, for worlds with the same stimuli in each cohort
}

func (w world) recordings(t testing.TB, rng *rand.Rand) []ceiling.Recording {
	s := stimuli(t, w.stimuli)
	signal, network := w.seen, w.network
	if signal == nil {
		signal, network = make([]float64, w.stimuli), make([]float64, w.stimuli)
		for i := range signal {
			signal[i] = rng.NormFloat64()
			network[i] = signal[i] + w.net*rng.NormFloat64()
		}
	}
	var out []ceiling.Recording
	for k := range w.people {
		own := w.own * math.Exp(w.spread*rng.NormFloat64())
		halves := [2]*mat.Dense{mat.NewDense(w.stimuli, 1, nil), mat.NewDense(w.stimuli, 1, nil)}
		for i, x := range signal {
			x += own * rng.NormFloat64()
			for _, h := range halves {
				h.Set(i, 0, x+w.noise*rng.NormFloat64())
			}
		}
		name := fmt.Sprintf("S%d", k+1)
		r := ceiling.Recording{System: ceiling.System{Label: name + " FFA", Person: name, Region: "FFA"}}
		for _, h := range halves {
			r.Repeats = append(r.Repeats, must(analysis.NewResponses(name, s, h))(t))
		}
		out = append(out, r)
	}
	return append(out, ceiling.Recording{System: ceiling.System{Label: "net", Region: "units"},
		Repeats: []*analysis.Responses{must(analysis.NewResponses("net", s, mat.NewDense(w.stimuli, 1, network)))(t)}})
}

// A covered counts how often an interval holds the truth.
type covered struct {
	mu         sync.Mutex
	order      []string
	hit, below map[string]int
	width      map[string]float64
}

func (c *covered) add(name string, truth float64, e analysis.Estimate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hit == nil {
		c.hit, c.below, c.width = map[string]int{}, map[string]int{}, map[string]float64{}
	}
	if _, there := c.width[name]; !there {
		c.order = append(c.order, name)
	}
	c.width[name] += (e.Hi - e.Lo) / float64(*cohorts)
	switch {
	case truth < e.Lo:
		c.below[name]++
	case truth <= e.Hi:
		c.hit[name]++
	}
}

// check holds the share of hits against 93 to 97 of 100 (or another range),
// give or take three standard errors.
func (c *covered) check(t *testing.T, lo, hi float64) {
	n := float64(*cohorts)
	slack := 3 * math.Sqrt(.05*.95/n)
	for _, name := range c.order {
		share := float64(c.hit[name]) / n
		t.Logf("%-34s holds the truth in %5.1f of 100 (%.1f below it), width %.3f", name, 100*share, 100*float64(c.below[name])/n, c.width[name])
		if share < lo-slack || share > hi+slack {
			t.Errorf("%s: the interval holds the truth in %.1f of 100, want %g to %g", name, 100*share, 100*lo, 100*hi)
		}
	}
}

// each runs f for every cohort, as many at a time as there are processors. A
// cohort that fails the test ends alone.
func each(f func(k int, rng *rand.Rand)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for k := range *cohorts {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			f(k, rand.New(rand.NewPCG(20261125, uint64(k))))
		})
	}
	wg.Wait()
}

func TestCoverageOverStimuli(t *testing.T) {
	ctx, compare := context.Background(), tuning.Compare(analysis.Pearson)
	var c covered
	for _, n := range []int{40, 100} {
		for _, noise := range []float64{.3, 1} {
			w := world{people: 8, stimuli: n, own: .5, noise: noise, net: 1}
			human, network := 1/1.25, 1/math.Sqrt(2*1.25)
			reliability := 1.25 / (1.25 + noise*noise/2)
			each(func(k int, rng *rand.Rand) {
				b := analysis.Bootstrap{Draws: *draws, Seed: uint64(k)}
				rec := w.recordings(t, rng)
				p := must(ceiling.Matrix(t.Context(), rec, tuning.New, compare))(t)
				in := must(p.OverStimuli(ctx, b, "units", "FFA"))(t)
				name := func(what string) string { return fmt.Sprintf("%s, %d stimuli, noise %.1f", what, n, noise) }
				c.add(name("ceiling"), human, in.Ceiling)
				c.add(name("network"), network, in.Median)
				c.add(name("gap"), network-human, in.Gap)
				c.add(name("person"), human, must(p.OverStimuli(ctx, b, "FFA", "FFA"))(t).Values[0])
				c.add(name("pair"), human, must(p.Pair(ctx, b, 0, 1))(t))
				c.add(name("reliability"), reliability, must(ceiling.ReliabilityOverStimuli(ctx, b, ceiling.Splits{}, rec[0].Repeats, tuning.New, compare))(t))
			})
		}
	}
	c.check(t, .93, .97)
}

// Channels of one region have something in common, so that their median is
// not steadier than one of them by their number.
func TestCoverageOfChannels(t *testing.T) {
	const channels = 60
	var c covered
	for _, n := range []int{40, 100} {
		truth := make([]float64, channels)
		for j := range truth {
			s := .2 + 1.5*float64(j)/channels
			truth[j] = math.Sqrt(s * s / (s*s + 1./3))
		}
		each(func(k int, rng *rand.Rand) {
			var repeats []*mat.Dense
			for range 3 {
				repeats = append(repeats, mat.NewDense(n, channels, nil))
			}
			for i := range n {
				shared := rng.NormFloat64()
				for j := range channels {
					x := (.2 + 1.5*float64(j)/channels) * (.6*shared + .8*rng.NormFloat64())
					for _, r := range repeats {
						r.Set(i, j, x+rng.NormFloat64())
					}
				}
			}
			var rs []*analysis.Responses
			for _, r := range repeats {
				rs = append(rs, must(analysis.NewResponses("S1", stimuli(t, n), r))(t))
			}
			b := analysis.Bootstrap{Draws: *draws, Seed: uint64(k)}
			c.add(fmt.Sprintf("channels, %d stimuli", n), analysis.Median(truth),
				must(ceiling.ChannelsOverStimuli(context.Background(), b, ceiling.Splits{Random: 3}, rs, analysis.Pearson))(t))
		})
	}
	c.check(t, .93, 1)
}

// Medians over few people err on the safe side.
func TestCoverageOverPeople(t *testing.T) {
	ctx, compare := context.Background(), tuning.Compare(analysis.Pearson)
	rng := rand.New(rand.NewPCG(5, 5))
	seen, network := make([]float64, 100), make([]float64, 100)
	for i := range seen {
		seen[i] = rng.NormFloat64()
		network[i] = seen[i] + rng.NormFloat64()
	}
	var c covered
	for _, spread := range []float64{.2, .6} {
		w := world{people: 300, stimuli: len(seen), own: .5, noise: .5, spread: spread, seen: seen, network: network}
		truth := map[string]float64{}
		many := 4 + *cohorts/20 // groups of 300, for a truth more exact than what is held against it
		for r := range many {
			p := must(ceiling.Matrix(t.Context(), w.recordings(t, rand.New(rand.NewPCG(6, uint64(r)))), tuning.New, compare))(t)
			m, c := must(p.Medians("units", "FFA"))(t), must(p.Ceiling("FFA"))(t)
			truth["ceiling"] += c.Lo / float64(many)
			truth["gap"] += (m.Median() - c.Lo) / float64(many)
		}
		for _, n := range []int{5, 8, 20} {
			w.people = n
			each(func(k int, rng *rand.Rand) {
				p := must(ceiling.Matrix(t.Context(), w.recordings(t, rng), tuning.New, compare))(t)
				in := must(p.OverPeople(ctx, analysis.Bootstrap{Draws: *draws, Seed: uint64(k)}, "units", "FFA"))(t)
				c.add(fmt.Sprintf("ceiling, %d people, spread %.1f", n, spread), truth["ceiling"], in.Ceiling)
				c.add(fmt.Sprintf("gap, %d people, spread %.1f", n, spread), truth["gap"], in.Gap)
			})
		}
	}
	c.check(t, .93, 1)
}

// The multivariate twin: patterns of 30 voxels that mix five things shared by
// all people and some of their own. What holds for endless stimuli is read
// from many.
func TestCoverageOfGeometry(t *testing.T) {
	ctx, compare := context.Background(), rsa.Compare(analysis.Pearson)
	rdm := func(r *analysis.Responses) (*rsa.RDM, error) {
		m, err := rsa.New(r, analysis.Pearson)
		if err != nil {
			return nil, err
		}
		return m.RDM(), nil
	}
	const people, kinds, voxels = 4, 5, 30
	rng := rand.New(rand.NewPCG(7, 7))
	mix := make([]*mat.Dense, people) // fixed: the people are the same in each cohort
	for p := range mix {
		mix[p] = mat.NewDense(2*kinds, voxels, nil)
		for i := range 2 * kinds {
			for j := range voxels {
				mix[p].Set(i, j, rng.NormFloat64()*[2]float64{1, .6}[i/kinds])
			}
		}
	}
	record := func(n int, rng *rand.Rand) []ceiling.Recording {
		shared := mat.NewDense(n, kinds, nil)
		fill := func(m *mat.Dense, sd float64) {
			m.Apply(func(_, _ int, v float64) float64 { return v + sd*rng.NormFloat64() }, m)
		}
		fill(shared, 1)
		var out []ceiling.Recording
		for p := range people {
			own, both := mat.NewDense(n, kinds, nil), mat.NewDense(n, 2*kinds, nil)
			fill(own, 1)
			both.Augment(shared, own)
			var signal mat.Dense
			signal.Mul(both, mix[p])
			name := fmt.Sprintf("S%d", p+1)
			r := ceiling.Recording{System: ceiling.System{Label: name, Person: name, Region: "FFA"}}
			for range 2 {
				h := mat.DenseCopyOf(&signal)
				fill(h, 1.5)
				r.Repeats = append(r.Repeats, must(analysis.NewResponses(name, stimuli(t, n), h))(t))
			}
			out = append(out, r)
		}
		return out
	}
	large := must(ceiling.Matrix(t.Context(), record(1200, rng), rdm, compare))(t)
	var c covered
	for _, n := range []int{30, 60} {
		each(func(k int, rng *rand.Rand) {
			p := must(ceiling.Matrix(t.Context(), record(n, rng), rdm, compare))(t)
			b := analysis.Bootstrap{Draws: *draws, Seed: uint64(k)}
			c.add(fmt.Sprintf("pair of RDMs, %d stimuli", n), large.Values.At(0, 1), must(p.Pair(ctx, b, 0, 1))(t))
			c.add(fmt.Sprintf("ceiling of RDMs, %d stimuli", n), must(large.Ceiling("FFA"))(t).Lo, must(p.OverStimuli(ctx, b, "FFA", "FFA"))(t).Ceiling)
		})
	}
	c.check(t, .93, 1)
}
