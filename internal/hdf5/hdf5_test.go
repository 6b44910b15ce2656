package hdf5

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, name string) *File {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The checksums of the published examples.
func TestChecksums(t *testing.T) {
	for text, want := range map[string]uint32{"": 0xdeadbeef, "Four score and seven years ago": 0x17770551} { // lookup3.c's own
		if got := lookup3([]byte(text)); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
	// 32 bits of Fletcher's sum of the words 0x0102, 0x0304: 0x0406 and, of the
	// sums 0x0102 + 0x0406, 0x0508.
	if got := fletcher32([]byte{1, 2, 3, 4}); got != 0x05080406 {
		t.Errorf("%#x", got)
	}
	if got := fletcher32([]byte{1, 2, 3}); got != 0x05040402 { // the last byte is a word's high one
		t.Errorf("%#x", got)
	}
}

// Everything that h5py wrote can be crawled, and nothing of it is damaged.
func TestCrawl(t *testing.T) {
	names, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(names) < 25 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		err := crawl(t, open(t, filepath.Base(name)))
		if err != nil && !strings.Contains(name, "refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, name := range []string{"earliest.h5", "v108.h5", "v110.h5", "latest.h5"} {
		f := open(t, name)
		few, err := f.Open("attributes/few")
		if err != nil {
			t.Fatal(err)
		}
		attributes, err := few.Attributes()
		if err != nil || len(attributes) != 4 {
			t.Fatal(attributes, err)
		}
		for _, a := range attributes {
			n, _ := a.Numbers()
			s, _ := a.Texts()
			l, _ := a.Lists()
			ok := false
			switch a.Name {
			case "n":
				ok = slices.Equal(n, []float64{-3})
			case "text":
				ok = slices.Equal(s, []string{"naïve"})
			case "fixed":
				ok = slices.Equal(s, []string{"abc"})
			case "lists":
				ok = len(l) == 2 && string(l[0]) == "ab" && string(l[1]) == "cde"
			}
			if !ok {
				t.Errorf("%s: %s: %v %q %q", name, a.Name, n, s, l)
			}
		}
		dense, err := f.Open("attributes/dense")
		if err != nil {
			t.Fatal(err)
		}
		if attributes, err = dense.Attributes(); err != nil || len(attributes) != 20 {
			t.Fatal(len(attributes), err)
		}
		total := 0.0
		for _, a := range attributes {
			n, err := a.Numbers()
			if err != nil {
				t.Error(err)
			}
			for _, x := range n {
				total += x
			}
		}
		if total != 1140 { // Σ k(k−1)/2 for k < 20
			t.Error(name, total)
		}
	}
}

func TestReferences(t *testing.T) {
	for _, name := range []string{"earliest.h5", "latest.h5"} {
		f := open(t, name)
		o, err := f.Open("links/references")
		if err != nil {
			t.Fatal(err)
		}
		d, err := o.Dataset()
		if err != nil || !d.Type.IsObject() {
			t.Fatal(d, err)
		}
		want, err := f.Open("/layouts/compact")
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		if err := d.Scan(t.Context(), []int{0}, []int{2}, func(_, _ int, b []byte) error {
			raw = append(raw, b...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if at, ok := f.Reference(raw[:8]); !ok || at != want.At {
			t.Errorf("%s: %d, want %d", name, at, want.At)
		}
		if _, ok := f.Reference(make([]byte, 8)); ok {
			t.Error("a reference to nothing leads somewhere")
		}
	}
}

// A heap of links so large that its blocks of blocks have such in turn.
func TestNestedHeap(t *testing.T) {
	file, err := os.Open("testdata/nested.h5.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	links, err := root.Links()
	if err != nil || len(links) != 3001 {
		t.Fatal(len(links), err)
	}
	seen := map[string]bool{}
	for _, l := range links {
		if l.Name != "x" && (l.Kind != Soft || l.Target != "/x" || l.Name[5:] != strings.Repeat(" and so on", 24)) {
			t.Fatal(l)
		}
		seen[l.Name] = true
	}
	if len(seen) != 3001 {
		t.Error(len(seen))
	}
}
