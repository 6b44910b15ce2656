package dataset_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// niftiImage is what nibabel reads in an image: internal/reference/nifti.py.
type niftiImage struct {
	Shape  []int       `json:"shape"`
	Type   string      `json:"type"`
	Zooms  [3]float64  `json:"zooms"`
	Fourth float64     `json:"fourth"`
	Affine [][]float64 `json:"affine"`
	Values [][]float64 `json:"values"` // volumes × voxels, x fastest
}

func niftiReference(t *testing.T) map[string]niftiImage {
	t.Helper()
	data, err := os.ReadFile("testdata/nifti/nifti.json")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Images map[string]niftiImage `json:"images"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r.Images
}

// TestNIfTIAsNibabel reads every element type, byte order, version, scaling and
// source of an affine as nibabel does, bit for bit.
func TestNIfTIAsNibabel(t *testing.T) {
	images := niftiReference(t)
	if len(images) < 40 {
		t.Fatalf("%d images", len(images))
	}
	for name, want := range images {
		n, err := dataset.OpenNIfTI(filepath.Join("testdata/nifti", name))
		if err != nil {
			t.Error(err)
			continue
		}
		shape := append(append([]int(nil), want.Shape...), 1)[:4]
		if diff := cmp.Diff(shape, n.Shape[:]); diff != "" || n.Type != want.Type || n.TR != want.Fourth {
			t.Errorf("%s: type %s, TR %v, shape %s", name, n.Type, n.TR, diff)
		}
		if diff := cmp.Diff(want.Zooms, n.Zooms); diff != "" {
			t.Errorf("%s: zooms %s", name, diff)
		}
		for i, row := range want.Affine {
			for j, x := range row {
				if math.Abs(x-n.Affine[i][j]) > 1e-6 {
					t.Errorf("%s: affine[%d][%d] = %v, want %v", name, i, j, n.Affine[i][j], x)
				}
			}
		}
		if n.Packed != strings.HasSuffix(name, ".gz") || n.BigEndian != strings.Contains(name, "big") || (n.Version == 2) != strings.Contains(name, "_2.nii") {
			t.Errorf("%s: packed %v, big %v, version %d", name, n.Packed, n.BigEndian, n.Version)
		}
		series, err := n.Series(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for v, row := range want.Values {
			if diff := cmp.Diff(row, series.RawRowView(v)); diff != "" {
				t.Errorf("%s: series %s", name, diff)
			}
		}
		for v := len(want.Values) - 1; v >= 0; v-- { // backwards: a packed file is unpacked again
			got, err := n.Volume(v, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Values[v], got); diff != "" {
				t.Errorf("%s: volume %d %s", name, v, diff)
			}
		}
		some, err := n.Series(context.Background(), []int{1, 4, 11})
		if err != nil {
			t.Fatal(err)
		}
		for v, row := range want.Values {
			if diff := cmp.Diff([]float64{row[1], row[4], row[11]}, some.RawRowView(v)); diff != "" {
				t.Errorf("%s: three voxels %s", name, diff)
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNIfTIGuessesNoSide(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/neither.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if n.From != "pixdim" || len(n.Warnings) != 1 || !strings.Contains(n.Warnings[0].Error(), "left") {
		t.Errorf("from %s, warnings %v", n.From, n.Warnings)
	}
	// x runs from the right to the left, three voxels wide, the middle at 0.
	left, right := n.Hemispheres()
	if diff := cmp.Diff([]bool{false, false, true}, left[:3]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]bool{true, false, false}, right[:3]); diff != "" {
		t.Error(diff)
	}
}

// header edits a good NIfTI-1 file of 3×2×2×2 int16 and writes it.
func editedNIfTI(t *testing.T, edit func(b []byte) []byte) string {
	t.Helper()
	b, err := os.ReadFile("testdata/nifti/i2_little_1.nii")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "edited.nii")
	if err := os.WriteFile(path, edit(b), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func put16(at int, v int16) func([]byte) []byte {
	return func(b []byte) []byte { binary.LittleEndian.PutUint16(b[at:], uint16(v)); return b }
}

func putFloat(at int, v float64) func([]byte) []byte {
	return func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[at:], math.Float32bits(float32(v)))
		return b
	}
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// TestNIfTIFaults: each fault is an error that names the file, the field and
// what to do.
func TestNIfTIFaults(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		edit        func([]byte) []byte
		field, want string
	}{
		"empty":           {func(b []byte) []byte { return nil }, "", "has 0 bytes"},
		"header cut":      {func(b []byte) []byte { return b[:100] }, "", "breaks off after 100 bytes"},
		"cut":             {func(b []byte) []byte { return b[:len(b)-1] }, "dim", "incomplete"},
		"length":          {put16(0, 349), "sizeof_hdr", "neither 348"},
		"magic":           {func(b []byte) []byte { copy(b[344:], "n+7"); return b }, "magic", `must be "n+1"`},
		"pair":            {func(b []byte) []byte { copy(b[344:], "ni1"); return b }, "magic", "pair"},
		"analyze":         {func(b []byte) []byte { copy(b[344:], "\x00\x00\x00"); return b }, "magic", "Analyze"},
		"no dimensions":   {put16(40, 0), "dim[0]", "1 to 7"},
		"many dimensions": {put16(40, 9), "dim[0]", "1 to 7"},
		"negative":        {put16(42, -3), "dim[1]", "is -3"},
		"zero":            {put16(48, 0), "dim[4]", "is 0"},
		"five":            {func(b []byte) []byte { return put16(50, 3)(put16(40, 5)(b)) }, "dim[5]", "split"},
		"CIFTI": {func(b []byte) []byte {
			for i, d := range []int16{6, 1, 1, 1, 1, 20, 30} {
				b = put16(40+2*i, d)(b)
			}
			return b
		}, "dim", "is that of CIFTI (rows and columns, 20×30), which is not read; take it apart: wb_command -cifti-separate"},
		"claims":      {put16(42, 32767), "dim", "bytes, but the file has"},
		"complex":     {put16(70, 32), "datatype", "complex"},
		"RGB":         {put16(70, 128), "datatype", "RGB"},
		"no type":     {put16(70, 77), "datatype", "no NIfTI"},
		"bits":        {put16(72, 8), "bitpix", "16 bits"},
		"offset":      {putFloat(108, 10), "vox_offset", "from 352"},
		"offset NaN":  {putFloat(108, nan), "vox_offset", "NaN"},
		"offset half": {putFloat(108, 352.5), "vox_offset", "whole"},
		"intercept":   {func(b []byte) []byte { return putFloat(116, nan)(putFloat(112, 2)(b)) }, "scl_inter", "NaN"},
		"affine NaN":  {putFloat(284, nan), "srow", "valid affine"},
		"affine flat": {func(b []byte) []byte { clear(b[280:296]); return b }, "srow", "no inverse"},
		"quaternion":  {func(b []byte) []byte { return putFloat(256, 3)(put16(252, 1)(put16(254, 0)(b))) }, "quatern", "longer than 1"},
		"zoom":        {putFloat(80, nan), "pixdim[1]", "NaN"},
		"time":        {putFloat(92, -1), "pixdim[4]", "time between volumes"},
		"time unit":   {func(b []byte) []byte { b[123] = 2 | 56; return b }, "xyzt_units", "unit of time"},
	} {
		path := editedNIfTI(t, c.edit)
		_, err := dataset.OpenNIfTI(path)
		var fault *dataset.FieldError
		if !errors.As(err, &fault) || fault.File != path || fault.Field != c.field || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNIfTIClaims: a hundred packed bytes that claim 2⁴⁹ values are an error
// before anything is allocated.
func TestNIfTIClaims(t *testing.T) {
	path := editedNIfTI(t, func(b []byte) []byte {
		for i := range 4 {
			b = put16(42+2*i, 1<<12)(b)
		}
		return packed(b[:352])
	})
	_, err := dataset.OpenNIfTI(path)
	if err == nil || !strings.Contains(err.Error(), "can unpack to at most") {
		t.Error(err)
	}
	path = editedNIfTI(t, func(b []byte) []byte { // 4 MB of 352 bytes: more than deflate can do
		for i := range 3 {
			b = put16(42+2*i, 100)(b)
		}
		return packed(b[:352])
	})
	if _, err := dataset.OpenNIfTI(path); err == nil || !strings.Contains(err.Error(), "can unpack to at most") {
		t.Error(err)
	}
	path = editedNIfTI(t, func(b []byte) []byte {
		for i := range 4 {
			b = put16(42+2*i, 1<<13)(b)
		}
		return b
	})
	if _, err := dataset.OpenNIfTI(path); err == nil || !strings.Contains(err.Error(), "2⁵⁰") {
		t.Error(err)
	}
}

// TestNIfTITruncated: a .nii.gz that breaks off says so, for values within the
// most that it could hold.
func TestNIfTITruncated(t *testing.T) {
	for name, cut := range map[string]func(b []byte) []byte{
		"gzip":   func(b []byte) []byte { p := packed(b); return p[:len(p)-20] },
		"values": func(b []byte) []byte { return packed(b[:len(b)-1]) },
	} {
		n, err := dataset.OpenNIfTI(editedNIfTI(t, cut))
		if err != nil {
			t.Errorf("%s: the header is whole: %v", name, err)
			continue
		}
		_, err = n.Series(context.Background(), nil)
		var fault *dataset.FieldError
		if !errors.As(err, &fault) || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "breaks off") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := n.Volume(0, nil); err != nil && name == "values" {
			t.Errorf("%s: the first volume is whole: %v", name, err)
		}
		n.Close()
	}
}

func TestNIfTIUnits(t *testing.T) {
	for _, c := range []struct {
		units    byte
		zoom, tr float64
		warnings int
	}{{2 | 8, 1, 1, 0}, {1 | 16, 1000, 1e-3, 0}, {3 | 24, 1e-3, 1e-6, 0}, {0, 1, 1, 1}, {2 | 32, 1, 0, 1}} {
		n, err := dataset.OpenNIfTI(editedNIfTI(t, func(b []byte) []byte { b[123] = c.units; return b }))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := dataset.OpenNIfTI("testdata/nifti/i2_little_1.nii")
		if math.Abs(n.Zooms[0]/want.Zooms[0]-c.zoom) > 1e-12*c.zoom || math.Abs(n.Affine[0][3]/want.Affine[0][3]-c.zoom) > 1e-12*c.zoom || math.Abs(n.TR/2.5-c.tr) > 1e-12 || len(n.Warnings) != c.warnings {
			t.Errorf("units %d: zooms %v, TR %v, %v", c.units, n.Zooms, n.TR, n.Warnings)
		}
		n.Close()
		want.Close()
	}
}

func TestNIfTIAskedWrongly(t *testing.T) {
	n, err := dataset.OpenNIfTI("testdata/nifti/i2_little_1.nii")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, voxels := range [][]int{{}, {-1}, {12}, {3, 3}, {4, 1}} {
		if _, err := n.Series(context.Background(), voxels); err == nil {
			t.Errorf("voxels %v are read", voxels)
		}
	}
	for _, v := range []int{-1, 2} {
		if _, err := n.Volume(v, nil); err == nil {
			t.Errorf("volume %d is read", v)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := 0
	ctx = analysis.WithProgress(ctx, func(d, total int) { done = d; cancel() })
	if _, err := n.Series(ctx, nil); !errors.Is(err, context.Canceled) || done != 1 {
		t.Errorf("%v after %d volumes", err, done)
	}
	if _, err := dataset.OpenNIfTI(t.TempDir()); err == nil {
		t.Error("a folder is opened")
	}
}

// TestNIfTIHalfTurn: a quaternion that rounding has made a little longer than 1.
func TestNIfTIHalfTurn(t *testing.T) {
	n, err := dataset.OpenNIfTI(editedNIfTI(t, func(b []byte) []byte {
		b = put16(252, 1)(put16(254, 0)(b))
		return putFloat(256, 0)(putFloat(260, 1.0000005)(putFloat(264, 0)(b)))
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for i, want := range []float64{-1, 1, -1} {
		if got := n.Affine[i][i] / n.Zooms[i]; n.From != "qform" || math.Abs(math.Abs(got)-1) > 1e-9 || i < 2 && got*want < 0 {
			t.Errorf("axis %d: %v", i, n.Affine)
		}
	}
}
