package encoding

import (
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestLeaveOneOutEdges(t *testing.T) {
	loo := Ridge{LeaveOneOut: true, Lambdas: []float64{1, 100}}
	for _, p := range []int{1, 3} {
		x, y := linear(t, 1, 2, p, 1, .5) // each is predicted as the other, whatever the λ
		m, err := loo.Fit(x, y)
		must(t, m, err)
		d := y.Row(0)[0] - y.Row(1)[0]
		near(t, "error of two stimuli", row(m.CVError), row([]float64{d * d}), 1e-9)
	}
	for _, p := range []int{6, 60} {
		x, y := linear(t, 2, 20, p, 3, .5)
		y = with(t, y, 1, .1)
		m, err := loo.Fit(x, y)
		must(t, m, err)
		if m.Lambda[1] != 100 || m.CVError[1] != 0 || m.Intercept[1] != .1 || mat.Norm(m.Weights.ColView(1), 1) != 0 {
			t.Errorf("p = %d: a constant target has λ %v, error %v, intercept %v", p, m.Lambda[1], m.CVError[1], m.Intercept[1])
		}
		// A feature that varies for one stimulus alone.
		alone := mat.DenseCopyOf(x.Matrix())
		for i := range 20 {
			alone.Set(i, 0, 0)
		}
		alone.Set(4, 0, 1e9)
		x = responses(t, x.Source(), x.Stimuli(), alone)
		if _, err := (Ridge{LeaveOneOut: true, Lambdas: []float64{1e-3, 1}}).Fit(x, y); err == nil || !strings.Contains(err.Error(), "larger λ") && !strings.Contains(err.Error(), "too small") {
			t.Errorf("p = %d: a stimulus that decides its own prediction: %v", p, err)
		}
		for j := range p {
			x = with(t, x, j, float64(j))
		}
		if _, err := (Ridge{LeaveOneOut: true}).Fit(x, y); err == nil || !strings.Contains(err.Error(), "no feature varies") {
			t.Errorf("p = %d, dead features: %v", p, err)
		}
	}
}
