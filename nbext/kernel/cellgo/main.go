// Command cellgo stands for the go command in the kernel, and for goimports.
// GoNB calls the go command twice for each cell, with "get" and with "build -o
// FILE". It does what these would do, in half the time, where it can be sure of
// it, and else calls the go command itself, which FUSIFORM_GO names. It is part
// of no other program: the lab builds it from the files of this folder.
//
// "go get" looks for what a cell imports in the module of the cell alone: it
// asks the network for packages of gonum, say, and might take a newer version
// than the checkout's. So it is left out if all imports are found without; if
// one is not, it starts from what the checkout requires.
//
// "go build" looks at all packages that a cell reaches, several hundred, to
// see whether one must be compiled anew, and then compiles the cell and links.
// Here that look is taken once for each set of imports (go list -export), and
// repeated when a file of the checkout has another size or time, or anything
// else has changed that decides what is built. Whatever goes wrong, the go
// command gets its turn, and says what it always says.
//
// A cell that imports nbext gets its panics folded (nbext.Fold).
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"); name == "goimports" {
		os.Exit(goimports(os.Args[1:]))
	}
	g := goCommand{path: os.Getenv("FUSIFORM_GO"), dir: "."}
	args := os.Args[1:]
	inCell := os.Getenv("GONB_TMP_DIR") != "" && os.Getenv("GONB_TMP_DIR") == os.Getenv("PWD")
	compiles := false // gopls asks the go command, too, while a cell is compiled
	switch {
	case !inCell: // somebody's own program
	case slices.Equal(args, []string{"get"}), slices.Equal(args, []string{"get", "-t"}):
		if g.complete(len(args) == 2) {
			return
		}
		if err := g.command("mod", "edit", "-require=fusiform@v0.0.0").Run(); err != nil {
			os.Exit(status(err))
		}
	case len(args) > 2 && (args[0] == "build" && args[1] == "-o" || args[0] == "test" && args[1] == "-c"):
		compiles = true
		g.fold(args[0] == "build")
		if len(args) == 3 && g.build(args[2]) == nil {
			return
		}
	}
	cmd := g.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if !inCell {
		os.Exit(status(cmd.Run()))
	}
	said := &unheaded{to: os.Stderr}
	cmd.Stderr = said
	err := cmd.Run()
	os.Stderr.Write(said.rest)
	if err != nil && compiles {
		g.bare()
	}
	os.Exit(status(err))
}

// unheaded leaves out lines that name the package of the errors below, which
// for a cell is a name that GoNB made up.
type unheaded struct {
	to   io.Writer
	rest []byte // the beginning of a line
}

