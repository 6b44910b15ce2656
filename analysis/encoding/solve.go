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

// solveTargets is how many targets are solved for at once.
const solveTargets = 2048

// deviations returns some rows of the columns cols, less their mean.
func deviations(y *mat.Dense, rows, cols []int, mean []float64) *mat.Dense {
	return deviationsIn(simd.Large[float64](len(rows)*len(cols)), y, rows, cols, mean)
}

// deviationsIn is deviations in the given memory.
func deviationsIn(space []float64, y *mat.Dense, rows, cols []int, mean []float64) *mat.Dense {
	out := mat.NewDense(len(rows), len(cols), space[:len(rows)*len(cols)])
	simd.Parallel(len(rows), simd.Grain(4*len(cols)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			src, dst := y.RawRowView(rows[i]), out.RawRowView(i)
			for k, j := range cols {
				dst[k] = src[j] - mean[j]
			}
		}
	})
	return out
}

// rhs returns Z of the centred training targets y.
func (s *system) rhs(y *mat.Dense) *mat.Dense {
	if s.xt == nil {
		return y
	}
	var z mat.Dense
	z.Mul(s.xt, y)
	return &z
}

// addErrors adds to errs, an l×t matrix, the mean squared error of each λ and
// target on the rows to predict, in float64.
//
// The H of all λ are stacked, so that one product HZ gives the predictions of
// all of them; no eigendecomposition is needed.
func (s *system) addErrors(ctx context.Context, lambdas []float64, y, errs *mat.Dense) error {
	h, q := s.a.Dims()
	_, t := y.Dims()
	l := len(lambdas)
	stack := mat.NewDense(l*h, q, simd.Large[float64](l*h*q))
	err := each(ctx, l, func(i int) error {
		hat, err := s.hat(lambdas[i])
		if err == nil {
			stack.Slice(i*h, (i+1)*h, 0, q).(*mat.Dense).Copy(hat)
		}
		return err
	})
	if err != nil {
		return err
	}
	mean := meanOf(y, s.train)
	for b := 0; b < t; b += blockTargets {
		if err := ctx.Err(); err != nil {
			return err
		}
		cols := upTo(t)[b:min(b+blockTargets, t)]
		held := deviations(y, s.test, cols, mean)
		var p mat.Dense
		p.Mul(stack, s.rhs(deviations(y, s.train, cols, mean)))
		for i := range l {
			sum := errs.RawRowView(i)[b : b+len(cols)]
			for r := 0; r < h; r++ {
				got, want := p.RawRowView(i*h+r), held.RawRowView(r)
				for j, g := range got {
					d := want[j] - g
					sum[j] += d * d / float64(h)
				}
			}
		}
	}
	return nil
}

// predict stores in the rows to predict of out, n×t, what the training rows of
// y predict, where target j has the penalty lambda[j].
func (s *system) predict(ctx context.Context, lambda []float64, y, out *mat.Dense) error {
	mean := meanOf(y, s.train)
	var p mat.Dense
	return s.byLambda(ctx, lambda, y, mean, func(l float64) (func(z *mat.Dense, cols []int), error) {
		hat, err := s.hat(l)
		return func(z *mat.Dense, cols []int) {
			p.Reset() // keeps its memory
			p.Mul(hat, z)
			for i, r := range s.test {
				dst := out.RawRowView(r)
				for k, v := range p.RawRowView(i) {
					dst[cols[k]] = v + mean[cols[k]]
				}
			}
		}, err
	})
}

// coefficients returns C, q×t, of the training rows of y, with the penalty
// lambda[j] for target j.
func (s *system) coefficients(ctx context.Context, lambda []float64, y *mat.Dense) (*mat.Dense, error) {
	q, t := s.m.SymmetricDim(), len(lambda)
	out := mat.NewDense(q, t, simd.Large[float64](q*t))
	err := s.byLambda(ctx, lambda, y, meanOf(y, s.train), func(l float64) (func(z *mat.Dense, cols []int), error) {
		f, err := s.factor(l)
		return func(z *mat.Dense, cols []int) {
			f.solve(z.RawMatrix())
			simd.Parallel(q, simd.Grain(2*len(cols)), func(lo, hi int) {
				for i := lo; i < hi; i++ {
					dst := out.RawRowView(i)
					for k, v := range z.RawRowView(i) {
						dst[cols[k]] = v
					}
				}
			})
		}, err
	})
	return out, err
}

// byLambda prepares each distinct λ once and applies it to Z of the targets
// that have it, a block at a time.
func (s *system) byLambda(ctx context.Context, lambda []float64, y *mat.Dense, mean []float64, prepare func(float64) (func(z *mat.Dense, cols []int), error)) error {
	groups, most := map[float64][]int{}, 0
	for j, l := range lambda {
		groups[l] = append(groups[l], j)
		most = max(most, len(groups[l]))
	}
	space := simd.Large[float64](len(s.train) * min(most, solveTargets))
	for _, l := range distinct(lambda) {
		apply, err := prepare(l)
		if err != nil {
			return err
		}
		for cols := groups[l]; len(cols) > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			part := cols[:min(solveTargets, len(cols))]
			cols = cols[len(part):]
			apply(s.rhs(deviationsIn(space, y, s.train, part, mean)), part)
		}
	}
	return nil
}

// meanOf returns the column means of some rows. The first of them is
// subtracted before the mean is taken, so that constant columns have exactly
// their value.
func meanOf(x *mat.Dense, rows []int) []float64 {
	_, c := x.Dims()
	first := x.RawRowView(rows[0])
	sum, squares := make([]float64, c), make([]float64, c)
	for _, r := range rows[1:] {
		simd.Moments(sum, squares, x.RawRowView(r), first)
	}
	for j, v := range sum {
		sum[j] = first[j] + v/float64(len(rows))
	}
	return sum
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
