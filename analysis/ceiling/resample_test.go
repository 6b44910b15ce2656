package ceiling

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// All draws at once are the draws one by one, written out: stimuli copied, and
// of an RDM the cells between different stimuli.
func TestResample(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 4))
	b := analysis.Bootstrap{Draws: 60, Seed: 5}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
		for _, each := range []int{1, 2} {
			for _, n := range []int{4, 7, 90} { // 90 stimuli: 4005 cells, two blocks
				items := make([]analysis.Stimulus, n)
				for i := range items {
					items[i].ID = fmt.Sprint(i)
				}
				s, err := analysis.NewStimuli(items)
				if err != nil {
					t.Fatal(err)
				}
				cells := [3]int{1: n, 2: n * (n - 1) / 2}[each]
				x, y := make([]float64, cells), make([]float64, cells)
				for i := range x {
					x[i] = 1e4 + math.Round(3*rng.NormFloat64()) // ties
					y[i] = x[i]/2 + rng.NormFloat64()
				}
				a := &samples{stimuli: s, each: each}
				got, err := a.resample(context.Background(), b, m, []couple{{y, x}, {x, y}})
				if err != nil {
					t.Fatal(err)
				}
				for k := range b.Size() {
					counts := b.Counts(k, n)
					var ex, ey []float64
					for i, from := 0, 0; i < n; i++ {
						if each == 1 {
							for range int(counts[i]) {
								ex, ey = append(ex, x[i]), append(ey, y[i])
							}
							continue
						}
						for j := i + 1; j < n; j++ {
							for range int(counts[i] * counts[j]) {
								ex, ey = append(ex, x[from]), append(ey, y[from])
							}
							from++
						}
					}
					known := different(counts) >= fewStimuli && !analysis.Constant(ex) && !analysis.Constant(ey)
					if got[1].known[k] != known {
						t.Fatalf("%s, %d stimuli, draw %d: known %v, want %v", m.Name, n, k, got[1].known[k], known)
					}
					if want := m.Func(ex, ey); known && (math.Abs(got[0].values[k]-want) > 1e-11 || math.Abs(got[1].values[k]-want) > 1e-11) {
						t.Errorf("%s, each %d, %d stimuli, draw %d: %v, want %v", m.Name, each, n, k, got[1].values[k], want)
					}
				}
			}
		}
	}
}

// A draw of people is what copies of them would give, written out: a copy is
// compared with everybody but other copies of the same person.
func TestPeopleDrawn(t *testing.T) {
	const n = 6
	rng := rand.New(rand.NewPCG(20261125, 5))
	systems, v := make([]System, n+1), mat.NewDense(n+1, n+1, nil)
	for i := range systems {
		systems[i] = System{Label: fmt.Sprint("S", i), Person: fmt.Sprint("S", i), Region: "FFA"}
		for j := range i {
			x := rng.NormFloat64()
			v.Set(i, j, x)
			v.Set(j, i, x)
		}
	}
	systems[n] = System{Label: "net", Region: "units"}
	p, err := NewPairs(systems, analysis.Pearson, v)
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.ask("units", "FFA")
	if err != nil {
		t.Fatal(err)
	}
	for k := range 100 {
		counts := analysis.Bootstrap{Seed: 1}.Counts(k, n)
		var copies []int
		for i, c := range counts {
			for range int(c) {
				copies = append(copies, i)
			}
		}
		var each, network []float64
		for _, a := range copies {
			var row []float64
			for _, b := range copies {
				if a != b {
					row = append(row, v.At(a, b))
				}
			}
			if row != nil {
				each = append(each, analysis.Median(row))
			}
			network = append(network, v.At(n, a))
		}
		got := q.answer(p.value, func(i int) float64 {
			if i == n {
				return 1
			}
			return counts[i]
		})
		if got.ceilingKnown != (each != nil) || each != nil && got.ceiling != analysis.Median(each) || got.median != analysis.Median(network) || got.values[0] != got.median {
			t.Errorf("draw %v: ceiling %v, network %v; want of %v, %v", counts, got.ceiling, got.median, each, analysis.Median(network))
		}
	}
}

func TestAllOrders(t *testing.T) {
	for k, want := range []int{2: 1, 3: 3, 4: 3, 5: 10, 6: 10, 7: 35} {
		if k < 2 {
			continue
		}
		seen := map[string]bool{}
		for _, o := range allOrders(k) {
			first := make([]bool, k)
			for i := 0; i < k; i += 2 {
				first[o[i]] = true
			}
			seen[fmt.Sprint(first)] = true
		}
		if len(seen) != want || len(allOrders(k)) != want {
			t.Errorf("%d repeats: %d divisions, %d different, want %d", k, len(allOrders(k)), len(seen), want)
		}
	}
}
