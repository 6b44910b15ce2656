package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A Permutation is a plan of relabelling. Draw k follows from the Seed and k
// alone.
type Permutation struct {
	Draws int // 0 means 10000
	Seed  uint64
}

// defaultRelabellings leaves p = .05 an uncertainty of .002.
const defaultRelabellings = 10000

// A Relation is what a model has in common with people, beyond chance.
type Relation struct {
	Measure  *analysis.Measure
	Value    float64 // the mean over people, as Model.Score
	P        float64 // one-sided: how often chance gives as much
	Draws    int     // how many relabellings, the true one not counted if drawn
	Exact    bool    // they are all that there are
	Warnings []error
}

// Related asks whether a model, or another person, has anything in common with
// one or more people: whether the mean over people of m is larger than if the
// stimuli of the model were other ones. The labels of its n stimuli are
// permuted, so that an RDM stays one,
//
//	p = (1 + number of relabellings with a value ≥ the true one)/(1 + Draws)
//
// or, if there are no more than Draws, the share of all n! of them. It tests
// these people and these stimuli, under the hypothesis that no stimulus of the
// model has to do with the same stimulus of the people; use a Result's tests to
// speak of others. Nili et al. (2014), doi:10.1371/journal.pcbi.1003553;
// Phipson & Smyth (2010), doi:10.2202/1544-6115.1585, on the 1 +.
//
// It fails like Run, but with nobody rather than with one person. With three
// stimuli a Warning says that p cannot be small. Progress is reported in
// relabellings.
func Related[T Sample](ctx context.Context, model T, people []T, m *analysis.Measure, p Permutation) (*Relation, error) {
	if p.Draws < 0 {
		return nil, fmt.Errorf("inference: %d relabellings; 0 means %d", p.Draws, defaultRelabellings)
	}
	if m == nil {
		return nil, fmt.Errorf("inference: no measure to compare with; analysis.Spearman, for one")
	}
	if len(people) == 0 {
		return nil, fmt.Errorf("inference: nobody to relate %q to", model.Label())
	}
	models := []T{model}
	if _, _, err := labels(people, models); err != nil {
		return nil, err
	}
	l, err := layoutOf(people)
	if err != nil {
		return nil, err
	}
	x, err := aligned(l, m, "person", people)
	if err != nil {
		return nil, err
	}
	y, err := aligned(l, m, "model", models)
	if err != nil {
		return nil, err
	}
	draws := p.Draws
	if draws == 0 {
		draws = defaultRelabellings
	}
	return relate(ctx, statisticOf(&problem{l, m, x, y}), l.n(), draws, p.Seed, &Relation{Measure: m, Warnings: doubts(append(models, people...)...)})
}

// relate fills the relation.
func relate(ctx context.Context, value func(rows []int) (float64, error), n, draws int, seed uint64, r *Relation) (*Relation, error) {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	var err error
	if r.Value, err = value(rows); err != nil {
		return nil, err
	}
	least := r.Value - 1e-12*math.Max(1, math.Abs(r.Value)) // as much, to rounding
	if all := factorial(n); all <= float64(draws) {
		r.Exact, r.Draws = true, int(all)
		count := 0
		err := everyOrder(rows, func() error {
			v, err := value(rows)
			if v >= least {
				count++
			}
			return err
		})
		r.P = float64(count) / all
		if all < 20 {
			r.Warnings = append(r.Warnings, fmt.Errorf("%d stimuli have only %v relabellings, so p cannot be below %.2f: need >= 4", n, all, 1/all))
		}
		return r, err
	}
	r.Draws = draws
	count := 0
	more := make([]bool, min(draws, 1000))
	for at := 0; at < draws; at += len(more) {
		end := min(at+len(more), draws)
		err := inTurn(ctx, end-at, func() func(int) error {
			return func(k int) error {
				v, err := value(rand.New(rand.NewPCG(seed, uint64(at+k))).Perm(n))
				more[k] = v >= least
				return err
			}
		})
		if err != nil {
			return nil, err
		}
		for _, is := range more[:end-at] {
			if is {
				count++
			}
		}
		analysis.ReportProgress(ctx, end, draws)
	}
	r.P = float64(1+count) / float64(1+draws)
	return r, nil
}

// statisticOf returns the mean over people where stimulus i of the model is
// the one that was at rows[i]. Several goroutines may call it at once.
//
// A correlation is a sum of products of vectors that a permutation only
// reorders, so the mean over people is one sum for them all.
func statisticOf(p *problem) func(rows []int) (float64, error) {
	var whole func(x []float64) []float64
	switch p.measure {
	case analysis.Pearson:
		whole = func(x []float64) []float64 { return analysis.ZScores(x, nil) }
	case analysis.Spearman:
		whole = func(x []float64) []float64 { return analysis.ZScores(analysis.Ranks(x), nil) }
	case analysis.Cosine:
		whole = func(x []float64) []float64 { return analysis.UnitMeanSquare(x, nil) }
	default:
		against := make([]func([]float64) float64, len(p.people))
		for k, x := range p.people {
			against[k] = func(y []float64) float64 { return p.measure.Func(x, y) }
			if p.measure.Against != nil {
				against[k] = p.measure.Against(x)
			}
		}
		rooms := sync.Pool{New: func() any { y := make([]float64, p.cells()); return &y }}
		return func(rows []int) (float64, error) {
			room := rooms.Get().(*[]float64)
			defer rooms.Put(room)
			y := *room
			p.relabel(y, p.models[0], rows)
			sum := 0.0
			for _, value := range against {
				v := value(y)
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return 0, fmt.Errorf("inference: %s is %v; is the scale of the values extreme?", p.measure.Name, v)
				}
				sum += v
			}
			return sum / float64(len(p.people)), nil
		}
	}
	mean := make([]float64, p.cells())
	for _, x := range p.people {
		simd.Axpy(mean, 1/float64(len(p.people)*len(mean)), whole(x))
	}
	model := whole(p.models[0])
	if p.each == 1 {
		return func(rows []int) (float64, error) {
			sum := 0.0
			for i, r := range rows {
				sum += mean[i] * model[r]
			}
			return sum, nil
		}
	}
	n := p.n()
	square := make([]float64, n*n)
	for i, k := 0, 0; i < n; i++ {
		for j := i + 1; j < n; j++ {
			square[i*n+j], square[j*n+i] = model[k], model[k]
			k++
		}
	}
	return func(rows []int) (float64, error) {
		sum, k := 0.0, 0
		for i, r := range rows {
			row, rest := square[r*n:(r+1)*n], rows[i+1:]
			part := 0.0
			for j, m := range mean[k : k+len(rest)] {
				part += m * row[rest[j]]
			}
			sum, k = sum+part, k+len(rest)
		}
		return sum, nil
	}
}

// factorial returns n!, +Inf where it is too large.
func factorial(n int) float64 { return math.Round(math.Gamma(float64(n) + 1)) }

// everyOrder calls f with each order of rows, once, the present one first.
// Heap (1963), doi:10.1093/comjnl/6.3.293.
func everyOrder(rows []int, f func() error) error {
	if err := f(); err != nil {
		return err
	}
	turns := make([]int, len(rows))
	for i := 1; i < len(rows); {
		if turns[i] >= i {
			turns[i] = 0
			i++
			continue
		}
		j := 0
		if i%2 == 1 {
			j = turns[i]
		}
		rows[i], rows[j] = rows[j], rows[i]
		if err := f(); err != nil {
			return err
		}
		turns[i]++
		i = 1
	}
	return nil
}
