// Package notebooks_test executes the notebooks in the real kernel.
package notebooks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
	"fusiform/nbext/kernel"

	// What cells import, so that a change there runs these tests anew: go test
	// cannot see what the kernel compiles.
	_ "fusiform/analysis/ceiling"
	_ "fusiform/analysis/dataset"
	_ "fusiform/analysis/encoding"
	_ "fusiform/analysis/localizer"
	_ "fusiform/analysis/rsa"
	_ "fusiform/analysis/simulate"
	_ "fusiform/analysis/tuning"
	_ "fusiform/nbext"
	_ "fusiform/nbext/models"
	_ "fusiform/plots"
)

// A notebook is what the tests read of an .ipynb file.
type notebook struct {
	Cells []struct {
		Type    string   `json:"cell_type"`
		Source  []string `json:"source"`
		Outputs []struct {
			Type  string                     `json:"output_type"`
			Name  string                     `json:"name"`
			Text  json.RawMessage            `json:"text"`
			Data  map[string]json.RawMessage `json:"data"`
			Value string                     `json:"evalue"`
		} `json:"outputs"`
	} `json:"cells"`
	Metadata struct {
		Kernel struct {
			Name string `json:"name"`
		} `json:"kernelspec"`
	} `json:"metadata"`
}

func read(t *testing.T, path string) notebook {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var nb notebook
	if err := json.Unmarshal(data, &nb); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return nb
}

var function = regexp.MustCompile(`\bfunc\b`)

// Notebooks are thin, name our kernel, and are committed without outputs.
func TestNotebooksAreThin(t *testing.T) {
	paths, err := filepath.Glob("*.ipynb")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, path := range paths {
		nb := read(t, path)
		if nb.Metadata.Kernel.Name != kernel.Name {
			t.Errorf("%s is for kernel %q, want %q", path, nb.Metadata.Kernel.Name, kernel.Name)
		}
		code := 0
		for i, c := range nb.Cells {
			if c.Type != "code" {
				continue
			}
			code++
			if len(c.Outputs) > 0 {
				t.Errorf("%s: cell %d has outputs; clear them before committing", path, i)
			}
			if function.MatchString(strings.Join(c.Source, "")) {
				t.Errorf("%s: cell %d has a func; the library lacks a verb", path, i)
			}
		}
		if code == 0 || code > 10 {
			t.Errorf("%s has %d code cells, want 1 to 10", path, code)
		}
	}
}

// execute runs a notebook in the real kernel, with a cache of its own for what
// networks answer, and returns what came of it.
func execute(t *testing.T, path string) (kernel.Executed, notebook) {
	t.Helper()
	if testing.Short() {
		t.Skip("executing a notebook takes a minute and more")
	}
	cache, err := catalog.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	done, err := kernel.Lab{Cache: cache, Out: t.Output()}.Run(t.Context(), []string{path}, t.TempDir())
	var cell *kernel.CellError
	if errors.As(err, &cell) {
		t.Fatalf("cell %d failed: %s", cell.Cell, cell.Text)
	}
	if err != nil {
		t.Fatal(err)
	}
	nb := read(t, done[0].Executed)
	for i, c := range nb.Cells {
		for _, o := range c.Outputs {
			if o.Type == "error" || o.Name == "stderr" {
				t.Errorf("cell %d shows red: %s %s", i, o.Value, o.Text)
			}
		}
	}
	return done[0], nb
}

// figures checks that there are so many figures, each a picture that shows
// something, with a text for those who do not see it.
func figures(t *testing.T, e kernel.Executed, nb notebook, want int) {
	t.Helper()
	if len(e.Figures) != want {
		t.Errorf("%d figures, want %d: %v", len(e.Figures), want, e.Figures)
	}
	for _, path := range e.Figures {
		if err := shows(path); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	images, texts := 0, 0
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			html := string(o.Data["text/html"])
			images += strings.Count(html, "<img ")
			texts += strings.Count(html, `<img alt=\"`) - strings.Count(html, `<img alt=\"\"`)
		}
	}
	if images != want || texts != want {
		t.Errorf("%d images with %d alternative texts in the cells, want %d", images, texts, want)
	}
	page, err := os.ReadFile(e.Page)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), "<figure"); n != want {
		t.Errorf("the page has %d figures, want %d", n, want)
	}
}

// shows reports whether a PNG holds more than one colour.
func shows(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return err
	}
	b := img.Bounds()
	if b.Dx() < 300 || b.Dy() < 300 {
		return fmt.Errorf("is %v, too small", b.Size())
	}
	colours := map[any]bool{}
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			colours[img.At(x, y)] = true
		}
	}
	if len(colours) < 20 {
		return fmt.Errorf("has %d colours, is it empty?", len(colours))
	}
	return nil
}

// text returns all that the cells show as plain text.
func text(nb notebook) string {
	var b strings.Builder
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			b.Write(o.Data["text/plain"])
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestQuickStart(t *testing.T) {
	e, nb := execute(t, "00-quickstart.ipynb")
	figures(t, e, nb, 6)
	for _, want := range []string{"drawnet (untrained, seed 1)/relu_fc", "noise ceiling", "As many at random"} {
		if !strings.Contains(text(nb), want) {
			t.Errorf("nothing says %q", want)
		}
	}
}

func TestRealNetwork(t *testing.T) {
	realdata.Folder(t, "")
	e, nb := execute(t, "01-face-units-of-a-real-network.ipynb")
	figures(t, e, nb, 9)
	for _, want := range []string{
		"rh pFus_faces, mean of 30", "noise ceiling is 0.77 to", // data/README.md: rh pFus .77
		"rh OTS_bodies, mean of 26", "noise ceiling is 0.78 to",
		"rh CoS_places, mean of 33", "noise ceiling is 0.94 from 33 people",
		"allvoxels                29", "0.8288", "0.8595", "0.6968",
	} {
		if !strings.Contains(text(nb), want) {
			t.Errorf("nothing says %q", want)
		}
	}
}

// Without the data the notebook says what to put where, and nothing is red.
func TestRealNetworkWithoutData(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	e, nb := execute(t, "01-face-units-of-a-real-network.ipynb")
	if len(e.Figures) != 0 {
		t.Errorf("figures without data: %v", e.Figures)
	}
	for _, want := range []string{"FUSIFORM_DATA", os.Getenv("FUSIFORM_DATA")} {
		if !strings.Contains(text(nb), want) {
			t.Errorf("nothing says %q: %s", want, text(nb))
		}
	}
}
