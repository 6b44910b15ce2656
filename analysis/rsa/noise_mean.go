package rsa

import (
	"context"
	"math"

	"fusiform/internal/simd"
)

// with returns the noise of which the covariance is the mean of those of n and
// o: of two low ranks, by the residuals of both.
func (n *Noise) with(ctx context.Context, o *Noise) (*Noise, error) {
	out := &Noise{Source: n.Source, Channels: n.Channels, Residuals: n.Residuals + o.Residuals}
	if n.chol != nil || o.chol != nil {
		a, err := n.Covariance()
		if err != nil {
			return nil, err
		}
		b, err := o.Covariance()
		if err != nil {
			return nil, err
		}
		a.AddSym(a, b)
		a.ScaleSym(.5, a)
		out.beta = 1
		return out, out.decompose(a)
	}
	out.alpha, out.inv = 1, make([]float64, n.Channels)
	for j := range out.inv {
		out.inv[j] = 1 / math.Sqrt((n.own(j)+o.own(j))/2)
	}
	first := n.lowRank()
	out.rows = residuals{n: first + o.lowRank(), fill: func(to []float64, i, lo, hi int) {
		from, at := n, i
		if i >= first {
			from, at = o, i-first
		}
		from.rows.fill(to, at, lo, hi)
		simd.BinaryScalar(simd.Mul, to, to, math.Sqrt(from.beta/2))
	}}
	if out.rows.n == 0 {
		return out, nil
	}
	out.beta = 1
	if err := refuse(8*out.rows.n*out.rows.n, "the %[1]d×%[1]d products of the residuals of two runs", "take every second residual, or Shrinkage OnlyDiagonal", out.rows.n); err != nil {
		return nil, err
	}
	g, _, err := out.products(ctx)
	if err != nil {
		return nil, err
	}
	return out, out.invert(g, out.rows.n)
}

// own is the variance of channel j that it shares with no other.
func (n *Noise) own(j int) float64 {
	if n.inv == nil {
		return n.alpha
	}
	return n.alpha / n.inv[j] / n.inv[j]
}
