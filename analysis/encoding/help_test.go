package encoding

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func stimuli(t testing.TB, ids, categories []string) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, len(ids))
	for i := range items {
		items[i] = analysis.Stimulus{ID: ids[i], Category: categories[i]}
	}
	s, err := analysis.NewStimuli(items)
	return must(t, s, err)
}

// shown returns n stimuli of three categories in turn.
func shown(t testing.TB, n int) analysis.Stimuli {
	ids, cats := make([]string, n), make([]string, n)
	for i := range ids {
		ids[i], cats[i] = fmt.Sprintf("set/%03d", i), []string{"face", "body", "scene"}[i%3]
	}
	return stimuli(t, ids, cats)
}

func responses(t testing.TB, source string, s analysis.Stimuli, v *mat.Dense) *analysis.Responses {
	t.Helper()
	r, err := analysis.NewResponses(source, s, v)
	return must(t, r, err)
}

func dense(v [][]float64) *mat.Dense {
	m := mat.NewDense(len(v), len(v[0]), nil)
	for i, row := range v {
		m.SetRow(i, row)
	}
	return m
}

func normal(rng *rand.Rand, n, c int) *mat.Dense {
	m := mat.NewDense(n, c, nil)
	for i := range m.RawMatrix().Data {
		m.RawMatrix().Data[i] = rng.NormFloat64()
	}
	return m
}

// linear returns features with offsets and different scales, and targets that
// follow from them up to noise.
func linear(t testing.TB, seed uint64, n, p, targets int, noise float64) (x, y *analysis.Responses) {
	rng := rand.New(rand.NewPCG(seed, 0))
	xm := normal(rng, n, p)
	w := normal(rng, p, targets)
	for j := 0; j < p; j++ {
		scale, offset := math.Exp(rng.NormFloat64()), 5*rng.NormFloat64()
		for i := 0; i < n; i++ {
			xm.Set(i, j, scale*xm.At(i, j)+offset)
		}
	}
	var ym mat.Dense
	ym.Mul(xm, w)
	e := normal(rng, n, targets)
	e.Scale(noise*math.Sqrt(float64(p)), e)
	ym.Add(&ym, e)
	s := shown(t, n)
	return responses(t, "net/pool", s, xm), responses(t, "S1 FFA", s, &ym)
}

// near reports the largest difference of two matrices, relative to the largest
// entry of want.
func near(t testing.TB, what string, got, want mat.Matrix, tol float64) {
	t.Helper()
	r, c := got.Dims()
	if wr, wc := want.Dims(); r != wr || c != wc {
		t.Fatalf("%s is %d×%d, want %d×%d", what, r, c, wr, wc)
	}
	var d mat.Dense
	d.Sub(got, want)
	if e := mat.Norm(&d, math.Inf(1)) / mat.Norm(want, math.Inf(1)); !(e <= tol) {
		t.Errorf("%s is off by %.2g of its norm, want <= %.2g", what, e, tol)
	}
}

func row(v []float64) *mat.Dense { return mat.NewDense(1, len(v), v) }
