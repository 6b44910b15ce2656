package dataset_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

// openEdited opens an edited copy of i2_little_1.nii, whose sform is set.
func openEdited(t *testing.T, edit func(b []byte) []byte) *dataset.NIfTI {
	t.Helper()
	n, err := dataset.OpenNIfTI(editedNIfTI(t, edit))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// TestNIfTIDisagrees: an sform and a qform that lead elsewhere are told of if
// they should lead to the same place, or if they differ in what is left.
func TestNIfTIDisagrees(t *testing.T) {
	// The fixture's sform: (-2.5, .1, 0, 30), (.2, 3, .3, -40), (0, -.2, 3.5, 12):
	// left-handed, sheared a little. The qform is made near it and moved.
	set := func(qcode, scode int16, qfac, x float64) func([]byte) []byte {
		return func(b []byte) []byte {
			put16(252, qcode)(put16(254, scode)(b))
			for i, v := range []float64{qfac, 2.5, 3, 3.5} {
				putFloat(76+4*i, v)(b)
			}
			for i, v := range []float64{0, 1, 0, x, -40, 12} { // half a turn about y: x and z are turned round
				putFloat(256+4*i, v)(b)
			}
			for i, v := range []float64{-2.5, 0, 0, 30, 0, 3, 0, -40, 0, 0, 3.5, 12} {
				putFloat(280+4*i, v)(b)
			}
			return b
		}
	}
	for name, c := range map[string]struct {
		edit func([]byte) []byte
		want string
	}{
		"alike":              {set(1, 1, -1, 30), ""},
		"moved":              {set(1, 1, -1, 32), "voxels apart"},
		"a hair":             {set(1, 1, -1, 30.1), ""},
		"another space":      {set(1, 4, -1, 60), ""},
		"mirrored":           {set(1, 1, 1, 30), "which side is left"},
		"mirrored elsewhere": {set(1, 4, 1, 30), "which side is left"},
		"no qform":           {set(0, 1, 1, 30), ""},
		"no sform":           {set(1, 0, 1, 30), ""},
	} {
		n := openEdited(t, c.edit)
		if c.want == "" && len(n.Warnings) > 0 || c.want != "" && (len(n.Warnings) != 1 || !strings.Contains(n.Warnings[0].Error(), c.want) || !strings.Contains(n.Warnings[0].Error(), n.File)) {
			t.Errorf("%s: %v", name, n.Warnings)
		}
	}
	if n := openEdited(t, set(4, 1, -1, 30)); n.Space != "scanner" || n.From != "sform" {
		t.Errorf("%s from the %s", n.Space, n.From)
	}
	if n := openEdited(t, set(4, 0, -1, 30)); n.Space != "MNI" || n.From != "qform" {
		t.Errorf("%s from the %s", n.Space, n.From)
	}
	if n := openEdited(t, set(0, 77, -1, 30)); n.Space != "" {
		t.Errorf("space %q", n.Space)
	}
}

// TestNIfTIFifth: volumes along the fifth dimension have no TR, and those along
// two are refused.
func TestNIfTIFifth(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/five.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if n.Shape != [4]int{3, 2, 2, 3} || n.TR != 0 {
		t.Errorf("%v, TR %v", n.Shape, n.TR)
	}
	_, err = dataset.OpenNIfTI(editedNIfTI(t, func(b []byte) []byte {
		return put16(54, 3)(put16(50, 2)(put16(48, 1)(put16(40, 7)(b))))
	}))
	if err == nil || !strings.Contains(err.Error(), "dim[7]") {
		t.Error(err)
	}
}

// TestNIfTINotFinite: NaN and infinite voxels are what the file says.
func TestNIfTINotFinite(t *testing.T) {
	b, err := os.ReadFile("testdata/nifti/one.nii")
	if err != nil {
		t.Fatal(err)
	}
	putFloat(352, math.NaN())(b)
	putFloat(356, math.Inf(-1))(b)
	n, err := dataset.OpenNIfTI(write(t, "x", map[string]string{"x.nii": string(b)}) + "/x.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	v, err := n.Volume(0, nil)
	if err != nil || !math.IsNaN(v[0]) || !math.IsInf(v[1], -1) {
		t.Errorf("%v %v", v, err)
	}
}
