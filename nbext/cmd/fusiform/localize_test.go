package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/internal/realdata"
	"fusiform/nbext/models"
)

// TestLocalizeFLoc compares with testdata/localize_floc.json, which
// internal/reference/localize_floc.py computed from the same files with
// Pillow, onnxruntime and scipy.
func TestLocalizeFLoc(t *testing.T) {
	if testing.Short() {
		t.Skip("shows 960 images to a network three times")
	}
	dir := realdata.Folder(t, "")
	b, err := os.ReadFile("testdata/localize_floc.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Model, Layer string
		Images       int
		Dead         int
		Contrasts    map[string]struct {
			Above7 int
			T      []float64
		}
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	for contrast, want := range ref.Contrasts {
		t.Run(contrast, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "units.csv")
			var stderr bytes.Buffer
			err := localize(t.Context(), []string{
				"-model", filepath.Join(dir, "models", ref.Model), "-layer", ref.Layer,
				"-images", filepath.Join(dir, "images", "floc"), "-contrast", contrast, "-o", out,
			}, io.Discard, &stderr)
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr.String())
			}
			rows := unitRows(t, out)
			got, count := make([]float64, len(rows)), 0
			for i, r := range rows {
				got[i] = r.t
				if r.selected {
					count++
				}
			}
			r, err := analysis.Pearson.Compare(got, want.T)
			if err != nil {
				t.Fatal(err)
			}
			if !(r.Value > 0.9999) || math.Abs(float64(count-want.Above7)) > 0.02*float64(want.Above7) {
				t.Errorf("r of t = %v, %d units at t > 7; Python has %d", r.Value, count, want.Above7)
			}
			t.Logf("r of t = %.7f, %d units at t > 7, Python %d", r.Value, count, want.Above7)
			if s := fmt.Sprintf("%d of %d units prefer %s, Welch t > 7 (n = 192 against 768); %d dead", count, len(rows), contrast, ref.Dead); !strings.Contains(stderr.String(), s) {
				t.Errorf("stderr lacks %q:\n%s", s, stderr.String())
			}
		})
	}
}

type unitRow struct {
	t, p, q  float64
	selected bool
}

// unitRows reads a table back, checking its form.
func unitRows(t *testing.T, path string) []unitRow {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 2 || strings.Join(lines[0], ",") != "channel,t,p,q,selected" {
		t.Fatalf("%d lines, the first is %q", len(lines), lines[0])
	}
	var rows []unitRow
	for i, l := range lines[1:] {
		var r unitRow
		var errs [4]error
		r.t, errs[0] = strconv.ParseFloat(l[1], 64)
		r.p, errs[1] = strconv.ParseFloat(l[2], 64)
		r.q, errs[2] = strconv.ParseFloat(l[3], 64)
		r.selected, errs[3] = strconv.ParseBool(l[4])
		if err := errors.Join(errs[:]...); err != nil || l[0] != strconv.Itoa(i) {
			t.Fatalf("row %d is %q: %v", i, l, err)
		}
		rows = append(rows, r)
	}
	return rows
}