func (u *unheaded) Write(b []byte) (int, error) {
	u.rest = append(u.rest, b...)
	for {
		i := bytes.IndexByte(u.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := u.rest[:i+1]
		if !bytes.HasPrefix(line, []byte("# gonb_")) {
			if _, err := u.to.Write(line); err != nil {
				return 0, err
			}
		}
		u.rest = u.rest[i+1:]
	}
}

// status is what the go command ended with.
func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// A goCommand is the real one, and the folder of the cell.
type goCommand struct{ path, dir string }

func (g goCommand) command(args ...string) *exec.Cmd {
	cmd := exec.Command(g.path, args...)
	cmd.Dir = g.dir
	return cmd
}

// complete reports whether all that the cell imports is at hand.
func (g goCommand) complete(test bool) bool {
	if !test {
		imports, err := g.imports()
		if err == nil && !slices.ContainsFunc(imports, func(i string) bool { return !plain(i) }) {
			return true // if there is none such, the compiler says so
		}
		if key, err := g.key(imports); err == nil {
			if _, err := g.load(key); err == nil {
				return true
			}
		}
	}
	args := []string{"list", "-f", "{{.Incomplete}}", "."}
	if test {
		args = slices.Insert(args, 1, "-test")
	}
	cmd := g.command(args...)
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	out, err := cmd.Output()
	return err == nil && len(out) > 0 && !bytes.Contains(out, []byte("true"))
}

// plain reports whether a package is of the standard library, or ours.
func plain(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// imports lists what the cell imports, in order. Cells of more than one file,
// and those with C or files in them, are not for us.
func (g goCommand) imports() ([]string, error) {
	entries, err := os.ReadDir(g.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch ext := filepath.Ext(e.Name()); {
		case e.Name() == "main.go", e.Name() == foldFile:
		case slices.Contains([]string{".go", ".s", ".c", ".h", ".cc", ".syso"}, ext):
			return nil, fmt.Errorf("there is a %s", e.Name())
		}
	}
	src, err := os.ReadFile(filepath.Join(g.dir, "main.go"))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(src, []byte("//go:")) {
		return nil, errors.New("directives")
	}
	f, err := parser.ParseFile(token.NewFileSet(), "main.go", src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil || path == "C" {
			return nil, errors.New("C")
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// foldFile is the file that fold adds to a cell's program.
const foldFile = "fusiform_fold.go"

// fold has the program that GoNB made of a cell defer nbext.Fold, on a line
// that is there, if it is a program and imports nbext.
func (g goCommand) fold(program bool) {
	added, main := filepath.Join(g.dir, foldFile), filepath.Join(g.dir, "main.go")
	os.Remove(added)
	src, err := os.ReadFile(main)
	const start = "\nfunc main() {\n"
	if !program || err != nil || !bytes.Contains(src, []byte("\"fusiform/nbext\"\n")) || !bytes.Contains(src, []byte(start)) {
		return
	}
	const text = "package main\n\nimport nbext \"fusiform/nbext\"\n\nvar fusiformFold = nbext.Fold\n"
	if os.WriteFile(added, []byte(text), 0o600) != nil {
		return
	}
	if err := os.WriteFile(main, bytes.Replace(src, []byte(start), []byte("\nfunc main() { defer fusiformFold()\n"), 1), 0o600); err != nil {
		os.Remove(added)
	}
}

// bare takes out of a program that does not compile what its cell did not say:
// GoNB shows the lines around an error.
func (g goCommand) bare() {
	main := filepath.Join(g.dir, "main.go")
	src, err := os.ReadFile(main)
	if err != nil {
		return
	}
	for _, start := range []string{"func main() { defer fusiformFold()", "func main() {"} {
		src = bytes.Replace(src, []byte("\n"+start+"\n\tflag.Parse()\n"), []byte("\n\n\n"), 1)
	}
	os.WriteFile(main, src, 0o600)
}

// linkerFlags are the flags of the linker that we know what to do with.
var linkerFlags = []string{"-s", "-w", "-s -w"}

// flags returns the linker's flags in GOFLAGS. It fails if there are others
// than those that leave the compiler and the linker as they are.
func flags() (linker []string, err error) {
	for _, f := range strings.Fields(os.Getenv("GOFLAGS")) {
		name, value, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		switch {
		case name == "tags" || name == "buildvcs" || name == "mod" || name == "p":
		case name == "ldflags" && slices.Contains(linkerFlags, value):
			linker = strings.Fields(value)
		default:
			return nil, fmt.Errorf("flag %s", f)
		}
	}
	return linker, nil
}

// key hashes all that decides what is built but for the cell itself.
func (g goCommand) key(imports []string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %s/%s\n", imports, runtime.GOOS, runtime.GOARCH)
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case name == "GOOS" && value != runtime.GOOS, name == "GOARCH" && value != runtime.GOARCH:
			return "", errors.New("another platform")
		case strings.HasPrefix(name, "GONB_"):
		case strings.HasPrefix(name, "GO"), strings.HasPrefix(name, "CGO_"), name == "CC", name == "CXX", name == "PATH", name == "FUSIFORM_GO":
			fmt.Fprintf(h, "%q\n", e)
		}
	}
	st, err := os.Stat(g.path)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(h, st.Size(), st.ModTime().UnixNano())
	work, err := os.ReadFile(filepath.Join(g.dir, "go.work"))
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(g.dir, "go.mod"))
	if err != nil {
		return "", err
	}
	paths := uses(string(work))
	for i, text := range []string{string(work), string(mod)} {
		if i == 1 {
			for _, p := range paths { // GoNB writes this for who asks without the workspace
				text = strings.Replace(text, "\nreplace fusiform => "+p+"\n", "\n", 1)
			}
		}
		for _, word := range []string{"replace", "godebug", "toolchain", "tool", "exclude"} {
			if slices.Contains(strings.Fields(text), word) {
				return "", errors.New(word)
			}
		}
		fmt.Fprintf(h, "%q\n", text)
	}
	used := 0
	for _, path := range paths {
		if path == "." {
			continue
		}
		if used++; used > 1 || !filepath.IsAbs(path) {
			return "", errors.New("other modules")
		}
		if err := sources(path, func(name string, st fs.FileInfo) {
			fmt.Fprintf(h, "%q %d %d\n", name, st.Size(), st.ModTime().UnixNano())
		}); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// uses lists the folders of a go.work.
func uses(work string) []string {
	var paths []string
	in := false
	for line := range strings.Lines(work) {
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		switch rest, use := strings.CutPrefix(line, "use "); {
		case line == "use (":
			in = true
		case line == ")":
			in = false
		case use:
			paths = append(paths, strings.Trim(rest, "\" "))
		case in && line != "":
			paths = append(paths, strings.Trim(line, "\""))
		}
	}
	return paths
}

// sources calls f for each file of a checkout that may be part of a program.
func sources(root string, f func(name string, st fs.FileInfo)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || slices.Contains([]string{"testdata", "notebooks", "docker", "figures", "executed"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		f(path, st)
		return nil
	})
}

// A plan is how to compile and link a cell.
type plan struct {
	Tools    string // the folder of compiler and linker
	Version  string
	Packages string // importcfg: the compiled packages, for both
}

func planPath(dir, key string) string { return filepath.Join(dir, "fusiform-"+key+".json") }

func (g goCommand) load(key string) (*plan, error) {
	data, err := os.ReadFile(planPath(g.dir, key))
	if err != nil {
		return nil, err
	}
	p := &plan{}
	return p, json.Unmarshal(data, p)
}

// plan compiles what a cell imports, so far as that is needed, and makes a
// note of where it all lies.
func (g goCommand) plan(imports []string, key string) (*plan, error) {
	out, err := g.command("env", "GOTOOLDIR", "GOVERSION").Output()
	if err != nil {
		return nil, err
	}
	words := strings.Fields(string(out))
	if len(words) != 2 {
		return nil, errors.New("go env")
	}
	list := g.command(append([]string{"list", "-export", "-deps", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", "runtime"}, imports...)...)
	list.Env = append(os.Environ(), "GOPROXY=off")
	if out, err = list.Output(); err != nil {
		return nil, err
	}
	p := &plan{Tools: words[0], Version: words[1], Packages: string(out)}
	data, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return p, os.WriteFile(planPath(g.dir, key), data, 0o600)
}

// build compiles and links the cell. After an error the go command must be
// asked: nothing has been said or written.
func (g goCommand) build(out string) error {
	linker, err := flags()
	if err != nil {
		return err
	}
	imports, err := g.imports()
	if err != nil {
		return err
	}
	key, err := g.key(imports)
	if err != nil {
		return err
	}
	p, err := g.load(key)
	if err != nil {
		if p, err = g.plan(imports, key); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(g.dir, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if tmp, err = filepath.Abs(tmp); err != nil {
		return err
	}
	packages, object, program := filepath.Join(tmp, "importcfg"), filepath.Join(tmp, "main.a"), filepath.Join(tmp, "main")
	if err := os.WriteFile(packages, []byte(p.Packages), 0o600); err != nil {
		return err
	}
	compile := exec.Command(filepath.Join(p.Tools, "compile"), "-o", object, "-p", "main", "-lang="+language(p.Version), "-complete",
		"-goversion", p.Version, "-c="+strconv.Itoa(min(4, runtime.NumCPU())), "-nolocalimports", "-importcfg", packages, "-pack", "./main.go")
	if _, err := os.Stat(filepath.Join(g.dir, foldFile)); err == nil {
		compile.Args = append(compile.Args, "./"+foldFile)
	}
	compile.Dir = g.dir
	if err := compile.Run(); err != nil {
		return err
	}
	link := exec.Command(filepath.Join(p.Tools, "link"), append(slices.Concat([]string{"-o", program, "-importcfg", packages, "-buildmode=exe"}, linker), object)...)
	link.Dir = g.dir
	if err := link.Run(); err != nil {
		os.Remove(planPath(g.dir, key)) // the cache of compiled packages may have been cleared
		return err
	}
	return os.Rename(program, out)
}

// language is the version of the language that a cell is written in: that of
// the Go which made its go.mod.
func language(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
