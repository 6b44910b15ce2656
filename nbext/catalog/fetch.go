package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A Fetcher brings files of the catalog into DataDir. It is used on request
// alone (`fusiform fetch NAME`): nothing else of this project reaches for the
// network, and this package does not link what speaks HTTP, nor does a cell.
//
// What it promises is: the file is whole and its SHA-256 is the catalog's, or
// there is no file. Until then bytes stand in a hidden file beside it
// (.NAME.….part, and for a file that comes in parts a small .NAME.….parts),
// which the next call goes on from, be it after a lost connection, an
// interrupt, a killed process or a full disk. Of two processes one fetches a
// file and the other waits. A file that is there already is checked, and never
// written to. No path leaves DataDir: not by "..", and not by a symbolic link.
//
// Several files come at once, and so do parts of a large one, spread over its
// addresses; one that fails, or is far slower than another, is given up. Where
// addresses disagree, they are asked one at a time, and the wrong one is named.
//
// The context of its methods ends it at once, and carries progress in bytes
// (analysis.WithProgress).
type Fetcher struct {
	Get Getter

	// Parallel is how many connections are open at once; 0 is 4.
	Parallel int

	// PartSize is that of the parts in which a file of two and more of them
	// comes, in bytes; 0 is 16 MiB.
	PartSize int64

	// Stall is how long to wait for the next byte; 0 is 30 seconds. An address
	// four times slower than another over a sixth of it is given up.
	Stall time.Duration

	// Pause is how long to wait before the second try at an address; each
	// further wait is twice as long. 0 is one second.
	Pause time.Duration

	// Notify is told in a sentence what goes on: that another process is
	// waited for, that a try failed. It may be called from several goroutines.
	// nil: nobody is.
	Notify func(string)

	free func(dir string) (int64, error) // room on the disk; tests fill it
}

// A Getter opens what lies at an address.
type Getter interface {
	// Get opens its bytes from ≤ i < to, to 0 being its end; or all of it,
	// where the server cannot: the Source says. It ends when ctx does, as do
	// reads of the body. It is called by several goroutines at once.
	//
	// An error is taken for a passing one and tried again, after the time that
	// a *BusyError names; unless it is an ErrRefused: then the next address is.
	Get(ctx context.Context, url string, from, to int64) (Source, error)
}

// A Source is what a Getter opened.
type Source struct {
	From int64 // the number of the first byte of Body
	To   int64 // the number after that of its last byte; −1 if it is not told
	Size int64 // of the whole, not of Body; −1 if it is not told

	// Version is another if the file at this address has changed since (an
	// ETag, a date); empty if it is not told.
	Version string

	Body io.ReadCloser
}

// ErrRefused reports an address that will not give the file, however often it
// is asked.
var ErrRefused = errors.New("refused")

// A BusyError is the fault of a server that says when to ask again.
type BusyError struct {
	After time.Duration
	Err   error
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%v, and asks to come back in %v", e.Err, e.After)
}

func (e *BusyError) Unwrap() error { return e.Err }

// Model returns where the file of a network lies, after fetching it if it is
// not on this machine. It fails with a *MissingError if the catalog knows no
// address, and for a network that is embedded.
func (f Fetcher) Model(ctx context.Context, r ModelRow) (string, error) {
	if r.File == "" {
		return "", fmt.Errorf("catalog: %s is part of this program: there is nothing to fetch", r.Name)
	}
	it := item{name: r.Name, rel: r.File, sha256: r.SHA256, size: r.Size, urls: r.URLs,
		remedy: "set " + dataVariable + " to the folder that it leads to"}
	if len(it.urls) == 0 {
		path, err := r.Path()
		if err != nil {
			return "", err
		}
		return path, it.check(ctx, path)
	}
	return f.crew(ctx, it.size).file(ctx, it)
}

// A crew is what the files of one call share.
type crew struct {
	Fetcher
	slots chan struct{} // one for each connection
	tally *tally
	told  atomic.Bool // that another process is waited for
}

// crew makes ready for fetching a number of bytes.
func (f Fetcher) crew(ctx context.Context, total int64) *crew {
	if f.Parallel < 1 {
		f.Parallel = 4
	}
	if f.PartSize < 1 {
		f.PartSize = 16 << 20
	}
	if f.Stall <= 0 {
		f.Stall = 30 * time.Second
	}
	if f.Pause <= 0 {
		f.Pause = time.Second
	}
	if f.free == nil {
		f.free = free
	}
	return &crew{Fetcher: f, slots: make(chan struct{}, f.Parallel), tally: newTally(ctx, total)}
}

// file brings one file. It is what fetches every file of the catalog.
func (c *crew) file(ctx context.Context, it item) (string, error) {
	if err := it.valid(); err != nil {
		return "", fmt.Errorf("catalog: %s: %w", it.name, err)
	}
	path := it.path()
	if done, err := it.there(ctx, path); done || err != nil {
		return path, err
	}
	p, err := c.claim(ctx, it)
	if err != nil {
		return "", fmt.Errorf("catalog: fetching %s: %w", it.name, err)
	}
	defer p.close()
	// Another process may have brought it while this one waited.
	if done, err := it.there(ctx, path); done || err != nil {
		if done {
			c.tally.add(it.size - p.have())
		}
		return path, err
	}
	if err := c.fill(ctx, p, it); err != nil {
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

// pause is how long to wait after the n-th fault in a row, counted from 1,
// which err was.
func (f Fetcher) pause(n int, err error) time.Duration {
	d := f.Pause << min(n-1, 6)
	var busy *BusyError
	if errors.As(err, &busy) {
		d = max(d, busy.After)
	}
	return d
}

// patience bounds the wait that a server may ask for; behind it, the next
// address is asked.
const patience = time.Minute

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
