package notebooks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fusiform/analysis/simulate"
	"fusiform/nbext"
)

// The Go blocks of coming-from-python.md, run as they stand there on the same
// files, print the numbers that the Python blocks printed
// (internal/reference/coming.py; versions and seed in expected.json).
func TestComingFromPython(t *testing.T) {
	files := besideScans(t)
	page, err := os.ReadFile("coming-from-python.md")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Printed [][]float64 `json:"printed"`
	}
	data, err := os.ReadFile("testdata/coming/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) != len(want.Printed) || len(blocks) == 0 {
		t.Fatalf("%d Go blocks for %d in Python", len(blocks), len(want.Printed))
	}
	for i, b := range blocks {
		got := numbersOf(printed(t, string(b[1]), files))
		// Of the scores in words, those of Python stand first to last.
		k := 0
		for _, w := range want.Printed[i] {
			for k < len(got) && math.Abs(got[k]-w) > got[k+1] {
				k += 2
			}
			if k >= len(got) {
				t.Errorf("block %d: Python printed %v, ours (value, half of its last digit) %v", i, want.Printed[i], got)
				break
			}
			k += 2
		}
	}
}

// besideScans is a folder with the tables of testdata/coming, and scans, a data
// set of two simulated people. Where FUSIFORM_SCANS names a folder, the scans
// are written there, too, for internal/reference/coming.py.
func besideScans(t *testing.T) string {
	t.Helper()
	shown, err := simulate.Drawings{Name: "shown", PerCategory: 3, Seed: 606}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	scanner := simulate.Scanner{Cohort: simulate.Cohort{People: 2}, Runs: 2, Seed: 11, ByCategory: true}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/coming")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Join(dir, "scans"), os.Getenv("FUSIFORM_SCANS")} {
		if folder == "" {
			continue
		}
		if err := nbext.WriteScans(t.Context(), folder, scanner, shown); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// printed runs the statements of a block as a program beside its files.
func printed(t *testing.T, block, files string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for name, path := range map[string]string{
		"fmt.": "fmt", "slices.": "slices", "analysis.": "fusiform/analysis", "ceiling.": "fusiform/analysis/ceiling",
		"dataset.": "fusiform/analysis/dataset", "encoding.": "fusiform/analysis/encoding", "localizer.": "fusiform/analysis/localizer",
		"rsa.": "fusiform/analysis/rsa", "inference.": "fusiform/analysis/inference", "glm.": "fusiform/analysis/glm", "ctx": "context",
	} {
		if strings.Contains(block, name) {
			fmt.Fprintf(&b, "\t%q\n", path)
		}
	}
	b.WriteString("\tnb \"fusiform/nbext\"\n)\n\nfunc main() {\n")
	if strings.Contains(block, "ctx") {
		b.WriteString("ctx := context.Background()\n")
	}
	b.WriteString(block + "}\n")

	// The program must lie inside the module to import it.
	dir, err := os.MkdirTemp("testdata", "coming-run-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "block")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./"+filepath.ToSlash(dir)).CombinedOutput(); err != nil {
		t.Fatalf("the block does not compile: %v\n%s\n%s", err, out, &b)
	}
	cmd := exec.CommandContext(t.Context(), bin)
	cmd.Dir = files
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the block fails: %v\n%s", err, &stderr)
	}
	return string(out)
}

// numbersOf returns each number of a text, and behind it half a unit of its
// last digit.
func numbersOf(s string) []float64 {
	var out []float64
	for _, w := range regexp.MustCompile(`[-−]?\d+\.?\d*`).FindAllString(s, -1) {
		v, err := strconv.ParseFloat(strings.Replace(w, "−", "-", 1), 64)
		if err != nil {
			continue
		}
		digits := 0
		if i := strings.IndexByte(w, '.'); i >= 0 {
			digits = min(len(w)-i-1, 9) // beyond, the two may round differently
		}
		out = append(out, v, 0.5000001*math.Pow(10, -float64(digits)))
	}
	return out
}
