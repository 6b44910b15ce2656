package rsa_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// distanceCases are the expected values of internal/reference/rdm.py.
type distanceCases struct {
	Cases []struct {
		Name           string
		X              [][][]float64 // runs × stimuli × channels
		Residuals      [][]float64
		DoF            int
		Euclidean      []float64
		CrossEuclidean []float64 `json:"cross_euclidean"`
		Noise          map[string]struct {
			Cov, Precision, Mahalanobis, Crossnobis, Unbalanced, Measurements []float64
			CovDoF                                                            []float64 `json:"cov_dof"`
			Each                                                              []float64 `json:"crossnobis_each"`
		}
	}
	CKA []struct {
		A, B             [][]float64
		Biased, Unbiased float64
	}
}

func loadDistances(t testing.TB) distanceCases {
	t.Helper()
	data, err := os.ReadFile("testdata/rdm.json")
	if err != nil {
		t.Fatal(err)
	}
	var want distanceCases
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

var shrinkages = map[string]rsa.Shrinkage{
	"ToDiagonal": rsa.ToDiagonal, "ToIdentity": rsa.ToIdentity, "OnlyDiagonal": rsa.OnlyDiagonal, "Unshrunk": rsa.Unshrunk,
}

// apart returns the largest difference, relative to the largest magnitude.
func apart(t testing.TB, got, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	d, scale := 0., 0.
	for i := range got {
		d, scale = math.Max(d, math.Abs(got[i]-want[i])), math.Max(scale, math.Abs(want[i]))
	}
	if math.IsNaN(d) {
		return d
	}
	return d / scale
}

// cells returns the upper triangle, diagonal included, row by row.
func cells(m *mat.SymDense) []float64 {
	var out []float64
	for i := range m.SymmetricDim() {
		for j := i; j < m.SymmetricDim(); j++ {
			out = append(out, m.At(i, j))
		}
	}
	return out
}

func TestDistancesAsRsatoolbox(t *testing.T) {
	ctx := t.Context()
	worst := 0.
	check := func(name string, got, want []float64) {
		t.Helper()
		d := apart(t, got, want)
		worst = math.Max(worst, d)
		if !(d <= 1e-12) {
			t.Errorf("%s differs by %g:\n%v\n%v", name, d, got, want)
		}
	}
	for _, c := range loadDistances(t).Cases {
		s := stimuli(t, make([]string, len(c.X[0]))...)
		var runs []*analysis.Responses
		for _, x := range c.X {
			runs = append(runs, responses(t, "S1", s, x))
		}
		check(c.Name+": euclidean", must(rsa.Euclidean(runs[0]))(t).Upper(), c.Euclidean)
		check(c.Name+": cross-validated euclidean", must(rsa.Crossnobis{}.RDM(ctx, runs))(t).Upper(), c.CrossEuclidean)
		residuals := mat.NewDense(len(c.Residuals), len(c.Residuals[0]), slices.Concat(c.Residuals...))
		n := len(c.X[0])
		for name, want := range c.Noise {
			estimate := rsa.Covariance{Shrinkage: shrinkages[name]}
			noise := must(estimate.Residuals(ctx, "S1", residuals))(t)
			name = c.Name + ", " + name + ": "
			check(name+"covariance", cells(must(noise.Covariance())(t)), want.Cov)
			check(name+"precision", cells(must(noise.Precision())(t)), want.Precision)
			check(name+"mahalanobis", must(rsa.Mahalanobis(ctx, runs[0], noise))(t).Upper(), want.Mahalanobis)
			check(name+"crossnobis", must(rsa.Crossnobis{Noise: noise}.RDM(ctx, runs))(t).Upper(), want.Crossnobis)

			// Noise that depends on the run.
			each := make([]*rsa.Noise, len(runs))
			r, k := residuals.Dims()
			for run := range each {
				other := mat.NewDense(r, k, nil)
				f := float64(run)
				other.Apply(func(i, j int, v float64) float64 { return v*(1+f/2) + f*residuals.At(r-1-i, j)/4 }, residuals)
				each[run] = must(estimate.Residuals(ctx, "S1", other))(t)
			}
			check(name+"crossnobis of each", must(rsa.Crossnobis{Each: each}.RDM(ctx, runs))(t).Upper(), want.Each)

			// The same noise, known as a matrix.
			known := must(rsa.FromCovariance("S1", must(noise.Covariance())(t)))(t)
			check(name+"crossnobis of a matrix", must(rsa.Crossnobis{Noise: known}.RDM(ctx, runs))(t).Upper(), want.Crossnobis)
			check(name+"precision of a matrix", cells(must(known.Precision())(t)), want.Precision)

			repeats := must(estimate.Repeats(ctx, runs))(t)
			check(name+"repeats", cells(must(repeats.Covariance())(t)), want.Unbalanced)
			estimate.DoF = (n - 1) * len(runs) // what rsatoolbox divides a balanced design by
			repeats = must(estimate.Repeats(ctx, runs))(t)
			check(name+"repeats, balanced", cells(must(repeats.Covariance())(t)), want.Measurements)
			estimate.DoF = c.DoF
			noise = must(estimate.Residuals(ctx, "S1", residuals))(t)
			check(name+"covariance by DoF", cells(must(noise.Covariance())(t)), want.CovDoF)
		}
	}
	t.Logf("largest relative difference to rsatoolbox: %.2g", worst)
}
