// Package notebooks_test executes the notebooks in the real kernel.
package notebooks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fusiform/nbext/catalog"
	"fusiform/nbext/kernel"

	// What cells import, so that a change there runs these tests anew: go test
	// cannot see what the kernel compiles.
	_ "fusiform/analysis/ceiling"
	_ "fusiform/analysis/dataset"
	_ "fusiform/analysis/encoding"
	_ "fusiform/analysis/glm"
	_ "fusiform/analysis/inference"
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

// TestMain gives all notebooks one cache of what networks answer, empty at
// first, so that what one has computed the next one reads.
func TestMain(m *testing.M) {
	os.Exit(withCache(m))
}

var labCache string // where the lab is, whose making takes long

func withCache(m *testing.M) int {
	var err error
	if labCache, err = catalog.CacheDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "notebooks")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	os.Setenv("FUSIFORM_CACHE", dir)
	return m.Run()
}

// execute runs a notebook in the real kernel and returns what came of it.
func execute(t *testing.T, path string) (kernel.Executed, notebook) {
	t.Helper()
	if testing.Short() {
		t.Skip("executing a notebook takes a minute and more")
	}
	done, err := kernel.Lab{Cache: labCache, Out: t.Output()}.Run(t.Context(), []string{path}, t.TempDir())
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
	t.Logf("%s: %d cells, %d figures, %.1f s", path, done[0].Cells, len(done[0].Figures), done[0].Took.Seconds())
	return done[0], nb
}

