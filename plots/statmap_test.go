package plots_test

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

// turned is the same brain in an image whose axes run otherwise: axis a of the
// new image is axis order[a] of the old, backwards if flip[a].
func turned(f plots.StatMap, order [3]int, flip [3]bool) plots.StatMap {
	g := f
	for a, o := range order {
		g.Shape[a] = f.Shape[o]
	}
	to := make([]int, f.Shape[0]*f.Shape[1]*f.Shape[2]) // old place to new
	for at := range to {
		old := [3]int{at % f.Shape[0], at / f.Shape[0] % f.Shape[1], at / f.Shape[0] / f.Shape[1]}
		var x [3]int
		for a, o := range order {
			if x[a] = old[o]; flip[a] {
				x[a] = g.Shape[a] - 1 - x[a]
			}
		}
		to[at] = x[0] + g.Shape[0]*(x[1]+g.Shape[1]*x[2])
	}
	g.Voxels, g.Behind = nil, make([]float64, len(to))
	for _, v := range f.Voxels {
		g.Voxels = append(g.Voxels, to[v])
	}
	for at, v := range f.Behind {
		g.Behind[to[at]] = v
	}
	g.Affine = [4][4]float64{3: {0, 0, 0, 1}}
	for w := range 3 {
		g.Affine[w][3] = f.Affine[w][3]
		for a, o := range order {
			g.Affine[w][a] = f.Affine[w][o]
			if flip[a] {
				g.Affine[w][a] *= -1
				g.Affine[w][3] += f.Affine[w][o] * float64(f.Shape[o]-1)
			}
		}
	}
	return g
}

// However the scanner wrote the axes, the same brain is the same picture: left
// stays left.
func TestStatMapWhateverTheAxes(t *testing.T) {
	f := brainMap(1)
	for _, plane := range []plots.Plane{plots.Axial, plots.Coronal, plots.Sagittal} {
		f.Plane = plane
		want := must(plots.PNG(f, 0, 0))
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			for k := range 8 {
				if k != 5 && (plane != plots.Axial || k%3 != 0) {
					continue
				}
				flip := [3]bool{k&1 > 0, k&2 > 0, k&4 > 0}
				g := turned(f, order, flip)
				if got := must(plots.PNG(g, 0, 0)); !bytes.Equal(got, want) {
					t.Errorf("plane %d, axes %v backwards %v: another picture; %s", plane, order, flip, g.Alt())
				}
			}
		}
	}
}

// A voxel at the right, in front and above is drawn at the right and top, and
// what is beyond the threshold has a colour of its side.
func TestStatMapSides(t *testing.T) {
	f := plots.StatMap{Shape: [3]int{10, 10, 10}, Affine: [4][4]float64{{-2, 0, 0, 9}, {0, 2, 0, -9}, {0, 0, 2, -9}, {0, 0, 0, 1}}, Values: make([]float64, 1000), Threshold: 3}
	at := func(i, j, k int) int { return i + 10*(j+10*k) }
	f.Values[at(1, 8, 7)] = 5   // x = 7, y = 7, z = 5
	f.Values[at(8, 1, 7)] = -5  // x = −7, y = −7
	f.Values[at(5, 5, 7)] = 2.9 // not beyond
	if alt := f.Alt(); !strings.Contains(alt, "1 axial slice of 10 (z = 5 mm)") || !strings.Contains(alt, "1 are above 3 (most 5.00 at 7, 7, 5 mm), 1 below −3 (least −5.00 at −7, −7, 5 mm)") {
		t.Error(alt)
	}
	for _, c := range []struct {
		plane            plots.Plane
		slices           []int
		x, y             float64 // where the hot voxel is, from 0 at the left and at the bottom to 1
		horizontal, vert string
	}{{plots.Axial, []int{7}, .85, .85, "x", "y"}, {plots.Coronal, []int{8}, .85, .75, "x", "z"}, {plots.Sagittal, []int{1}, .85, .75, "y", "z"}} {
		g := f
		g.Plane, g.Slices = c.plane, c.slices
		w, h := g.Size()
		marks, _, err := plots.Marks(g, w, h)
		if err != nil || len(marks) != 1 {
			t.Fatal(marks, err)
		}
		img := must(png.Decode(bytes.NewReader(must(plots.PNG(g, 0, 0)))))
		px := float64(img.Bounds().Dx()) / float64(w)
		var x, y, n float64
		area := marks[0].Area
		for i := 0; i < img.Bounds().Dx(); i++ {
			for j := 0; j < img.Bounds().Dy(); j++ {
				u, v := float64(i)/px, float64(h)-float64(j)/px
				if u < float64(area.Min.X) || u > float64(area.Max.X) || v < float64(area.Min.Y) || v > float64(area.Max.Y) {
					continue
				}
				if p := color.RGBAModel.Convert(img.At(i, j)).(color.RGBA); p.R > 200 && p.B < 150 {
					x, y, n = x+u, y+v, n+1
				}
			}
		}
		if n == 0 {
			t.Fatalf("plane %d: nothing is hot", c.plane)
		}
		x, y = (x/n-float64(area.Min.X))/float64(area.Max.X-area.Min.X), (y/n-float64(area.Min.Y))/float64(area.Max.Y-area.Min.Y)
		if math.Abs(x-c.x) > .02 || math.Abs(y-c.y) > .02 {
			t.Errorf("plane %d: the hot voxel stands at %.2f, %.2f, not %v, %v", c.plane, x, y, c.x, c.y)
		}
	}
}

