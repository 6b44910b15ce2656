package rsa

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A Shrinkage says towards what a sample covariance is moved, by the λ that
// loses least on average. With fewer residuals than channels the sample
// covariance alone has no inverse.
type Shrinkage int

const (
	// ToDiagonal keeps the variances and shrinks the correlations between
	// channels to 0. Schäfer & Strimmer (2005), doi:10.2202/1544-6115.1175.
	ToDiagonal Shrinkage = iota

	// ToIdentity shrinks to one variance that all channels share. Ledoit &
	// Wolf (2004), doi:10.1016/S0047-259X(03)00096-4.
	ToIdentity

	// OnlyDiagonal takes the variances alone: univariate noise normalisation.
	OnlyDiagonal

	// Unshrunk is the sample covariance. It needs more residuals than
	// channels, in practice several times as many.
	Unshrunk
)

func (s Shrinkage) String() string {
	switch s {
	case ToDiagonal:
		return "shrinkage to the diagonal"
	case ToIdentity:
		return "shrinkage to the identity"
	case OnlyDiagonal:
		return "the diagonal alone"
	case Unshrunk:
		return "no shrinkage"
	}
	return fmt.Sprintf("Shrinkage(%d)", int(s))
}

// A Covariance estimates the covariance of the noise of channels:
//
//	S = XᵀX/DoF,  X r×c: r residuals of c channels, each channel's mean taken off
//	ToDiagonal:   Σ = (1−λ)·S + λ·diag(S)
//	ToIdentity:   Σ = (1−λ)·S + λ·m·1,  m = tr(S)/c
//
// with λ from 0 to 1 as in the papers (see Shrinkage), and the same numbers as
// rsatoolbox's cov_from_residuals. The zero value is its default, ToDiagonal.
type Covariance struct {
	Shrinkage Shrinkage

	// DoF is what sums of squares are divided by; 0 stands for r − 1
	// (Residuals), or r less the number of conditions (Repeats). Give the
	// rows less the regressors where the residuals are those of a regression.
	DoF int
}

// Residuals estimates the noise from r×c residuals, such as those of a GLM:
// one row per scan, one column per channel. The matrix is kept, not copied,
// where r ≤ c: do not modify it afterwards.
//
// It fails if a value is NaN or infinite, if a channel does not vary (but for
// ToIdentity), if Σ is singular, and if min(r, c) squared numbers would take
// more than 4 GiB. A Warning says if the covariances were shrunk away
// altogether.
func (e Covariance) Residuals(ctx context.Context, source string, v *mat.Dense) (*Noise, error) {
	if v == nil || v.IsEmpty() {
		return nil, fmt.Errorf("rsa: no residuals of %q", source)
	}
	r, c := v.Dims()
	if r < 2 {
		return nil, fmt.Errorf("rsa: %d row of residuals of %q; their covariance needs at least 2", r, source)
	}
	mean := make([]float64, c)
	for i := range r {
		row := v.RawRowView(i)
		for j, x := range row {
			if !finite(x) {
				return nil, fmt.Errorf("rsa: residual %d of %q in channel %d is %v; remove the scan or the channel, missing values are not guessed", i, source, j, x)
			}
		}
		simd.Axpy(mean, 1/float64(r), row)
	}
	return e.estimate(ctx, source, c, r-1, residuals{n: r, fill: func(to []float64, i, lo, hi int) {
		simd.Binary(simd.Sub, to, v.RawRowView(i)[lo:hi], mean[lo:hi])
	}})
}

// Repeats estimates the noise from repeated measurements of conditions, such
// as the runs of one person: X holds, for each response, what it differs from
// the mean of its stimulus over the runs. Stimuli are found by ID; a run may
// lack some. The natural degrees of freedom are the responses less the
// stimuli. (rsatoolbox's cov_from_measurements divides n conditions with k
// repeats by (n−1)·k instead of n·(k−1), so with 2 runs its variances are
// about half; its cov_from_unbalanced divides as here.)
//
// It fails with an *analysis.AlignmentError if the runs differ in source or in
// the number of channels, with fewer than two runs, if no stimulus was shown twice, and
// like Residuals. A Warning counts the stimuli that were shown only once,
// which say nothing about noise.
func (e Covariance) Repeats(ctx context.Context, runs []*analysis.Responses) (*Noise, error) {
	if len(runs) < 2 {
		return nil, fmt.Errorf("rsa: the noise between repeats from %s; it needs at least 2", count(len(runs)))
	}
	_, c := runs[0].Dims()
	where := map[string][][]float64{}
	var order []string
	for k, r := range runs {
		n, channels := r.Dims()
		if channels != c {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("%q has %d channels, %q has %d; the noise needs runs of the same channels", runs[0].Source(), c, r.Source(), channels)}
		}
		if err := sameSource(k, r, runs[0]); err != nil {
			return nil, err
		}
		for i := range n {
			id := r.Stimuli().At(i).ID
			if where[id] == nil {
				order = append(order, id)
			}
			where[id] = append(where[id], r.Row(i))
		}
	}
	var members [][][]float64 // for each row, those of its stimulus
	var rows [][]float64
	groups, once := 0, 0
	for _, id := range order {
		group := where[id]
		if len(group) < 2 {
			once++
			continue
		}
		groups++
		for _, row := range group {
			rows, members = append(rows, row), append(members, group)
		}
	}
	if groups == 0 {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("no stimulus was shown in more than one of the %d runs, so they say nothing about noise; average trials to conditions first (Averaged)", len(runs))}
	}
	n, err := e.estimate(ctx, runs[0].Source(), c, len(rows)-groups, residuals{n: len(rows), fill: func(to []float64, i, lo, hi int) {
		copy(to, rows[i][lo:hi])
		for _, row := range members[i] {
			simd.Axpy(to, -1/float64(len(members[i])), row[lo:hi])
		}
	}})
	if err != nil {
		return nil, err
	}
	if once > 0 {
		n.Warnings = append(n.Warnings, &analysis.SourceWarning{Source: n.Source, Doubt: fmt.Errorf("%d of %d stimuli were shown once and say nothing about noise", once, len(order))})
	}
	return n, nil
}

