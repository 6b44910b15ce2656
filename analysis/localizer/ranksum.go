package localizer

import (
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
)

// RankSum selects the channels that answer the preferred stimuli of a contrast
// more than the others, by the Mann–Whitney (Wilcoxon rank-sum) test over
// stimuli in each channel:
//
//	U = R − n₁(n₁+1)/2,  AUC = U/(n₁n₀)
//
// where R is the sum of the ranks of the n₁ preferred among all stimuli of the
// contrast, ties sharing their mean rank. AUC is the area under the ROC curve,
// the probability that a preferred stimulus is answered more than another
// one, ties counting half: .5 is no preference, 1 perfect separation. It goes by
// order alone, so outliers and skewed activations do not matter. Mann & Whitney
// (1947), doi:10.1214/aoms/1177730491.
//
// p is two-sided. Where a side has at most 8 stimuli and no responses of the
// channel are tied, it is exact; otherwise normal, with the correction for ties
// (t responses in each) and for continuity:
//
//	z = (|U − n₁n₀/2| − ½) / √(n₁n₀/12 · (n + 1 − Σ(t³−t)/(n(n−1)))),  n = n₁ + n₀
//
// That is scipy's mannwhitneyu(method="auto"), channel by channel.
//
// A channel is kept if AUC > MinAUC and, where FDR is set, q < FDR. The zero
// value keeps every channel that prefers the contrast at all. A channel with
// one and the same response to all stimuli of the contrast is dead: AUC 0, p 1,
// q 1, and no part of the false-discovery family. One stimulus on a side is
// enough, though p then cannot be small.
//
// Ranks need all responses side by side: RankSum cannot work on an
// Accumulator.
type RankSum struct {
	MinAUC float64 // keep AUC > MinAUC, below 1; 0 means .5, and it cannot be less
	FDR    float64 // keep q < FDR, below 1; 0 means no such cut

	// Yekutieli adjusts q after Benjamini & Yekutieli, see TTest.
	Yekutieli bool
}

// Localize returns the fROI of contrast c in r, defined on those stimuli of r
// that the contrast compares. Stat is the AUC.
//
// It fails with an *analysis.CategoryError if the contrast names a category
// that r's stimuli do not have, and with analysis.ErrDead if every channel is
// dead. No channel passing is no error: the fROI is empty.
func (l RankSum) Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error) {
	return first(l, r, c)
}

// LocalizeAll returns the fROI of each contrast in r, as Localize does, but
// sorts the responses only once.
func (l RankSum) LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	if l.MinAUC == 0 {
		l.MinAUC = 0.5
	}
	if !(l.MinAUC >= 0.5 && l.MinAUC < 1) {
		return nil, fmt.Errorf("localizer: MinAUC is %v, must be at least .5 (or 0, which means .5) and below 1; for the channels that prefer the others, exchange Prefer and Over", l.MinAUC)
	}
	c := criterion{name: "rank-sum AUC", cut: l.MinAUC, fdr: l.FDR, yekutieli: l.Yekutieli}
	if err := c.check(); err != nil {
		return nil, err
	}
	t, err := tabulate(r.Stimuli())
	if err != nil {
		return nil, err
	}
	_, channels := r.Dims()
	outcomes, tests := make([]*outcome, len(contrasts)), make([]*rankTest, len(contrasts))
	for i, contrast := range contrasts {
		d, err := t.compare(contrast, false)
		if err != nil {
			return nil, err
		}
		outcomes[i], tests[i] = newOutcome(d, channels, false), newRankTest(d)
		if i > 0 && slices.Equal(tests[i].in, tests[i-1].in) {
			tests[i].in = tests[i-1].in // one slice: the ranks are shared
		}
	}
	blocks(channels, func() func(lo, hi int) {
		s := newRankSpace(r)
		return func(lo, hi int) {
			for ; lo < hi; lo += columnsAtOnce {
				s.transpose(lo, min(lo+columnsAtOnce, hi))
				for j := lo; j < min(lo+columnsAtOnce, hi); j++ {
					s.rank(j - lo)
					for i, o := range outcomes {
						o.tests[0].stat[j], o.tests[0].p[j], o.dead[j] = tests[i].test(s)
					}
				}
			}
		}
	})
	return c.selected(r.Source(), outcomes)
}

