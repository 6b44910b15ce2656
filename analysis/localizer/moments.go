package localizer

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// moments are, per channel, the mean of n rows and the sum of their squared
// deviations from it.
type moments struct {
	n        int
	mean, m2 []float64
}

func newMoments(channels int) *moments {
	return &moments{mean: make([]float64, channels), m2: make([]float64, channels)}
}

// update adds one row to the channels from lo on, as row number n (Welford
// 1962, doi:10.1080/00401706.1962.10490022). A constant channel keeps m2 = 0
// exactly.
func update[F float32 | float64](m *moments, lo, n int, row []F) {
	inv := 1 / float64(n)
	mean, m2 := m.mean[lo:lo+len(row)], m.m2[lo:lo+len(row)]
	for j, v := range row {
		x := float64(v)
		d := x - mean[j]
		u := mean[j] + d*inv
		mean[j] = u
		m2[j] += d * (x - u)
	}
}

// update4 is update for four rows of equal length, numbers n to n+3: the same
// operations in the same order, with a quarter of the traffic.
func update4(m *moments, lo, n int, r0, r1, r2, r3 []float64) {
	i0, i1, i2, i3 := 1/float64(n), 1/float64(n+1), 1/float64(n+2), 1/float64(n+3)
	w := len(r0)
	mean, m2 := m.mean[lo:lo+w], m.m2[lo:lo+w]
	r1, r2, r3 = r1[:w], r2[:w], r3[:w]
	for j, x := range r0 {
		u, s := mean[j], m2[j]
		d := x - u
		u += d * i0
		s += d * (x - u)
		x = r1[j]
		d = x - u
		u += d * i1
		s += d * (x - u)
		x = r2[j]
		d = x - u
		u += d * i2
		s += d * (x - u)
		x = r3[j]
		d = x - u
		u += d * i3
		s += d * (x - u)
		mean[j], m2[j] = u, s
	}
}

// merge adds the rows that o has seen (Chan, Golub & LeVeque 1983,
// doi:10.1080/00031305.1983.10483115).
func (m *moments) merge(o *moments) {
	total := float64(m.n + o.n)
	share, cross := float64(o.n)/total, float64(m.n)*float64(o.n)/total
	m2, om, o2 := m.m2[:len(m.mean)], o.mean[:len(m.mean)], o.m2[:len(m.mean)]
	for j, x := range m.mean {
		d := om[j] - x
		m.mean[j] = x + d*share
		m2[j] += o2[j] + d*d*cross
	}
	m.n += o.n
}

// part is m for the channels from lo to hi, sharing its values.
func (m *moments) part(lo, hi int) *moments {
	return &moments{m.n, m.mean[lo:hi], m.m2[lo:hi]}
}

// blockSize channels of a few moments stay in a core's own cache.
const blockSize = 1024

// blocks calls work for consecutive ranges of channels, on every processor.
// What work computes for a channel must not depend on its range.
func blocks(channels int, work func(lo, hi int)) {
	n := (channels + blockSize - 1) / blockSize
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for b := int(next.Add(1)) - 1; b < n; b = int(next.Add(1)) - 1 {
				work(b*blockSize, min((b+1)*blockSize, channels))
			}
		})
	}
	wg.Wait()
}
