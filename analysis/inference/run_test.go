package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"fusiform/analysis"
)

// sample is a person or model of the tests.
type sample struct {
	label   string
	stimuli analysis.Stimuli
	values  []float64
	each    int
}

func (s *sample) Label() string                             { return s.label }
func (s *sample) Cells() (analysis.Stimuli, []float64, int) { return s.stimuli, s.values, s.each }

func (s *sample) Doubts() []error { return nil }

func stimuli(t testing.TB, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", i)}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cohort returns samples of n stimuli with something in common. With ties the
// values are rounded.
func cohort(t testing.TB, name string, seed uint64, k, n, each int, ties bool) []*sample {
	s := stimuli(t, n)
	rng := rand.New(rand.NewPCG(seed, 7))
	common := rand.New(rand.NewPCG(99, 7))
	cells := layout{s, each}.cells()
	truth := make([]float64, cells)
	for i := range truth {
		truth[i] = common.NormFloat64()
	}
	out := make([]*sample, k)
	for a := range out {
		v := make([]float64, cells)
		for i := range v {
			v[i] = 3 + truth[i] + rng.NormFloat64()
			if ties {
				v[i] = math.Round(2*v[i]) / 2
			}
		}
		out[a] = &sample{fmt.Sprintf("%s%d", name, a+1), s, v, each}
	}
	return out
}

// TestRoutes: the fast routes give what the explicit one gives, draw by draw.
func TestRoutes(t *testing.T) {
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine} {
		for _, each := range []int{1, 2} {
			for _, n := range []int{3, 4, 5, 12, 40} {
				for _, ties := range []bool{false, true} {
					name := fmt.Sprintf("%s, %d stimuli, each %d, ties %v", m.Name, n, each, ties)
					people, models := cohort(t, "S", 1, 5, n, each, ties), cohort(t, "m", 2, 3, n, each, ties)
					b := Resampling{Draws: 60, Seed: uint64(n)}
					p, _, err := prepare(models, people, m, b)
					if err != nil {
						t.Fatal(name, err)
					}
					counts := [][]float64{full(n)}
					for k := range 60 {
						counts = append(counts, b.stimuli(k, n))
					}
					slow := make([]*Draw, len(counts))
					persons := func(k int) []float64 { return b.persons(k, 5) }
					if err := newExplicit(p).visit(context.Background(), counts, func(k int, v view) (err error) {
						slow[k], err = p.lookOr(v, persons(k))
						return err
					}); err != nil {
						t.Fatal(name, err)
					}
					if err := routeOf(p).visit(context.Background(), counts, func(k int, v view) error {
						got, err := p.lookOr(v, persons(k))
						if err != nil {
							return err
						}
						if (got == nil) != (slow[k] == nil) {
							t.Errorf("%s, draw %d: %v, want %v", name, k, got, slow[k])
							return nil
						}
						if got == nil {
							return nil
						}
						worst := math.Max(math.Abs(got.Lo-slow[k].Lo), math.Abs(got.Hi-slow[k].Hi))
						for j := range got.Scores {
							worst = math.Max(worst, math.Abs(got.Scores[j]-slow[k].Scores[j]))
						}
						if !(worst <= 1e-12) {
							t.Errorf("%s, draw %d: off by %.2g: %v, want %v", name, k, worst, *got, *slow[k])
						}
						return nil
					}); err != nil {
						t.Fatal(name, err)
					}
				}
			}
		}
	}
}
