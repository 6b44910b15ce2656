package dataset

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// What is accepted of an archive has as many values as its shape says.
func FuzzNPZ(f *testing.F) {
	seeds(f, "testdata/npz/*.npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = visitNPZ(bytes.NewReader(data), int64(len(data)), func(name string, file *zip.File) error {
			return openEntry(file, func(r io.Reader, size int64) error {
				a, err := readNPY(r, size, 1<<20)
				if err == nil {
					a.whole(t)
				}
				return nil
			})
		})
	})
}

func (a *Array) whole(t *testing.T) {
	n := 1
	for _, l := range a.Shape {
		n *= l
	}
	if n != len(a.Values) {
		t.Errorf("%v: %d values", a.Shape, len(a.Values))
	}
}