// grey writes a PNG of one grey value with a corner of another.
func grey(t *testing.T, path string, value, corner uint8) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	for i := range img.Pix {
		img.Pix[i] = value
	}
	for k := range 100 {
		img.Set(k%10, k/10, color.Gray{Y: corner})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// folderOf makes a folder with n images of each category.
func folderOf(t *testing.T, counts map[string]int) string {
	t.Helper()
	dir := t.TempDir()
	for c, n := range counts {
		for i := range n {
			grey(t, filepath.Join(dir, c, fmt.Sprintf("%d.png", i)), uint8(40*len(c)+i), uint8(255-7*i))
		}
	}
	return dir
}

// TestLocalizeDrawnet runs the embedded network, through a file and through
// standard output, and against the same done in memory.
func TestLocalizeDrawnet(t *testing.T) {
	dir := folderOf(t, map[string]int{"face": 5, "body": 4, "scene": 6, "scrambled": 3})
	out := filepath.Join(t.TempDir(), "units.csv")
	if err := os.WriteFile(out, []byte("an older table"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-model", "drawnet", "-layer", "fc", "-images", dir, "-contrast", "faces", "-t", "1.5"}
	var table, stderr bytes.Buffer
	if err := localize(t.Context(), args, &table, &stderr); err != nil {
		t.Fatal(err)
	}
	var none bytes.Buffer
	if err := localize(t.Context(), append(args, "-o", out), &none, io.Discard); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil || !bytes.Equal(b, table.Bytes()) || none.Len() != 0 {
		t.Errorf("-o wrote %d bytes and %d to standard output, which got %d without it: %v", len(b), none.Len(), table.Len(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) != 1 {
		t.Errorf("left beside the table: %v, %v", left, err)
	}
	if !strings.Contains(stderr.String(), "Welch t > 1.5 (n = 5 against 10)") {
		t.Errorf("stderr: %s", stderr.String())
	}

	s, err := readImages(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.Open("drawnet")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Responses(t.Context(), "fc", s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := localizer.TTest{MinT: 1.5}.Localize(r, localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	rows := unitRows(t, out)
	if len(rows) != len(f.Keep) {
		t.Fatalf("%d rows for %d units", len(rows), len(f.Keep))
	}
	for i, row := range rows {
		// The batches differ, so the network may differ in its last bits.
		if math.Abs(row.t-f.Stat[i]) > 1e-3*max(1, math.Abs(f.Stat[i])) || row.selected != (row.t > 1.5) {
			t.Errorf("unit %d: %+v, in memory t = %v", i, row, f.Stat[i])
		}
	}
}

func TestLocalizeFaults(t *testing.T) {
	good := folderOf(t, map[string]int{"face": 3, "body": 3, "scene": 1})
	text := folderOf(t, map[string]int{"face": 2, "body": 2})
	if err := os.WriteFile(filepath.Join(text, "face", "2.png"), []byte("not an image"), 0o644); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.onnx")
	if err := os.WriteFile(half, []byte{0x08, 0x07, 0x3a, 0xff, 0xff}, 0o644); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(t.TempDir(), "gone")
	args := func(kv ...string) []string {
		a := map[string]string{"-model": "drawnet", "-layer": "fc", "-images": good, "-contrast": "faces"}
		for i := 0; i < len(kv); i += 2 {
			a[kv[i]] = kv[i+1]
		}
		var out []string
		for k, v := range a {
			if v != "" {
				out = append(out, k, v)
			}
		}
		return out
	}
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"nothing", "missing -model, -images, -contrast", nil},
		{"no contrast", "missing -contrast", args("-contrast", "")},
		{"unknown flag", "flag provided but not defined", []string{"-network", "x"}},
		{"argument", `unexpected argument "faces"`, append(args(), "faces")},
		{"no layer", "missing -layer; the last of the", args("-layer", "")},
		{"unknown layer", `drawnet has no layer "fcc"; the nearest of its`, args("-layer", "fcc")},
		{"unknown contrast", `contrast "hands" names "hands", which no stimulus has; the stimuli have: body, face, scene`, args("-contrast", "hands")},
		{"no such domain", `contrast "objects" names "object", which no stimulus has`, args("-contrast", "objects")},
		{"one image", `contrast "scenes" compares 1 preferred stimuli with 6 of the others; a t-test needs at least 2`, args("-contrast", "scenes")},
		{"no folder", "there is no folder " + gone, args("-images", gone)},
		{"empty folder", "no image", args("-images", t.TempDir())},
		{"text as image", "2.png", args("-images", text)},
		{"unknown network", "mobilenet_v3", args("-model", "mobilenet_v3")},
		{"no file", "there is no file " + gone + ".onnx", args("-model", gone+".onnx")},
		{"half a file", "half.onnx", args("-model", half)},
		{"threshold", "MinT is -2", args("-t", "-2")},
		{"threshold in words", `invalid value "high"`, args("-t", "high")},
		{"size", `-size "big" is not a size`, args("-size", "big")},
		{"mean", "-mean \"1,2\" has 2 numbers, the network takes 1 channels", args("-mean", "1,2")},
		{"std", `-std: "wide" is not a number`, args("-std", "wide")},
		{"output folder", "there is no folder " + gone, args("-o", filepath.Join(gone, "units.csv"))},
		{"output is a folder", "is not a file", args("-o", good)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := localize(t.Context(), c.args, &stdout, &stderr)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if stdout.Len() > 0 || strings.Contains(stderr.String(), "of 6 images") {
				t.Errorf("worked before it failed: %s%s", stdout.String(), stderr.String())
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "units.csv")
	if err := localize(ctx, args("-o", out), io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("interrupted, and there is a table: %v", err)
	}
}

func TestLocalizeFlags(t *testing.T) {
	for in, want := range map[string][2]int{"224": {224, 224}, "224x160": {224, 160}} {
		if w, h, err := parseSize(in); err != nil || [2]int{w, h} != want {
			t.Errorf("%q: %d×%d, %v", in, w, h, err)
		}
	}
	for _, in := range []string{"", "0", "-3", "2x", "x2", "2x3x4", "2.5"} {
		if _, _, err := parseSize(in); err == nil {
			t.Errorf("%q is no error", in)
		}
	}
	for in, want := range map[string][]float32{"127.5": {127.5, 127.5, 127.5}, "1, 2,3": {1, 2, 3}} {
		if got, err := parseNumbers("-mean", in, 3); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "1,2", "1,2,x", "1,2,3,4"} {
		if _, err := parseNumbers("-mean", in, 3); err == nil {
			t.Errorf("%q is no error", in)
		}
	}
}

// TestUnitTable: the numbers of the table read back to the same bits.
func TestUnitTable(t *testing.T) {
	var items []analysis.Stimulus
	for i := range 6 {
		items = append(items, analysis.Stimulus{ID: fmt.Sprint(i), Category: []string{"face", "body"}[i%2]})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	v := mat.NewDense(6, 9, nil)
	v.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(i*j*j)) + float64(i%2*(j-4)) }, v)
	r, err := analysis.NewResponses("net/fc", s, v)
	if err != nil {
		t.Fatal(err)
	}
	f, err := localizer.TTest{MinT: 1}.Localize(r, localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "units.csv")
	j := localizeJob{out: path}
	if err := j.write(f, io.Discard); err != nil {
		t.Fatal(err)
	}
	for i, row := range unitRows(t, path) {
		if (row != unitRow{f.Stat[i], f.P[i], f.Q[i], f.Keep[i]}) {
			t.Errorf("unit %d: %+v, want %v %v %v %v", i, row, f.Stat[i], f.P[i], f.Q[i], f.Keep[i])
		}
	}
}
