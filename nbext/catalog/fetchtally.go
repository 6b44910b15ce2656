package catalog

import (
	"context"
	"sync"

	"fusiform/analysis"
)

// A tally sums the progress of what goes on at once. What it reports never
// falls, whatever is thrown away.
type tally struct {
	report func(done, total int)

	mu          sync.Mutex
	done, total int64
	most        int64 // reported
}

func newTally(ctx context.Context, total int64) *tally {
	return &tally{total: total, report: func(done, total int) { analysis.ReportProgress(ctx, done, total) }}
}

// add counts bytes that have come; fewer than none: that are lost.
func (t *tally) add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done += n; t.done > t.most {
		t.most = t.done
		t.report(int(t.most), int(t.total))
	}
}
