package catalog

import (
	"context"
	"fmt"
	"io"
	"time"
)

// run asks for what is missing of a span. No error: it came.
func (q *pool) run(ctx context.Context, a *attempt) error {
	if err := q.connect(ctx); err != nil {
		return err
	}
	defer q.disconnect()
	q.p.mu.Lock()
	s := q.p.spans[a.span]
	q.p.mu.Unlock()
	from := s.from + s.done
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q.mu.Lock()
	out := a.m.out // it may have been given up meanwhile
	a.cancel = cancel
	q.mu.Unlock()
	if out {
		return errSlow
	}
	src, err := q.open(inner, a.m.url, from, s.to, q.it)
	if err != nil {
		return err
	}
	defer src.close()
	if err := q.sends(a.m, src, from, s.to); err != nil {
		return err
	}
	q.p.begin()
	q.mu.Lock()
	a.since = time.Now()
	q.mu.Unlock()
	for {
		b, err := src.next()
		n := int64(len(b))
		if n > s.to-from {
			return fmt.Errorf("%w: it sends more than it was asked for", errNoPart)
		}
		if n > 0 {
			if err := q.p.add(from, b, a.m); err != nil {
				return err
			}
			from += n
			q.mu.Lock()
			a.bytes += n
			a.came += n
			q.mu.Unlock()
		}
		switch {
		case from == s.to && err == nil: // see whether there is more
		case from == s.to && err == io.EOF:
			return nil
		case err == io.EOF:
			return fmt.Errorf("ended after %d bytes of a part of %d", from-s.from, s.to-s.from)
		case err != nil:
			return fmt.Errorf("broke off after %d bytes of a part of %d: %w", from-s.from, s.to-s.from, err)
		}
	}
}

// sends checks that the mirror sends the part that it was asked for, of the
// same file as before.
func (q *pool) sends(m *address, src *flow, from, to int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case src.From != from || src.To != to || src.Size < 0:
		return errNoPart
	case m.version == "":
		m.version = src.Version
	case m.version != src.Version:
		return fmt.Errorf("%w of one file: it was %s and is %s", errNoPart, m.version, src.Version)
	}
	if m.limit == 1 && m.fails == 0 {
		m.limit = q.Parallel
		q.more.Broadcast()
	}
	return nil
}
