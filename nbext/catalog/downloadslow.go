package catalog

import (
	"context"
	"time"
)

// watch gives up mirrors that are far slower than the fastest.
func (q *pool) watch(ctx context.Context) {
	window := q.Stall / 6
	tick := time.NewTicker(window)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			q.compare(now, window)
		}
	}
}

// compare compares what the mirrors have sent over a connection since it was
// called last.
func (q *pool) compare(now time.Time, window time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.more.Broadcast()
	bytes, took := map[*address]int64{}, map[*address]time.Duration{}
	for _, a := range q.tries {
		if !a.since.IsZero() {
			bytes[a.m] += a.bytes
			took[a.m] += now.Sub(a.since)
			a.bytes, a.since = 0, now
		}
	}
	best := 0.
	rate := func(m *address) float64 { return float64(bytes[m]) / took[m].Seconds() }
	for m := range took {
		if took[m] >= window/2 {
			best = max(best, rate(m))
		}
	}
	for m := range took {
		if took[m] >= window/2 && rate(m) < best/4 && !m.out {
			q.drop(m, errSlow)
		}
	}
}
