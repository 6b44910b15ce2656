package rsa

import (
	"context"
	"fmt"
	"math"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// AlignmentMeasure describes the scores of CKA. Its Func is the cosine, which
// is what CKA is of the cells of two centred Gram matrices.
var AlignmentMeasure = &analysis.Measure{
	Name: "linear CKA", Symbol: "CKA", Min: 0, Max: 1,
	Cite: "Kornblith et al. (2019), arXiv:1905.00414",
	Func: analysis.Cosine.Func,
}

// UnbiasedAlignmentMeasure describes the scores of UnbiasedCKA, as
// AlignmentMeasure does those of CKA.
var UnbiasedAlignmentMeasure = &analysis.Measure{
	Name: "unbiased linear CKA", Symbol: "CKA", Min: -1, Max: 1,
	Cite: "Nguyen, Raghu & Kornblith (2021), arXiv:2010.15327; Murphy et al. (2024), arXiv:2405.01012; Song et al. (2012), jmlr.org/papers/v13/song12a.html",
	Func: analysis.Cosine.Func,
}

// CKA returns the linear centred kernel alignment of two sources over the n
// stimuli that both answered, whatever their channels are: with K = XXᵀ and
// L = YYᵀ of responses less each channel's mean,
//
//	CKA = Σᵢⱼ K[i,j]·L[i,j] / √(Σᵢⱼ K[i,j]² · Σᵢⱼ L[i,j]²)
//
// from 0 to 1, 1 if one is the other turned, shifted and scaled. It is the
// cosine of the two Gram matrices, so high values of few strong stimuli weigh
// most. It is biased upwards the more channels there are for a stimulus: two
// unrelated sources of many channels approach 1 (a Warning says so). See
// UnbiasedCKA.
//
// The sums are those of n×n Gram matrices or of the c×c products of channels,
// whichever are fewer multiplications: n(c₁+c₂)·min(n, c₁+c₂). The interval is
// the range: none is known. Stimuli are aligned by ID.
//
// It fails with an *analysis.AlignmentError if the sources did not answer the
// same stimuli, with fewer than three stimuli, and with analysis.ErrDead if no
// channel of one varies.
func CKA(a, b *analysis.Responses) (analysis.Score, error) {
	s, err := sumsOf(a, b, AlignmentMeasure, 3)
	if err != nil {
		return analysis.Score{}, err
	}
	_, ca := a.Dims()
	_, cb := b.Dims()
	score, err := s.score(a, b, AlignmentMeasure, s.ab, s.aa, s.bb)
	if err == nil && max(ca, cb) >= s.n {
		score.Warnings = append(score.Warnings, fmt.Errorf("linear CKA of %d and %d channels over %d stimuli is biased upwards, as much as channels outnumber stimuli: see UnbiasedCKA", ca, cb, s.n))
	}
	return score, err
}

// UnbiasedCKA returns CKA with the unbiased estimator of the sums (HSIC), in
// which a stimulus is not held against itself: two unrelated sources are at 0
// on average, however many channels they have, and values below 0 happen. It
// is the cosine of the cells off the diagonal of K and L after
//
//	K̃[i,j] = K[i,j] − Σₗ(K[i,l] + K[l,j])/(n−2) + Σₗₘ K[l,m]/((n−1)(n−2)),  K[i,i] = 0
//
// It fails like CKA, with fewer than four stimuli (of three, K̃ is 0), and with
// analysis.ErrConstant if K̃ of a source is 0, as where all stimuli are
// equally far from each other.
func UnbiasedCKA(a, b *analysis.Responses) (analysis.Score, error) {
	s, err := sumsOf(a, b, UnbiasedAlignmentMeasure, 4)
	if err != nil {
		return analysis.Score{}, err
	}
	return s.score(a, b, UnbiasedAlignmentMeasure,
		s.unbiased(s.ab, s.ka, s.kb), s.unbiased(s.aa, s.ka, s.ka), s.unbiased(s.bb, s.kb, s.kb))
}

// gramSums are what both alignments are made of: K and L are n×n, of
// responses less each channel's mean.
type gramSums struct {
	n          int
	ab, aa, bb float64   // Σᵢⱼ K·L, K·K, L·L
	ka, kb     []float64 // the diagonals
	warnings   []error
}

// sumsOf returns the sums of two sources, each scaled to Σ K[i,i] = 1.
func sumsOf(a, b *analysis.Responses, m *analysis.Measure, least int) (*gramSums, error) {
	n := a.Stimuli().Len()
	if n < least {
		return nil, fmt.Errorf("rsa: %s of %q and %q over %d stimuli; it needs at least %d", m.Name, a.Source(), b.Source(), n, least)
	}
	c, err := b.On(a.Stimuli())
	if err == nil && b.Stimuli().Len() != n {
		_, err = b.Stimuli().In(a.Stimuli(), fmt.Sprintf("%q", a.Source()))
	}
	if err != nil {
		return nil, fmt.Errorf("rsa: take both responses On the shared stimuli: %w", err)
	}
	b = c
	s := &gramSums{n: n}
	for _, r := range []*analysis.Responses{a, b} {
		if _, channels := r.Dims(); still(r) == channels {
			return nil, fmt.Errorf("rsa: %w: each of the %d channels of %q gives all %d stimuli the same response, so nothing aligns", analysis.ErrDead, channels, r.Source(), n)
		}
	}
	if n < fewStimuli {
		s.warnings = append(s.warnings, fmt.Errorf("%s over %d stimuli is unreliable: need >= %d", m.Name, n, fewStimuli))
	}
	_, ca := a.Dims()
	_, cb := b.Dims()
	if ca+cb < n {
		s.byChannels(a, b)
		return s, nil
	}
	return s, s.byStimuli(a, b)
}

// byStimuli forms K and L.
func (s *gramSums) byStimuli(a, b *analysis.Responses) error {
	n := s.n
	if err := refuse(2*8*n*n, "two Gram matrices of %d stimuli", "take fewer stimuli (On), or fewer channels than stimuli (Within, Columns)", n); err != nil {
		return err
	}
	k, err := centredGram(a).sum(context.Background())
	if err != nil {
		return err
	}
	l, err := centredGram(b).sum(context.Background())
	if err != nil {
		return err
	}
	x, y := k.RawSymmetric().Data, l.RawSymmetric().Data
	s.ka, s.kb = make([]float64, n), make([]float64, n)
	for i := range n {
		p, q := x[i*n+i:(i+1)*n], y[i*n+i:(i+1)*n]
		s.ka[i], s.kb[i] = p[0], q[0]
		s.ab += 2*simd.Dot(p, q) - p[0]*q[0]
		s.aa += 2*simd.SumSquares(p) - p[0]*p[0]
		s.bb += 2*simd.SumSquares(q) - q[0]*q[0]
	}
	return nil
}

func centredGram(r *analysis.Responses) gram {
	n, c := r.Dims()
	return gram{n: n, c: c, weights: []float64{1}, centre: true, fill: func(to [][]float64, i, lo, hi int) { copy(to[0], r.Row(i)[lo:hi]) }}
}

// byChannels forms XᵀX, XᵀY and YᵀY, whose squares sum to the same.
func (s *gramSums) byChannels(a, b *analysis.Responses) {
	_, ca := a.Dims()
	_, cb := b.Dims()
	x, y := centredGram(a).all(), centredGram(b).all()
	s.ka, s.kb = make([]float64, s.n), make([]float64, s.n)
	for i := range s.n {
		s.ka[i] = simd.SumSquares(x[i*ca : (i+1)*ca])
		s.kb[i] = simd.SumSquares(y[i*cb : (i+1)*cb])
	}
	squares := func(x []float64, c int, y []float64, d int) float64 {
		xy := make([]float64, c*d)
		simd.Gemm(true, false, c, d, s.n, 1, x, c, y, d, 0, xy, d)
		return simd.SumSquares(xy)
	}
	s.ab, s.aa, s.bb = squares(x, ca, y, cb), squares(x, ca, x, ca), squares(y, cb, y, cb)
}

// all returns the patterns as a whole.
func (g gram) all() []float64 {
	u := make([]float64, len(g.weights)*g.n*g.c)
	g.block(u, 0, g.c)
	return u
}

// unbiased returns n(n−3) times the unbiased HSIC: Σ K̃·L̃. Rows of K sum to 0,
// so those of K without its diagonal k sum to −k:
//
//	Σ K·L − Σ k·l + Σk·Σl/((n−1)(n−2)) − 2/(n−2)·Σ k·l
func (s *gramSums) unbiased(kl float64, k, l []float64) float64 {
	n := float64(s.n)
	return kl - simd.Dot(k, l)*(1+2/(n-2)) + simd.Sum(k)*simd.Sum(l)/(n-1)/(n-2)
}

// score returns ab/√(aa·bb).
func (s *gramSums) score(a, b *analysis.Responses, m *analysis.Measure, ab, aa, bb float64) (analysis.Score, error) {
	for k, r := range []*analysis.Responses{a, b} {
		// What is left of all squares after rounding.
		own, all := [2]float64{aa, bb}[k], [2]float64{s.aa, s.bb}[k]
		if own <= 1e-13*all {
			return analysis.Score{}, fmt.Errorf("rsa: %s: %w: all stimuli are equally far from each other in %q", m.Name, analysis.ErrConstant, r.Source())
		}
	}
	v := ab / (math.Sqrt(aa) * math.Sqrt(bb))
	if !finite(v) {
		return analysis.Score{}, fmt.Errorf("rsa: %s of %q and %q is %v; is the scale of the responses extreme?", m.Name, a.Source(), b.Source(), v)
	}
	return analysis.Score{Measure: m, Value: math.Max(m.Min, math.Min(m.Max, v)), Lo: m.Min, Hi: m.Max, N: s.n, Warnings: s.warnings}, nil
}
