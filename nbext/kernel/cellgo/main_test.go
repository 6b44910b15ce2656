package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestComplete: the go command is asked only where it cannot be known what is
// at hand.
func TestComplete(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for the go command")
	}
	for _, c := range []struct {
		imports, answer string
		test            bool
		asked           string
		want            bool
	}{
		{`"fmt"; nb "fusiform/nbext"; "fusiform/nowhere"`, "true", false, "", true},
		{`"gonum.org/v1/gonum/mat"`, "false", false, "list -f {{.Incomplete}} .\n", true},
		{`"gonum.org/v1/gonum/mat"`, "true", false, "list -f {{.Incomplete}} .\n", false},
		{`"gonum.org/v1/gonum/mat"`, "", false, "list -f {{.Incomplete}} .\n", false},
		{`"fmt"`, "false\nfalse", true, "list -test -f {{.Incomplete}} .\n", true},
		{`"fmt"`, "false\ntrue", true, "list -test -f {{.Incomplete}} .\n", false},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "main.go"), "package main\n\nimport ("+c.imports+")\n", 0o644)
		log := filepath.Join(dir, "log")
		real := write(t, filepath.Join(dir, "real"), "#!/bin/sh\necho \"$@\" >> "+log+"\nprintf '"+c.answer+"'\n", 0o755)
		if got := (goCommand{real, dir}).complete(c.test); got != c.want {
			t.Errorf("%s: complete: %v, want %v", c.imports, got, c.want)
		}
		asked, _ := os.ReadFile(log)
		if diff := cmp.Diff(c.asked, string(asked)); diff != "" {
			t.Errorf("%s: %s", c.imports, diff)
		}
	}
}

func TestUnheaded(t *testing.T) {
	var out bytes.Buffer
	u := &unheaded{to: &out}
	for _, s := range []string{"# gon", "b_1234\n./main.go:3:1: no\n# gonum", ".org/x\n"} {
		u.Write([]byte(s))
	}
	if want := "./main.go:3:1: no\n# gonum.org/x\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
}

// A cell is a folder as GoNB makes one, beside a checkout with one package.
type cell struct {
	goCommand
	t        *testing.T
	checkout string
}

func newCell(t *testing.T) cell {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	t.Setenv("GOFLAGS", "-buildvcs=false -ldflags=-s")
	t.Setenv("GOWORK", "")
	c := cell{goCommand{path, t.TempDir()}, t, t.TempDir()}
	write(t, filepath.Join(c.checkout, "go.mod"), "module fusiform\n\ngo 1.26\n", 0o644)
	c.says("one")
	write(t, filepath.Join(c.dir, "go.mod"), "module gonb_x\n\ngo 1.26\n\nreplace fusiform => "+c.checkout+"\n", 0o644)
	write(t, filepath.Join(c.dir, "go.work"), "go 1.26\n\nuse (\n\t.\n\t"+c.checkout+"\n)\n", 0o644)
	return c
}

// says has the package of the checkout say something else.
func (c cell) says(what string) {
	path := write(c.t, filepath.Join(c.checkout, "analysis", "a.go"), "package analysis\n\nconst Says = \""+what+"\"\n", 0o644)
	os.Chtimes(path, time.Now(), time.Now())
}

// run builds a program and returns what it prints.
func (c cell) run(body string) (string, error) {
	c.t.Helper()
	write(c.t, filepath.Join(c.dir, "main.go"), "package main\n\nimport (\n\t\"fmt\"\n\t\"fusiform/analysis\"\n)\n\nfunc main() {\n"+body+"\n}\n", 0o644)
	out := filepath.Join(c.dir, "program")
	if err := c.build(out); err != nil {
		return "", err
	}
	said, err := exec.Command(out).CombinedOutput()
	return string(said), err
}