// Regions finds the region of contrast c in each source: see Regions.
func (l RankSum) Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	return regions(l, c, define, measure)
}

// Replicate counts what an independent set of stimuli finds again: see
// Replication.
func (l RankSum) Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	return replicate(l, first, second, contrasts)
}

// A rankSpace is what one goroutine needs to rank channels.
type rankSpace struct {
	r       *analysis.Responses
	columns []float64 // columnsAtOnce channels, one after the other
	ranking analysis.Ranking
	n       int

	among   []int     // which stimuli were ranked last; nil: none of this channel
	ranks   []float64 // their ranks, and the sum of the squares of these
	squares float64
}

// columnsAtOnce channels are copied out of the rows together: a cache line of
// them at least.
const columnsAtOnce = 32

func newRankSpace(r *analysis.Responses) *rankSpace {
	n := r.Stimuli().Len()
	return &rankSpace{r: r, n: n, columns: make([]float64, n*columnsAtOnce), ranks: make([]float64, n)}
}

func (s *rankSpace) transpose(lo, hi int) {
	for i := range s.n {
		for j, v := range s.r.Row(i)[lo:hi] {
			s.columns[j*s.n+i] = v
		}
	}
}

func (s *rankSpace) rank(column int) {
	s.ranking.Reset(s.columns[column*s.n : (column+1)*s.n])
	s.among = nil
}

// rankAmong makes the ranks those among the stimuli of t, unless they are.
func (s *rankSpace) rankAmong(t *rankTest) {
	if len(s.among) > 0 && &s.among[0] == &t.in[0] {
		return
	}
	s.among = t.in
	s.ranking.RanksTo(s.ranks, t.counts)
	s.squares = 0
	for _, i := range t.in {
		s.squares += s.ranks[i] * s.ranks[i]
	}
}

// A rankTest is what all channels of a contrast share.
type rankTest struct {
	counts         []float64 // per stimulus: 1 where it is in the contrast; nil if all are
	in             []int     // those in the contrast
	prefer         []int
	n1, n0, n      float64
	least, squares float64   // the smallest rank sum; the sum of squared ranks without ties
	exact          []float64 // see exactU; nil: never
}

func newRankTest(d *design) *rankTest {
	t := &rankTest{counts: make([]float64, len(d.side))}
	for i, side := range d.side {
		if side == 0 {
			continue
		}
		t.counts[i] = 1
		t.in = append(t.in, i)
		if side == 1 {
			t.prefer = append(t.prefer, i)
		}
	}
	if !slices.Contains(d.side, 0) {
		t.counts = nil
	}
	t.n1, t.n0 = float64(d.nPrefer), float64(d.nOver[0])
	t.n = t.n1 + t.n0
	t.least = t.n1 * (t.n1 + 1) / 2
	t.squares = t.n * (t.n + 1) * (2*t.n + 1) / 6
	if min(d.nPrefer, d.nOver[0]) <= 8 {
		t.exact = exactU(d.nPrefer, d.nOver[0])
	}
	return t
}

// test returns AUC and p of the channel that s ranked. The squares of ranks
// are a tie term in disguise, Σ rank² = n(n+1)(2n+1)/6 − Σ(t³−t)/12, and exact
// for up to 10⁵ stimuli.
func (t *rankTest) test(s *rankSpace) (auc, p float64, dead bool) {
	s.rankAmong(t)
	sum := 0.0
	for _, i := range t.prefer {
		sum += s.ranks[i]
	}
	pairs := t.n1 * t.n0
	u := sum - t.least
	ties := 12 * (t.squares - s.squares) // Σ(t³−t)
	larger := max(u, pairs-u)
	if ties == 0 && t.exact != nil {
		return u / pairs, t.exact[int(pairs-larger)], false
	}
	variance := pairs / 12 * (t.n + 1 - ties/(t.n*(t.n-1)))
	if ties == t.n*t.n*t.n-t.n {
		return 0, 1, true
	}
	z := (larger - pairs/2 - 0.5) / math.Sqrt(variance)
	return u / pairs, min(1, math.Erfc(z/math.Sqrt2)), false
}
