package dataset

import (
	"bytes"
	"io"
	"testing"

	"fusiform/internal/hdf5"
)

// Whatever is accepted of a .mat file of version 7.3 can be asked for, and has
// as many values as its shape says.
func FuzzMAT73(f *testing.F) {
	seeds(f, "testdata/mat73/small_*.mat")
	f.Fuzz(func(t *testing.T, data []byte) {
		open := func() (io.Closer, *hdf5.File, error) {
			h, err := hdf5.New(bytes.NewReader(data), int64(len(data)))
			return io.NopCloser(nil), h, err
		}
		_, h, err := open()
		if err != nil {
			return
		}
		asked := 0
		_ = visitMAT73("x.mat", h, open, func(name string, v *MATValue) error {
			v.each(func(v *MATValue) {
				n, ok := 1, true
				for _, l := range v.Shape {
					n *= max(l, 1)
					ok = ok && n < 1<<20
				}
				if asked++; !ok || asked > 1000 {
					return
				}
				if a, err := v.Array(); err == nil {
					a.whole(t)
				}
				_, _ = v.Texts()
				if v.Class == "cell" || v.Class == "struct" {
					_, _ = v.element("x", '(', "1")
				}
				if v.Class == "cell" {
					_, _ = v.element("x", '{', "1")
				}
			})
			return nil
		})
	})
}
