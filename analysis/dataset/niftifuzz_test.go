package dataset

import (
	"bytes"
	"context"
	"testing"
)

// Whatever a file holds, reading it ends in values or in an error, and takes no
// more memory than the file accounts for.
func FuzzNIfTI(f *testing.F) {
	seeds(f, "testdata/nifti/*_1.nii")
	seeds(f, "testdata/nifti/*_2.nii.gz")
	seeds(f, "testdata/nifti/qform.nii")
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := newNIfTI("f.nii", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if !n.Packed && n.Voxels()*n.Shape[3]*n.bytes > len(data) {
			t.Fatalf("%v values of %d bytes accepted of %d", n.Shape, n.bytes, len(data))
		}
		if n.Shape[3] > 1<<12 {
			return // a row each: slow, not large
		}
		m, err := n.Series(context.Background(), nil)
		if err != nil {
			return
		}
		if r, c := m.Dims(); r != n.Shape[3] || c != n.Voxels() {
			t.Errorf("%d×%d of %v", r, c, n.Shape)
		}
		last, err := n.Volume(n.Shape[3]-1, nil)
		if err != nil || len(last) != n.Voxels() {
			t.Errorf("%d values: %v", len(last), err)
		}
	})
}
