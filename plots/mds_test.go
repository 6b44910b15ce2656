package plots_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
)

// fourPoints is a map of two faces and two bodies.
func fourPoints() *rsa.Embedding {
	return &rsa.Embedding{
		Source: "net/layer", Kind: "1 − Pearson r", Stimuli: stimuli(kind{"face", 2}, kind{"body", 2}),
		Points: mat.NewDense(4, 2, []float64{0, 0, 3, 0, 0, 1, 3, 1}), Stress: .123, R: .87,
	}
}

func TestMDSPoints(t *testing.T) {
	f := plots.MDS{Embedding: fourPoints()}
	for _, w := range []vg.Length{0, plots.Column, 6 * vg.Inch} {
		ss := shapes(t, f, w, 0)
		// Each point, and one of each category in the legend, which is above.
		faces, bodies := filled(ss, faceFill), filled(ss, bodyFill)
		if len(faces) != 3 || len(bodies) != 3 {
			t.Fatalf("%d faces and %d bodies, want 2 and 2 and the legend", len(faces), len(bodies))
		}
		centre := func(s shape) (x, y float64) {
			if s.arcs == 2 { // a circle starts at its right
				return s.points[0][0] - 3, s.points[0][1]
			}
			x0, y0, x1, y1 := s.bounds()
			return (x0 + x1) / 2, (y0 + y1) / 2
		}
		var at [4][2]float64
		k := 0
		for _, s := range append(faces, bodies...) {
			if x, y := centre(s); y < filledTop(ss) {
				at[k%4] = [2]float64{x, y}
				k++
			}
		}
		if k != 4 {
			t.Fatalf("%d points", k)
		}
		unit := (at[1][0] - at[0][0]) / 3
		for i, want := range [][2]float64{{0, 0}, {3, 0}, {0, 1}, {3, 1}} { // one scale on both axes, y upwards
			if math.Abs(at[i][0]-at[0][0]-unit*want[0]) > .02 || math.Abs(at[i][1]-at[0][1]-unit*want[1]) > .02 {
				t.Errorf("width %v: point %d at %v, the first at %v, a unit is %v", w, i, at[i], at[0], unit)
			}
		}
		// The bar is as long as it says.
		long, says := 0.0, 0.0
		for i, s := range ss {
			if s.kind == "text" && strings.HasSuffix(s.text, "(1 − Pearson r)") {
				fmt.Sscanf(s.text, "%g", &says)
				x0, _, x1, _ := ss[i-3].bounds()
				long = x1 - x0
			}
		}
		if math.Abs(long-says*unit) > .02 || says == 0 {
			t.Errorf("width %v: the bar of %v is %v long, a unit %v", w, says, long, unit)
		}
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"net/layer", "Map of 4 stimuli", "stress 0.12, distances r = 0.87 with dissimilarities", "face", "body"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 4 || marks[2].Text != "set/body-001.png (body)" || marks[2].Stimuli[0].ID != "set/body-001.png" {
		t.Errorf("marks %v, %v", marks, err)
	}
	if alt := f.Alt(); alt != "Map of 4 stimuli by how alike net/layer answers them: distances stand for 1 − Pearson r; stress 0.12, distances r = 0.87 with dissimilarities. "+
		"On the map, on average: face within 1.5 of their centre, 1 from that of body, body within 1.5 of their centre, 1 from that of face." {
		t.Errorf("Alt says %q", alt)
	}
}

// filledTop is the height of the panel's title, which stands below the legend.
func filledTop(ss []shape) float64 {
	for _, s := range ss {
		if strings.HasPrefix(s.text, "Map of") {
			return s.points[0][1]
		}
	}
	return 0
}

func TestMDSPictures(t *testing.T) {
	images := func(n int, lack int) int {
		e := fourPoints()
		s := withPictures(stimuli(kind{"face", n}))
		items := make([]analysis.Stimulus, n)
		points := mat.NewDense(n, 2, nil)
		for i := range items {
			items[i] = s.At(i)
			if i < lack {
				items[i].Image = nil
			}
			points.SetRow(i, []float64{float64(i % 17), float64(i / 17)})
		}
		e.Stimuli, e.Points = must(analysis.NewStimuli(items)), points
		k := 0
		for _, s := range shapes(t, plots.MDS{Embedding: e}, 0, 0) {
			if s.kind == "image" {
				k++
			}
		}
		return k
	}
	for name, c := range map[string][3]int{"few": {5, 0, 5}, "most": {200, 0, 200}, "too many": {201, 0, 0}, "one has none": {5, 1, 0}} {
		if got := images(c[0], c[1]); got != c[2] {
			t.Errorf("%s: %d pictures, want %d", name, got, c[2])
		}
	}
}

func TestMDSEdges(t *testing.T) {
	with := func(change func(e *rsa.Embedding)) *rsa.Embedding {
		e := fourPoints()
		change(e)
		return e
	}
	for name, e := range map[string]*rsa.Embedding{
		"two": with(func(e *rsa.Embedding) {
			e.Stimuli = stimuli(kind{"face", 2})
			e.Points = mat.NewDense(2, 2, []float64{1, 0, -1, 0})
		}),
		"one place": with(func(e *rsa.Embedding) { e.Points = mat.NewDense(4, 2, nil) }),
		"tiny":      with(func(e *rsa.Embedding) { e.Points.Scale(1e-90, e.Points) }),
		"no r":      with(func(e *rsa.Embedding) { e.R = 0 }),
	} {
		f := plots.MDS{Embedding: e}
		if _, err := plots.PNG(f, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "no r" && strings.Contains(f.Alt(), "r =") {
			t.Errorf("a correlation that there is none of: %s", f.Alt())
		}
	}
	for name, c := range map[string]struct {
		e    *rsa.Embedding
		want string
	}{
		"nil":       {nil, "no map"},
		"no points": {with(func(e *rsa.Embedding) { e.Points = nil }), "no map"},
		"three":     {with(func(e *rsa.Embedding) { e.Points = mat.NewDense(4, 3, nil) }), "4×3 coordinates for 4 stimuli"},
		"fewer":     {with(func(e *rsa.Embedding) { e.Points = mat.NewDense(3, 2, nil) }), "3×2 coordinates for 4 stimuli"},
		"NaN":       {with(func(e *rsa.Embedding) { e.Points.Set(1, 1, math.NaN()) }), `"set/face-002.png" lies at (3, NaN)`},
		"stress":    {with(func(e *rsa.Embedding) { e.Stress = math.NaN() }), "stress NaN"},
	} {
		f := plots.MDS{Embedding: c.e}
		if _, err := plots.PNG(f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, want an error with %q; Alt %q", name, err, c.want, f.Alt())
		}
	}
	doubt := errors.New("poor")
	if d := (plots.MDS{Embedding: with(func(e *rsa.Embedding) { e.Warnings = []error{doubt, doubt} })}).Doubts(); len(d) != 1 || (plots.MDS{}).Doubts() != nil {
		t.Errorf("doubts %v", d)
	}
}

func TestMDSGolden(t *testing.T) {
	d := must(rsa.New(simulate("drawnet/relu_fc", must(drawings(8).Stimuli()), 42, "face", 3), analysis.Pearson)).RDM()
	golden.PNG(t, "mds.png", must(plots.PNG(plots.MDS{Embedding: must(rsa.MDS{}.Embed(ctx, d))}, 0, 0)))
}

// A map of images by how alike a layer answers them.
func ExampleMDS() {
	dir, remove := folder()
	defer remove()
	units := simulate("mobilenet_v2/pool62 faces", stimuli(murty...), 42, "face", 3)
	similarity, err := rsa.New(units, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	embedding, err := rsa.MDS{}.Embed(context.Background(), similarity.RDM())
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.MDS{Embedding: embedding}
	if err := plots.Save(figure, filepath.Join(dir, "map.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, stress %.2f\n", embedding.Kind, embedding.Stress)
	for _, doubt := range figure.Doubts() {
		fmt.Println(doubt)
	}
	// Output:
	// 1 − Pearson r, stress 0.30
	// mobilenet_v2/pool62 faces: a plane shows these dissimilarities poorly: stress 0.30, more than 0.2; read groups from it, not single distances
}

// Stimuli that all lie in one place have no distances: the map says so instead
// of drawing a bar for its scale.
func TestMDSOnePlace(t *testing.T) {
	e := fourPoints()
	e.Points = mat.NewDense(4, 2, []float64{2, 1, 2, 1, 2, 1, 2, 1})
	f := plots.MDS{Embedding: e}
	said := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	if !strings.Contains(said, "all in one place") || strings.Contains(said, "(1 − Pearson r)") {
		t.Errorf("the map says %q", said)
	}
	if !strings.Contains(f.Alt(), "all in one place") {
		t.Errorf("Alt %q", f.Alt())
	}
	if d := f.Doubts(); len(d) != 1 || !strings.Contains(d[0].Error(), "all 4 stimuli lie in one place") {
		t.Errorf("doubts %v", d)
	}
	apart := plots.MDS{Embedding: fourPoints()}
	if said := strings.Join(texts(shapes(t, apart, 0, 0)), "|"); !strings.Contains(said, "(1 − Pearson r)") || apart.Doubts() != nil {
		t.Errorf("a map of four places says %q and doubts %v", said, apart.Doubts())
	}
}
