package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// A running SHA-256 of a part follows its front while the rest comes.
type running struct {
	mu     sync.Mutex
	hash   hash.Hash
	upto   int64
	buf    []byte
	signal chan struct{}
}

// follow hashes what has come until stop is called.
func (p *part) follow() (stop func()) {
	p.sum.signal = make(chan struct{}, 1)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-p.sum.signal:
			}
			for more := true; more; {
				select {
				case <-done:
					return
				default:
				}
				var err error
				if more, err = p.hashOn(); err != nil {
					return // digest meets it again
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

// wake says that more has come.
func (r *running) wake() {
	select {
	case r.signal <- struct{}{}:
	default:
	}
}

// hashOn hashes the next piece before the front, and reports whether there
// may be another.
func (p *part) hashOn() (more bool, err error) {
	r := &p.sum
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hash == nil {
		r.hash = sha256.New()
	}
	if r.buf == nil {
		r.buf = make([]byte, 1<<19)
	}
	n := min(p.front()-r.upto, int64(len(r.buf)))
	if n == 0 {
		return false, nil
	}
	if _, err := p.file.ReadAt(r.buf[:n], r.upto); err != nil {
		return false, &diskError{err}
	}
	r.hash.Write(r.buf[:n])
	r.upto += n
	return true, nil
}

// digest returns the SHA-256 of the whole file, in hexadecimal.
func (p *part) digest(ctx context.Context) (string, error) {
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		more, err := p.hashOn()
		if err != nil {
			return "", err
		}
		if !more {
			return hex.EncodeToString(p.sum.hash.Sum(nil)), nil
		}
	}
}