// A fixed threshold and what is told by hand: the counts are those of the
// values.
func TestStatMapTells(t *testing.T) {
	f := brainMap(2)
	up, down := 0, 0
	for _, v := range f.Values {
		if v > 3 {
			up++
		}
		if v < -3 {
			down++
		}
	}
	alt := f.Alt()
	for _, want := range []string{"Map of t (S1, faces) over 12 axial slices of 16", fmt.Sprintf("Of %d voxels in the image, %d are above 3 ", len(f.Values), up), fmt.Sprintf(", %d below −3 ", down),
		fmt.Sprintf("faces: %d voxels", f.Regions[0].Count()), fmt.Sprintf("places: %d voxels", f.Regions[1].Count())} {
		if !strings.Contains(alt, want) {
			t.Errorf("%q is not in %s", want, alt)
		}
	}
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	for _, want := range []string{"S1, faces", "t, in colour where it is beyond ±3; 12 of 16 slices", "faces", "places", "z = −12 mm", "L", "R", "−3", "3"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	f.Slices, f.Max = []int{6}, 4
	doubts := fmt.Sprint(f.Doubts())
	if !strings.Contains(doubts, "in slices that are not drawn") || !strings.Contains(doubts, "where the colours end") {
		t.Error(doubts)
	}
	if d := brainMap(2); len(must2(plots.Marks(d, 0, 0))) != 12 {
		t.Error("not a mark for each slice")
	}
}

func must2(m []plots.Mark, _ []plots.Cells, err error) []plots.Mark {
	if err != nil {
		panic(err)
	}
	return m
}

// The outline of a region of 2×3 voxels has its four sides, each in one piece.
func TestStatMapOutline(t *testing.T) {
	f := plots.StatMap{Shape: [3]int{8, 8, 1}, Values: make([]float64, 64), Threshold: 1}
	r := &analysis.FROI{Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, 64)}
	for i := 2; i < 5; i++ {
		for j := 3; j < 5; j++ {
			r.Keep[i+8*j] = true
		}
	}
	f.Regions = []*analysis.FROI{r}
	area := must2(plots.Marks(f, 0, 0))[0].Area
	cell := float64(area.Max.X-area.Min.X) / 8
	found := false
	for _, s := range shapes(t, f, 0, 0) {
		if x0, y0, x1, y1 := s.bounds(); s.kind == "path" && math.Abs(x1-x0-3*cell) < .1 && math.Abs(y1-y0-2*cell) < .1 {
			found = found || math.Abs(x0-float64(area.Min.X)-2*cell) < .1
		}
	}
	if !found {
		t.Error("no outline of 3×2 voxels where the region lies")
	}
}

