package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The assembly is, byte for byte, what go generate makes of the programs in
// the folder gen.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles and runs the generators: run without -short")
	}
	if out, err := exec.Command("go", "-C", "gen", "mod", "download").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the generators' modules: %v\n%s", err, out)
		}
		t.Skipf("the generators' modules cannot be had: %v\n%s", err, out)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module simd\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, pattern := range []string{"*_amd64.s", "*_amd64_stubs.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		made = append(made, files...)
	}
	for _, f := range made {
		if err := os.Remove(filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "generate", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go generate: %v\n%s", err, out)
	}
	for _, f := range made {
		got, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Errorf("go generate does not write it: %v", err)
			continue
		}
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
			line := 0
			for line < min(len(a), len(b)) && a[line] == b[line] {
				line++
			}
			t.Errorf("%s differs from what go generate writes, first in line %d", f, line+1)
		}
	}
}
