package models

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/localizer"
	"fusiform/internal/realdata"
)

var scanContrasts = []analysis.Contrast{localizer.Faces, localizer.Bodies, localizer.Scenes}

func scanned(t *testing.T, sc Scan, m *Model, s analysis.Stimuli) *ScanResult {
	t.Helper()
	if sc.Folder == "" {
		sc.Folder = t.TempDir()
	}
	r, err := sc.Run(context.Background(), m, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// likeMemory checks a scan against Responses of each layer and the localizer
// on them: t to a share of its own size, or of 1.
func likeMemory(t *testing.T, m *Model, sc Scan, r *ScanResult, layers []Layer, s analysis.Stimuli, tol float64) {
	t.Helper()
	memory := responsesOf(t, m, layers, s)
	for _, l := range layers {
		in := memory[l.Name]
		for i, c := range sc.Contrasts {
			want, err := sc.Localizer.Localize(in, c)
			if errors.Is(err, analysis.ErrDead) {
				if _, err := r.FROI(l.Name, c.Name); !errors.Is(err, analysis.ErrDead) {
					t.Errorf("%s, %s: %v, though all units are dead", l.Name, c.Name, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.FROI(l.Name, c.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			if row := r.Table()[len(sc.Contrasts)*rowOf(r, l.Name)+i]; row.Dead != got.Dead || row.Selected != got.Count() || row.Largest != slices.Max(got.Stat) {
				t.Errorf("the row %+v of %d dead, %d selected", row, got.Dead, got.Count())
			}
			if got.Source != want.Source || got.Rule != want.Rule || got.Dead != want.Dead || !got.DefinedOn.Same(want.DefinedOn) {
				t.Errorf("%s, %s: %q %q, %d dead, defined on %d; in memory %q %q, %d, %d", l.Name, c.Name, got.Source, got.Rule, got.Dead, got.DefinedOn.Len(),
					want.Source, want.Rule, want.Dead, want.DefinedOn.Len())
			}
			worst, differ := 0.0, 0
			for j, x := range want.Stat {
				worst = max(worst, math.Abs(got.Stat[j]-x)/max(1, math.Abs(x)))
				if got.Keep[j] != want.Keep[j] {
					differ++
				}
			}
			if !(worst <= tol) || differ > 0 && tol < 1e-9 {
				t.Errorf("%s (%s, %d units), %s: t differs by %.2g, selection in %d units", l.Name, l.Op, l.Units, c.Name, worst, differ)
			}
		}
	}
}

func responsesOf(t *testing.T, m *Model, layers []Layer, s analysis.Stimuli) map[string]*analysis.Responses {
	t.Helper()
	var names []string
	for _, l := range layers {
		names = append(names, l.Name)
	}
	r, err := m.ResponsesAt(context.Background(), names, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rowOf is the position of a layer.
func rowOf(r *ScanResult, layer string) int {
	return slices.IndexFunc(r.Layers, func(l Layer) bool { return l.Name == layer })
}

// equalScans checks that two scans found the same to the last bit, in the
// layers of both.
func equalScans(t *testing.T, what string, want, got *ScanResult) {
	t.Helper()
	for _, l := range got.Layers {
		for _, c := range got.of {
			f, err := want.FROI(l.Name, c.Name)
			g, err2 := got.FROI(l.Name, c.Name)
			if err != nil || err2 != nil {
				t.Errorf("%s: %v, %v", what, err, err2)
				continue
			}
			if !slices.Equal(f.Stat, g.Stat) || !slices.Equal(f.P, g.P) || !slices.Equal(f.Q, g.Q) || !slices.Equal(f.Keep, g.Keep) || f.Dead != g.Dead {
				t.Errorf("%s: %s, %s differs", what, l.Name, c.Name)
			}
		}
	}
}

// Sums of all tensors of a network, taken in passing, give what a localizer
// finds in each layer's responses.
func TestScanTensors(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	for _, l := range []localizer.MomentLocalizer{localizer.TTest{MinT: 3}, localizer.TTest{Conjunction: true, Pooled: true, FDR: .05}} {
		sc := Scan{Localizer: l, Contrasts: scanContrasts, Tensors: true}
		r := scanned(t, sc, m, s)
		if len(r.Layers) != 14 || r.Warnings != nil || r.Resumed != 0 {
			t.Errorf("%d layers, %d resumed, warnings %v", len(r.Layers), r.Resumed, r.Warnings)
		}
		likeMemory(t, m, sc, r, r.Layers, s, 1e-9)
	}
}

func TestScanPrincipal(t *testing.T) {
	m := drawnet(t)
	r := scanned(t, Scan{Contrasts: scanContrasts}, m, drawings(t, drawn))
	var names []string
	for _, l := range r.Layers {
		names = append(names, l.Name)
	}
	if got, want := strings.Join(names, " "), "relu1 pool1 relu2 pool2 relu3 pool3 relu_fc logits probabilities"; got != want {
		t.Errorf("principal layers are %s, want %s", got, want)
	}
	f, err := r.FROI("relu_fc", localizer.Faces.Name)
	if err != nil || f.Count() == 0 {
		t.Errorf("%v, %v", f, err)
	}
	rows := r.Table()
	if len(rows) != 27 || rows[18].Layer != "relu_fc" || rows[18].Selected != f.Count() || rows[18].Dead != f.Dead || rows[18].Largest != slices.Max(f.Stat) {
		t.Errorf("%d rows, that of relu_fc %+v", len(rows), rows[18])
	}
	for _, bad := range [][2]string{{"conv1", "faces"}, {"relu_fc", "feces"}} {
		if _, err := r.FROI(bad[0], bad[1]); err == nil {
			t.Errorf("FROI(%q, %q): no error", bad[0], bad[1])
		}
	}
	if b, err := r.Best(localizer.Faces.Name); err != nil || b.Count() == 0 {
		t.Error("no best layer", err)
	}
	if _, err := r.Best("cars"); !errors.Is(err, analysis.ErrEmpty) {
		t.Error(err)
	}
	// Layers by name, and what a scan of all found in them.
	few := scanned(t, Scan{Contrasts: scanContrasts, Layers: []string{"relu_fc", "pool1"}}, m, drawings(t, drawn))
	if len(few.Layers) != 2 || few.Layers[0].Name != "pool1" {
		t.Fatalf("%d layers", len(few.Layers))
	}
	equalScans(t, "two layers", r, few)
}

// The sums take 20 bytes per unit and cell.
func TestScanMemory(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	r := scanned(t, Scan{Contrasts: scanContrasts, Tensors: true}, m, s)
	units := 0
	for _, l := range r.Layers {
		units += l.Units
	}
	if want := units * 4 * 20; r.Bytes > want {
		t.Errorf("%d bytes for %d units in 4 cells, expected at most %d", r.Bytes, units, want)
	}
	if one := scanned(t, Scan{Contrasts: scanContrasts[:1], Tensors: true}, m, s); one.Bytes > units*2*20 {
		t.Errorf("%d bytes for %d units in 2 cells", one.Bytes, units)
	}
}

func TestScanOrderAndProcessors(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	sc := Scan{Contrasts: scanContrasts, Tensors: true}
	want := scanned(t, sc, m, s)
	func() {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		equalScans(t, "one processor", want, scanned(t, sc, m, s))
	}()
	var items []analysis.Stimulus
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(s.Len()) {
		items = append(items, s.At(i))
	}
	mixed, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	got := scanned(t, sc, m, mixed)
	for _, l := range want.Layers {
		for _, c := range sc.Contrasts {
			f, g := froiOf(t, want, l, c), froiOf(t, got, l, c)
			for j, x := range f.Stat {
				if y := g.Stat[j]; math.Abs(x-y) > 1e-5*max(1, math.Abs(x)) {
					t.Fatalf("%s, unit %d: t %v in another order, %v", l.Name, j, y, x)
				}
			}
		}
	}
}

// An interrupted scan keeps what it has; the next one goes on from there and
// finds the same.
func TestScanResumes(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	sc := Scan{Contrasts: scanContrasts, Tensors: true, Folder: t.TempDir()}
	want := scanned(t, Scan{Contrasts: scanContrasts, Tensors: true}, m, s)
	before := runtime.NumGoroutine()
	stop := errors.New("enough")
	interrupt := func(at int) {
		t.Helper()
		ctx, cancel := context.WithCancelCause(context.Background())
		ctx = analysis.WithProgress(ctx, func(done, _ int) {
			if done >= at {
				cancel(stop)
			}
		})
		if _, err := sc.Run(ctx, m, s); !errors.Is(err, stop) || !strings.Contains(err.Error(), "goes on from there") {
			t.Fatalf("interrupted: %v", err)
		}
	}
	files := func() []string {
		f, err := filepath.Glob(filepath.Join(sc.Folder, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	interrupt(s.Len() / 4)
	if len(files()) == 0 {
		t.Fatal("nothing was kept")
	}
	interrupt(s.Len() / 2)
	r := scanned(t, sc, m, s)
	if r.Resumed < s.Len()/4 || r.Warnings != nil {
		t.Errorf("%d images resumed, warnings %v", r.Resumed, r.Warnings)
	}
	equalScans(t, "resumed", want, r)
	if f := files(); len(f) != 0 {
		t.Errorf("a complete scan leaves %v", f)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.Gosched()
	}

	// Kept when complete: then nothing is shown again, whatever is looked for.
	sc.Keep = true
	scanned(t, sc, m, s)
	kept := files()
	again := sc
	again.Localizer, again.Layers, again.Tensors = localizer.DPrime{Min: 1}, []string{"relu2", "relu_fc"}, false
	if r := scanned(t, again, m, s); r.Resumed != r.Images || r.Warnings != nil {
		t.Errorf("%d of %d images resumed, warnings %v", r.Resumed, r.Images, r.Warnings)
	}
	// A damaged file is computed again.
	b, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []func() []byte{
		func() []byte { c := slices.Clone(b); c[len(c)/2] ^= 1; return c },
		func() []byte { return b[:len(b)/2] },
		func() []byte { return append(slices.Clone(b), 0) },
		func() []byte { return nil },
	} {
		if err := os.WriteFile(kept[0], damage(), 0o666); err != nil {
			t.Fatal(err)
		}
		r = scanned(t, sc, m, s)
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), "computed again") {
			t.Errorf("a damaged file: warnings %v", r.Warnings)
		}
		equalScans(t, "after damage", want, r)
	}
	// Another pre-processing is another network.
	other := *m
	other.Input.Mean = []float32{1}
	if r := scanned(t, sc, &other, s); r.Resumed != 0 {
		t.Error("sums of another pre-processing were taken")
	}
}

// Scans side by side in one folder, which keep their sums all the time.
func TestScanShared(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	sc := Scan{Contrasts: scanContrasts, Folder: t.TempDir(), Save: 1, Layers: []string{"relu3", "relu_fc"}}
	want := scanned(t, Scan{Contrasts: scanContrasts, Layers: sc.Layers}, m, s)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			r, err := sc.Run(context.Background(), m, s)
			if err != nil {
				t.Error(err)
				return
			}
			equalScans(t, "side by side", want, r)
		})
	}
	wg.Wait()
}

// A folder that cannot be written to is a warning.
func TestScanNoRoom(t *testing.T) {
	m, s := drawnet(t), drawings(t, drawn)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	sc := Scan{Contrasts: scanContrasts, Layers: []string{"relu_fc", "relu3"}, Folder: file, Save: 1}
	r := scanned(t, sc, m, s)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), "cannot be kept") {
		t.Errorf("warnings %v", r.Warnings)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ctx = analysis.WithProgress(ctx, func(done, _ int) {
		if done > 100 {
			cancel()
		}
	})
	if _, err := sc.Run(ctx, m, s); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing could be kept") {
		t.Errorf("interrupted: %v", err)
	}
}

// Layers without variance, and activations that are not finite.
func TestScanEdges(t *testing.T) {
	zero := &protos.TensorProto{Name: "zero", Dims: []int64{1}, DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{0}}
	huge := &protos.TensorProto{Name: "huge", Dims: []int64{1}, DataType: int32(protos.TensorProto_FLOAT), FloatData: []float32{3e38}}
	base := []*protos.NodeProto{
		node("Conv", "", []string{"x", "w"}, "conv"), node("Mul", "", []string{"conv", "zero"}, "nothing"), node("Relu", "", []string{"conv"}, "relu"),
	}
	weights := []*protos.TensorProto{weight("w", 6, 3, 3, 3), zero, huge}
	m := open(t, graphOf([]int64{0, 3, 8, 8}, weights, base...))
	s := categories(t, 12)
	sc := Scan{Contrasts: scanContrasts[:1], Localizer: localizer.TTest{}, Tensors: true}
	r := scanned(t, sc, m, s)
	likeMemory(t, m, sc, r, r.Layers, s, 1e-9)
	if _, err := r.FROI("nothing", localizer.Faces.Name); !errors.Is(err, analysis.ErrDead) {
		t.Errorf("a dead layer: %v", err)
	}
	if rows := r.Table(); rows[1].Layer != "nothing" || rows[1].Dead != rows[1].Units || rows[1].Selected != 0 {
		t.Errorf("the row of a dead layer is %+v", rows[1])
	}

	m = open(t, graphOf([]int64{0, 3, 8, 8}, weights, append(slices.Clone(base), node("Mul", "", []string{"relu", "huge"}, "over"))...))
	_, err := Scan{Contrasts: scanContrasts[:1], Tensors: true, Folder: t.TempDir()}.Run(context.Background(), m, s)
	if err == nil || !strings.Contains(err.Error(), `layer "over", stimulus "test/`) || !strings.Contains(err.Error(), "Inf") {
		t.Errorf("not finite: %v", err)
	}
	for want, sc := range map[string]Scan{
		"without contrasts": {}, "no layer \"cnv\"": {Contrasts: scanContrasts[:1], Layers: []string{"cnv"}},
		"which no stimulus has": {Contrasts: []analysis.Contrast{{Name: "cars", Prefer: []string{"car"}}}}, "MinT": {Contrasts: scanContrasts[:1], Localizer: localizer.TTest{MinT: -1}},
	} {
		if _, err := sc.Run(context.Background(), m, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// categories are pictures of faces and of houses.
func categories(t *testing.T, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for k := range items {
		items[k] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", k), Category: []string{"face", "house"}[k%2], Image: func() (image.Image, error) { return picture(k, 8, 8), nil }}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// GoMLX's own backend goes the plain way.
func TestScanPlain(t *testing.T) {
	m := open(t, smallNet())
	s := categories(t, 30)
	sc := Scan{Contrasts: scanContrasts[:1], Localizer: localizer.TTest{}, Tensors: true}
	want := scanned(t, sc, m, s)
	t.Setenv("GOMLX_BACKEND", "go")
	r := scanned(t, sc, m, s)
	likeMemory(t, m, sc, r, r.Layers, s, 1e-9)
	for _, l := range want.Layers {
		g := froiOf(t, r, l, sc.Contrasts[0])
		for j, x := range froiOf(t, want, l, sc.Contrasts[0]).Stat {
			if y := g.Stat[j]; math.Abs(x-y) > 1e-3*max(1, math.Abs(x)) {
				t.Errorf("%s, unit %d: t %v on go, %v on fast", l.Name, j, y, x)
			}
		}
	}
}

// The second pass reads chosen units alone.
func TestResponsesWithin(t *testing.T) {
	m, s, other := drawnet(t), drawings(t, drawn), drawings(t, drawn2)
	r := scanned(t, Scan{Contrasts: scanContrasts, Localizer: localizer.TTest{MinT: 3}}, m, s)
	var rois []*analysis.FROI
	for _, l := range r.Layers {
		for _, c := range scanContrasts {
			if f := froiOf(t, r, l, c); f.Count() > 0 {
				rois = append(rois, f)
			}
		}
	}
	got, err := m.ResponsesWithin(context.Background(), rois, other)
	if err != nil {
		t.Fatal(err)
	}
	memory := responsesOf(t, m, r.Layers, other)
	for i, f := range rois {
		want, err := memory[strings.TrimPrefix(f.Source, "drawnet/")].Within(f)
		if err != nil {
			t.Fatal(err)
		}
		if got[i].Source() != want.Source() || !got[i].Stimuli().Same(other) {
			t.Errorf("%q, want %q", got[i].Source(), want.Source())
		}
		for k := range other.Len() {
			for j, x := range want.Row(k) {
				if y := got[i].Row(k)[j]; math.Abs(x-y) > 1e-6*max(1, math.Abs(x)) {
					t.Fatalf("%s, image %d, unit %d: %v, want %v", f.Source, k, j, y, x)
				}
			}
		}
	}
	if _, err := m.ResponsesWithin(context.Background(), rois[:1], s); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("on the images that defined it: %v", err)
	}
	empty := *rois[0]
	empty.Keep = make([]bool, len(empty.Keep))
	if _, err := m.ResponsesWithin(context.Background(), []*analysis.FROI{&empty}, other); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("no unit: %v", err)
	}
	stranger := *rois[0]
	stranger.Source = "another/relu1"
	var a *analysis.AlignmentError
	if _, err := m.ResponsesWithin(context.Background(), []*analysis.FROI{&stranger}, other); !errors.As(err, &a) {
		t.Errorf("of another network: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.ResponsesWithin(ctx, rois, other); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Real networks, a few images of each kind, in all layers that are not too
// large to hold: the same t, but for the rounding of activations where the
// engine computes a layer by itself or with the next one.
func TestScanReal(t *testing.T) {
	s := flocFew(t, 4)
	for _, name := range []string{"mobilenet_v2", "face_resnet"} {
		m, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sc := Scan{Localizer: localizer.TTest{MinT: 3}, Contrasts: scanContrasts[:1]}
		r := scanned(t, sc, m, s)
		var few []Layer
		for i, l := range r.Layers {
			if i%9 == 0 && l.Units <= 300_000 {
				few = append(few, l)
			}
		}
		t.Logf("%s: %d layers, %d MiB, %d compared", name, len(r.Layers), r.Bytes>>20, len(few))
		likeMemory(t, m, sc, r, few, s, 1e-4)
	}
}

// flocFew are n fLoc images of each kind.
func flocFew(t *testing.T, n int) analysis.Stimuli {
	t.Helper()
	all, err := dataset.Images(realdata.Folder(t, "images/floc"))
	if err != nil {
		t.Fatal(err)
	}
	var items []analysis.Stimulus
	seen := map[string]int{}
	for i := range all.Len() {
		if it := all.At(i); seen[it.Subcategory] < n {
			seen[it.Subcategory]++
			items = append(items, it)
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func froiOf(t *testing.T, r *ScanResult, l Layer, c analysis.Contrast) *analysis.FROI {
	t.Helper()
	f, err := r.FROI(l.Name, c.Name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
