package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An address is asked again after a passing fault, so often in a row; a try
// that brought a good piece does not count.
const (
	maxTries  = 4
	goodPiece = 4 << 20
)

var errStalled = errors.New("the server has fallen silent")

// An address is where a file is, and what became of asking it.
type address struct {
	url     string
	err     error  // its last fault
	refused bool   // it will not give the file
	alone   bool   // it gives the whole alone, or not the same at each time
	version string // that it told first
	pace
}

// fill brings p to the item's bytes, from the addresses that give them.
func (c *crew) fill(ctx context.Context, p *part, it item) error {
	if err := c.room(p.root.Name(), it.name, it.size-p.have()); err != nil {
		return err
	}
	ms := make([]*address, len(it.urls))
	for i, url := range it.urls {
		ms[i] = &address{url: url}
	}
	stop := p.follow()
	defer stop()
	err := c.settle(ctx, p, it, ms)
	var disk *diskError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("stopped after %d of %d bytes, which the next call goes on from: %w", p.have(), it.size, context.Cause(ctx))
	case errors.As(err, &disk):
		return fmt.Errorf("%w; %d of %d bytes are kept: make room for %d more and call again", err, p.have(), it.size, it.size-p.have())
	}
	kept := ""
	if n := p.have(); n > 0 {
		kept = fmt.Sprintf("; %d of %d bytes are kept, which the next call goes on from", n, it.size)
	}
	return fmt.Errorf("no address gave it: %w%s", err, kept)
}

// room fails if a folder's disk has none for so many bytes.
func (c *crew) room(dir, name string, need int64) error {
	have, err := c.free(dir)
	if err != nil || have >= need {
		return nil // where it is not known, writing finds out
	}
	return fmt.Errorf("%s needs %d bytes in %s, where %d are free: make room for %d more and call again", name, need, dir, have, need-have)
}

// settle brings the bytes and checks them. Where they are another file's, it
// finds out whose fault that is: what others brought is thrown away for each
// address in turn, and at last each is asked for the whole in one piece.
func (c *crew) settle(ctx context.Context, p *part, it item, ms []*address) error {
	got, err := c.verified(ctx, p, it, ms)
	if got == "" || err != nil {
		return err
	}
	before, err := p.fingerprints(ctx)
	if err != nil {
		return err
	}
	c.notify("%s: the pieces do not make the file; asking one address at a time", it.name)
	for _, whole := range []bool{false, true} {
		for _, m := range ms {
			if m.refused {
				continue
			}
			lost, err := true, error(nil)
			if whole {
				m.alone = true
				err = p.reset()
			} else {
				lost, err = p.keep(m)
			}
			if err != nil {
				return err
			}
			if lost {
				if got, err = c.verified(ctx, p, it, []*address{m}); fatal(ctx, err) {
					return err
				} else if err != nil {
					continue
				} else if got == "" {
					return c.blame(ctx, p, before)
				}
			}
			if whole || p.pieces == 1 {
				c.fault(m, fmt.Errorf("gives another file: its SHA-256 is %s, expected %s: %w", got, it.sha256, ErrRefused))
			}
		}
	}
	return errors.Join(faults(ms), p.reset())
}

// verified brings the bytes and returns their SHA-256 if it is another than
// the item's.
func (c *crew) verified(ctx context.Context, p *part, it item, ms []*address) (wrong string, err error) {
	if err := c.bring(ctx, p, it, ms); err != nil {
		return "", err
	}
	got, err := p.digest(ctx)
	if err != nil || strings.EqualFold(got, it.sha256) {
		return "", err
	}
	return got, nil
}

// bring brings as many bytes as the item has: first over several connections,
// then from one address after the other.
func (c *crew) bring(ctx context.Context, p *part, it item, ms []*address) error {
	if len(p.spans) > 1 && !p.whole() {
		if err := c.together(ctx, p, it, ms); err != nil {
			return err
		}
	}
	for _, m := range ms {
		if p.whole() {
			return nil
		}
		if m.refused {
			continue
		}
		if err := c.from(ctx, p, it, m); fatal(ctx, err) {
			return err
		} else if err != nil {
			c.fault(m, err)
		}
	}
	if p.whole() {
		return nil
	}
	return faults(ms)
}

// fault notes what is wrong with an address.
func (c *crew) fault(m *address, err error) {
	m.err = err
	m.refused = m.refused || errors.Is(err, ErrRefused)
	c.notify("%s %v", m.url, err)
}

// fatal reports an error that no other address helps against.
func fatal(ctx context.Context, err error) bool {
	var disk *diskError
	return err != nil && (ctx.Err() != nil || errors.As(err, &disk))
}

// faults sums up what is wrong with the addresses.
func faults(ms []*address) error {
	var all []string
	for _, m := range ms {
		if m.err != nil {
			all = append(all, fmt.Sprintf("%s %v", m.url, m.err))
		}
	}
	return errors.New(strings.Join(all, "; "))
}

// from brings p to the item's size from one address, in one piece after the
// other.
func (c *crew) from(ctx context.Context, p *part, it item, m *address) error {
	for tries := 0; !p.whole(); {
		before := p.have()
		err := c.try(ctx, p, it, m)
		if fatal(ctx, err) || errors.Is(err, ErrRefused) {
			return err
		}
		if err == nil || p.whole() { // all is there, however it ended
			continue
		}
		if tries++; p.have()-before >= goodPiece {
			tries = 1
		}
		wait := c.pause(tries, err)
		switch {
		case tries == maxTries:
			return fmt.Errorf("%w (tried %d times)", err, maxTries)
		case wait > max(patience, c.Pause<<maxTries):
			return err
		}
		c.notify("%s %v; trying again", m.url, err)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// try asks an address once for the first stretch that is missing. No error:
// all of it came.
func (c *crew) try(ctx context.Context, p *part, it item, m *address) error {
	from, to := p.gap()
	ask := to
	if to == it.size {
		ask = 0
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.disconnect()
	src, err := c.open(ctx, m.url, from, ask, it)
	if err != nil {
		return err
	}
	defer src.close()
	at := src.From
	if at != from {
		if at != 0 {
			return fmt.Errorf("sends from byte %d on, asked for %d: %w", at, from, ErrRefused)
		}
		c.notify("%s cannot go on from byte %d, and sends all again", m.url, from)
	}
	p.begin()
	for {
		b, err := src.next()
		skip := max(0, min(int64(len(b)), from-at)) // what is there already
		at += int64(len(b))
		b = b[skip:]
		if at > to && to == it.size {
			if err := p.reset(); err != nil {
				return err
			}
			return fmt.Errorf("sends more than the %d bytes expected: %w", it.size, ErrRefused)
		}
		b = b[:min(int64(len(b)), to-from)] // of a whole, only the stretch was asked for
		if len(b) > 0 {
			if err := p.add(from, b, m); err != nil {
				return err
			}
			from += int64(len(b))
		}
		switch {
		case from == to && (to < it.size || err == io.EOF):
			return nil
		case err == io.EOF:
			return fmt.Errorf("ended after %d of %d bytes", at, it.size)
		case err != nil:
			return fmt.Errorf("broke off after %d of %d bytes: %w", at, it.size, err)
		}
	}
}
