package nbext

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/plots"
)

// named is a network that answers 1 to everything.
type named struct{ name, key string }

func (n named) Name() string { return n.name }
func (n named) Key() string  { return n.key }
func (n named) Responses(context.Context, string, analysis.Stimuli) (*analysis.Responses, error) {
	panic("is not asked")
}

func stimuliOf(t *testing.T, ids ...string) (analysis.Stimuli, [][32]byte) {
	t.Helper()
	var items []analysis.Stimulus
	for _, id := range ids {
		items = append(items, analysis.Stimulus{ID: id, Image: func() (image.Image, error) { return image.NewGray(image.Rect(0, 0, 2, 2)), nil }})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := digests(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, ds
}

// TestFacts: what was used is told once each, in an order that is not that of
// use, and a changed pixel, key or file tells.
func TestFacts(t *testing.T) {
	a, da := stimuliOf(t, "floc/adult/1.jpg", "floc/child/2.jpg")
	b, db := stimuliOf(t, "x", "y")
	dir := t.TempDir()
	file := filepath.Join(dir, "table.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	uses := []func(*record){
		func(r *record) { r.network(named{"net", strings.Repeat("ab", 32)}, "pool", a, da) },
		func(r *record) { r.network(named{"net", strings.Repeat("ab", 32)}, "fc", a, da) },
		func(r *record) { r.network(named{"another", "short"}, "fc", b, db) },
		func(r *record) { r.data("floc", a) },
		func(r *record) { r.data("drawn", b) },
		func(r *record) { r.folder("brain/tables", dir) },
		func(r *record) { r.network(named{"net", strings.Repeat("ab", 32)}, "pool", a, da) },
	}
	var one, other record
	for i := range uses {
		uses[i](&one)
		uses[len(uses)-1-i](&other)
	}
	facts := one.facts()
	if diff := cmp.Diff(facts, other.facts()); diff != "" {
		t.Error(diff)
	}
	var got []string
	hash := regexp.MustCompile(`[0-9a-f]{16}$`)
	for _, f := range facts {
		got = append(got, f.Name+": "+hash.ReplaceAllString(f.Value, "HASH"))
		if strings.Contains(f.Value, dir) || strings.Contains(f.Value, "/root") {
			t.Errorf("a path: %v", f)
		}
	}
	want := []string{
		"network: another/fc, key short", "network: net/fc, key HASH", "network: net/pool, key HASH",
		"stimuli: drawn, 2 images, SHA-256 HASH", "stimuli: floc, 2 images, SHA-256 HASH", "stimuli: stimuli, 2 images, SHA-256 HASH",
		"data: brain/tables, 1 file, SHA-256 HASH", "fusiform: source HASH", "go: " + runtime.Version(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var changed record
	da[1][0]++
	if err := os.WriteFile(file, []byte("a,b\n1,3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, use := range uses {
		use(&changed)
	}
	now := changed.facts()
	for i, f := range facts {
		differs := f != now[i]
		if want := f.Name == "data" || strings.HasPrefix(f.Value, "floc"); differs != want {
			t.Errorf("%v became %v", f, now[i])
		}
	}
}

// TestFiguresCarryWhatMadeThem: in a cell and in files.
func TestFiguresCarryWhatMadeThem(t *testing.T) {
	p, err := drawPicture(plain{colour: image.White.C}, plots.DPI)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := saveFigure(dir, plain{colour: image.White.C}); err != nil {
		t.Fatal(err)
	}
	files := [][]byte{p.png}
	for _, ext := range []string{"png", "svg"} {
		found, _ := filepath.Glob(filepath.Join(dir, "*."+ext))
		data, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	for i, data := range files {
		got, err := plots.MadeOf(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Made(), got); diff != "" {
			t.Errorf("file %d: %s", i, diff)
		}
	}
}

// TestSourceHash: code counts, and its place; tests, commands and data do not.
func TestSourceHash(t *testing.T) {
	root := fstest.MapFS{}
	put := func(path, text string) { root[path] = &fstest.MapFile{Data: []byte(text)} }
	for _, dir := range []string{"analysis", "internal/blas", "internal/simd", "nbext", "plots"} {
		put(dir+"/a.go", "package a")
	}
	hash := func() string {
		t.Helper()
		sum, err := sourceHash(root)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	first := hash()
	for _, path := range []string{"plots/a_test.go", "plots/testdata/a.go", "nbext/kernel/a.go", "nbext/cmd/x/main.go", "README.md", "nbext/hover.js", "internal/arch/a.go"} {
		put(path, "x")
		if hash() != first {
			t.Errorf("%s counts", path)
		}
	}
	for _, path := range []string{"analysis/rsa/rsa.go", "internal/simd/a_amd64.s"} {
		before := hash()
		put(path, "x")
		if hash() == before {
			t.Errorf("%s does not count", path)
		}
	}
	before := hash()
	delete(root, "plots/a.go")
	put("plots/b.go", "package a")
	if hash() == before {
		t.Error("a name does not count")
	}
	if _, err := sourceHash(fstest.MapFS{}); err == nil {
		t.Error("nothing was hashed")
	}
}