// estimate returns the noise of which the residuals have the given rank.
func (e Covariance) estimate(ctx context.Context, source string, c, rank int, rows residuals) (*Noise, error) {
	n := &Noise{Source: source, Channels: c, Residuals: rows.n, DoF: e.DoF, Shrinkage: e.Shrinkage, rows: rows}
	if e.DoF < 0 || e.Shrinkage < ToDiagonal || e.Shrinkage > Unshrunk {
		return nil, fmt.Errorf("rsa: a covariance with %v and %d degrees of freedom", e.Shrinkage, e.DoF)
	}
	if e.DoF == 0 {
		n.DoF = rank
	}
	if e.Shrinkage == Unshrunk && rank < c {
		return nil, fmt.Errorf("rsa: the covariance of %d channels of %q from residuals of rank %d is singular; shrink it (Covariance{Shrinkage: ToDiagonal}), or take fewer channels", c, source, rank)
	}
	if e.Shrinkage == ToDiagonal || e.Shrinkage == OnlyDiagonal {
		var err error
		if n.inv, err = n.deviation(n.variances()); err != nil {
			return nil, err
		}
	}
	if e.Shrinkage == OnlyDiagonal {
		n.Lambda, n.alpha = 1, 1
		n.rows = residuals{}
		return n, nil
	}
	side := min(c, rows.n)
	if err := refuse(2*8*side*side, "the %d×%d products of %d residuals and %d channels", "take every second residual, fewer channels (Columns), or Shrinkage OnlyDiagonal", side, side, rows.n, c); err != nil {
		return nil, err
	}
	decompose := n.byResiduals
	if c < rows.n {
		decompose = n.byChannels
	}
	if err := decompose(ctx); err != nil {
		return nil, err
	}
	return n, nil
}

// blockWidth is how many columns of so many rows are taken at once.
func blockWidth(rows, columns int) int {
	return min(columns, max(256, blockChannels*1000/max(1, rows)/64*64))
}

// variances returns the sums of squares of each channel over DoF.
func (n *Noise) variances() []float64 {
	c, r := n.Channels, n.rows.n
	v, sum := make([]float64, c), make([]float64, c)
	width := blockWidth(r, c)
	z := simd.Large[float64](r * width)
	for lo := 0; lo < c; lo += width {
		hi := min(lo+width, c)
		n.block(z, 0, r, lo, hi)
		simd.Moments(sum[lo:hi], v[lo:hi], z[:r*(hi-lo)], nil)
	}
	for j := range v {
		v[j] /= float64(n.DoF)
	}
	return v
}

// products returns the upper triangle of the r×r G = ZZᵀ, and Σ z[i,j]⁴.
func (n *Noise) products(ctx context.Context) (g []float64, fourth float64, err error) {
	c, r := n.Channels, n.rows.n
	width := blockWidth(r, c)
	z := simd.Large[float64](r * width)
	g = simd.Large[float64](r * r)
	for lo := 0; lo < c; lo += width {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		analysis.ReportProgress(ctx, lo, c)
		hi := min(lo+width, c)
		w := hi - lo
		n.block(z, 0, r, lo, hi)
		simd.Syrk(true, false, r, w, 1, z, w, 1, g, r)
		fourth += fourthPowers(z[:r*w])
	}
	analysis.ReportProgress(ctx, c, c)
	return g, fourth, nil
}

