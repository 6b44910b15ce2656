package analysis

import "math"

// Spearman is the Pearson correlation of mid-ranks (ties share their mean
// rank), with the interval of Bonett & Wright (2000),
// doi:10.1007/BF02294183: Fisher's z with variance (1 + r²/2)/(n−3). People are
// pooled by ranks.
var Spearman = &Measure{
	Name: "Spearman ρ", Symbol: "ρ", Min: -1, Max: 1,
	Cite:     "Spearman (1904), doi:10.2307/1412159",
	Func:     func(x, y []float64) float64 { return ranked(spearmanOf)(x)(y) },
	Interval: bonettWright,

	Against:   ranked(spearmanOf),
	Weighted:  func(x, y, w []float64) float64 { return spearmanOf(drawnRanks(x, y, w)) },
	Redraw:    redrawn(spearmanOf),
	Normalize: WeightedRanks,
}

// RhoA is Spearman's ρ as it is expected when ties are broken at random,
//
//	ρ-a = 12 Σ r̃ r̃′ / (n³ − n),   r̃ = mid-rank − (n+1)/2
//
// Without ties it is ρ. With ties it is nearer to 0, so a model is not
// rewarded for predicting that many things are the same; a vector with itself
// then gives less than 1, and one that is constant, which predicts nothing,
// gives 0 with any other. The interval is Spearman's, which is approximate
// where there are ties. People are pooled by ranks.
// Schütt et al. (2023), doi:10.7554/eLife.82566.
var RhoA = &Measure{
	Name: "Spearman ρ-a", Symbol: "ρa", Min: -1, Max: 1,
	Cite:     "Schütt et al. (2023), doi:10.7554/eLife.82566",
	Func:     func(x, y []float64) float64 { return ranked(rhoAOf)(x)(y) },
	Check:    anything,
	Interval: bonettWright,

	Against:   ranked(rhoAOf),
	Weighted:  func(x, y, w []float64) float64 { return rhoAOf(drawnRanks(x, y, w)) },
	Redraw:    redrawn(rhoAOf),
	Normalize: WeightedRanks,
}

// anything is the Check of measures that are defined for constant values too.
func anything(x, w []float64) error { return nil }

func bonettWright(r float64, n int) (lo, hi float64) {
	return fisher(r, math.Sqrt((1+r*r/2)/float64(n-3)))
}

// rankSums are of n values: the sum of the products of their centred
// mid-ranks, and the sums of the squares.
type rankSums struct{ n, xy, xx, yy float64 }

func spearmanOf(s rankSums) float64 { return within(s.xy / (math.Sqrt(s.xx) * math.Sqrt(s.yy))) }

func rhoAOf(s rankSums) float64 {
	if s.n < 2 {
		return 0
	}
	return within(12 * s.xy / (s.n * (s.n*s.n - 1)))
}

// ranked returns the Against of a measure that follows from rankSums.
func ranked(of func(rankSums) float64) func(x []float64) func(y []float64) float64 {
	return func(x []float64) func(y []float64) float64 {
		n := float64(len(x))
		a := make([]float64, len(x))
		r := rankings.Get().(*Ranking)
		r.Reset(x)
		r.RanksTo(a, nil)
		for i := range a {
			a[i] -= (n + 1) / 2
		}
		xx := r.squares()
		rankings.Put(r)
		return func(y []float64) float64 {
			r := rankings.Get().(*Ranking)
			defer rankings.Put(r)
			r.Reset(y)
			return of(rankSums{n: n, xy: r.times(a), xx: xx, yy: r.squares()})
		}
	}
}

// squares returns Σ r̃² of the centred mid-ranks: (n³−n)/12, less (t³−t)/12 for
// every t values that are tied.
func (r *Ranking) squares() float64 {
	cube := func(t float64) float64 { return t * (t*t - 1) / 12 }
	s := cube(float64(len(r.order)))
	for _, t := range r.ties {
		s -= cube(float64(t[1] - t[0]))
	}
	return s
}

// times returns Σ a r̃ over the centred mid-ranks.
func (r *Ranking) times(a []float64) float64 {
	middle := float64(len(r.order)+1) / 2
	sum, done := 0.0, int32(0)
	alone := func(hi int32) {
		var s0, s1 float64 // two sums, side by side
		k, order := done, r.order[:hi]
		for ; k+1 < hi; k += 2 {
			s0 += a[order[k]] * (float64(k+1) - middle)
			s1 += a[order[k+1]] * (float64(k+2) - middle)
		}
		if k < hi {
			s0 += a[order[k]] * (float64(k+1) - middle)
		}
		sum += s0 + s1
	}
	for _, t := range r.ties {
		alone(t[0])
		tied := 0.0
		for _, i := range r.order[t[0]:t[1]] {
			tied += a[i]
		}
		sum += tied * (float64(t[0]+t[1]+1)/2 - middle)
		done = t[1]
	}
	alone(int32(len(r.order)))
	return sum
}

// redrawn returns the Redraw of a measure that follows from rankSums.
func redrawn(of func(rankSums) float64) func(x, y []float64) func(w []float64) float64 {
	return func(x, y []float64) func(w []float64) float64 {
		rx, ry := NewRanking(x), NewRanking(y)
		return func(w []float64) float64 { return of(sumRanks(rx, ry, w)) }
	}
}

// drawnRanks are of one draw, of which only the items drawn are ranked.
func drawnRanks(x, y, w []float64) rankSums {
	d := takeDrawn(x, y, w)
	defer d.giveBack()
	return sumRanks(d.rx, d.ry, d.w)
}

// sumRanks returns the sums over items that stand w[i] times.
func sumRanks(rx, ry *Ranking, w []float64) rankSums {
	bx, by := borrow(len(w)), borrow(len(w))
	defer giveBack(bx)
	defer giveBack(by)
	rx.RanksTo(*bx, w)
	ry.RanksTo(*by, w)
	var s rankSums
	for _, c := range w {
		s.n += c
	}
	middle, a, b := (s.n+1)/2, (*bx)[:len(w)], (*by)[:len(w)]
	for i, c := range w {
		p, q := a[i]-middle, b[i]-middle
		s.xy += c * p * q
		s.xx += c * p * p
		s.yy += c * q * q
	}
	return s
}
