package mismatch

import "testing"

// judge is tested from within, at the borders of its rules.
func TestJudge(t *testing.T) {
	e := func(v, lo, hi float64) Effect { return Effect{Value: v, Lo: lo, Hi: hi} }
	nothing, liked, disliked := e(0, -.2, .2), e(1, .8, 1.2), e(-1, -1.2, -.8)
	for _, c := range []struct {
		human, network, mismatch Effect
		band                     float64
		want                     Verdict
	}{
		{liked, liked, e(0, -.3, .3), .3, Matches},
		{liked, e(1.2, 1.1, 1.3), e(.2, .1, .3), .3, Matches},    // differs from the mean, as a person may
		{liked, liked, e(0, -.3, .4), .3, Undecided},             // not shown to match
		{liked, e(1.2, 1, 1.4), e(.2, .05, .35), .3, Undecided},  // differs, within the band
		{liked, e(1.6, .9, 2.3), e(.6, -.1, 1.3), .3, Undecided}, // beyond the band, but 0 is possible
		{liked, e(2, 1.8, 2.2), e(1, .7, 1.3), .3, TooStrong},
		{liked, e(.2, 0, .4), e(-.8, -1.1, -.5), .3, TooWeak},
		{liked, e(-.2, -.4, .1), e(-1.2, -1.5, -.9), .3, TooWeak}, // not shown to be reversed
		{liked, disliked, e(-2, -2.3, -1.7), .3, Opposite},
		{disliked, liked, e(2, 1.7, 2.3), .3, Opposite},
		{disliked, e(-2, -2.2, -1.8), e(-1, -1.3, -.7), .3, TooStrong},
		{disliked, e(-.1, -.3, .1), e(.9, .6, 1.2), .3, TooWeak},
		{nothing, liked, e(1, .7, 1.3), .3, TooStrong},
		{nothing, disliked, e(-1, -1.3, -.7), .3, TooStrong},
		{nothing, nothing, e(0, 0, 0), 0, Matches},
	} {
		if got := judge(c.human, c.network, c.mismatch, c.band); got != c.want {
			t.Errorf("people %v, network %v, mismatch %v, band %v: %v, want %v", c.human, c.network, c.mismatch, c.band, got, c.want)
		}
	}
}

func TestSameSign(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		want int
	}{
		{[]float64{1, 2, 3}, 3},
		{[]float64{10, -1, -1}, 0}, // the others disagree with each
		{[]float64{1, 1, -1.5}, 0}, // without a 1 the others say −
		{[]float64{3, 3, -1}, 2},
		{[]float64{0, 0}, 0},
	} {
		if got := sameSign(c.d); got != c.want {
			t.Errorf("%v: %d hold, want %d", c.d, got, c.want)
		}
	}
}
