package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// archive fetches an archive, if it is not there, and unpacks the members
// that are absent.
func (c *crew) archive(ctx context.Context, a packed) error {
	fail := func(err error) error { return fmt.Errorf("catalog: unpacking %s: %w", a.name, err) }
	if here, err := a.there(ctx, a.path()); err != nil {
		return err
	} else if here { // the user's
		f, err := os.Open(a.path())
		if err != nil {
			return fail(err)
		}
		defer f.Close()
		c.tally.add(a.size)
		if err := c.unpack(ctx, f, a); err != nil {
			return fail(err)
		}
		return nil
	}
	p, err := c.claim(ctx, a.item)
	if err != nil {
		return fmt.Errorf("catalog: fetching %s: %w", a.name, err)
	}
	defer p.close()
	// Another process may have unpacked it while this one waited.
	for key, it := range a.members {
		if here, err := it.there(ctx, it.path()); err != nil {
			return err
		} else if here {
			c.tally.add(it.size)
			delete(a.members, key)
		}
	}
	if len(a.members) > 0 {
		if err := c.fill(ctx, p, a.item); err != nil {
			return fmt.Errorf("catalog: fetching %s: %w", a.name, err)
		}
		if err := c.unpack(ctx, p.file, a); err != nil {
			return fail(err)
		}
	}
	if err := p.remove(); err != nil {
		return fail(err)
	}
	return nil
}

// A member of an archive.
type member struct {
	name string
	kind string // what it is, if it is no file: aFolder, "a link"
	size int64
	open func() (io.ReadCloser, error)
}

const aFolder = "a folder"

var (
	errEnough    = errors.New("all that is wanted has come")
	errEncrypted = errors.New("it is encrypted")
)

// unpack writes the members of an archive that are wanted.
func (c *crew) unpack(ctx context.Context, r io.ReaderAt, a packed) error {
	left := 0
	err := walk(ctx, io.NewSectionReader(r, 0, a.size), func(m member) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		key := strip(m.name, a.strip)
		it, wanted := a.members[key]
		if !wanted {
			if m.kind != aFolder {
				left++
			}
			return nil
		}
		if m.kind != "" {
			return fmt.Errorf("%q is %s in it, expected a file", m.name, m.kind)
		}
		if m.size != it.size {
			return fmt.Errorf("%q has %d bytes in it, expected %d", m.name, m.size, it.size)
		}
		content, err := m.open()
		if err != nil {
			return fmt.Errorf("%q: %w", m.name, err)
		}
		defer content.Close()
		if err := c.extract(ctx, content, it); err != nil {
			return fmt.Errorf("%q: %w", m.name, err)
		}
		if delete(a.members, key); len(a.members) == 0 {
			return errEnough
		}
		return nil
	})
	if left > 0 {
		c.notify("%s: %d members that the catalog does not list were left out", a.name, left)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped with %d members to unpack, which the next call goes on with: %w", len(a.members), context.Cause(ctx))
	case err != nil && err != errEnough:
		return err
	case len(a.members) > 0:
		var names []string
		for key := range a.members {
			names = append(names, key)
		}
		slices.Sort(names)
		return fmt.Errorf("it has no member %q (of %d that are expected and absent)", names[0], len(names))
	}
	return nil
}

// strip drops leading elements of a member's path. What is left is looked up
// among paths that are known to be good, and need not be.
func strip(name string, n int) string {
	name = strings.TrimPrefix(name, "./")
	for range n {
		_, rest, ok := strings.Cut(name, "/")
		if !ok {
			return ""
		}
		name = rest
	}
	return name
}

// walk shows the members of an archive, which may be zip, tar or tar.gz, until
// one is refused.
func walk(ctx context.Context, r *io.SectionReader, visit func(member) error) error {
	head := make([]byte, 4)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return &diskError{err}
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return walkZip(r, visit)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return walkTarGz(ctx, r, visit)
	default:
		return walkTar(r, visit)
	}
}

// extract writes one member, or nothing.
func (c *crew) extract(ctx context.Context, r io.Reader, it item) error {
	p, err := c.claim(ctx, it)
	if err != nil {
		return err
	}
	defer p.close()
	if here, err := it.there(ctx, it.path()); err != nil || here {
		if here {
			c.tally.add(it.size - p.have())
		}
		return err
	}
	if err := p.reset(); err != nil {
		return err
	}
	if err = c.copy(ctx, r, p, it); err == nil {
		err = p.publish(it.rel)
	}
	if err != nil {
		return errors.Join(err, p.reset())
	}
	return nil
}

// copy fills p with the bytes of a member, and checks them.
func (c *crew) copy(ctx context.Context, r io.Reader, p *part, it item) error {
	buf := make([]byte, min(it.size+1, 1<<18))
	for at := int64(0); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := r.Read(buf)
		if int64(n) > it.size-at {
			return fmt.Errorf("has more than the %d bytes expected", it.size)
		}
		if err := p.add(at, buf[:n], nil); err != nil {
			return fmt.Errorf("%w; make room for %d bytes more and call again", err, it.size-at)
		}
		at += int64(n)
		if err == io.EOF && at == it.size {
			break
		}
		if err != nil {
			return fmt.Errorf("broke off after %d of %d bytes: %w", at, it.size, err)
		}
	}
	got, err := p.digest(ctx)
	if err == nil && !strings.EqualFold(got, it.sha256) {
		err = fmt.Errorf("is another file in it: its SHA-256 is %s, expected %s", got, it.sha256)
	}
	return err
}
