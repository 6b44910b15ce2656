package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "S1.csv")
	if err := os.WriteFile(table, []byte("stimulus,v1\na,1\nb,-2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join("..", "..", "..", "analysis", "dataset", "testdata", "npz", "deflated.npz")
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{nil, 2, "", "inspect: which file?"},
		{[]string{"-x"}, 2, "", "inspect: flag provided but not defined"},
		{[]string{table}, 0, "S1.csv: table separated by commas, 21 bytes\n  2 rows, 2 columns\n      r, err := dataset.CSV(\"" + table + "\")\n  stimulus: text; the first a\n  v1: numbers, 2 numbers from -2 to 1, no NaN\n", ""},
		{[]string{archive}, 0, "  half: float16, 3×5, 15 numbers from ", ""},
		// What can be read is told, even if something else cannot.
		{[]string{filepath.Join(dir, "absent.npy"), table}, 1, "S1.csv: table", "absent.npy: no such file"},
		{[]string{filepath.Join(dir, "absent.npy")}, 1, "", "no such file"},
		// Names do not move the terminal's cursor.
		{[]string{filepath.Join(dir, "\x1b[2J\u009b.npy")}, 1, "", dir + `/\x1b[2J\u009b.npy: no such file`},
	} {
		var stdout, stderr bytes.Buffer
		got := start(t.Context(), append([]string{"inspect"}, c.args...), &stdout, &stderr)
		if got != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("fusiform inspect %s: status %d, want %d\nstdout: %s\nstderr: %s", c.args, got, c.status, &stdout, &stderr)
		}
	}
}
