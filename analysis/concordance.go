package analysis

import "math"

// pairCounts are of pairs of items: all, tied in x, tied in y, and concordant
// less discordant. Whole numbers, exact up to 2⁵³.
type pairCounts struct{ all, tiedX, tiedY, agree float64 }

func tauAOf(c pairCounts) float64 {
	if c.all == 0 {
		return 0
	}
	return c.agree / c.all
}

func tauBOf(c pairCounts) float64 {
	return within(c.agree / (math.Sqrt(c.all-c.tiedX) * math.Sqrt(c.all-c.tiedY)))
}

// pairs is how many pairs n items make.
func pairs(n float64) float64 { return n * (n - 1) / 2 }

// places say where each item stands in a ranking: at place at[i], among equals
// from lo[i] to before hi[i].
type places struct {
	at, lo, hi []int32
	tied       float64 // pairs of equals
}

func placesOf(r *Ranking) *places {
	n := len(r.order)
	p := &places{at: make([]int32, n), hi: make([]int32, n)}
	for k, i := range r.order {
		p.at[i], p.hi[i] = int32(k), int32(k+1)
	}
	p.lo = p.at
	if len(r.ties) == 0 {
		return p
	}
	p.lo = append([]int32(nil), p.at...)
	for _, t := range r.ties {
		p.tied += pairs(float64(t[1] - t[0]))
		for _, i := range r.order[t[0]:t[1]] {
			p.lo[i], p.hi[i] = t[0], t[1]
		}
	}
	return p
}

// concordant returns the Against of a measure that follows from pairCounts.
//
// It goes through the items by rising y and enters each at its place in x. Of
// those entered before, whose y is smaller, the ones at hi[i] or beyond are
// discordant with i. Equals in y are looked up before one of them is entered.
// The concordant pairs are what is left when the ties, too, are taken off.
func concordant(of func(pairCounts) float64) func(x []float64) func(y []float64) float64 {
	return func(x []float64) func(y []float64) float64 {
		p := placesOf(NewRanking(x))
		return func(y []float64) float64 {
			r, t := rankings.Get().(*Ranking), tallies.Get().(*tally)
			defer rankings.Put(r)
			defer tallies.Put(t)
			r.Reset(y)
			t.clear(len(y))
			c := pairCounts{all: pairs(float64(len(y))), tiedX: p.tied}
			var discordant, both, done int
			for _, tie := range r.ties {
				discordant += t.enterAll(p, r.order[done:tie[0]])
				equals := r.order[tie[0]:tie[1]]
				for _, i := range equals {
					discordant += t.from(p.hi[i])
				}
				for _, i := range equals {
					t.enter(p.at[i])
				}
				c.tiedY += pairs(float64(len(equals)))
				if p.tied > 0 {
					both += t.shared(p.lo, equals)
				}
				done = int(tie[1])
			}
			discordant += t.enterAll(p, r.order[done:])
			c.agree = c.all - c.tiedX - c.tiedY + float64(both-2*discordant)
			return of(c)
		}
	}
}

// concordantDraws returns the Redraw of a measure that follows from pairCounts.
func concordantDraws(of func(pairCounts) float64) func(x, y []float64) func(w []float64) float64 {
	return func(x, y []float64) func(w []float64) float64 {
		rx, ry := NewRanking(x), NewRanking(y)
		p := placesOf(rx)
		return func(w []float64) float64 { return of(countPairs(rx, ry, p, w)) }
	}
}

// drawnPairs are of one draw, of which only the items drawn are ranked.
func drawnPairs(x, y, w []float64) pairCounts {
	d := takeDrawn(x, y, w)
	defer d.giveBack()
	return countPairs(d.rx, d.ry, placesOf(d.rx), d.w)
}

// countPairs counts as concordant does, with items that stand w[i] times. One
// that stands several times is tied with itself, in x and in y. p is where
// items stand in rx.
func countPairs(rx, ry *Ranking, p *places, w []float64) pairCounts {
	b := borrow(len(w) + 1)
	defer giveBack(b)
	t := weightedTally(*b)
	clear(t)
	var c pairCounts
	var n, both, discordant float64
	for _, m := range w {
		n += m
		both += pairs(m)
	}
	c.all, c.tiedX, c.tiedY = pairs(n), both+rx.tiedIn(w), both+ry.tiedIn(w)
	done := int32(0)
	alone := func(hi int32) {
		for _, i := range ry.order[done:hi] {
			if m := w[i]; m != 0 {
				discordant += m * t.from(p.hi[i])
				t.enter(p.at[i], m)
			}
		}
	}
	for _, tie := range ry.ties {
		alone(tie[0])
		equals := ry.order[tie[0]:tie[1]]
		for _, i := range equals {
			if m := w[i]; m != 0 {
				discordant += m * t.from(p.hi[i])
			}
		}
		for _, i := range equals {
			if m := w[i]; m != 0 {
				t.enter(p.at[i], m)
			}
		}
		if p.tied > 0 {
			both += sharedIn(p.lo, equals, w)
		}
		done = tie[1]
	}
	alone(int32(len(w)))
	c.agree = c.all - c.tiedX - c.tiedY + both - 2*discordant
	return c
}

// tiedIn returns how many pairs of different items are tied where item i
// stands w[i] times.
func (r *Ranking) tiedIn(w []float64) float64 {
	s := 0.0
	for _, t := range r.ties {
		n, self := 0.0, 0.0
		for _, i := range r.order[t[0]:t[1]] {
			n += w[i]
			self += pairs(w[i])
		}
		s += pairs(n) - self
	}
	return s
}

// sharedIn returns how many pairs of different items of equals have the same
// lo, too, where item i stands w[i] times.
func sharedIn(lo, equals []int32, w []float64) float64 {
	s, seen := 0.0, make(map[int32]float64, len(equals))
	for _, i := range equals {
		if w[i] != 0 {
			s += w[i] * seen[lo[i]]
			seen[lo[i]] += w[i]
		}
	}
	return s
}
