package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "fusiform"

// A pkg is a package of ours: what its files import, tests aside, and
// everything that it reaches.
type pkg struct {
	path          string // below the module: "analysis/rsa"
	imports, deps []string
}

func TestImports(t *testing.T) {
	pkgs, err := list("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.path == "analysis" }) {
		t.Fatalf("go list found no package analysis in %d packages", len(pkgs))
	}
	for _, f := range faults(pkgs) {
		t.Error(f)
	}
}

func TestRooms(t *testing.T) {
	dirs, err := topLevel("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !slices.Contains(rooms, d) {
			t.Errorf("directory %s at the top level: there are only %s", d, strings.Join(rooms, ", "))
		}
	}
}

// TestFaults shows that the test can fail: each of these imports is a fault,
// or is not.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		p    pkg
		want string
	}{
		{pkg{path: "analysis/rsa", imports: []string{"math", "fusiform/analysis", "gonum.org/v1/gonum/mat"}}, ""},
		{pkg{path: "analysis/mismatch", imports: []string{"fusiform/analysis/tuning"}}, ""},
		{pkg{path: "analysis", imports: []string{"fusiform/internal/blas"}}, ""},
		{pkg{path: "internal/blas", imports: []string{"fusiform/internal/simd"}}, ""},
		{pkg{path: "nbext", imports: []string{"fusiform/plots", "github.com/janpfeifer/gonb/gonbui"}}, ""},
		{pkg{path: "nbext/models/fastgo", imports: []string{"github.com/gomlx/compute"}}, ""},
		{pkg{path: "plots", imports: []string{"fusiform/analysis/rsa", "gonum.org/v1/plot/vg"}}, ""},
		{pkg{path: "analysis", imports: []string{"fusiform/analysis/rsa"}}, "analysis imports analysis/rsa; it may import only internal/blas, internal/simd"},
		{pkg{path: "internal/simd", imports: []string{"fusiform/internal/blas"}}, "internal/simd imports internal/blas; it may import nothing of ours"},
		{pkg{path: "analysis/rsa", imports: []string{"fusiform/analysis/tuning"}}, "analysis/rsa imports analysis/tuning; it may import only analysis, internal/simd"},
		{pkg{path: "analysis/tuning", imports: []string{"fusiform/analysis/mismatch"}}, "analysis/tuning imports analysis/mismatch; it may import only analysis, internal/simd"},
		{pkg{path: "analysis/rsa", imports: []string{"gonum.org/v1/plot"}}, "analysis/rsa imports gonum.org/v1/plot; only plots, nbext, nbext/cmd/*, internal/golden may"},
		{pkg{path: "plots", imports: []string{"fusiform/nbext"}}, "plots imports nbext; it may import only analysis/..."},
		{pkg{path: "nbext", imports: []string{"fusiform/nbext/models"}}, "nbext imports nbext/models; it may import only analysis/..., plots, nbext/catalog"},
		{pkg{path: "nbext/catalog", imports: []string{"fusiform/nbext/models"}}, "nbext/catalog imports nbext/models; it may import only analysis/..."},
		{pkg{path: "nbext/models", imports: []string{"fusiform/nbext"}}, "nbext/models imports nbext; it may import only analysis/..., nbext/catalog, nbext/models/fastgo, internal/simd"},
		{pkg{path: "nbext/kernel", imports: []string{"fusiform/nbext/cmd/fusiform"}}, "nbext/kernel imports nbext/cmd/fusiform; it may import only nbext/catalog"},
		{pkg{path: "nbext", imports: []string{"github.com/gomlx/gomlx/core/graph"}}, "nbext imports github.com/gomlx/gomlx/core/graph; only nbext/models/... may"},
		{pkg{path: "nbext/models", imports: []string{"github.com/janpfeifer/gonb/gonbui"}}, "nbext/models imports github.com/janpfeifer/gonb/gonbui; only nbext may"},
		{pkg{path: "analysis/rsa", deps: []string{"x.org/y", "github.com/gomlx/gomlx"}}, "analysis/rsa reaches github.com/gomlx/gomlx through others; github.com/gomlx is closed to it"},
		{pkg{path: "utils"}, "utils has no place in the house"},
		{pkg{path: "analysis/rsa/deep"}, "analysis/rsa/deep has no place in the house"},
		{pkg{path: "analysistools"}, "analysistools has no place in the house"},
		{pkg{path: ""}, "the root has no place in the house"},
	} {
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if diff := cmp.Diff(want, faults([]pkg{c.p})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.p.path, diff)
		}
	}
}

// TestList reads a module made up on the spot: files behind a build tag
// count, tests do not, and what a package reaches through others is known.
func TestList(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                   "module fusiform\n\ngo 1.26\n",
		"analysis/a.go":            "package analysis\n\nimport _ \"fusiform/analysis/rsa\"\n",
		"analysis/a_test.go":       "package analysis\n\nimport _ \"fusiform/plots\"\n",
		"analysis/rsa/tagged.go":   "//go:build fast\n\npackage rsa\n\nimport _ \"fusiform/plots\"\n",
		"analysis/rsa/r.go":        "package rsa\n\nimport _ \"bufio\"\n",
		"plots/p.go":               "package plots\n",
		"plots/testdata/hidden.go": "package hidden\n\nimport _ \"fusiform/nbext\"\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	pkgs, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"analysis imports analysis/rsa; it may import only internal/blas, internal/simd",
		"analysis/rsa imports plots; it may import only analysis, internal/simd",
	}, faults(pkgs)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Contains(pkgs[0].deps, "bufio") {
		t.Errorf("analysis does not reach bufio: %v", pkgs[0].deps)
	}
}

// faults lists what breaks the rules, one sentence each.
func faults(pkgs []pkg) []string {
	var out []string
	for _, p := range pkgs {
		row := slices.IndexFunc(arrows, func(a arrow) bool { return matches(a.from, p.path) })
		if row < 0 {
			name := p.path
			if name == "" {
				name = "the root"
			}
			out = append(out, name+" has no place in the house")
			continue
		}
		may := arrows[row].to
		for _, i := range p.imports {
			if ours, ok := strings.CutPrefix(i, module+"/"); ok {
				if !slices.ContainsFunc(may, func(m string) bool { return matches(m, ours) }) {
					out = append(out, fmt.Sprintf("%s imports %s; it may import %s", p.path, ours, words(may)))
				}
				continue
			}
			for _, o := range owners {
				if matches(o.module+"/...", i) && !slices.ContainsFunc(o.by, func(m string) bool { return matches(m, p.path) }) {
					out = append(out, fmt.Sprintf("%s imports %s; only %s may", p.path, i, strings.Join(o.by, ", ")))
				}
			}
		}
		for _, c := range closed {
			if !matches(c.from, p.path) {
				continue
			}
			for _, to := range c.to {
				through := func(d string) bool { return matches(to+"/...", d) && !slices.Contains(p.imports, d) }
				if k := slices.IndexFunc(p.deps, through); k >= 0 {
					out = append(out, fmt.Sprintf("%s reaches %s through others; %s is closed to it", p.path, p.deps[k], to))
				}
			}
		}
	}
	return out
}

// matches reports whether a path is what the pattern stands for.
func matches(pattern, p string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == below || strings.HasPrefix(p, below+"/")
	}
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path.Dir(p) == parent
	}
	return p == pattern
}

func words(may []string) string {
	if len(may) == 0 {
		return "nothing of ours"
	}
	return "only " + strings.Join(may, ", ")
}

// list reads the packages of the module at root. Files that this platform or
// these build tags leave out are read too, so that an arrow cannot hide.
func list(root string) ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Imports,Deps,IgnoredGoFiles", "./...")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l struct {
			ImportPath, Dir               string
			Imports, Deps, IgnoredGoFiles []string
		}
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		p := pkg{path: strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, module), "/"), imports: l.Imports, deps: l.Deps}
		for _, name := range l.IgnoredGoFiles {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(l.Dir, name), nil, parser.ImportsOnly)
			if err != nil {
				return nil, err
			}
			for _, s := range f.Imports {
				i, err := strconv.Unquote(s.Path.Value)
				if err != nil {
					return nil, err
				}
				p.imports = append(p.imports, i)
			}
		}
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		pkgs = append(pkgs, p)
	}
}

// topLevel lists the directories of the checkout that are not hidden and, if
// git can tell, not ignored.
func topLevel(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if exec.Command("git", "-C", root, "check-ignore", "-q", e.Name()).Run() == nil {
			continue // ignored, such as the figures that a program has left
		}
		dirs = append(dirs, e.Name())
	}
	return dirs, nil
}
