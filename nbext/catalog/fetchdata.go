package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"
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

// A plan is what there is to do for a data set.
type plan struct {
	root     string
	direct   []item // to be fetched for themselves
	archives []packed
	total    int64 // bytes to read, fetch and unpack
	need     int64 // bytes that are not on the disk yet
}

// A packed archive and which of its members are absent.
type packed struct {
	item
	strip   int
	members map[string]item // by their paths in the archive, stripped
}

// plan finds out what there is to do for the files of a row.
func (r DataRow) plan(items []item) (plan, error) {
	p := plan{root: items[0].dir()}
	var inside []item
	for _, it := range items {
		p.total += it.size
		if _, err := os.Stat(it.path()); err == nil || !errors.Is(err, fs.ErrNotExist) {
			continue // look says what it is
		}
		if p.need += it.size - it.kept(); len(it.urls) > 0 || it.size == 0 {
			p.direct = append(p.direct, it)
		} else {
			inside = append(inside, it)
		}
	}
	lost := make([]bool, len(inside)) // no archive has it
	for i := range lost {
		lost[i] = true
	}
	for _, a := range r.Archives {
		it := r.item(a.File)
		if err := it.valid(); err != nil {
			return plan{}, fmt.Errorf("catalog: %s: %w", it.name, err)
		}
		if a.Strip < 0 {
			return plan{}, fmt.Errorf("catalog: %s: it drops %d elements of its members' paths, expected 0 or more", it.name, a.Strip)
		}
		pack := packed{item: it, strip: a.Strip, members: map[string]item{}}
		for i, m := range inside {
			if rel, below := strings.CutPrefix(m.rel, path.Dir(it.rel)+"/"); below || path.Dir(it.rel) == "." {
				pack.members[rel], lost[i] = m, false
			}
		}
		if len(pack.members) == 0 {
			continue
		}
		_, err := os.Stat(it.path())
		if here := err == nil; !here && len(it.urls) == 0 {
			m := r.missing(it.path(), fs.ErrNotExist)
			m.Fetch = false
			m.Name, m.What, m.Rel = it.name, "the archive "+path.Base(it.rel), it.rel
			return plan{}, m
		} else if !here {
			p.need += it.size - it.kept()
		}
		p.total += it.size
		p.archives = append(p.archives, pack)
	}
	for i, m := range inside {
		if lost[i] {
			e := r.missing(m.path(), fs.ErrNotExist)
			e.Fetch = false
			e.Name, e.What, e.Rel = m.name, path.Base(m.rel), m.rel
			return plan{}, e
		}
	}
	return p, nil
}

// item returns a file of the row as one to be fetched.
func (r DataRow) item(f File) item {
	it := item{name: path.Join(r.Name, f.Path), root: r.At, rel: f.Path, sha256: f.SHA256, size: f.Size, urls: f.URLs,
		remedy: fmt.Sprintf(`give the folder that it leads to as "at" of %q in %s`, r.Name, localDataFile)}
	if r.At == "" {
		it.rel = path.Join(r.Folder, f.Path)
	}
	return it
}

// items checks the row, and returns its files.
func (r DataRow) items() ([]item, error) {
	if r.Folder == "" && r.At == "" {
		return nil, fmt.Errorf("catalog: %s is drawn by this program: there is nothing to fetch", r.Name)
	}
	items := make([]item, len(r.Files))
	names := map[string]string{} // as systems see them that do not tell case
	for i, f := range r.Files {
		if err := checkPath(f.Path); err != nil { // before it is joined to a folder
			return nil, fmt.Errorf("catalog: %s: %w", r.Name, err)
		}
		items[i] = r.item(f)
		if err := items[i].valid(); err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", items[i].name, err)
		}
		key := fold(f.Path)
		if other, twice := names[key]; twice {
			return nil, fmt.Errorf("catalog: %s: its files %q and %q have one name on some systems", r.Name, other, f.Path)
		}
		names[key] = f.Path
	}
	for _, f := range r.Files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if other, file := names[fold(dir)]; file {
				return nil, fmt.Errorf("catalog: %s: its file %q is the folder of its file %q", r.Name, other, f.Path)
			}
		}
	}
	for _, a := range r.Archives {
		if err := checkPath(a.Path); err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", r.Name, err)
		}
		if other, twice := names[fold(a.Path)]; twice {
			return nil, fmt.Errorf("catalog: %s: its archive %q has the name of its file %q", r.Name, a.Path, other)
		}
	}
	return items, nil
}

// fold maps names to one that are the same on some systems.
func fold(name string) string { return strings.ToLower(norm.NFC.String(name)) }

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

// kept returns how many bytes of the item an earlier call left.
func (it item) kept() int64 {
	name := filepath.Join(it.dir(), filepath.FromSlash(it.part()))
	st, err := os.Stat(name)
	if err != nil {
		return 0
	}
	f, err := os.Open(strings.TrimSuffix(name, ".part") + ".parts")
	if err != nil {
		return min(st.Size(), it.size)
	}
	defer f.Close()
	done, _, _ := readJournal(f, it.size)
	var n int64
	for _, d := range done {
		n += d
	}
	return n
}
