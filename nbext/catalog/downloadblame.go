package catalog

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
)

// A fingerprint is the SHA-256 of a span as one address brought it.
type fingerprint struct {
	by  *address
	sum [sha256.Size]byte
}

// fingerprints returns those of the spans of a part, in their order; without
// a sum where it is not one address that brought it in this call.
func (p *part) fingerprints(ctx context.Context) ([]fingerprint, error) {
	prints := make([]fingerprint, len(p.spans))
	for i, s := range p.spans {
		if s.by == nil || s.by == several {
			continue
		}
		sum, err := p.fingerprint(ctx, s)
		if err != nil {
			return nil, err
		}
		prints[i] = fingerprint{by: s.by, sum: sum}
	}
	return prints, nil
}

func (p *part) fingerprint(ctx context.Context, s span) (sum [sha256.Size]byte, err error) {
	if ctx.Err() != nil {
		return sum, context.Cause(ctx)
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(p.file, s.from, s.to-s.from)); err != nil {
		return sum, &diskError{err}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

var errOtherBytes = errors.New("gives other bytes than the catalog's file has; what it brought was thrown away")

// blame names those whose spans were not what the whole file, now verified,
// has.
func (c *crew) blame(ctx context.Context, p *part, before []fingerprint) error {
	for i, was := range before {
		m := was.by
		if m == nil || m.err == errOtherBytes {
			continue
		}
		now, err := p.fingerprint(ctx, p.spans[i])
		if err != nil {
			return err
		}
		if now != was.sum {
			c.fault(m, errOtherBytes)
		}
	}
	return nil
}
