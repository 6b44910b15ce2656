package rsa_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
)

func TestCKAReference(t *testing.T) {
	for _, c := range loadDistances(t).CKA {
		s := stimuli(t, make([]string, len(c.A))...)
		a, b := responses(t, "A", s, c.A), responses(t, "B", s, c.B)
		for _, k := range []struct {
			f    func(a, b *analysis.Responses) (analysis.Score, error)
			m    *analysis.Measure
			want float64
		}{{rsa.CKA, rsa.AlignmentMeasure, c.Biased}, {rsa.UnbiasedCKA, rsa.UnbiasedAlignmentMeasure, c.Unbiased}} {
			got := must(k.f(a, b))(t)
			if math.Abs(got.Value-k.want) > 1e-12 || got.Measure != k.m || got.N != len(c.A) {
				t.Errorf("%d×%d with %d: %v, want %v", len(c.A), len(c.A[0]), len(c.B[0]), got, k.want)
			}
			if back := must(k.f(b, a))(t); math.Abs(back.Value-got.Value) > 1e-15 { // rounding of the products
				t.Errorf("%s is not symmetric: %v, %v", k.m.Name, got, back)
			}
		}
	}
}

// Both routes, by stimuli and by channels, are the cosine of Gram matrices
// that were centred cell by cell.
func TestCKARoutes(t *testing.T) {
	for _, c := range []struct{ n, a, b int }{{60, 8, 12}, {20, 8, 12}, {21, 8, 12}, {12, 40, 3}, {4, 2, 1}, {9, 1, 1}} {
		a, b := random(t, "a", 1, c.n, c.a), random(t, "b", 2, c.n, c.b)
		for _, k := range []struct {
			f      func(a, b *analysis.Responses) (analysis.Score, error)
			centre func(mat.Matrix) []float64
		}{{rsa.CKA, doublyCentred}, {rsa.UnbiasedCKA, unbiasedlyCentred}} {
			want := analysis.Cosine.Func(k.centre(a.Matrix()), k.centre(b.Matrix()))
			if got := must(k.f(a, b))(t); math.Abs(got.Value-want) > 1e-12 {
				t.Errorf("%v: %v, want %v", c, got, want)
			}
		}
	}
}

func gramOf(x mat.Matrix) *mat.Dense {
	var k mat.Dense
	k.Mul(x, x.T())
	return &k
}

// doublyCentred returns the cells of HKH.
func doublyCentred(x mat.Matrix) []float64 {
	n, _ := x.Dims()
	h := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			h.Set(i, j, -1/float64(n))
		}
		h.Set(i, i, 1-1/float64(n))
	}
	var out mat.Dense
	out.Mul(h, gramOf(x))
	out.Mul(mat.DenseCopyOf(&out), h)
	return out.RawMatrix().Data
}

// unbiasedlyCentred returns the cells of K̃.
func unbiasedlyCentred(x mat.Matrix) []float64 {
	k := gramOf(x)
	n, _ := k.Dims()
	sums, all := make([]float64, n), 0.
	for i := range n {
		k.Set(i, i, 0)
		for j := range n {
			sums[i] += k.At(i, j)
		}
		all += sums[i]
	}
	f := float64(n)
	var out []float64
	for i := range n {
		for j := range n {
			if i != j {
				out = append(out, k.At(i, j)-(sums[i]+sums[j])/(f-2)+all/(f-1)/(f-2))
			}
		}
	}
	return out
}

