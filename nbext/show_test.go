package nbext

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg/draw"
)

func TestFigureHTML(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 20))); err != nil {
		t.Fatal(err)
	}
	p, err := pictureOf(silent{}, b.Bytes(), plots.DPI)
	if err != nil {
		t.Fatal(err)
	}
	p.alt, p.notes = `"><script>alert(1)</script>`, []string{"Note: <b> & c", "Note: d"}
	got := figureHTML(p)
	for _, want := range []string{
		`<figure style="margin:0"><img alt="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" width="300"`, // at half its pixels
		`src="data:image/png;base64,iVBOR`,
		`<figcaption><small>Note: &lt;b&gt; &amp; c<br>Note: d</small></figcaption></figure>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	p.notes = nil
	if got := figureHTML(p); strings.Contains(got, "figcaption") || strings.Contains(got, "script>") {
		t.Errorf("an empty caption, or a script for nothing: %s", got)
	}
	if _, err := pictureOf(silent{}, []byte("no PNG"), plots.DPI); err == nil {
		t.Error("no PNG: no error")
	}
}

// A silent figure draws nothing and tells nothing.
type silent struct{}

func (silent) Draw(draw.Canvas) error { return nil }
func (silent) Alt() string            { return "nothing" }

func TestSaveFigure(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a", Category: "face"}, {ID: "b", Category: "body"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := rsa.FromSimilarity("S1", s, mat.NewSymDense(2, []float64{1, .5, .5, 1}), analysis.Pearson)
	if err != nil {
		t.Fatal(err)
	}
	m.Warnings = []error{errors.New("two stimuli")}
	f := plots.RSM{Matrix: m}
	if got := lines(doubts(f)); got != "\nNote: two stimuli" {
		t.Errorf("doubts: %q", got)
	}
	dir := filepath.Join(t.TempDir(), "figures")
	if err := saveFigure(dir, f); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*-rsm.png", "*-rsm.svg"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(found) != 1 {
			t.Errorf("%s: found %v", pattern, found)
			continue
		}
		if st, err := os.Stat(found[0]); err != nil || st.Size() < 1000 {
			t.Errorf("%s is empty: %v", found[0], err)
		}
	}
	if err := show(nil); err == nil {
		t.Error("no figure: no error")
	}
}
