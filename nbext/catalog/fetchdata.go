package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// A File is one file of a data set, or the archive that holds some.
type File struct {
	Path   string   // below the row's folder, with forward slashes
	Size   int64    // in bytes
	SHA256 string   // in hexadecimal
	URLs   []string // mirrors, the first to be tried first; none: an archive holds it, or nobody here knows an address
}

// An Archive is one file that holds many: zip, tar or tar.gz, by content. It
// is fetched as a hidden file, verified, unpacked, and removed; one that the
// user has put at Path is used in place, and stays.
//
// Its members lie below the folder of Path: "images.zip" unpacks into the
// row's folder, "sub-1/images.zip" into sub-1. Only members that are Files of
// the row without addresses are written, each with the row's size and SHA-256
// or not at all; the others are left out and counted.
type Archive struct {
	File
	Strip int // leading elements of its members' paths that are dropped
}

// Data returns the folder of a data set, after fetching what of its Files is
// not on this machine. Files that are there are read and used in place,
// wherever links of the user lead; a wrong one is an error that names it, and
// is never written to. It fails before the first byte with a *TermsError if
// nobody here has accepted the terms, and with a *MissingError if a file is
// absent that no address and no archive gives.
//
// A row without Files is taken as its folder is (DataRow.Dir).
func (f Fetcher) Data(ctx context.Context, r DataRow) (dir string, err error) {
	if err := r.Accepted(); err != nil || len(r.Files) == 0 {
		if err != nil {
			return "", err
		}
		return r.Dir()
	}
	if r.At != "" { // a folder of the user's is not made
		if _, err := r.Dir(); err != nil {
			return "", err
		}
	}
	items, err := r.items()
	if err != nil {
		return "", err
	}
	job, err := r.plan(items)
	if err != nil {
		return "", err
	}
	c := f.crew(ctx, job.total)
	report, err := c.look(ctx, r, items)
	if err != nil {
		return "", err
	}
	if err := report.wrong(r.Name); err != nil {
		return "", err
	}
	if job.need > 0 {
		if err := os.MkdirAll(job.root, 0o755); err != nil {
			return "", fmt.Errorf("catalog: %w", err)
		}
		if err := c.room(job.root, r.Name, job.need); err != nil {
			return "", fmt.Errorf("catalog: %w", err)
		}
	}
	err = c.each(ctx, len(job.direct), func(ctx context.Context, i int) error {
		_, err := c.file(ctx, job.direct[i])
		return err
	})
	if err != nil {
		return "", err
	}
	for _, a := range job.archives {
		if err := c.archive(ctx, a); err != nil {
			return "", err
		}
	}
	return report.Dir, nil
}

// maxFailed is how many files of a data set may fail before no further one is
// begun.
const maxFailed = 3

// each does the work for 0 ≤ i < n, some at once. A fault of one leaves the
// others be, up to maxFailed; one of this machine, or the end of ctx, ends
// them all.
func (c *crew) each(ctx context.Context, n int, work func(ctx context.Context, i int) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		next   atomic.Int64
		mu     sync.Mutex
		failed []error
		ended  error
		wg     sync.WaitGroup
	)
	more := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if ended != nil || len(failed) >= maxFailed || inner.Err() != nil {
			return 0, false
		}
		i := int(next.Add(1)) - 1
		return i, i < n
	}
	for range min(n, c.Parallel) {
		wg.Go(func() {
			for i, ok := more(); ok; i, ok = more() {
				err := work(inner, i)
				if err == nil {
					continue
				}
				mu.Lock()
				if fatal(ctx, err) && ended == nil {
					ended = err
					cancel(err)
				}
				failed = append(failed, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	left := n - min(n, int(next.Load()))
	switch {
	case ended != nil:
		return ended
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(failed) > 0 && left > 0:
		failed = append(failed, fmt.Errorf("catalog: %d more files were not tried; call again when this is mended", left))
	}
	return errors.Join(failed...)
}
