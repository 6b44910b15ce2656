package dataset_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

// parts returns the parts of an inspection by name.
func parts(in *dataset.Inspection) map[string]dataset.Part {
	m := map[string]dataset.Part{}
	for _, p := range in.Parts {
		m[p.Name] = p
	}
	return m
}

// told compares a part with what another program read of the same array.
func (p plainArray) told(t *testing.T, what string, got dataset.Part) {
	t.Helper()
	var want dataset.Part
	var finite []float64
	for _, v := range p.Values {
		switch v := v.(type) {
		case float64:
			finite = append(finite, v)
		case string:
			if v == "nan" {
				want.NaN++
			} else {
				want.Inf++
			}
		}
	}
	if want.Finite = len(finite); want.Finite > 0 {
		want.Min, want.Max = slices.Min(finite), slices.Max(finite)
	}
	if !got.Numbers || got.Finite != want.Finite || got.Min != want.Min || got.Max != want.Max || got.NaN != want.NaN || got.Inf != want.Inf || !slices.Equal(got.Shape, p.Shape) {
		t.Errorf("%s: %+v, want %+v, %v", what, got, want, p.Shape)
	}
}

func TestInspectArrays(t *testing.T) {
	all := readArrays(t)
	for _, file := range []string{"stored", "deflated"} {
		in, err := dataset.Inspect(t.Context(), "testdata/npz/"+file+".npz")
		if err != nil {
			t.Fatal(err)
		}
		got := parts(in)
		for name, want := range all.NPZ {
			want.told(t, name, got[name])
		}
		if want := `a, err := dataset.ReadNPZ("testdata/npz/` + file + `.npz", "betas")`; len(got) != len(all.NPZ) || got["betas"].Go != want {
			t.Error(len(got), got["betas"].Go)
		}
	}
	in, err := dataset.Inspect(t.Context(), "testdata/npz/cube.npy")
	if err != nil {
		t.Fatal(err)
	}
	all.NPZ["cube"].told(t, "cube", in.Parts[0])
	if in, err = dataset.Inspect(t.Context(), "testdata/npy/f8.npy"); err != nil || !strings.HasPrefix(in.Parts[0].Go, `r, err := dataset.NPY("testdata/npy/f8.npy", stimuli) // 3 of them`) {
		t.Error(in, err)
	}
	for _, file := range []string{"plain", "plain_big", "packed", "packed_big"} {
		in, err := dataset.Inspect(t.Context(), "testdata/mat/"+file+".mat")
		if err != nil {
			t.Fatal(err)
		}
		got, n := parts(in), 0
		for path, want := range all.MAT["plain"] {
			// scipy's paths choose of a single struct, too.
			p, ok := got[strings.ReplaceAll(strings.ReplaceAll(path, "(1).x", ".x"), "(1).", ".")]
			if !ok {
				p, ok = got[strings.ReplaceAll(path, "inner(1).", "inner.")]
			}
			if ok && p.Numbers {
				want.told(t, path, p)
				n++
			}
		}
		if n < 20 {
			t.Errorf("%s: %d arrays were told of", file, n)
		}
		for _, want := range []string{
			"names: cell, 1×3; texts rh FFA, , lh PPA",
			"rois: struct, 2×2; fields name, t, inner",
			"rois(1…4).name: char; roi 0, roi 2, roi 1 and 1 more",
			"gaps: double, 1×4, 4 numbers from 1.5 to 1.5, 1 NaN, 2 infinite",
			"zeros: double, 60×50, 3000 numbers, all 0, no NaN",
			"runs(1…3).range: double, 6 numbers from -2 to 20, no NaN; each 1×2",
			"sparse: sparse, 3×3; is sparse; in MATLAB, save full(x)",
		} {
			if !slices.ContainsFunc(in.Parts, func(p dataset.Part) bool { return p.String() == want }) {
				t.Errorf("%s: nothing says %q: %v", file, want, in.Parts)
			}
		}
	}
}

// The lines of Go name what the readers take.
func TestInspectMATLines(t *testing.T) {
	in, err := dataset.Inspect(t.Context(), "testdata/mat/packed.mat")
	if err != nil {
		t.Fatal(err)
	}
	f, err := dataset.ReadMAT("testdata/mat/packed.mat")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range in.Parts {
		_, call, _ := strings.Cut(p.Go, "f.")
		verb, arg, _ := strings.Cut(strings.TrimSuffix(call, ")"), "(")
		path, _ := strconv.Unquote(arg)
		switch verb {
		case "Array":
			_, err = f.Array(path)
		case "Texts":
			_, err = f.Texts(path)
		case "":
			err = nil
		default:
			t.Error(p.Go)
		}
		if err != nil {
			t.Errorf("%s: %v", p.Go, err)
		}
	}
}