func TestStatMapErrors(t *testing.T) {
	ok := oneSlice()
	for name, c := range map[string]struct {
		change func(*plots.StatMap)
		want   string
	}{
		"no values":     {func(f *plots.StatMap) { f.Values = nil }, "no values"},
		"no shape":      {func(f *plots.StatMap) { f.Shape = [3]int{} }, "give Shape"},
		"huge":          {func(f *plots.StatMap) { f.Shape = [3]int{1 << 40, 1 << 40, 2} }, "give Shape"},
		"a value less":  {func(f *plots.StatMap) { f.Values = f.Values[1:] }, "say in Voxels"},
		"taken":         {func(f *plots.StatMap) { f.Voxels, f.Values = []int{3, 3}, []float64{1, 2} }, "taken"},
		"outside":       {func(f *plots.StatMap) { f.Voxels, f.Values = []int{108}, []float64{1} }, "not among the 108"},
		"before":        {func(f *plots.StatMap) { f.Voxels, f.Values = []int{-1}, []float64{1} }, "not among the 108"},
		"NaN":           {func(f *plots.StatMap) { f.Values = append([]float64{math.NaN()}, f.Values[1:]...) }, "is NaN"},
		"behind":        {func(f *plots.StatMap) { f.Behind = []float64{1} }, "behind the map are 1 values"},
		"region":        {func(f *plots.StatMap) { f.Regions = []*analysis.FROI{nil} }, "region"},
		"region's size": {func(f *plots.StatMap) { f.Regions = []*analysis.FROI{{Keep: []bool{true}}} }, "region"},
		"threshold":     {func(f *plots.StatMap) { f.Threshold = -1 }, "threshold"},
		"end":           {func(f *plots.StatMap) { f.Threshold, f.Max = 3, 2 }, "beyond the threshold"},
		"plane":         {func(f *plots.StatMap) { f.Plane = 9 }, "no plane"},
		"slice":         {func(f *plots.StatMap) { f.Slices = []int{1} }, "no coronal slice 1"},
		"flat": {func(f *plots.StatMap) {
			f.Affine = [4][4]float64{{1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}
		}, "length of 0"},
	} {
		f := ok
		f.Values = append([]float64(nil), ok.Values...)
		c.change(&f)
		if _, err := plots.PNG(f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if alt := f.Alt(); !strings.HasPrefix(alt, "Empty figure: ") {
			t.Errorf("%s: %s", name, alt)
		}
	}
	// A map of nothing is drawn: no voxel passes, as in an untrained network.
	nothing := ok
	nothing.Threshold = 100
	if _, err := plots.PNG(nothing, 0, 0); err != nil || !strings.Contains(nothing.Alt(), "0 are above 100, 0 below") {
		t.Error(err, nothing.Alt())
	}
}

// The design is drawn as it is: a regressor's place and sign.
func TestDesignDrawn(t *testing.T) {
	d := blockDesign()
	f := plots.Design{Design: d}
	w, h := f.Size()
	marks := must2(plots.Marks(f, w, h))
	rows, cols := d.X.Dims()
	if len(marks) != cols || !strings.HasPrefix(marks[0].Text, "body (condition), from ") || !strings.Contains(marks[cols-1].Text, "constant (of no interest), from 1 to 1") {
		t.Fatal(marks)
	}
	img := must(png.Decode(bytes.NewReader(must(plots.PNG(f, w, h)))))
	px := float64(img.Bounds().Dx()) / float64(w)
	at := func(i, j int) color.RGBA {
		a := marks[j].Area
		x := float64(a.Min.X+a.Max.X) / 2
		y := float64(a.Max.Y) - (float64(i)+.5)*float64(a.Max.Y-a.Min.Y)/float64(rows)
		return color.RGBAModel.Convert(img.At(int(x*px), int((float64(h)-y)*px))).(color.RGBA)
	}
	for j := range cols {
		largest := 0.0
		for i := range rows {
			largest = math.Max(largest, math.Abs(d.X.At(i, j)))
		}
		for i := range rows {
			c := at(i, j)
			switch v := d.X.At(i, j) / largest; {
			case v > .3 && c.R <= c.B, v < -.3 && c.B <= c.R, v == 0 && c != color.RGBA{255, 255, 255, 255}:
				t.Fatalf("%s in volume %d is %v and drawn %v", d.Columns[j], i, v, c)
			}
		}
	}
	if alt := f.Alt(); !strings.Contains(alt, "100 volumes (0 to 198 s) and 11 regressors") || !strings.Contains(alt, "4 conditions: body, face, house, object") || !strings.Contains(alt, "7 of no interest: trans_x, rot_z, drift_1") {
		t.Error(alt)
	}
	for _, bad := range []plots.Design{{}, {Design: relabelled(blockDesign(), "")}} {
		if bad.Design != nil {
			bad.Design.X.Set(3, 2, math.Inf(1))
		}
		if _, err := plots.PNG(bad, vg.Length(300), vg.Length(300)); err == nil {
			t.Error("no error")
		}
	}
}
