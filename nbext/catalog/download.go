package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"fusiform/analysis"
)

// An address is asked again after a passing fault, so often in a row; a try
// that brought a good piece does not count.
const (
	maxTries  = 4
	goodPiece = 4 << 20
)

var errStalled = errors.New("the server has fallen silent")

// fill brings p to the item's bytes, from the first address that gives them.
func (f Fetcher) fill(ctx context.Context, p *part, it item) error {
	var faults []string
	for _, url := range it.urls {
		err := f.from(ctx, p, it, url)
		var disk *diskError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("stopped after %d of %d bytes, which the next call goes on from: %w", p.size, it.size, context.Cause(ctx))
		case errors.As(err, &disk):
			return fmt.Errorf("%w; %d of %d bytes are kept: make room and call again", err, p.size, it.size)
		}
		faults = append(faults, fmt.Sprintf("%s %v", url, err))
		f.notify("%s %v", url, err)
	}
	kept := ""
	if p.size > 0 {
		kept = fmt.Sprintf("; %d of %d bytes are kept, which the next call goes on from", p.size, it.size)
	}
	return fmt.Errorf("no address gave it: %s%s", strings.Join(faults, "; "), kept)
}

// from brings p to the item's bytes from one address.
func (f Fetcher) from(ctx context.Context, p *part, it item, url string) error {
	restarts := 0
	for tries := 0; ; {
		if p.size < it.size {
			before := p.size
			err := f.try(ctx, p, it, url)
			var disk *diskError
			switch {
			case ctx.Err() != nil, errors.As(err, &disk), errors.Is(err, ErrRefused):
				return err
			case err != nil && p.size < it.size: // else all is there, however it ended
				if tries++; p.size-before >= goodPiece {
					tries = 1
				}
				if tries == maxTries {
					return fmt.Errorf("%w (tried %d times)", err, maxTries)
				}
				f.notify("%s %v; trying again", url, err)
				if err := f.wait(ctx, tries); err != nil {
					return err
				}
			}
			continue
		}
		got, err := p.sum(ctx)
		if err != nil {
			return err
		}
		if strings.EqualFold(got, it.sha256) {
			return nil
		}
		mixed := p.joined || p.url != url
		if err := p.reset(); err != nil {
			return err
		}
		if restarts++; !mixed || restarts > 2 {
			return fmt.Errorf("gives another file: its SHA-256 is %s, expected %s: %w", got, it.sha256, ErrRefused)
		}
		f.notify("%s: the pieces do not make the file; starting over", it.name)
	}
}

// try asks an address once for what is missing. No error: all of it came.
func (f Fetcher) try(ctx context.Context, p *part, it item, url string) error {
	stall := f.Stall
	if stall == 0 {
		stall = 30 * time.Second
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer watch.Stop()
	silent := func(err error) error {
		if context.Cause(inner) == errStalled {
			return fmt.Errorf("%w for %v", errStalled, stall)
		}
		return err
	}
	src, err := f.Get.Get(inner, url, p.size)
	if err != nil {
		return silent(err)
	}
	defer src.Body.Close()
	if src.Size >= 0 && src.Size != it.size {
		return fmt.Errorf("has %d bytes, expected %d: %w", src.Size, it.size, ErrRefused)
	}
	if src.From != p.size {
		if src.From != 0 {
			return fmt.Errorf("sends from byte %d on, asked for %d: %w", src.From, p.size, ErrRefused)
		}
		f.notify("%s cannot go on from byte %d; starting over", url, p.size)
		if err := p.reset(); err != nil {
			return err
		}
	}
	if p.size == 0 {
		p.url, p.joined = url, false
	} else {
		p.joined = true
	}
	analysis.ReportProgress(ctx, int(p.size), int(it.size))
	buf := make([]byte, 1<<18)
	for {
		n, err := src.Body.Read(buf)
		if n > 0 {
			watch.Reset(stall)
			if int64(n) > it.size-p.size {
				if err := p.reset(); err != nil {
					return err
				}
				return fmt.Errorf("sends more than the %d bytes expected: %w", it.size, ErrRefused)
			}
			if err := p.add(buf[:n]); err != nil {
				return err
			}
			analysis.ReportProgress(ctx, int(p.size), int(it.size))
		}
		switch {
		case err == io.EOF && p.size == it.size:
			return nil
		case err == io.EOF:
			return fmt.Errorf("ended after %d of %d bytes", p.size, it.size)
		case err != nil:
			return silent(fmt.Errorf("broke off after %d of %d bytes: %w", p.size, it.size, err))
		}
	}
}
