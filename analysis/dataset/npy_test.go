package dataset_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

func numbered(t *testing.T, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = "s" + strconv.Itoa(i)
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// npy is a version 1 file with that header and data.
func npy(header string, data []byte) string {
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return string(b) + header + string(data)
}

// TestNPYOfNumPy reads every element type, order and version that numpy wrote.
func TestNPYOfNumPy(t *testing.T) {
	for name, want := range readReference(t).NPY {
		r, err := dataset.NPY(filepath.Join("testdata", "npy", name+".npy"), numbered(t, len(want)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, rows(r)); diff != "" || r.Source() != name {
			t.Errorf("%s (%s): %s", name, r.Source(), diff)
		}
	}
}

func TestNPYBad(t *testing.T) {
	ok := make([]byte, 16)
	nan := binary.LittleEndian.AppendUint64(make([]byte, 8), math.Float64bits(math.NaN()))
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "is not a .npy file"},
		"text":          {"stimulus,v1\na,1\n", "is not a .npy file"},
		"version":       {"\x93NUMPY\x09\x00\x00\x00", "version 9.0"},
		"cut":           {"\x93NUMPY\x01\x00\x80\x00{'descr'", "claims a header of 128 bytes"},
		"long header":   {"\x93NUMPY\x02\x00\xff\xff\xff\xff", "claims a header of 4294967295 bytes"},
		"2^60 values":   {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1073741824, 1073741824), }", ok), "claims 1073741824×1073741824 values of 8 bytes each, and 16 bytes follow"},
		"overflow":      {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", nil), "claims"},
		"beyond int64":  {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551615, 1), }", ok), "bad shape"},
		"too short":     {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", ok), "claims 2×2 values"},
		"too long":      {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", ok), "claims 1×1 values"},
		"half a row":    {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", ok[:12]), "claims 2×1 values"},
		"half a value":  {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", ok[:12]), "claims 1×1 values"},
		"part":          {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }", ok[:15]), "claims 2×1 values"},
		"no values":     {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 5), }", nil), "has no values: its shape is 0×5"},
		"scalar":        {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", ok[:8]), "has 0 dimensions"},
		"3-d":           {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 1), }", ok), "has 3 dimensions"},
		"objects":       {npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 1), }", ok), `type "|O", which are Python objects; take the numbers out (of the dict that GLMsingle saves: numpy.save("betas.npy", numpy.load(file, allow_pickle=True).item()["betasmd"]))`},
		"pickle":        {npy("{'descr': '|O8', 'fortran_order': False, 'shape': (2, 1), }", ok), `type "|O8"`},
		"complex":       {npy("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 1), }", ok), `type "<c8"; expected numbers`},
		"text elements": {npy("{'descr': '<U2', 'fortran_order': False, 'shape': (2, 1), }", ok), `type "<U2"`},
		"longdouble":    {npy("{'descr': '<f16', 'fortran_order': False, 'shape': (1, 1), }", ok), `type "<f16"`},
		"record":        {npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }", ok), "record array"},
		"twice":         {npy("{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", ok), `"descr" stands twice`},
		"no shape":      {npy("{'descr': '<f8', 'fortran_order': False, }", ok), "expected descr, fortran_order and shape"},
		"more keys":     {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': 1}", ok), `unknown key "x"`},
		"negative":      {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-2, -1), }", ok), "bad shape"},
		"not closed":    {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)", ok), "expected , or }"},
		"no literal":    {npy("descr", ok), "expected {"},
		"trailing":      {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} + 1", ok), "and nothing else"},
		"many axes":     {npy("{'descr': '<f8', 'fortran_order': False, 'shape': ("+strings.Repeat("1,", 40)+")}", ok), "bad shape"},
		"NaN":           {npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }", nan), `response of "r" to "s1" in channel 0 (of 1) is NaN`},
	} {
		path := filepath.Join(write(t, "x", map[string]string{"r.npy": c.text}), "r.npy")
		_, err := dataset.NPY(path, numbered(t, 2))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: "+path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dataset.NPY(filepath.Join(t.TempDir(), "x.npy"), numbered(t, 2)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := dataset.NPY(t.TempDir(), numbered(t, 2)); err == nil {
		t.Error("a folder was read")
	}
}

func TestNPYRows(t *testing.T) {
	var a *analysis.AlignmentError
	_, err := dataset.NPY("testdata/npy/f8.npy", numbered(t, 4)) // 3×4
	if !errors.As(err, &a) || !strings.Contains(err.Error(), "save the transpose") {
		t.Error(err)
	}
	if _, err = dataset.NPY("testdata/npy/f8.npy", numbered(t, 5)); !errors.As(err, &a) || strings.Contains(err.Error(), "transpose") {
		t.Error(err)
	}
}

func BenchmarkNPY(b *testing.B) {
	const n, c = 1000, 4096
	for _, order := range []string{"False", "True"} {
		path := filepath.Join(b.TempDir(), "r.npy")
		head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': %s, 'shape': (%d, %d), }", order, n, c)
		if err := os.WriteFile(path, []byte(npy(head, make([]byte, 4*n*c))), 0o666); err != nil {
			b.Fatal(err)
		}
		items := make([]analysis.Stimulus, n)
		for i := range items {
			items[i].ID = strconv.Itoa(i)
		}
		s, err := analysis.NewStimuli(items)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("fortran="+order, func(b *testing.B) {
			b.SetBytes(4 * n * c)
			for b.Loop() {
				if _, err := dataset.NPY(path, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
