package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// A part is what there is of a file that is being fetched. Who has one has it
// alone: the file is locked, and the system lets go of the lock with the
// process.
type part struct {
	root  *os.Root // DataDir: nothing is written outside
	rel   string
	size  int64 // of the whole
	file  *os.File
	tally *tally

	mu      sync.Mutex
	spans   []span
	each    int64    // the length of all spans but the last
	first   int      // the spans before it are whole
	pieces  int      // how often bytes began to come; an earlier call's count as once
	journal *os.File // says how far each span is; nil: the file's length says it

	sum running

	write func(b []byte, off int64) (int, error) // to file; tests fail it
}

// claim opens the part of an item and locks it, after waiting for a process
// that has it.
func (c *crew) claim(ctx context.Context, it item) (_ *part, err error) {
	dir := it.dir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			root.Close()
		}
	}()
	if err := root.MkdirAll(path.Dir(it.rel), 0o755); err != nil {
		return nil, fmt.Errorf("%w; where a link leads out of %s, %s", err, dir, it.remedy)
	}
	rel := it.part()
	for {
		file, err := root.OpenFile(rel, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		locked, err := tryLock(file)
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", filepath.Join(dir, rel), err)
		}
		if locked {
			p := &part{root: root, rel: rel, size: it.size, file: file, tally: c.tally, write: file.WriteAt}
			ok, err := p.current()
			if err == nil && ok {
				err = p.load(c.spanSize(it.size))
			}
			if err != nil {
				file.Close()
				return nil, err
			}
			if ok {
				return p, nil
			}
		}
		file.Close()
		if locked { // whoever had it renamed or removed it
			continue
		}
		if c.told.CompareAndSwap(false, true) {
			c.notify("another process is fetching %s; waiting for it", it.name)
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// part returns the path of the item's hidden file, below DataDir.
func (it item) part() string {
	return path.Join(path.Dir(it.rel), fmt.Sprintf(".%s.%s.part", path.Base(it.rel), it.sha256[:12]))
}

// current reports whether the locked file still has its name.
func (p *part) current() (bool, error) {
	have, err := p.file.Stat()
	if err != nil {
		return false, err
	}
	named, err := p.root.Lstat(p.rel)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !named.Mode().IsRegular() {
		return false, fmt.Errorf("%s is not a file: remove it", filepath.Join(p.root.Name(), p.rel))
	}
	return os.SameFile(have, named), nil
}

// add writes bytes of the whole that begin at off, where they are missing.
func (p *part) add(off int64, b []byte, by *address) error {
	n, err := p.write(b, off)
	if err := errors.Join(err, p.note(off, off+int64(n), by)); err != nil {
		return &diskError{err}
	}
	p.sum.wake()
	return nil
}

// publish gives the whole file its name.
func (p *part) publish(rel string) error {
	if err := p.file.Sync(); err != nil {
		return &diskError{err}
	}
	if _, err := p.root.Lstat(rel); err == nil {
		return fmt.Errorf("%s has appeared meanwhile", filepath.Join(p.root.Name(), rel))
	}
	p.endJournal()
	if runtime.GOOS == "windows" { // which does not rename an open file
		p.file.Close()
	}
	if err := p.root.Rename(p.rel, rel); err != nil {
		return &diskError{err}
	}
	return nil
}

// remove throws the part away.
func (p *part) remove() error {
	p.endJournal()
	if runtime.GOOS == "windows" { // which does not remove an open file
		p.file.Close()
	}
	return p.root.Remove(p.rel)
}

// close lets go of the part. One without bytes is removed.
func (p *part) close() {
	if p.have() == 0 {
		p.remove()
	} else if p.journal != nil {
		p.journal.Close()
	}
	p.file.Close()
	p.root.Close()
}

// A diskError is a fault of this machine: no other address helps.
type diskError struct{ err error }

func (e *diskError) Error() string { return "this machine's disk: " + e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }
