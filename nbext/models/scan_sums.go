package models

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"fusiform/internal/simd"
)

// A slotSums holds the sums of one layer. Batches are added in their order,
// whoever computes them: add waits for its turn. Of two batches that go through
// the network side by side, the first waits for the second, and both are added
// at once: the sums, which are larger than any cache, then go through memory
// half as often.
type slotSums struct {
	watchedSlot
	key   string // of its file
	mu    sync.Mutex
	turn  sync.Cond
	next  int       // number of batches that were added
	cell  []cellSum // per cell
	under *addition // what is being added

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

// An addition is one batch, or two of a cell, on the way into the sums. Who
// brought one works on it, a few units at a time.
type addition struct {
	first int  // number of the first batch
	open  bool // it waits for the second
	rows  [][]float32
	n     int // images
	next  atomic.Int64
	bad   atomic.Bool
	left  int  // of those who work on it
	blame int  // if bad: whose batch is not finite
	done  bool // nobody reads the rows any more
}

const (
	addUnits = 1 << 13 // that one takes at once
	fewUnits = 1 << 14 // of a layer that is not worth waiting for
)

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

// add adds batch number k, the images of b, in its turn. It reports whether all
// values are finite, and stopped if the turn did not come or another batch
// failed. A batch that was added before is left alone. At the end of a turn keep
// is called with the number of batches that the sums then are of.
func (s *slotSums) add(k int, b scanBatch, v []float32, keep func(s *slotSums, next int)) (finite, stopped bool) {
	v = v[:b.n*s.units]
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next < k && !s.stopped && !s.awaits(k) {
		s.turn.Wait()
	}
	a := s.under
	switch {
	case s.awaits(k):
		a.rows, a.n, a.left, a.open = append(a.rows, v), a.n+b.n, 2, false
		s.turn.Broadcast()
	case s.stopped || s.next > k:
		return true, s.stopped
	default:
		a = &addition{first: k, rows: [][]float32{v}, n: b.n, left: 1}
		s.under = a
		s.cell[b.cell].begin(v[:s.units])
		if b.waits && s.units >= fewUnits {
			a.open = true
			s.turn.Broadcast()
			for a.open && !s.stopped {
				s.turn.Wait()
			}
			if a.open {
				s.under = nil
				return true, true
			}
		}
	}
	s.mu.Unlock()
	a.work(&s.cell[b.cell])
	s.mu.Lock()
	if a.left--; a.left == 0 {
		s.finish(a, &s.cell[b.cell], keep)
	}
	for !a.done {
		s.turn.Wait()
	}
	if a.bad.Load() {
		return a.blame != k, a.blame != k
	}
	return true, false
}

// awaits reports whether the batch before k waits for it.
func (s *slotSums) awaits(k int) bool { return s.under != nil && s.under.open && s.under.first == k-1 }

// begin makes room for the sums of a cell, about its first image.
func (c *cellSum) begin(v []float32) {
	if c.n > 0 {
		return
	}
	c.centre, c.sum, c.sq = simd.Large[float32](len(v)), simd.Large[float64](len(v)), simd.Large[float64](len(v))
	copy(c.centre, v)
}

// work adds units until there are none left.
func (a *addition) work(c *cellSum) {
	units := len(c.sum)
	simd.Parallel(runtime.GOMAXPROCS(0), 1, func(_, _ int) {
		for {
			hi := int(a.next.Add(addUnits))
			lo := hi - addUnits
			if lo >= units {
				return
			}
			if !simd.FiniteMoments(c.sum, c.sq, c.centre, lo, min(hi, units), a.rows...) {
				a.bad.Store(true)
			}
		}
	})
}

// finish ends an addition, and the turn unless it is bad.
func (s *slotSums) finish(a *addition, c *cellSum, keep func(s *slotSums, next int)) {
	if a.bad.Load() {
		a.blame = a.first
		for i, v := range a.rows {
			if _, what := firstBad(v, len(v)/s.units, s.units); what != overflows {
				a.blame = a.first + i
				break
			}
		}
	} else {
		// Nobody else changes the sums until next says so.
		next := s.next + len(a.rows)
		c.n += a.n
		s.fresh = true
		s.mu.Unlock()
		keep(s, next)
		s.mu.Lock()
		s.next, s.under = next, nil
	}
	a.done = true
	s.turn.Broadcast()
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

const overflows = "a sum overflows"

// firstBad says which value of n images is not finite.
func firstBad(v []float32, n, units int) (image int, what string) {
	for i := range n {
		for j, x := range v[i*units : (i+1)*units] {
			if y := float64(x); math.IsNaN(y) || math.IsInf(y, 0) {
				return i, fmt.Sprintf("value %d of %d is %v", j, units, x)
			}
		}
	}
	return 0, overflows
}
