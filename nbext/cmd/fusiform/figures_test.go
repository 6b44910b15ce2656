package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	// What the notebook below imports, so that a change there runs its test anew.
	_ "fusiform/nbext"
)

func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	oldDir, newDir := t.TempDir(), t.TempDir()
	img := image.NewRGBA(image.Rect(0, 0, 4, 3))
	for _, name := range []string{"pixel.png", "size.png"} {
		save(t, filepath.Join(oldDir, name), img)
	}
	img.Set(1, 1, color.White)
	save(t, filepath.Join(newDir, "pixel.png"), img)
	save(t, filepath.Join(newDir, "size.png"), image.NewRGBA(image.Rect(0, 0, 4, 4)))
	fig := func(file, picture, sum, alt string, made ...string) figure {
		return figure{File: file, Notebook: "nb.ipynb", Picture: picture, SHA256: sum, Alt: alt, Made: made}
	}
	other := figure{File: "other.png", Notebook: "not run.ipynb"}
	old := &manifest{[]figure{other,
		fig("a.png", "p", "s", "alt", "network: n, key 1", "fusiform: 1"),
		fig("version.png", "p", "s", "alt", "network: n, key 1", "fusiform: 1"),
		fig("weights.png", "p", "s", "alt", "network: n, key 1"),
		fig("text.png", "p", "s", "one"),
		fig("pixel.png", "p", "s", ""), fig("size.png", "p", "s", ""), fig("gone.png", "p", "s", "")}}
	now := &manifest{[]figure{
		fig("a.png", "p", "s", "alt", "network: n, key 1", "fusiform: 1"),
		fig("version.png", "p", "t", "alt", "network: n, key 1", "fusiform: 2"),
		fig("weights.png", "p", "t", "alt", "network: n, key 2"),
		fig("text.png", "p", "t", "two"),
		fig("pixel.png", "q", "t", ""), fig("size.png", "q", "t", ""), fig("new.png", "p", "s", "")}}
	got := compare(old, now, []string{"nb.ipynb"}, oldDir, newDir)
	var said bytes.Buffer
	got.tell(&said)
	want := `gone          gone.png
new           new.png
changed       pixel.png
              1 of 12 pixels differ
changed       size.png
              the picture was 4 × 3 pixels and is 4 × 4
changed       text.png
              text was: one
              text is:  two
same picture  version.png
              − fusiform: 1
              + fusiform: 2
changed       weights.png
              − network: n, key 1
              + network: n, key 2
8 figures: 1 the same, 1 same picture, 4 changed, 1 new, 1 gone
`
	if diff := cmp.Diff(want, said.String()); diff != "" {
		t.Error(diff)
	}
	if n := got.count(); n != 6 {
		t.Errorf("%d figures are not as they were, want 6", n)
	}
}

func TestManifestRejects(t *testing.T) {
	path := filepath.Join(t.TempDir(), manifestFile)
	for text, want := range map[string]string{
		"":                                       "unexpected end",
		`{"figures": [{"file": "../../x"}]}`:     "not a file of its folder",
		`{"figures": [{"file": ".."}]}`:          "not a file of its folder",
		`{"figures": [{"file": "/etc/passwd"}]}`: "not a file of its folder",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readManifest(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

const rsmNotebook = `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
	{"cell_type": "code", "id": "a", "metadata": {"tags": ["parameters"]}, "outputs": [], "execution_count": null, "source": "var scale = 1.0"},
	{"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "execution_count": null, "source": [
		"import (\n\t\"fusiform/analysis\"\n\t\"fusiform/analysis/rsa\"\n\tnb \"fusiform/nbext\"\n\t\"fusiform/plots\"\n\t\"gonum.org/v1/gonum/mat\"\n)\n%%\n",
		"s := nb.Must(analysis.NewStimuli([]analysis.Stimulus{{ID: \"a\", Category: \"x\"}, {ID: \"b\", Category: \"x\"}, {ID: \"<c>\", Category: \"y\"}}))\n",
		"r := nb.Must(analysis.NewResponses(\"net/layer\", s, mat.NewDense(3, 4, []float64{1, 2, 3, 4, 2, 1, scale, 3, 4, 3, 2, 1})))\n",
		"nb.Show(plots.RSM{Matrix: nb.Must(rsa.New(r, analysis.Pearson))})\n"]}]}`

// TestFigures rebuilds a figure in the real kernel: the same bytes again, and
// another picture for another parameter.
func TestFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("runs cells in the kernel")
	}
	dir := t.TempDir()
	nb, out := filepath.Join(dir, "nb.ipynb"), filepath.Join(dir, "out")
	if err := os.WriteFile(nb, []byte(rsmNotebook), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-check"}, 1, ""},
		{nil, 0, "new           nb-02-1.png\n1 figures: 0 the same, 1 new\n"},
		{[]string{"-check"}, 0, "1 figures: 1 the same\n"},
		{[]string{"-check", "-p", "scale=9"}, 1, "changed       nb-02-1.png\n"},
	} {
		var stdout, stderr bytes.Buffer
		got := start(t.Context(), append([]string{"figures", "-o", out, nb}, c.args...), &stdout, &stderr)
		if got != c.status || !strings.HasPrefix(stdout.String(), c.want) {
			t.Fatalf("figures %s: status %d, %s\n%s", c.args, got, &stdout, &stderr)
		}
	}
	m, err := readManifest(filepath.Join(out, manifestFile))
	if err != nil || len(m.Figures) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	f := m.Figures[0]
	made := strings.Join(f.Made, "\n")
	if f.Notebook != "nb.ipynb" || f.Alt == "" || !strings.Contains(made, "fusiform: ") || !strings.Contains(made, "go: go") || strings.Contains(made, dir) {
		t.Errorf("%+v", f)
	}
}
