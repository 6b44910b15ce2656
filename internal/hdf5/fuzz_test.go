package hdf5

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

// FuzzHDF5 crawls whatever is accepted, once with checksums and once behind
// them.
func FuzzHDF5(f *testing.F) {
	names, err := filepath.Glob("testdata/small_*.h5")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	runtime.GOMAXPROCS(1) // so that an input takes the same way twice
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := New(bytes.NewReader(data), int64(len(data))); err == nil {
			crawl(t, h)
		}
		base, ok := UserBlock(bytes.NewReader(data), int64(len(data)))
		if !ok {
			return
		}
		h := &File{r: bytes.NewReader(data), base: base, size: int64(len(data)) - base, unsummed: true}
		if h.superblock(int64(len(data))) == nil {
			crawl(t, h)
		}
	})
}

// crawl reads all that a file names, and checks that as many elements come as
// its shapes say. It returns the first error.
func crawl(t *testing.T, f *File) (first error) {
	t.Helper()
	fail := func(err error) {
		if first == nil {
			first = err
		}
	}
	root, err := f.Root()
	if err != nil {
		return err
	}
	todo, seen := []*Object{root}, map[uint64]bool{root.At: true}
	left := 1 << 20 // elements
	for len(todo) > 0 && len(seen) < 1000 {
		o := todo[0]
		todo = todo[1:]
		links, err := o.Links()
		if err != nil {
			fail(err)
		}
		for _, l := range links[:min(len(links), 1000)] {
			k, err := o.Follow(l)
			if err != nil {
				if l.Kind == Hard {
					fail(err)
				}
				continue
			}
			if !seen[k.At] {
				seen[k.At] = true
				todo = append(todo, k)
			}
		}
		attributes, err := o.Attributes()
		if err != nil {
			fail(err)
		}
		for _, a := range attributes {
			_, _ = a.Numbers()
			_, _ = a.Texts()
			_, _ = a.Lists()
		}
		if !o.IsDataset() {
			continue
		}
		d, err := o.Dataset()
		if err != nil {
			fail(err)
			continue
		}
		if left -= d.Space.Len(); left < 0 || d.Space.Len()*d.Type.Size > 1<<24 {
			return first
		}
		if err := d.whole(t); err != nil {
			fail(err)
		}
	}
	return first
}

// whole reads a dataset, its texts and its numbers.
func (d *Dataset) whole(t *testing.T) error {
	t.Helper()
	n, size := d.Space.Len(), d.Type.Size
	raw, got := make([]byte, n*size), atomic.Int64{}
	err := d.Scan(context.Background(), make([]int, len(d.Space.Shape)), d.Space.Shape, func(_, at int, b []byte) error {
		got.Add(int64(copy(raw[at*size:], b)))
		return nil
	})
	if err != nil {
		return err
	}
	if got.Load() != int64(len(raw)) {
		t.Errorf("%d bytes of %d", got.Load(), len(raw))
	}
	if decode, err := d.Type.Numbers(); err == nil {
		decode(make([]float64, n), raw)
	}
	if d.Type.IsText() {
		if _, err := d.f.Texts(d.Type, raw); err != nil {
			return err
		}
	}
	if d.Type.IsObject() {
		for ; len(raw) >= size; raw = raw[size:] {
			if at, ok := d.f.Reference(raw[:size]); ok {
				if _, err := d.f.Object(at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
