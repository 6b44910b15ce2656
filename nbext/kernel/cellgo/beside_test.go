package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestBeside: what fails beside the compilation of a cell, as gopls does when it
// is told to stop in the middle of a list, leaves the cell's program alone.
func TestBeside(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for the go command")
	}
	tools := t.TempDir()
	program := filepath.Join(tools, "go")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	failing := write(t, filepath.Join(tools, "real"), "#!/bin/sh\nexit 1\n", 0o755)
	const text = "package main\n\nfunc main() {\n\tflag.Parse()\n\tx := 1\n}\n"
	for args, kept := range map[string]bool{"list -e -json ./...": true, "mod download": true, "build -o x": false} {
		dir := t.TempDir()
		main := write(t, filepath.Join(dir, "main.go"), text, 0o644)
		cmd := exec.Command(program, strings.Fields(args)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "FUSIFORM_GO="+failing, "GONB_TMP_DIR="+dir, "PWD="+dir)
		if err := cmd.Run(); err == nil {
			t.Errorf("go %s does not fail", args)
		}
		got, err := os.ReadFile(main)
		if err != nil {
			t.Fatal(err)
		}
		if same := string(got) == text; same != kept {
			t.Errorf("go %s: the program is kept: %v, want %v\n%s", args, same, kept, got)
		}
	}
}
