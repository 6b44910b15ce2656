package kernel

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestGoScriptFolds: the program that GoNB made of a cell that imports nbext
// is built with its panics folded; no other program is touched.
func TestGoScriptFolds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script is for a POSIX shell")
	}
	const cell = "package main\n\nimport (\n\tnb \"fusiform/nbext\"\n)\n\nfunc main() {\n\tnb.Made()\n}\n"
	const folded = "package main\n\nimport (\n\tnb \"fusiform/nbext\"\n)\n\nfunc main() { defer fusiformFold()\n\tnb.Made()\n}\n"
	const other = "package main\n\nfunc main() {\n}\n"
	for _, c := range []struct {
		name, main, want string
		args             []string
		elsewhere, fold  bool
	}{
		{"a cell", cell, folded, []string{"build", "-o", "x"}, false, true},
		{"a cell without nbext", other, other, []string{"build", "-o", "x"}, false, false},
		{"a test", cell, cell, []string{"test", "-c", "-o", "x"}, false, false},
		{"somebody's own program", cell, cell, []string{"build", "-o", "x"}, true, false},
		{"another command", cell, cell, []string{"vet"}, false, false},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "main.go"), c.main, 0o644)
		cmd := exec.Command("/bin/sh", append([]string{"-c", goScript, "go"}, c.args...)...)
		cmd.Dir = dir
		kernel := dir
		if c.elsewhere {
			kernel = t.TempDir()
		}
		cmd.Env = append(os.Environ(), "FUSIFORM_GO=true", "PWD="+dir, "GONB_TMP_DIR="+kernel)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v %s", c.name, err, out)
		}
		if got, _ := os.ReadFile(filepath.Join(dir, "main.go")); string(got) != c.want {
			t.Errorf("%s: main.go is %q", c.name, got)
		}
		if exists(filepath.Join(dir, "fusiform_fold.go")) != c.fold {
			t.Errorf("%s: is folded: %v", c.name, !c.fold)
		}
	}
}
