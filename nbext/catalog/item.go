package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// An item is a file to be fetched.
type item struct {
	name   string   // of its row
	root   string   // the folder that nothing is written outside of; empty: DataDir
	rel    string   // below it, with forward slashes
	sha256 string   // in hexadecimal
	size   int64    // in bytes
	urls   []string // where it is, the first to be tried first
	remedy string   // where a link of the user's leads out of root
}

// dir returns the folder that nothing is written outside of.
func (it item) dir() string {
	if it.root != "" {
		return it.root
	}
	return DataDir()
}

// path returns where the file belongs on this machine.
func (it item) path() string { return filepath.Join(it.dir(), filepath.FromSlash(it.rel)) }

// maxFetch bounds a file: no network and no data set has one of a tebibyte.
const maxFetch = 1 << 40

// emptySum is the SHA-256 of a file without bytes.
const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// valid says what is wrong with the row.
func (it item) valid() error {
	if err := checkRel(it.rel); err != nil {
		return err
	}
	if b, err := hex.DecodeString(it.sha256); err != nil || len(b) != sha256.Size {
		return fmt.Errorf("its SHA-256 %q is not one (64 hexadecimal digits)", it.sha256)
	}
	if it.size < 1 && !strings.EqualFold(it.sha256, emptySum) || it.size < 0 || it.size > maxFetch {
		return fmt.Errorf("its size of %d bytes is not one of a file to fetch", it.size)
	}
	for _, u := range it.urls {
		if err := checkURL(u); err != nil {
			return err
		}
	}
	return nil
}

// checkRel says what is wrong with a path below DataDir.
func checkRel(rel string) error {
	switch {
	case rel == "" || !filepath.IsLocal(filepath.FromSlash(rel)) || path.Clean(rel) != rel || rel == ".":
		return fmt.Errorf("its file %q is not a path below the data folder", rel)
	case strings.ContainsFunc(rel, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) }):
		return fmt.Errorf("its file %q has a character that not every system takes in a name", rel)
	}
	for _, part := range strings.Split(rel, "/") {
		if strings.HasPrefix(part, ".") {
			return fmt.Errorf("its file %q is hidden", rel)
		}
	}
	return nil
}

// checkURL says what is wrong with an address.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return fmt.Errorf("its address %q is none: %w", s, err)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("its address %q does not begin with https:// or http://", s)
	case u.Host == "" || u.Opaque != "":
		return fmt.Errorf("its address %q names no host", s)
	case u.User != nil:
		return fmt.Errorf("its address at %s holds a name or a password, which a catalog must not", u.Host)
	}
	return nil
}

// there reports whether the file is at path. It fails if another one is.
// Links that the user made are followed: it only reads.
func (it item) there(ctx context.Context, path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := it.check(ctx, path); err != nil {
		return false, err
	}
	return true, nil
}

// check compares the file at path with the catalog.
func (it item) check(ctx context.Context, path string) error {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("catalog: %w", err)
	case !st.Mode().IsRegular():
		return fmt.Errorf("catalog: %s is not a file; move it away to fetch %s", path, it.name)
	case it.size > 0 && st.Size() != it.size:
		return fmt.Errorf("catalog: %s has %d bytes, %s has %d: it is another file or a part of one; move it away and fetch again", path, st.Size(), it.name, it.size)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	defer f.Close()
	got, err := sum(ctx, f)
	if err != nil {
		return fmt.Errorf("catalog: reading %s: %w", path, err)
	}
	if !strings.EqualFold(got, it.sha256) {
		return fmt.Errorf("catalog: %s is not %s: its SHA-256 is %s, expected %s; move it away and fetch again", path, it.name, got, it.sha256)
	}
	return nil
}

// sum returns the SHA-256 of what r holds.
func sum(ctx context.Context, r io.Reader) (string, error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
