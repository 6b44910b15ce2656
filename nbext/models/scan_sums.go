package models

import (
	"fmt"
	"math"
	"sync"
	"time"

	"fusiform/internal/simd"
)

// A slotSums holds the sums of one layer. Batches are added in their order,
// whoever computes them: add waits for its turn.
type slotSums struct {
	watchedSlot
	key  string // of its file
	mu   sync.Mutex
	turn sync.Cond
	next int       // number of batches that were added
	cell []cellSum // per cell

	fresh   bool // more was added than is kept
	stopped bool
	saved   time.Time
}

// A cellSum has the sums of a cell's images, of each unit.
type cellSum struct {
	n       int // images
	centre  []float32
	sum, sq []float64
}

// bytesPerUnit is what a unit takes in a cell.
const bytesPerUnit = 4 + 8 + 8

func newSlotSums(w watchedSlot, cells int) *slotSums {
	s := &slotSums{watchedSlot: w, cell: make([]cellSum, cells), saved: time.Now()}
	s.turn.L = &s.mu
	return s
}

// stop wakes those who wait for their turn, which will not come.
func (s *slotSums) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	s.turn.Broadcast()
}

// add adds batch number b, n images of a cell, in its turn. It reports whether
// all values are finite, and stopped if the turn did not come. A batch that was
// added before is left alone. At the end of its turn it calls keep with the
// number of batches that the sums then are of.
func (s *slotSums) add(b, cell, n int, v []float32, keep func(s *slotSums, next int)) (finite, stopped bool) {
	s.mu.Lock()
	for s.next < b && !s.stopped {
		s.turn.Wait()
	}
	if s.stopped || s.next > b {
		defer s.mu.Unlock()
		return true, s.stopped
	}
	s.mu.Unlock()
	// Nobody else is here until next says so.
	c := &s.cell[cell]
	if c.n == 0 {
		c.centre, c.sum, c.sq = simd.Large[float32](s.units), simd.Large[float64](s.units), simd.Large[float64](s.units)
		copy(c.centre, v)
	}
	if !simd.FiniteMoments(c.sum, c.sq, v[:n*s.units], c.centre) {
		return false, false
	}
	c.n += n
	s.fresh = true
	keep(s, b+1)
	s.mu.Lock()
	s.next = b + 1
	s.turn.Broadcast()
	s.mu.Unlock()
	return true, false
}

// moments writes the means and the squared deviations of the units from lo to
// hi of a cell, index saying where they are; nil: at their own place.
func (s *slotSums) moments(cell int, index []int32, lo, hi int, mean, m2 []float64) {
	c := &s.cell[cell]
	inv := 1 / float64(c.n)
	n := hi - lo
	mean, m2 = mean[:n], m2[:n]
	if index == nil {
		centre, sum, sq := c.centre[lo:hi], c.sum[lo:hi], c.sq[lo:hi]
		for j, m := range centre {
			d := sum[j] * inv
			mean[j] = float64(m) + d
			m2[j] = max(0, sq[j]-sum[j]*d)
		}
		return
	}
	for j, i := range index[lo:hi] {
		d := c.sum[i] * inv
		mean[j] = float64(c.centre[i]) + d
		m2[j] = max(0, c.sq[i]-c.sum[i]*d)
	}
}

// firstBad says which value of n images is not finite.
func firstBad(v []float32, n, units int) (image int, what string) {
	for i := range n {
		for j, x := range v[i*units : (i+1)*units] {
			if y := float64(x); math.IsNaN(y) || math.IsInf(y, 0) {
				return i, fmt.Sprintf("value %d of %d is %v", j, units, x)
			}
		}
	}
	return 0, "a sum overflows"
}
