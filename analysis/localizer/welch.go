package localizer

import (
	"math"

	"fusiform/analysis"
)

// localize finds the fROI of each contrast by a criterion that goes by
// moments. Blocks of channels are read once and serve every contrast while
// they are in the cache.
func (c criterion) localize(b *bank, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	outcomes := make([]*outcome, len(contrasts))
	for i, contrast := range contrasts {
		d, err := b.compare(contrast, c.each)
		if err == nil {
			err = d.enough()
		}
		if err != nil {
			return nil, err
		}
		outcomes[i] = newOutcome(d, b.channels, b.brief && c.fdr == 0)
	}
	blocks(b.channels, func() func(lo, hi int) {
		cells := make([]moments, len(b.cells))
		one, zero := newMoments(blockSize), newMoments(blockSize)
		return func(lo, hi int) {
			b.read(cells, lo, hi)
			one, zero := one.part(0, hi-lo), zero.part(0, hi-lo)
			for _, o := range outcomes {
				one.pool(cells, o.prefer)
				for k, over := range o.over {
					zero.pool(cells, over)
					o.compare(c, k, lo, hi, one, zero)
				}
			}
		}
	})
	for _, o := range outcomes {
		if o.overflow.Load() { // which channel it is, p says
			b.brief = false
			return c.localize(b, contrasts)
		}
	}
	return c.selected(b.source, outcomes)
}

// compare does comparison k for the channels from lo to hi.
func (o *outcome) compare(c criterion, k, lo, hi int, one, zero moments) {
	stat, dead := o.tests[k].stat[lo:hi], o.dead[lo:hi]
	p := o.tests[k].p
	if p != nil {
		p = p[lo:hi]
	}
	w := newWelch(one.n, zero.n, c.pooled)
	for j := range stat {
		t, df := w.t(one.mean[j], zero.mean[j], one.m2[j], zero.m2[j])
		stat[j] = t
		if p != nil {
			p[j] = twoSided(t, df)
		} else if t != t {
			o.overflow.Store(true)
		}
		dead[j] = (k == 0 || dead[j]) && one.m2[j] == 0 && zero.m2[j] == 0 && one.mean[j] == zero.mean[j]
	}
	if c.effect != nil {
		c.effect(stat, one, zero)
	}
}

// welch holds what all channels of a comparison share.
type welch struct {
	pooled bool
	whole  float64 // n₁ + n₀ − 2
	d1, d0 float64 // 1/(n−1)
	f1, f0 float64 // squared standard error per squared deviation; of the pooled ones, if so
}

func newWelch(n1, n0 int, pooled bool) welch {
	a, b := float64(n1), float64(n0)
	w := welch{pooled, a + b - 2, 1 / (a - 1), 1 / (b - 1), 1 / ((a - 1) * a), 1 / ((b - 1) * b)}
	if pooled {
		w.f1 = (1/a + 1/b) / w.whole
		w.f0 = w.f1
	}
	return w
}

// t returns t and its degrees of freedom from the mean and the squared
// deviations of both sides: 0 where nothing varies, NaN on overflow.
func (w *welch) t(m1, m0, ss1, ss0 float64) (t, df float64) {
	a, b := ss1*w.f1, ss0*w.f0 // squared standard errors
	v := a + b
	switch {
	case !(v <= math.MaxFloat64):
		return math.NaN(), w.whole
	case v == 0:
		return overNothing(m1, m0), w.whole
	case w.pooled:
		return (m1 - m0) / math.Sqrt(v), w.whole
	}
	inv := 1 / v
	a, b = a*inv, b*inv // shares: no square of theirs can underflow to 0/0
	return (m1 - m0) / math.Sqrt(v), 1 / (a*a*w.d1 + b*b*w.d0)
}

// overNothing is the difference of two means in units of one rounding error of
// the larger: what stands for a difference over no variance, so that it is
// huge but finite; 0 for no difference.
func overNothing(m1, m0 float64) float64 {
	if m1 == m0 {
		return 0
	}
	return (m1 - m0) / (0x1p-52 * max(math.Abs(m1), math.Abs(m0)))
}
