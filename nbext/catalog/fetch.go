package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// A Fetcher brings files of the catalog into DataDir. It is used on request
// alone (`fusiform fetch NAME`): nothing else of this project reaches for the
// network, and this package does not link what speaks HTTP, nor does a cell.
//
// What it promises is: the file is whole and its SHA-256 is the catalog's, or
// there is no file. Until then bytes stand in a hidden file beside it
// (.NAME.….part), which the next call goes on from, be it after a lost
// connection, an interrupt, a killed process or a full disk. Of two processes
// one fetches and the other waits. A file that is there already is checked,
// and never written to. No path leaves DataDir: not by "..", and not by a
// symbolic link.
//
// The context of its methods ends it at once, and carries progress in bytes
// (analysis.WithProgress).
type Fetcher struct {
	Get Getter

	// Stall is how long to wait for the next byte; 0 is 30 seconds.
	Stall time.Duration

	// Pause is how long to wait before the second try at an address; each
	// further wait is twice as long. 0 is one second.
	Pause time.Duration

	// Notify is told in a sentence what goes on: that another process is
	// waited for, that a try failed. nil: nobody is.
	Notify func(string)
}

// A Getter opens what lies at an address.
type Getter interface {
	// Get opens it from a byte on, or from 0 where the server cannot:
	// the Source says. It ends when ctx does, as do reads of the body.
	// An error is taken for a passing one and tried again, unless it is an
	// ErrRefused: then the next address is.
	Get(ctx context.Context, url string, from int64) (Source, error)
}

// A Source is what a Getter opened.
type Source struct {
	From int64 // the number of the first byte of Body
	Size int64 // of the whole, not of Body; −1 if it is not told
	Body io.ReadCloser
}

// ErrRefused reports an address that will not give the file, however often it
// is asked.
var ErrRefused = errors.New("refused")

// Model returns where the file of a network lies, after fetching it if it is
// not on this machine. It fails with a *MissingError if the catalog knows no
// address, and for a network that is embedded.
func (f Fetcher) Model(ctx context.Context, r ModelRow) (string, error) {
	if r.File == "" {
		return "", fmt.Errorf("catalog: %s is part of this program: there is nothing to fetch", r.Name)
	}
	it := item{name: r.Name, rel: r.File, sha256: r.SHA256, size: r.Size, urls: r.URLs}
	if len(it.urls) == 0 {
		path, err := r.Path()
		if err != nil {
			return "", err
		}
		return path, it.check(ctx, path)
	}
	return f.file(ctx, it)
}

// file brings one file. It is what fetches every file of the catalog.
func (f Fetcher) file(ctx context.Context, it item) (string, error) {
	if err := it.valid(); err != nil {
		return "", fmt.Errorf("catalog: %s: %w", it.name, err)
	}
	dir := DataDir()
	path := filepath.Join(dir, filepath.FromSlash(it.rel))
	if done, err := it.there(ctx, path); done || err != nil {
		return path, err
	}
	p, err := f.claim(ctx, dir, it)
	if err != nil {
		return "", fmt.Errorf("catalog: fetching %s: %w", it.name, err)
	}
	defer p.close()
	// Another process may have brought it while this one waited.
	if done, err := it.there(ctx, path); done || err != nil {
		return path, err
	}
	if err := f.fill(ctx, p, it); err != nil {
		return "", fmt.Errorf("catalog: fetching %s: %w", it.name, err)
	}
	if err := p.publish(it.rel); err != nil {
		return "", fmt.Errorf("catalog: fetching %s: %w", it.name, err)
	}
	return path, nil
}

func (f Fetcher) notify(format string, args ...any) {
	if f.Notify != nil {
		f.Notify(fmt.Sprintf(format, args...))
	}
}

// wait waits before the n-th try, counted from 1, unless ctx ends.
func (f Fetcher) wait(ctx context.Context, n int) error {
	d := f.Pause
	if d == 0 {
		d = time.Second
	}
	return sleep(ctx, d<<min(n-1, 6))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
