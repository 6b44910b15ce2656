package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"
)

// A part is what there is of a file that is being fetched. Who has one has it
// alone: the file is locked, and the system lets go of the lock with the
// process.
type part struct {
	root *os.Root // DataDir: nothing is written outside
	rel  string
	file *os.File
	size int64 // bytes that are there

	// Where the bytes came from: another file's are thrown away once.
	url    string // empty: an earlier call brought them
	joined bool   // they were sent in more than one piece

	write func([]byte) (int, error) // to file; tests fail it
}

// claim opens the part of an item and locks it, after waiting for a process
// that has it.
func (f Fetcher) claim(ctx context.Context, dir string, it item) (_ *part, err error) {
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
		return nil, fmt.Errorf("%w; where a link leads out of %s, set %s to the folder that it leads to", err, dir, dataVariable)
	}
	rel := path.Join(path.Dir(it.rel), fmt.Sprintf(".%s.%s.part", path.Base(it.rel), it.sha256[:12]))
	for told := false; ; {
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
			p := &part{root: root, rel: rel, file: file, write: file.Write}
			if ok, err := p.current(); err != nil {
				file.Close()
				return nil, err
			} else if ok {
				return p, nil
			}
		}
		file.Close()
		if locked { // whoever had it renamed or removed it
			continue
		}
		if !told {
			told = true
			f.notify("another process is fetching %s; waiting for it", it.name)
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// current reports whether the locked file still has its name, and reads its
// size.
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
	p.size = have.Size()
	p.joined = p.size > 0
	return os.SameFile(have, named), nil
}

// reset throws away what is there.
func (p *part) reset() error {
	p.size, p.url, p.joined = 0, "", false
	if err := p.file.Truncate(0); err != nil {
		return &diskError{err}
	}
	return nil
}

// add writes bytes at the end.
func (p *part) add(b []byte) error {
	if _, err := p.file.Seek(p.size, io.SeekStart); err != nil {
		return &diskError{err}
	}
	n, err := p.write(b)
	p.size += int64(n)
	if err != nil {
		return &diskError{err}
	}
	return nil
}

func (p *part) sum(ctx context.Context) (string, error) {
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return "", &diskError{err}
	}
	s, err := sum(ctx, p.file)
	if err != nil && ctx.Err() == nil {
		err = &diskError{err}
	}
	return s, err
}

// publish gives the whole file its name.
func (p *part) publish(rel string) error {
	if err := p.file.Sync(); err != nil {
		return &diskError{err}
	}
	if _, err := p.root.Lstat(rel); err == nil {
		return fmt.Errorf("%s has appeared meanwhile", filepath.Join(p.root.Name(), rel))
	}
	if runtime.GOOS == "windows" { // which does not rename an open file
		p.file.Close()
	}
	if err := p.root.Rename(p.rel, rel); err != nil {
		return &diskError{err}
	}
	return nil
}

// close lets go of the part. One without bytes is removed.
func (p *part) close() {
	if runtime.GOOS == "windows" { // which does not remove an open file
		p.file.Close()
	}
	if p.size == 0 {
		p.root.Remove(p.rel)
	}
	p.file.Close()
	p.root.Close()
}

// A diskError is a fault of this machine: no other address helps.
type diskError struct{ err error }

func (e *diskError) Error() string { return "this machine's disk: " + e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }
