package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// goimports stands for the program of that name, which GoNB has add the
// imports that a cell does not write: it adds those of ours, nb
// "fusiform/nbext" among them, which goimports would look for in all modules
// of this machine, or not find by that name; then it calls goimports itself.
// That asks the go command about all modules, and that asks some proxy about
// those whose description is not at hand; so it is told not to.
func goimports(args []string) int {
	if len(args) == 2 && args[0] == "-w" {
		if dir := filepath.Dir(args[1]); dir == os.Getenv("GONB_TMP_DIR") {
			importOurs(args[1]) // what fails here, goimports tells
		}
	}
	self, err := os.Executable()
	if err != nil {
		return status(err)
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(self), "..", "libexec", "goimports"), args...)
	cmd.Env = append(os.Environ(), "GOPROXY=off")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return status(cmd.Run())
}

// importOurs adds imports of packages of the checkout to a program.
func importOurs(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, 0)
	if err != nil {
		return err
	}
	missing := unimported(f)
	if len(missing) == 0 {
		return nil
	}
	work, err := os.ReadFile(filepath.Join(filepath.Dir(file), "go.work"))
	if err != nil {
		return err
	}
	checkout := ""
	for _, p := range uses(string(work)) {
		if filepath.IsAbs(p) {
			checkout = p
			break
		}
	}
	ours := packages(checkout)
	var added bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		pkg, ok := ours[name]
		if ok && has(filepath.Join(checkout, filepath.FromSlash(pkg)), missing[name]) {
			fmt.Fprintf(&added, "import %s %q\n", name, "fusiform/"+pkg)
		}
	}
	if added.Len() == 0 {
		return nil
	}
	at := bytes.IndexByte(src[f.Name.End()-1:], '\n') // f.Name is on the first line of a file of ours
	if at < 0 {
		return errors.New("no line ends")
	}
	at += int(f.Name.End())
	return os.WriteFile(file, slices.Concat(src[:at], added.Bytes(), src[at:]), 0o600)
}

// unimported returns the names before a dot that nothing in a program
// declares, and what is asked of each.
func unimported(f *ast.File) map[string][]string {
	imported := map[string]bool{}
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		imported[path.Base(p)] = true
		if i.Name != nil {
			imported[i.Name.Name] = true
		}
	}
	unresolved := map[*ast.Ident]bool{}
	for _, id := range f.Unresolved {
		unresolved[id] = true
	}
	missing := map[string][]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && unresolved[id] && !imported[id.Name] {
				missing[id.Name] = append(missing[id.Name], s.Sel.Name)
			}
		}
		return true
	})
	return missing
}

// packages are those of a checkout that cells import, by the names that cells
// call them.
func packages(checkout string) map[string]string {
	all := map[string]string{"nb": "nbext"}
	for _, p := range []string{"analysis", "plots", "nbext", "nbext/models", "nbext/models/native", "nbext/catalog"} {
		all[path.Base(p)] = p
	}
	entries, _ := os.ReadDir(filepath.Join(checkout, "analysis"))
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), "internal") && e.Name() != "testdata" {
			all[e.Name()] = "analysis/" + e.Name()
		}
	}
	return all
}

// has reports whether a package declares all these names. Names of ours may be
// names of others, too: rsa, encoding.
func has(dir string, names []string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	declared := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					declared[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						declared[s.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range s.Names {
							declared[n.Name] = true
						}
					}
				}
			}
		}
	}
	return !slices.ContainsFunc(names, func(n string) bool { return !declared[n] })
}
