package encoding

import (
	"context"
	"runtime"
	"sync"

	"fusiform/internal/simd"

	"gonum.org/v1/gonum/mat"
)

// blockTargets is how many targets are predicted at once. Blocks bound the
// memory: 2000 rows × 512 targets are 8 MB, and fit a core's cache in parts.
const blockTargets = 512

// addErrors adds to errs, an l×t matrix, the mean squared error of each λ and
// target on the held-out rows. The training targets y and the held-out ones
// are both centred on the training mean.
//
// The H of several λ are stacked, so that one product HZ gives the
// predictions of all of them; no eigendecomposition is needed.
func (s *system) addErrors(ctx context.Context, lambdas []float64, y, held, errs *mat.Dense) error {
	z := s.rhs(y)
	h, q := s.a.Dims()
	_, t := z.Dims()
	batch := min(runtime.GOMAXPROCS(0), len(lambdas))
	stack := mat.NewDense(batch*h, q, nil)
	pred := mat.NewDense(batch*h, min(blockTargets, t), nil)
	for from := 0; from < len(lambdas); from += batch {
		some := lambdas[from:min(from+batch, len(lambdas))]
		err := each(ctx, len(some), func(i int) error {
			hat, err := s.hat(some[i])
			if err == nil {
				stack.Slice(i*h, (i+1)*h, 0, q).(*mat.Dense).Copy(hat)
			}
			return err
		})
		if err != nil {
			return err
		}
		for b := 0; b < t; b += blockTargets {
			if err := ctx.Err(); err != nil {
				return err
			}
			e := min(b+blockTargets, t)
			p := pred.Slice(0, len(some)*h, 0, e-b).(*mat.Dense)
			p.Mul(stack.Slice(0, len(some)*h, 0, q), z.Slice(0, q, b, e))
			for i := range some {
				sum := errs.RawRowView(from + i)[b:e]
				for r := 0; r < h; r++ {
					got, want := p.RawRowView(i*h+r), held.RawRowView(r)[b:e]
					for j, g := range got {
						d := want[j] - g
						sum[j] += d * d / float64(h)
					}
				}
			}
		}
	}
	return nil
}

// predict returns Ŷ, h×t, where target j has the penalty lambda[j], from
// training targets centred on their mean; the mean is not added.
func (s *system) predict(ctx context.Context, lambda []float64, y *mat.Dense) (*mat.Dense, error) {
	h, _ := s.a.Dims()
	return s.byLambda(ctx, h, lambda, y, func(l float64) (func(z *mat.Dense) *mat.Dense, error) {
		hat, err := s.hat(l)
		return func(z *mat.Dense) *mat.Dense {
			var p mat.Dense
			p.Mul(hat, z)
			return &p
		}, err
	})
}

// coefficients returns C, q×t, with the penalty lambda[j] for target j.
func (s *system) coefficients(ctx context.Context, lambda []float64, y *mat.Dense) (*mat.Dense, error) {
	return s.byLambda(ctx, s.m.SymmetricDim(), lambda, y, func(l float64) (func(z *mat.Dense) *mat.Dense, error) {
		f, err := s.factor(l)
		return func(z *mat.Dense) *mat.Dense {
			f.solve(z.RawMatrix())
			return z
		}, err
	})
}

// byLambda prepares each distinct λ once and applies it to the targets that
// have it, in blocks, of which it is given copies; the result has n rows.
func (s *system) byLambda(ctx context.Context, n int, lambda []float64, y *mat.Dense, prepare func(float64) (func(z *mat.Dense) *mat.Dense, error)) (*mat.Dense, error) {
	z := s.rhs(y)
	q, _ := z.Dims()
	out := mat.NewDense(n, len(lambda), simd.Large[float64](n*len(lambda)))
	groups := map[float64][]int{}
	for j, l := range lambda {
		groups[l] = append(groups[l], j)
	}
	for _, l := range distinct(lambda) {
		apply, err := prepare(l)
		if err != nil {
			return nil, err
		}
		for cols := groups[l]; len(cols) > 0; {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			part := cols[:min(solveTargets, len(cols))]
			cols = cols[len(part):]
			zb := mat.NewDense(q, len(part), simd.Large[float64](q*len(part)))
			move(zb, nil, z, part)
			move(out, part, apply(zb), nil)
		}
	}
	return out, nil
}

// solveTargets is how many targets are solved for at once.
const solveTargets = 2048

// move copies the columns from of src to the columns to of dst; nil means the
// first ones.
func move(dst *mat.Dense, to []int, src *mat.Dense, from []int) {
	n, c := src.Dims()
	if from != nil {
		c = len(from)
	}
	simd.Parallel(n, simd.Grain(2*c), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d, s := dst.RawRowView(i), src.RawRowView(i)
			switch {
			case to == nil:
				for k, j := range from {
					d[k] = s[j]
				}
			default:
				for k, j := range to {
					d[j] = s[k]
				}
			}
		}
	})
}

// distinct returns the different values in order of first appearance.
func distinct(x []float64) []float64 {
	var out []float64
	seen := map[float64]bool{}
	for _, v := range x {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// each calls f(0) … f(n−1) on as many goroutines as there are processors and
// returns the error of the lowest i, so that it does not depend on timing. It
// stops early when ctx ends.
func each(ctx context.Context, n int, f func(i int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = f(i)
				}
			}
		})
	}
	for i := 0; i < n; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