func TestInspectTables(t *testing.T) {
	header := "stimulus,category," + strings.Join(slices.Collect(func(yield func(string) bool) {
		for i := range 40 {
			if !yield("v" + strconv.Itoa(i)) {
				return
			}
		}
	}), ",") + "\n"
	for name, c := range map[string]struct{ file, text, code, want string }{
		"responses": {"r.csv", "stimulus,category,v\na,face,1\nb,body,-2.5\n", "r, err := dataset.CSV(", "v: numbers, 2 numbers from -2.5 to 1, no NaN"},
		"many":      {"r.csv", header + "a,face" + strings.Repeat(",2", 40) + "\nb,body" + strings.Repeat(",NaN", 39) + ",\n", "dataset.CSV(", "40 columns, v0 to v39: numbers, 79 numbers from 2 to 2, 39 NaN; 1 empty or n/a"},
		"RDMs":      {"r.csv", "i,j,S1\n1,2,.5\n", "rdms, err := dataset.UpperRDMs(", "S1: numbers, 1 number, all 0.5, no NaN"},
		"events":    {"e.tsv", "onset\tduration\ttrial_type\n0\t2\tface\n3\t2\tn/a\n", "events, err := dataset.ReadEvents(", "trial_type: text; the first face; 1 empty or n/a"},
		"confounds": {"c.tsv", "trans_x\tcsf\nn/a\t1\n.5\t2\n", "dataset.Confounds{}.Read(", "trans_x: numbers, 1 number, all 0.5, no NaN; 1 empty or n/a"},
		"mixed":     {"x.csv", "a;b\n1;x\n2;3\n", "", "b: numbers, 1 number, all 3, no NaN; 1 of 2 fields are text, the first x"},
		"hostile":   {"x.csv", "\"<script>\u202e\",b\n" + strings.Repeat("é", 5000) + ",0x10\n", "", `"<script>\u202e": text; the first ` + strings.Repeat("é", 38) + "..."},
		"trials":    {"t.csv", "stimulus,session,run,category\na,1,1,face\nb,1,1,body\na,1,1,face\n", "trials, err := dataset.ReadTrials(", "stimulus: text; the first a"},
		"shown":     {"s.csv", "stimulus\na\nb\na\n", "trials, err := dataset.ReadTrials(", "stimulus: text; the first a"},
		"NSD":       {"responses.tsv", "SUBJECT\tSESSION\tRUN\tTRIAL\t73KID\n1\t1\t1\t1\t46003\n", "trials, err := dataset.ReadTrials(", "73KID: numbers, 1 number, all 46003, no NaN"},
		"no rows":   {"x.csv", "stimulus,v\n", "dataset.CSV(", "v: nothing"},
	} {
		path := filepath.Join(write(t, "x", map[string]string{c.file: c.text}), c.file)
		in, err := dataset.Inspect(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.ContainsFunc(in.Parts, func(p dataset.Part) bool { return p.String() == c.want }) || !strings.Contains(in.Go, c.code) {
			t.Errorf("%s: %v, %q, want %q", name, in.Parts, in.Go, c.want)
		}
		if known := len(in.Notes) == 1; known != (c.code != "") {
			t.Errorf("%s: %q", name, in.Notes)
		}
	}
}

func TestInspectOthers(t *testing.T) {
	header := func(s string) string { return string(rune(len(s))) + strings.Repeat("\x00", 7) + s }
	dir := write(t, "x", map[string]string{
		"empty.npy":        "",
		"new.mat":          "MATLAB 7.3 MAT-file" + strings.Repeat(" ", 512-19) + "\x89HDF\r\n\x1a\n" + strings.Repeat("\x00", 600),
		"betas.hdf5":       "\x89HDF\r\n\x1a\n" + strings.Repeat("\x00", 600),
		"user.h5":          strings.Repeat("x", 1024) + "\x89HDF\r\n\x1a\n" + strings.Repeat("\x00", 600),
		"t.parquet":        "PAR1" + strings.Repeat("\x00", 600),
		"old.mat":          strings.Repeat("\x00", 200),
		"a.png":            "\x89PNG\r\n\x1a\n\x00",
		"x.bin":            "\x01\x02\x00\xff",
		"pair.img":         "\x01\x02\x00\xff",
		"x+orig.HEAD":      "type = string-attribute\nname = X\n",
		"bad.npz":          "PK\x03\x04",
		"w.safetensors":    header(`{"__metadata__":{},"a":{"dtype":"F16","shape":[2,3]}}`),
		"long.safetensors": strings.Repeat("\xff", 16),
		"none.safetensors": header(`[]`),
		"ragged.csv":       "a,b\n1\n",
	})
	for file, want := range map[string]string{
		"empty.npy":        "is empty",
		"new.mat":          "damaged: addresses of 0",
		"betas.hdf5":       "damaged: addresses of 0",
		"user.h5":          "damaged: addresses of 0",
		"t.parquet":        `pandas.read_parquet("t.parquet").to_csv(`,
		"old.mat":          "version 4",
		"a.png":            "is an image; name its folder",
		"x.bin":            "is of no format that is read: folders of images, .csv, .tsv, .npy, .npz, .mat, .hdf5, .nii",
		"pair.img":         "is half of a pair .hdr and .img; join them",
		"x+orig.HEAD":      "is AFNI's; make a .nii of it (3dAFNItoNIFTI)",
		"bad.npz":          "is not an .npz file",
		"long.safetensors": "claims a header of 18446744073709551615 bytes",
		"none.safetensors": "bad header",
		"ragged.csv":       "line 2: wrong number of fields",
	} {
		path := filepath.Join(dir, file)
		_, err := dataset.Inspect(t.Context(), path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset: "+path) {
			t.Errorf("%s: %v", file, err)
		}
	}
	in, err := dataset.Inspect(t.Context(), filepath.Join(dir, "w.safetensors"))
	if err != nil || len(in.Parts) != 1 || in.Parts[0].String() != "a: F16, 2×3" {
		t.Error(in, err)
	}
	if _, err := dataset.Inspect(t.Context(), filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dataset.Inspect(ctx, "testdata/npz/stored.npz"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A file of 64 MB is read through without being held.
func TestInspectBounded(t *testing.T) {
	const n = 8 << 20
	path := filepath.Join(write(t, "x", map[string]string{"r.npy": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2048, 4096), }", nil)}), "r.npy")
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()+8*n)
	}
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var reported []int
	in, err := dataset.Inspect(analysis.WithProgress(t.Context(), func(done, _ int) { reported = append(reported, done) }), path)
	runtime.ReadMemStats(&after)
	if err != nil || in.Parts[0].Finite != n {
		t.Fatal(in, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
	if len(reported) < 60 || !slices.IsSorted(reported) {
		t.Errorf("%d reports", len(reported))
	}
}

// TestInspectPeople compares real files with what is known of them.
func TestInspectPeople(t *testing.T) {
	in, err := dataset.Inspect(t.Context(), filepath.Join(realdata.Folder(t, "brain/vpnl_floc_roi_betas"), "floc_roi_betas.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if p := parts(in)["adult_faces"]; p.NaN != 105 || p.Finite != 535 || !strings.Contains(in.Go, "dataset.VPNLBetas(") {
		t.Error(p, in.Go)
	}
	run := filepath.Join(realdata.Folder(t, "brain/haxby2001_sub001_1slice"), "run01_bold.nii.gz")
	if in, err = dataset.Inspect(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if p := in.Parts[0]; p.Type != "int16" || !slices.Equal(p.Shape, []int{40, 20, 1, 121}) || p.Max < 1 || math.IsNaN(p.Max) {
		t.Error(p)
	}
	if in, err = dataset.Inspect(t.Context(), realdata.Folder(t, "images/murty185")); err != nil {
		t.Fatal(err)
	}
	rdms, err := dataset.Inspect(t.Context(), filepath.Join(realdata.Folder(t, "brain/kriegeskorte2008_hIT_92"), "92_brainRDMs.mat"))
	if err != nil {
		t.Fatal(err)
	}
	// 1.53739 is the largest value of the eight columns of hit_rdms_upper.csv.
	if p := parts(rdms)["RDMs(1…8).RDM"]; p.Finite != 8*92*92 || math.Abs(p.Max-1.53739) > 1e-6 || p.Note != "each 92×92" {
		t.Error(p)
	}
	if p := parts(in); p["body"].String() != "body: 50 images" || p["scene"].Shape[0] != 50 || !strings.Contains(in.Notes[0], "185 stimuli") {
		t.Error(in.Parts, in.Notes)
	}
}
