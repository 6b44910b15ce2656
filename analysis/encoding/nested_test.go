package encoding

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A spy keeps what a fitter learnt in each fold.
type spy struct {
	ContextFitter
	models *[]*Model
	saw    *[]analysis.Stimuli
}

func (s spy) FitContext(ctx context.Context, x, y *analysis.Responses) (*Model, error) {
	m, err := s.ContextFitter.FitContext(ctx, x, y)
	*s.models, *s.saw = append(*s.models, m), append(*s.saw, y.Stimuli())
	return m, err
}

// poisoned returns r with other responses, a million times as large, in some rows.
func poisoned(t *testing.T, r *analysis.Responses, rows []int) *analysis.Responses {
	v := mat.DenseCopyOf(r.Matrix())
	rng := rand.New(rand.NewPCG(6, 6))
	for _, i := range rows {
		for j := range v.RawRowView(i) {
			v.RawRowView(i)[j] = 1e6 * rng.NormFloat64()
		}
	}
	return responses(t, r.Source(), r.Stimuli(), v)
}

// TestNested: what is learnt in an outer fold, and every choice within (λ, α,
// number of components), stays the same to the last bit when features and
// targets of the stimuli held out are poisoned; the other folds' does not.
func TestNested(t *testing.T) {
	for name, f := range map[string]ContextFitter{
		"Ridge": Ridge{Folds: 3}, "SparsePositive": SparsePositive{Folds: 3}, "NNLS": NNLS{}, "PLS": PLS{Among: upTo(7)[1:], Folds: 3},
	} {
		for _, p := range []int{12, 60} {
			t.Run(fmt.Sprint(name, p), func(t *testing.T) {
				x, y := linear(t, 31, 36, p, 4, 1.5)
				run := func(x, y *analysis.Responses) (*Result, []*Model, []analysis.Stimuli) {
					var models []*Model
					var saw []analysis.Stimuli
					r, err := Evaluation{Fitter: spy{f, &models, &saw}, Folds: 4, Seed: 5}.Run(context.Background(), x, y, nil)
					return must(t, r, err), models, saw
				}
				clean, models, saw := run(x, y)
				for k, st := range saw {
					var held []int
					for i, fold := range clean.Fold {
						if fold == k {
							held = append(held, i)
						}
					}
					for _, i := range held {
						if _, in := st.Index(x.Stimuli().At(i).ID); in {
							t.Fatalf("fold %d is fitted on %q, which it holds out", k, x.Stimuli().At(i).ID)
						}
					}
					_, sick, _ := run(poisoned(t, x, held), poisoned(t, y, held))
					for i, m := range sick {
						same := mat.Equal(m.Weights, models[i].Weights) && slices.Equal(m.Lambda, models[i].Lambda) && slices.Equal(m.Intercept, models[i].Intercept)
						if same != (i == k) {
							t.Errorf("stimuli held out in fold %d are poisoned: is the model of fold %d the same? %v", k, i, same)
						}
					}
				}
			})
		}
	}
}

// TestNestedComponents: the number of components differs between folds, so
// that TestNested tests a choice.
func TestNestedComponents(t *testing.T) {
	seen := map[int]bool{}
	for seed := range uint64(6) {
		x, y := linear(t, 40+seed, 36, 60, 4, 1.5)
		l, err := PLS{Among: upTo(7)[1:], Folds: 3}.Latent(context.Background(), x, y)
		seen[must(t, l, err).Components] = true
	}
	if len(seen) < 2 {
		t.Errorf("always the same number of components: %v", seen)
	}
}