func TestCKALaws(t *testing.T) {
	const n = 40
	a, b := random(t, "a", 1, n, 6), random(t, "b", 2, n, 9)
	order := rand.New(rand.NewPCG(3, 4)).Perm(n)
	items := make([]analysis.Stimulus, n)
	for i, p := range order {
		items[i] = a.Stimuli().At(p)
	}
	shuffled := must(b.On(must(analysis.NewStimuli(items))(t)))(t)
	q := rotation(6, 5)
	var turned mat.Dense
	turned.Mul(a.Matrix(), q)
	turned.Apply(func(_, j int, v float64) float64 { return -3*v + float64(j) }, &turned)
	moved := must(analysis.NewResponses("turned", a.Stimuli(), &turned))(t)
	for name, f := range map[string]func(a, b *analysis.Responses) (analysis.Score, error){"CKA": rsa.CKA, "UnbiasedCKA": rsa.UnbiasedCKA} {
		if v := must(f(a, a))(t).Value; math.Abs(v-1) > 1e-12 {
			t.Errorf("%s with itself is %v", name, v)
		}
		if v := must(f(a, moved))(t).Value; math.Abs(v-1) > 1e-12 {
			t.Errorf("%s with itself turned, shifted and scaled is %v", name, v)
		}
		if x, y := must(f(a, b))(t).Value, must(f(a, shuffled))(t).Value; math.Abs(x-y) > 1e-12 {
			t.Errorf("%s is %v, %v in another order", name, x, y)
		}
	}
	// Of unrelated sources with many channels one is near 1 and warns, the
	// other is near 0.
	x, y := noise(t, "x", 1, 30, 2000), noise(t, "y", 2, 30, 2000)
	biased, unbiased := must(rsa.CKA(x, y))(t), must(rsa.UnbiasedCKA(x, y))(t)
	if biased.Value < .9 || len(biased.Warnings) != 1 || math.Abs(unbiased.Value) > .1 || len(unbiased.Warnings) != 0 {
		t.Errorf("unrelated: %v %v, %v %v", biased, biased.Warnings, unbiased, unbiased.Warnings)
	}
	// ceiling.Pairwise takes it.
	systems := []ceiling.System{{Label: "a", Person: "a"}, {Label: "b", Person: "b"}}
	p := must(ceiling.Pairwise(systems, []*analysis.Responses{a, b}, []float64{1, .25}, rsa.UnbiasedCKA))(t)
	if v := p.Values.At(0, 1); math.Abs(v-2*must(rsa.UnbiasedCKA(a, b))(t).Value) > 1e-12 {
		t.Errorf("pairwise: %v", v)
	}
}

// noise returns n×c standard normal responses.
func noise(t testing.TB, source string, seed uint64, n, c int) *analysis.Responses {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, c)
		for j := range rows[i] {
			rows[i][j] = rng.NormFloat64()
		}
	}
	return responses(t, source, stimuli(t, make([]string, n)...), rows)
}

// rotation returns a random c×c orthogonal matrix.
func rotation(c int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 3))
	x := mat.NewDense(c, c, nil)
	x.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, x)
	var qr mat.QR
	qr.Factorize(x)
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

func TestCKAErrors(t *testing.T) {
	a := random(t, "a", 1, 5, 3)
	few := func(n int) *analysis.Responses {
		return must(a.On(must(analysis.NewStimuli(slices.Collect(func(yield func(analysis.Stimulus) bool) {
			for i := range n {
				yield(a.Stimuli().At(i))
			}
		})))(t)))(t)
	}
	s := a.Stimuli()
	dead := responses(t, "dead", s, [][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}})
	// One channel per stimulus: all are equally far from each other.
	even := responses(t, "even", s, [][]float64{{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 0, 1}})
	var alignment *analysis.AlignmentError
	for _, c := range []struct {
		name string
		call func() (analysis.Score, error)
		is   error
		as   any
		says string
	}{
		{"three", func() (analysis.Score, error) { return rsa.UnbiasedCKA(few(3), few(3)) }, nil, nil, "needs at least 4"},
		{"two", func() (analysis.Score, error) { return rsa.CKA(few(2), few(2)) }, nil, nil, "needs at least 3"},
		{"fewer", func() (analysis.Score, error) { return rsa.CKA(a, few(4)) }, nil, &alignment, "test/004"},
		{"more", func() (analysis.Score, error) { return rsa.CKA(few(4), a) }, nil, &alignment, "test/004"},
		{"dead", func() (analysis.Score, error) { return rsa.CKA(a, dead) }, analysis.ErrDead, nil, `"dead"`},
		{"even", func() (analysis.Score, error) { return rsa.UnbiasedCKA(a, even) }, analysis.ErrConstant, nil, `"even"`},
	} {
		_, err := c.call()
		if err == nil || c.is != nil && !errors.Is(err, c.is) || c.as != nil && !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if v := must(rsa.CKA(few(3), few(3)))(t).Value; math.Abs(v-1) > 1e-12 {
		t.Errorf("of three: %v", v)
	}
}