// TestBuild builds cells without asking the go command twice for the same
// imports, and never builds from what has changed since.
func TestBuild(t *testing.T) {
	c := newCell(t)
	const print = `fmt.Println(analysis.Says)`
	if said, err := c.run(print); err != nil || said != "one\n" {
		t.Fatalf("%q, %v", said, err)
	}
	plans := func() int {
		found, _ := filepath.Glob(filepath.Join(c.dir, "fusiform-*.json"))
		return len(found)
	}
	real := c.path
	broken := write(t, filepath.Join(t.TempDir(), "go"), "#!/bin/sh\nexit 1\n", 0o755)
	if said, err := c.run(print + "; fmt.Println(2)"); err != nil || said != "one\n2\n" || plans() != 1 {
		t.Errorf("again: %q, %v, %d plans", said, err, plans())
	}
	c.says("two")
	if said, err := c.run(print); err != nil || said != "two\n" {
		t.Errorf("after a change of the checkout: %q, %v", said, err)
	}
	// What does not compile is the go command's to tell.
	if _, err := c.run(`fmt.Println(analysis.Nothing)`); err == nil {
		t.Error("a cell that does not compile was built")
	}
	if left, _ := filepath.Glob(filepath.Join(c.dir, ".build-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if said, err := c.run(print); err != nil || said != "two\n" {
		t.Errorf("after an error: %q, %v", said, err)
	}
	// Where a compiled package is gone, a note of it is no longer believed.
	notes, _ := filepath.Glob(filepath.Join(c.dir, "fusiform-*.json"))
	for _, n := range notes {
		data, _ := os.ReadFile(n)
		write(t, n, strings.ReplaceAll(string(data), "packagefile fusiform/analysis=", "packagefile fusiform/analysis=/nowhere"), 0o600)
	}
	if _, err := c.run(print); err == nil {
		t.Error("built without a package")
	}
	c.path = broken
	if _, err := c.run(print); err == nil {
		t.Error("a broken go command was not noticed")
	}
	c.path = real
}

// TestBuildRefuses: what is not a plain cell in the plain lab is left to the
// go command.
func TestBuildRefuses(t *testing.T) {
	for name, prepare := range map[string]func(c cell){
		"another file": func(c cell) { write(t, filepath.Join(c.dir, "other.go"), "package main\n", 0o644) },
		"another module": func(c cell) {
			write(t, filepath.Join(c.dir, "go.work"), "go 1.26\n\nuse .\nuse "+c.checkout+"\nuse /elsewhere\n", 0o644)
		},
		"no workspace": func(c cell) { os.Remove(filepath.Join(c.dir, "go.work")) },
		"a replacement": func(c cell) {
			write(t, filepath.Join(c.dir, "go.mod"), "module x\n\ngo 1.26\n\nreplace y => ../y\n", 0o644)
		},
		"flags":            func(cell) { t.Setenv("GOFLAGS", "-race") },
		"another platform": func(cell) { t.Setenv("GOOS", "plan9") },
	} {
		c := newCell(t)
		prepare(c)
		if said, err := c.run(`fmt.Println(analysis.Says)`); err == nil {
			t.Errorf("%s: built, and said %q", name, said)
		}
		os.Unsetenv("GOOS")
	}
	c := newCell(t)
	if _, err := c.run("}\n\n//go:embed main.go\nvar x string\n\nfunc init() {"); err == nil {
		t.Error("a cell with a file in it was built")
	}
}

// TestFold: the program that GoNB made of a cell that imports nbext is built
// with its panics folded; no other program is touched.
func TestFold(t *testing.T) {
	const program = "package main\n\nimport (\n\tnb \"fusiform/nbext\"\n)\n\nfunc main() {\n\tnb.Made()\n}\n"
	const folded = "package main\n\nimport (\n\tnb \"fusiform/nbext\"\n)\n\nfunc main() { defer fusiformFold()\n\tnb.Made()\n}\n"
	const other = "package main\n\nfunc main() {\n}\n"
	for _, c := range []struct {
		main, want string
		program    bool
	}{{program, folded, true}, {program, program, false}, {other, other, true}} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "main.go"), c.main, 0o644)
		write(t, filepath.Join(dir, foldFile), "of the last cell", 0o644)
		goCommand{dir: dir}.fold(c.program)
		if got, _ := os.ReadFile(filepath.Join(dir, "main.go")); string(got) != c.want {
			t.Errorf("main.go is %q, want %q", got, c.want)
		}
		if _, err := os.Stat(filepath.Join(dir, foldFile)); (err == nil) != (c.want == folded) {
			t.Errorf("%q: %v", c.main, err)
		}
	}
}

func TestBare(t *testing.T) {
	dir := t.TempDir()
	for _, start := range []string{"func main() {", "func main() { defer fusiformFold()"} {
		write(t, filepath.Join(dir, "main.go"), "package main\n\n"+start+"\n\tflag.Parse()\nfmt.Println(x)\n\n}\n", 0o644)
		goCommand{dir: dir}.bare()
		if got, _ := os.ReadFile(filepath.Join(dir, "main.go")); string(got) != "package main\n\n\n\nfmt.Println(x)\n\n}\n" {
			t.Errorf("got %q", got)
		}
	}
}

// TestImportOurs: what a cell does not import is imported, if it is ours.
func TestImportOurs(t *testing.T) {
	checkout, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(checkout, "nbext", "a.go"), "package nbext\n\nfunc Must() {}\n", 0o644)
	write(t, filepath.Join(checkout, "analysis", "rsa", "a.go"), "package rsa\n\ntype (RSM struct{}; RDM int)\n\nvar A, B = 1, 2\n\nfunc (RSM) Method() {}\n", 0o644)
	write(t, filepath.Join(checkout, "analysis", "rsa", "a_test.go"), "package rsa\n\nfunc Tested() {}\n", 0o644)
	write(t, filepath.Join(dir, "go.work"), "go 1.26\n\nuse (\n\t.\n\t"+checkout+"\n)\n", 0o644)
	file := filepath.Join(dir, "main.go")
	for _, c := range []struct{ body, imports string }{
		{"var x rsa.RSM\nfunc main() { nb.Must(rsa.B) }", "import nb \"fusiform/nbext\"\nimport rsa \"fusiform/analysis/rsa\"\n"},
		{"func main() { rsa.GenerateKey() }", ""}, // that of the standard library
		{"func main() { rsa.A(); rsa.Tested() }", ""},
		{"func main() { rsa.Method() }", ""},
		{"import \"crypto/rsa\"\nfunc main() { rsa.A() }", ""},
		{"import nb \"other\"\nfunc main() { nb.Must() }", ""},
		{"var nb struct{ Must func() }\nfunc main() { nb.Must() }", ""},
		{"func main() { rsa := 1; rsa.A() }", ""},
		{"func main() { fmt.Println(nowhere.X) }", ""},
		{"func main() { nb.Must( }", ""},
	} {
		write(t, file, "package main\n\n"+c.body+"\n", 0o644)
		importOurs(file)
		got, _ := os.ReadFile(file)
		if diff := cmp.Diff("package main\n"+c.imports+"\n"+c.body+"\n", string(got)); diff != "" {
			t.Errorf("%s: %s", c.body, diff)
		}
	}
}
