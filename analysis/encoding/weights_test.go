package encoding

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestRoughWeights: where float32 is used for weights, they are within 1e-6 of
// their root mean square; where it would not be, it is not used.
func TestRoughWeights(t *testing.T) {
	used, refused, worst := 0, 0, 0.
	for c, tilt := range []float64{0, .5, 1, 2} {
		for _, size := range []float64{1e-5, 1e-2, 1, 100} {
			rng := rand.New(rand.NewPCG(uint64(c), 9))
			n, p, targets := 120, 300, 40
			x := normal(rng, n, p)
			basis := normal(rng, p, p)
			basis.Apply(func(i, _ int, v float64) float64 { return 1e3 * v * math.Pow(float64(i+1), -tilt) }, basis)
			x.Mul(x, basis)
			y := normal(rng, n, targets)
			for i := range n {
				y.Set(i, 3, 7)                // does not vary
				y.Set(i, 5, 1e-50*y.At(i, 5)) // is beyond float32
				y.Set(i, 6, x.At(i, 0))       // is easy
			}
			d := newDesign(x, nil)
			s := d.system(upTo(n), nil)
			lambda := make([]float64, targets)
			for j := range lambda {
				lambda[j] = s.scale * size
			}
			dual, err := s.coefficients(t.Context(), lambda, y)
			must(t, dual, err)
			exact, _, err := d.weights(t.Context(), x, dual, y, lambda)
			must(t, exact, err)
			got := mat.NewDense(p, targets, nil)
			rough := newRoughProduct(dual)
			features(x, nil, func(at int, block, mean []float64) {
				rough.store(got.Slice(at, at+len(mean), 0, targets).(*mat.Dense), block)
			})
			fine := map[int]bool{}
			for _, j := range d.fine(dual, y, lambda, meanOf(y, upTo(n)), n) {
				fine[j] = true
			}
			if !fine[5] || fine[3] {
				t.Errorf("spectrum ~ rank^-%v: float32 for 1e-50 is %v, for a constant %v", 2*tilt, !fine[5], !fine[3])
			}
			for j := range targets {
				if fine[j] {
					refused++
					continue
				}
				used++
				var off, all float64
				for i := range p {
					e := got.At(i, j) - exact.At(i, j)
					off, all = off+e*e, all+exact.At(i, j)*exact.At(i, j)
				}
				if off > 0 {
					worst = max(worst, math.Sqrt(off/all))
				}
			}
		}
	}
	t.Logf("float32 used for %d targets, off by %.2g at most; refused for %d", used, worst, refused)
	if worst > 1e-6 || worst == 0 || used < 100 || refused < 100 {
		t.Errorf("float32 used for %d targets and refused for %d; it leaves an error of %.2g", used, refused, worst)
	}
}
