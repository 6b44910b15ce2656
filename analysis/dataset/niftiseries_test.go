package dataset_test

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

var _ glm.Series = (*dataset.VoxelSeries)(nil)

func TestVoxelSeries(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/i2_little_2.nii.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	whole, err := n.Series(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := n.TimeCourses()
	if err != nil {
		t.Fatal(err)
	}
	odd, low := make([]bool, 12), make([]bool, 12)
	for v := range odd {
		odd[v], low[v] = v%2 == 1, v < 8
	}
	some, err := n.TimeCourses(odd, low)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 3, 5, 7}, some.Voxels()); diff != "" {
		t.Error(diff)
	}
	for _, s := range []*dataset.VoxelSeries{all, some} {
		_, count := s.Dims()
		for lo := range count {
			for hi := lo + 1; hi <= count; hi++ {
				b, err := s.Block(t.Context(), lo, hi)
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range s.Voxels()[lo:hi] {
					if diff := cmp.Diff(mat.Col(nil, v, whole), mat.Col(nil, k, b)); diff != "" {
						t.Fatalf("%d to %d: %s", lo, hi, diff)
					}
				}
			}
		}
		if _, err := s.Block(t.Context(), 0, count+1); err == nil {
			t.Error("more than there are")
		}
	}
	if _, err := n.TimeCourses(odd[:11]); err == nil || !strings.Contains(err.Error(), "resample") {
		t.Error(err)
	}
	if _, err := n.TimeCourses(make([]bool, 12)); err == nil {
		t.Error("no voxel")
	}
}

func TestReadMask(t *testing.T) {
	image, err := dataset.OpenNIfTI("testdata/nifti/u1_little_1.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	read := func(edit func([]byte) []byte) ([]bool, error) {
		return dataset.ReadMask(editedNIfTI(t, func(b []byte) []byte { return edit(put16(40, 3)(b)) }), image)
	}
	mask, err := read(func(b []byte) []byte {
		clear(b[352:])
		b[352+2*5] = 1
		b[352+2*7+1] = 0x80
		return b
	})
	want := make([]bool, 12)
	want[5], want[7] = true, true
	if diff := cmp.Diff(want, mask); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for name, c := range map[string]struct {
		edit func([]byte) []byte
		want string
	}{
		"shape":  {put16(42, 2), "resample"},
		"volume": {put16(40, 4), "resample"},
		"place":  {putFloat(292, 31), "puts voxels elsewhere"},
	} {
		_, err := read(c.edit)
		var f *dataset.FieldError
		if !errors.As(err, &f) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, err := dataset.OpenNIfTI("testdata/nifti/one.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	b, err := os.ReadFile("testdata/nifti/one.nii")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "mask", map[string]string{"nan.nii": string(putFloat(352+4*3, math.NaN())(b))}) + "/nan.nii"
	if _, err := dataset.ReadMask(file, one); err == nil || !strings.Contains(err.Error(), "NaN in voxel 3") {
		t.Error(err)
	}
	if _, err := dataset.ReadMask(os.DevNull, image); err == nil {
		t.Error("a device is read")
	}
}
