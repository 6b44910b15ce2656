package dataset

import "testing"

// Arrays are held at once only if all of them are no larger than one may be.
func TestGIfTIWorkers(t *testing.T) {
	for _, c := range []struct{ n, least, most int }{{1, 1, 8}, {maxArray / 2, 1, 2}, {maxArray, 1, 1}} {
		g := &giftiFile{arrays: make([]giftiArray, 100)}
		g.arrays[99] = giftiArray{n: c.n, k: 1}
		if got := g.workers(); got < c.least || got > c.most {
			t.Errorf("%d arrays of %d values at once", got, c.n)
		}
	}
}