// byResiduals decomposes the noise of no more residuals than channels.
func (n *Noise) byResiduals(ctx context.Context) error {
	c, r := n.Channels, n.rows.n
	g, fourth, err := n.products(ctx)
	if err != nil {
		return err
	}
	m := moments{rows: r, channels: c, dof: n.DoF, fourth: fourth}
	for i := range r {
		m.trace += g[i*r+i]
		m.norms += g[i*r+i] * g[i*r+i]
		m.all += g[i*r+i]*g[i*r+i] + 2*simd.SumSquares(g[i*r+i+1:(i+1)*r])
	}
	// Z has columns of length √DoF where it was divided by the deviation.
	m.diagonal = float64(c) * float64(n.DoF) * float64(n.DoF)
	if err := n.shrink(m); err != nil {
		return err
	}
	if n.beta == 0 {
		n.rows = residuals{}
		return nil
	}
	if n.alpha == 0 {
		return fmt.Errorf("rsa: λ of %v is 0 for %q, and without it the covariance of %d channels from %d residuals is singular; take OnlyDiagonal, or fewer channels", n.Shrinkage, n.Source, c, r)
	}
	return n.invert(g, r)
}

// byChannels decomposes the noise of fewer channels than residuals, by the c×c
// S = ZᵀZ.
func (n *Noise) byChannels(ctx context.Context) error {
	c, r := n.Channels, n.rows.n
	height := blockWidth(c, r)
	z := simd.Large[float64](height * c)
	cov := mat.NewSymDense(c, nil)
	s := cov.RawSymmetric().Data
	m := moments{rows: r, channels: c, dof: n.DoF}
	for i0 := 0; i0 < r; i0 += height {
		if err := ctx.Err(); err != nil {
			return err
		}
		analysis.ReportProgress(ctx, i0, r)
		i1 := min(i0+height, r)
		n.block(z, i0, i1, 0, c)
		simd.Syrk(true, true, c, i1-i0, 1, z, c, 1, s, c)
		for i := range i1 - i0 {
			norm := simd.SumSquares(z[i*c : (i+1)*c])
			m.norms += norm * norm
			m.trace += norm
		}
		m.fourth += fourthPowers(z[:(i1-i0)*c])
	}
	analysis.ReportProgress(ctx, r, r)
	for i := range c {
		m.diagonal += s[i*c+i] * s[i*c+i]
		m.all += s[i*c+i]*s[i*c+i] + 2*simd.SumSquares(s[i*c+i+1:(i+1)*c])
	}
	if err := n.shrink(m); err != nil {
		return err
	}
	n.rows = residuals{}
	if n.beta == 0 {
		return nil
	}
	for i := range c {
		for j := i; j < c; j++ {
			s[i*c+j] *= n.beta
		}
		s[i*c+i] += n.alpha
	}
	return n.decompose(cov)
}

func fourthPowers(z []float64) float64 {
	s := 0.
	for _, x := range z {
		s += x * x * x * x
	}
	return s
}

// moments are sums over r×c residuals z from which the shrinkage follows.
type moments struct {
	rows, channels, dof int
	trace               float64 // Σᵢⱼ z[i,j]²
	norms               float64 // Σᵢ (Σⱼ z[i,j]²)²
	fourth              float64 // Σᵢⱼ z[i,j]⁴
	all                 float64 // Σⱼₖ (ZᵀZ)[j,k]², which is that of ZZᵀ
	diagonal            float64 // Σⱼ (ZᵀZ)[j,j]²
}

// shrink sets λ, α and β: Σ in units of D is α·1 + β·ZᵀZ.
func (n *Noise) shrink(m moments) error {
	r, c, dof := float64(m.rows), float64(m.channels), float64(m.dof)
	switch n.Shrinkage {
	case Unshrunk:
		n.beta = 1 / dof
	case ToDiagonal:
		// The correlations between channels and the variance of each, summed.
		squares := (m.all - m.diagonal) / (r - 1) / (r - 1)
		variance := r / dof / dof * ((m.norms-m.fourth)/(r-1) - squares)
		n.Lambda = 1
		if m.channels > 1 && squares > 0 {
			n.Lambda = math.Max(0, math.Min(1, variance/squares))
		}
		n.alpha, n.beta = n.Lambda, (1-n.Lambda)/dof
	case ToIdentity:
		if m.trace == 0 {
			return fmt.Errorf("rsa: %w: all residuals of %q are 0", analysis.ErrConstant, n.Source)
		}
		mean := m.trace / r / c
		squares := m.all / r / r
		away := squares - c*mean*mean // from m·1
		spread := (m.norms/r - squares) / r
		n.Lambda = 1
		if spread < away {
			n.Lambda = math.Max(0, spread/away)
		}
		n.alpha, n.beta = r/dof*n.Lambda*mean, (1-n.Lambda)/dof
	}
	if n.Shrinkage != Unshrunk && n.Lambda == 1 && m.channels > 1 {
		n.Warnings = append(n.Warnings, &analysis.SourceWarning{Source: n.Source, Doubt: fmt.Errorf("%d residuals do not tell how the noise of %d channels correlates; the channels count as independent", m.rows, m.channels)})
	}
	return nil
}
