package catalog

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

var (
	errSlow   = errors.New("is far slower than another address")
	errNoPart = errors.New("cannot send parts")
)

// A pace is how a mirror does among others.
type pace struct {
	active, limit int       // connections, and how many it may have
	fails         int       // passing faults in a row
	fault, rest   time.Time // of the last of them, and until when it is let be
	out           bool      // it is asked for no further part
}

// A pool brings the spans of a part over several connections.
type pool struct {
	*crew
	p  *part
	it item
	ms []*address

	mu    sync.Mutex
	more  *sync.Cond // something has changed
	tries []*attempt // under way
	fatal error      // ends all
}

// An attempt is one span asked of one mirror.
type attempt struct {
	span   int
	m      *address
	begun  time.Time // when it was given out
	since  time.Time // when its bytes began to be counted; zero: not yet
	bytes  int64     // since then
	came   int64     // bytes in all
	cancel context.CancelCauseFunc
}

// together brings what spans of p the mirrors give in parts. An error ends
// the fetch; spans that nobody gave are left missing.
func (c *crew) together(ctx context.Context, p *part, it item, ms []*address) error {
	if err := p.startJournal(); err != nil {
		return err
	}
	q := &pool{crew: c, p: p, it: it, ms: ms}
	q.more = sync.NewCond(&q.mu)
	for _, m := range ms {
		m.pace = pace{limit: 1, out: m.refused || m.alone} // one, until it has sent a part
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, q.wake)()
	watched := make(chan struct{})
	go func() { q.watch(ctx); close(watched) }()
	var wg sync.WaitGroup
	for range c.Parallel {
		wg.Go(func() {
			for a := q.next(ctx); a != nil; a = q.next(ctx) {
				q.ended(ctx, a, q.run(ctx, a))
			}
		})
	}
	wg.Wait()
	err := q.fatal
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	cancel(nil)
	<-watched
	return err
}

func (q *pool) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.more.Broadcast()
}

// next gives out a span, waiting for one. nil: there is nothing more to do.
func (q *pool) next(ctx context.Context) *attempt {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.fatal == nil && ctx.Err() == nil {
		now := time.Now()
		span, m, wait := q.idle(), (*address)(nil), time.Duration(-1)
		if span < 0 && len(q.tries) == 0 {
			return nil
		}
		if span >= 0 {
			if m, wait = q.choose(now); m != nil {
				m.active++
				a := &attempt{span: span, m: m, begun: now, cancel: func(error) {}}
				q.tries = append(q.tries, a)
				return a
			} else if wait < 0 {
				return nil
			}
		}
		if wait > 0 {
			alarm := time.AfterFunc(wait, q.wake)
			q.more.Wait()
			alarm.Stop()
			continue
		}
		q.more.Wait()
	}
	return nil
}

// idle returns the first span that is missing and that nobody brings, or −1.
func (q *pool) idle() int {
	q.p.mu.Lock()
	defer q.p.mu.Unlock()
	for i := q.p.first; i < len(q.p.spans); i++ {
		if q.p.spans[i].missing() > 0 && !slices.ContainsFunc(q.tries, func(a *attempt) bool { return a.span == i }) {
			return i
		}
	}
	return -1
}

// choose returns the mirror with the fewest connections, or how long to wait
// for one to have rested: 0, for a connection; negative: there is none.
func (q *pool) choose(now time.Time) (best *address, wait time.Duration) {
	wait = -1
	for _, m := range q.ms {
		switch rest := m.rest.Sub(now); {
		case m.out:
		case rest > 0:
			if wait <= 0 || rest < wait {
				wait = rest
			}
		case m.active >= m.limit:
			wait = max(wait, 0)
		case best == nil || m.active < best.active:
			best = m
		}
	}
	return best, wait
}

// ended takes an attempt back.
func (q *pool) ended(ctx context.Context, a *attempt, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.more.Broadcast()
	q.tries = slices.DeleteFunc(q.tries, func(b *attempt) bool { return a == b })
	m := a.m
	m.active--
	now := time.Now()
	switch {
	case err == nil:
		m.fails = 0
		return
	case fatal(ctx, err):
		q.fatal = errors.Join(q.fatal, err)
		for _, b := range q.tries {
			b.cancel(err)
		}
		return
	case m.out: // and so are all of its attempts
		return
	case errors.Is(err, ErrRefused):
		m.refused = true
		q.drop(m, err)
		return
	case errors.Is(err, errNoPart):
		m.alone = true
		q.drop(m, err)
		return
	case a.begun.Before(m.fault): // of one fault, all connections tell
		return
	}
	if m.fails++; a.came >= goodPiece {
		m.fails = 1
	}
	wait := q.pause(m.fails, err)
	if m.fails == maxTries || wait > max(patience, q.Pause<<maxTries) {
		q.drop(m, err)
		return
	}
	m.limit = max(1, m.limit/2)
	m.fault, m.rest = now, now.Add(wait)
	q.notify("%s %v; trying again", m.url, err)
}

// drop asks a mirror for no further part.
func (q *pool) drop(m *address, err error) {
	m.out = true
	q.fault(m, err)
	for _, b := range q.tries {
		if b.m == m {
			b.cancel(err)
		}
	}
}
