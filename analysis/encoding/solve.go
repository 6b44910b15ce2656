package encoding

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// blockTargets is how many targets are predicted at once. Blocks bound the
// memory: 2000 rows × 512 targets are 8 MB, and fit a core's cache in parts.
const blockTargets = 512

// The largest condition number that a system may have. At 1e14 two digits of
// 16 are left, which a penalty keeps harmless, since the predictions do not
// depend on the directions lost. Without a penalty all digits go into the
// weights, and n rounding errors in the Gram matrix already look like 1/(nε) ≈
// 1e12 for n = 4000, so that a larger one cannot be told from a singular one.
const (
	maxCond     = 1e14
	maxCondFree = 1e12
)

// factor returns the Cholesky factor of M + λI. It fails where M + λI is
// singular to working precision; in the dual with λ = 0 it always is, since
// centring takes one dimension from n.
func (s *system) factor(lambda float64) (*mat.Cholesky, error) {
	limit := maxCond
	if lambda == 0 {
		limit = maxCondFree
	}
	q := s.m.SymmetricDim()
	m := mat.NewSymDense(q, nil)
	m.CopySym(s.m)
	for i := 0; i < q; i++ {
		m.SetSym(i, i, m.At(i, i)+lambda)
	}
	var c mat.Cholesky
	if s.xt == nil && lambda == 0 || !c.Factorize(m) || c.Cond() > limit {
		return nil, fmt.Errorf("λ = %g is too small: with %d equations there are as many independent features as stimuli, or features that repeat each other, and the weights would be rounding errors; use λ >= %.1g (1e-8 of the mean squared length of a centred row) or fewer features",
			lambda, q, 1e-8*s.scale)
	}
	return &c, nil
}

// hat returns H = A(M + λI)⁻¹, so that Ŷ = HZ.
func (s *system) hat(lambda float64) (*mat.Dense, error) {
	c, err := s.factor(lambda)
	if err != nil {
		return nil, err
	}
	var ht mat.Dense
	if err := c.SolveTo(&ht, s.a.T()); err != nil {
		return nil, fmt.Errorf("λ = %g: %w", lambda, err)
	}
	return mat.DenseCopyOf(ht.T()), nil
}

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
	return s.byLambda(ctx, h, lambda, y, func(l float64) (func(z *mat.Dense) (*mat.Dense, error), error) {
		hat, err := s.hat(l)
		return func(z *mat.Dense) (*mat.Dense, error) {
			var p mat.Dense
			p.Mul(hat, z)
			return &p, nil
		}, err
	})
}

// coefficients returns C, q×t, with the penalty lambda[j] for target j.
func (s *system) coefficients(ctx context.Context, lambda []float64, y *mat.Dense) (*mat.Dense, error) {
	return s.byLambda(ctx, s.m.SymmetricDim(), lambda, y, func(l float64) (func(z *mat.Dense) (*mat.Dense, error), error) {
		c, err := s.factor(l)
		return func(z *mat.Dense) (*mat.Dense, error) {
			var w mat.Dense
			err := c.SolveTo(&w, z)
			return &w, err
		}, err
	})
}

// byLambda prepares each distinct λ once and applies it to the targets that
// have it, in blocks spread over the processors; the result has n rows.
func (s *system) byLambda(ctx context.Context, n int, lambda []float64, y *mat.Dense, prepare func(float64) (func(z *mat.Dense) (*mat.Dense, error), error)) (*mat.Dense, error) {
	z := s.rhs(y)
	q, _ := z.Dims()
	out := mat.NewDense(n, len(lambda), nil)
	for _, l := range distinct(lambda) {
		apply, err := prepare(l)
		if err != nil {
			return nil, err
		}
		var cols []int
		for j := range lambda {
			if lambda[j] == l {
				cols = append(cols, j)
			}
		}
		blocks := (len(cols) + blockTargets - 1) / blockTargets
		err = each(ctx, blocks, func(b int) error {
			part := cols[b*blockTargets : min((b+1)*blockTargets, len(cols))]
			zb := mat.NewDense(q, len(part), nil)
			move(zb, upTo(len(part)), z, part)
			w, err := apply(zb)
			if err == nil {
				move(out, part, w, upTo(len(part)))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// product returns ab, in blocks of columns between which ctx may end it.
func product(ctx context.Context, a, b *mat.Dense) (*mat.Dense, error) {
	n, _ := a.Dims()
	k, c := b.Dims()
	out := mat.NewDense(n, c, nil)
	for i := 0; i < c; i += blockTargets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		j := min(i+blockTargets, c)
		out.Slice(0, n, i, j).(*mat.Dense).Mul(a, b.Slice(0, k, i, j))
	}
	return out, nil
}

// move copies the columns from of src to the columns to of dst.
func move(dst *mat.Dense, to []int, src *mat.Dense, from []int) {
	n, _ := src.Dims()
	for i := 0; i < n; i++ {
		d, s := dst.RawRowView(i), src.RawRowView(i)
		for k, j := range from {
			d[to[k]] = s[j]
		}
	}
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