// files are the figures of an execution, in order.
func files(t *testing.T, e kernel.Executed) [][]byte {
	t.Helper()
	var out [][]byte
	for _, path := range e.Figures {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// differ says what differs between two figures; empty if nothing does.
func differ(a, b []byte) string {
	if bytes.Equal(a, b) {
		return ""
	}
	x, err := png.Decode(bytes.NewReader(a))
	y, err2 := png.Decode(bytes.NewReader(b))
	switch {
	case err != nil || err2 != nil:
		return "is not the same file"
	case x.Bounds() != y.Bounds():
		return fmt.Sprintf("has another size: %v and %v", x.Bounds().Size(), y.Bounds().Size())
	}
	n, first := 0, image.Point{}
	for j := range x.Bounds().Dy() {
		for i := range x.Bounds().Dx() {
			if x.At(i, j) != y.At(i, j) {
				if n == 0 {
					first = image.Pt(i, j)
				}
				n++
			}
		}
	}
	if n == 0 {
		return "is the same picture, but says something else of how it was made"
	}
	return fmt.Sprintf("has %d other pixels, the first at %v", n, first)
}

// folded is what nb.Explore shows behind a fold where scripts do not run: the
// frames that it does not begin with, which are no figures of their own.
var folded = regexp.MustCompile(`(?s)<details>.*?</details>`)

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
			html := folded.ReplaceAllString(string(o.Data["text/html"]), "")
			images += strings.Count(html, "<img ") + strings.Count(html, `<svg role=\"img\"`) // a curve is SVG
			texts += strings.Count(html, `<img alt=\"`) - strings.Count(html, `<img alt=\"\"`) + strings.Count(html, `<svg role=\"img\" aria-label=`)
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

// shows reports whether a PNG holds more than one colour, or an SVG lines.
func shows(path string) error {
	if filepath.Ext(path) == ".svg" {
		data, err := os.ReadFile(path)
		if err == nil && !strings.Contains(string(data), "<polyline") {
			err = errors.New("has no line")
		}
		return err
	}
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

// A run is what a notebook must show.
type run struct {
	path string

	// Figures without the real data, and with them; those without come first.
	figures, real int

	says     []string // in either case
	saysReal []string // with the data
}

var runs = []run{
	{
		path: "00-quickstart.ipynb", figures: 6, real: 6,
		says: []string{"drawnet (untrained, seed 1)/relu_fc", "noise ceiling", "As many at random"},
	},
	{
		path: "01-face-units-of-a-real-network.ipynb", real: 9,
		saysReal: []string{
			"rh pFus_faces, mean of 30", "noise ceiling is 0.77 to", // data/README.md: rh pFus .77
			"rh OTS_bodies, mean of 26", "noise ceiling is 0.78 to",
			"rh CoS_places, mean of 33", "noise ceiling is 0.94 from 33 people",
			"allvoxels                29", "0.8288", "0.8595", "0.6968",
		},
	},
	{
		path: "02-selective-units-trained-and-untrained.ipynb", figures: 6, real: 7,
		says: []string{
			"faces in relu_fc: 33 of 256", "bodies in relu_fc: 5 of 256", "scenes in relu_fc: 22 of 256", "untrained 0 on average over 5 seeds",
			"untrained twins, mean of 5",
		},
		saysReal: []string{"faces in pool27: 31 of 256", "faces in pool27: 32 of 256", "bodies in pool27: 0 of 256"},
	},
	{
		path: "03-regions-of-people-and-the-ceiling.ipynb", figures: 3, real: 5,
		says: []string{"S8      scenes", "tuning         8     200        0.9556", "24 pairs of one person", "0.9309"},
		saysReal: []string{ // data/README.md: rh pFus .77, OTS .78, CoS .94; lateral VTC all .83, selective .86, nonselective .70; hIT .37 to .38
			"rh pFus_faces      30        0.7745", "rh OTS_bodies      26        0.7763", "rh CoS_places      33        0.9358",
			"rh vtc_lateral, allvoxels                29     10        0.8285", "0.8595", "0.6967", "hIT, Spearman                             4     92        0.3723",
		},
	},
	{
		path: "04-tuning-and-geometry-against-the-ceiling.ipynb", figures: 5, real: 8,
		says:     []string{"All pairs of 8 people and 6 networks", "drawnet/relu_fc                              face units", "drawnet/relu_fc faces", "noise ceiling, lower bound"},
		saysReal: []string{"rh pFus_faces, mean of 30", "vww_person/pool27          faces", "cifar10_resnet/pool12 faces", "0.3723"},
	},
	{
		path: "05-how-much-the-localizer-decides.ipynb", figures: 4, real: 6,
		says:     []string{"39 channels pass", "outlines selects 39, shaded selects 35, both select 33", "rank-sum AUC > 0.75", "mean ratio ≥ 2", "units by shaded, with people"},
		saysReal: []string{"fLoc selects 138, murty185 selects 39, both select 16", "rh pFus_faces, tuning  0.7745"},
	},
	{
		path: "06-necessary-sufficient.ipynb", figures: 3, real: 3,
		says: []string{"matched in effect size", "Lesioned: 0.43 (20 draws of as many removed at random: 0.92", "Lesioned: 0.92"},
	},
	{
		path: "07-stimuli-that-disagree.ipynb", figures: 2, real: 3,
		says:     []string{"3 matches (of 3)", "1 too weak, 2 too strong (of 3)", "extremes"},
		saysReal: []string{"against mean of 30 people", "floc/corridors"},
	},
	{
		path: "08-the-papers-matrix-redrawn.ipynb", real: 2,
		saysReal: []string{ // methods.md
			"8 people and 35 networks", "0.9812    0.6183", "0.9919    0.6728", "1.006     0.727", "0.3835", "0.3066", "0.3679",
		},
	},
	{
		path: "09-watch-selectivity-emerge.ipynb", figures: 4, real: 4,
		says: []string{"smallnet (step 300)/relu_fc", "smallnet (step 0)/relu_fc"},
	},
	{
		path: "10-your-own-data.ipynb", figures: 3, real: 6,
		says: []string{
			"sub-01  task-drawings_run-1      152   2    1216      40          40          8        2",
			"sub-02                 39       39                 38", "sub-06                  0        0                  0", // found, planted, both
			"faces        5  sub-06         0.9586  0.9736               0.8231",
		},
		saysReal: []string{ // data/README.md, by nilearn
			"AR(1)                                    65                     7",
			"white                                    93                    10",
		},
	},
	{
		path: "class-1-what-a-localizer-finds.ipynb",
		says: []string{"Predict first: face-selective units among 256?", "not yet: units for scenes over bodies"},
	},
}

// Every notebook is executed twice in the real kernel: without the real data,
// when cells that need them say what to put where and nothing is red, and with
// them (without them again, on a machine that has none). What both show must be the
// same, bit by bit. One of them: go test ./notebooks -run 'TestNotebooks//05'.
func TestNotebooks(t *testing.T) {
	data, nowhere := os.Getenv("FUSIFORM_DATA"), t.TempDir()
	if data == "" && os.Getenv("CI") != "" {
		t.Fatal("FUSIFORM_DATA is not set")
	}
	first := make([][][]byte, len(runs))
	t.Run("without data", func(t *testing.T) {
		t.Setenv("FUSIFORM_DATA", nowhere)
		for i, r := range runs {
			t.Run(strings.TrimSuffix(r.path, ".ipynb"), func(t *testing.T) {
				t.Parallel()
				e, nb := execute(t, r.path)
				figures(t, e, nb, r.figures)
				says(t, nb, r.says)
				if r.real > r.figures {
					says(t, nb, []string{"FUSIFORM_DATA", nowhere})
				}
				first[i] = files(t, e)
			})
		}
	})
	again := "with data"
	if data == "" {
		again, data = "again", nowhere
		t.Log("FUSIFORM_DATA is not set: what needs the real data is not tested")
	}
	t.Run(again, func(t *testing.T) {
		t.Setenv("FUSIFORM_DATA", data)
		for i, r := range runs {
			t.Run(strings.TrimSuffix(r.path, ".ipynb"), func(t *testing.T) {
				t.Parallel()
				e, nb := execute(t, r.path)
				says(t, nb, r.says)
				if data == nowhere {
					figures(t, e, nb, r.figures)
				} else {
					figures(t, e, nb, r.real)
					says(t, nb, r.saysReal)
				}
				for k, file := range files(t, e) {
					if k < len(first[i]) {
						if what := differ(first[i][k], file); what != "" {
							t.Errorf("figure %d, %s, of the second execution %s", k+1, filepath.Base(e.Figures[k]), what)
						}
					}
				}
			})
		}
	})
}

func says(t *testing.T, nb notebook, wants []string) {
	t.Helper()
	got := text(nb)
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q", want)
		}
	}
}
