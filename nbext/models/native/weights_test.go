package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

// pictures are n coloured images, each another.
func pictures(t testing.TB, n int) analysis.Stimuli {
	t.Helper()
	items := make([]analysis.Stimulus, n)
	for k := range items {
		items[k] = analysis.Stimulus{ID: fmt.Sprintf("test/%03d", k), Category: []string{"face", "body"}[k%2], Image: func() (image.Image, error) {
			img := image.NewNRGBA(image.Rect(0, 0, 70, 50))
			for y := range 50 {
				for x := range 70 {
					img.SetNRGBA(x, y, color.NRGBA{uint8(7*x + 3*y + 31*k), uint8(x*x + 5*y + 17*k), uint8(x*y + 11 + 5*k), 255})
				}
			}
			return img, nil
		}}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var tiny = AlexNet{Classes: 5, Channels: [5]int{4, 6, 8, 6, 4}, Units: 12, Side: 127}

// tensorsOf reads a file whole.
func tensorsOf(t *testing.T, path string) (all []Value) {
	t.Helper()
	s, err := OpenSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, tn := range s.Tensors() {
		v := make([]float32, tn.Elements())
		if err := s.Read(v, tn.Name, 0); err != nil {
			t.Fatal(err)
		}
		all = append(all, Value{tn.Name, tn.Shape, v})
	}
	return all
}

func write(t *testing.T, all []Value, metadata map[string]string) string {
	t.Helper()
	var buf bytes.Buffer
	if err := WriteSafetensors(&buf, all, metadata); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := os.WriteFile(path, buf.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// All that is wrong with a file is told at once.
func TestMismatch(t *testing.T) {
	all := tensorsOf(t, "testdata/small_alexnet.safetensors")
	for i, v := range all {
		switch v.Name {
		case "features.3.weight":
			all[i].Name = "feature.3.weight"
		case "classifier.6.bias":
			all[i].Shape = []int{5, 1}
		}
	}
	_, err := Open(tiny, write(t, all, nil))
	var e *MismatchError
	if !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	if len(e.Missing) != 1 || len(e.Superfluous) != 1 || len(e.Shapes) != 1 {
		t.Errorf("%+v", e)
	}
	for _, want := range []string{"1 missing: features.3.weight (nearest: feature.3.weight)", "1 superfluous: feature.3.weight", "classifier.6.bias [5 1], expected [5]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

// The key goes by the architecture and the numbers, not by the file that has them.
func TestKey(t *testing.T) {
	key := func(a Architecture, path string) string {
		m, err := Open(a, path)
		if err != nil {
			t.Fatal(err)
		}
		return m.Key()
	}
	path := "testdata/small_alexnet.safetensors"
	want := key(tiny, path)
	all := tensorsOf(t, path)
	slices.Reverse(all)
	if got := key(tiny, write(t, all, map[string]string{"other": "text"})); got != want {
		t.Error("the same numbers in another file have another key")
	}
	slower := tiny
	slower.Dropout = .1
	if key(slower, path) == want {
		t.Error("another architecture has the same key")
	}
	all[0].Data[0]++
	if key(tiny, write(t, all, nil)) == want {
		t.Error("other numbers have the same key")
	}
	a, err := Untrained(tiny, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Untrained(tiny, 2)
	if err != nil {
		t.Fatal(err)
	}
	if a.Key() == b.Key() || a.Name() != "alexnet (untrained, seed 1)" {
		t.Error(a.Name(), a.Key(), b.Key())
	}
}

// A native network answers images, and can be lesioned, as one of a file.
func TestAsNetwork(t *testing.T) {
	m, err := Open(tiny, "testdata/small_alexnet.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	s := pictures(t, 5)
	ctx := context.Background()
	r, err := m.ResponsesAt(ctx, []string{"features.1", "classifier.6"}, s)
	if err != nil {
		t.Fatal(err)
	}
	f := &analysis.FROI{Source: "alexnet/features.1", Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, len(r["features.1"].Row(0)))}
	for i := range f.Keep {
		f.Keep[i] = i%3 == 0
	}
	l, err := models.Lesioned(m, "features.1", f)
	if err != nil {
		t.Fatal(err)
	}
	q, err := l.ResponsesAt(ctx, []string{"features.1", "classifier.6"}, s)
	if err != nil {
		t.Fatal(err)
	}
	moved := false
	for i := range s.Len() {
		for j, v := range q["features.1"].Row(i) {
			want := r["features.1"].Row(i)[j]
			if f.Keep[j] {
				want = 0
			}
			if v != want {
				t.Fatalf("image %d, unit %d: %v, want %v", i, j, v, want)
			}
		}
		moved = moved || !slices.Equal(q["classifier.6"].Row(i), r["classifier.6"].Row(i))
	}
	if !moved || l.Key() == m.Key() {
		t.Error("the lesion changes nothing")
	}
	scan, err := models.Scan{Contrasts: []analysis.Contrast{{Name: "faces", Prefer: []string{"face"}, Over: []string{"body"}}}}.Run(ctx, m, s)
	if err != nil {
		t.Fatal(err)
	}
	var scanned []string
	for _, l := range scan.Layers {
		scanned = append(scanned, l.Name)
	}
	want := []string{"features.1", "features.2", "features.4", "features.5", "features.7", "features.9", "features.11", "features.12",
		"avgpool", "classifier.2", "classifier.5", "classifier.6"}
	if diff := cmp.Diff(want, scanned); diff != "" {
		t.Error(diff)
	}
	if _, err := models.Untrained(m, 1); err == nil {
		u, _ := models.Untrained(m, 1)
		if _, err = u.Layers(); err == nil || !strings.Contains(err.Error(), "native.Untrained") {
			t.Errorf("error %v", err)
		}
	}
	var unknown *models.UnknownLayerError
	if _, err := m.Responses(ctx, "features.99", s); !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

// Numbers that change under an open network are noticed.
func TestFileThatChanges(t *testing.T) {
	all := tensorsOf(t, "testdata/small_alexnet.safetensors")
	for _, v := range all { // numbers that no other test has had packed
		for i := range v.Data {
			v.Data[i] *= 1.25
		}
	}
	path := write(t, all, nil)
	m, err := Open(tiny, path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x40
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Responses(context.Background(), "classifier.6", pictures(t, 2)); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("error %v", err)
	}
}

func TestNamesAndParameters(t *testing.T) {
	for want, a := range map[string]Architecture{
		"alexnet": AlexNet{}, "resnet18": ResNet{}, "resnet34": ResNet{Blocks: [4]int{3, 4, 6, 3}},
		"vit_ti16": ViT{}, "vit_s16": ViT{Width: 384, Heads: 6}, "vit_b32": ViT{Width: 768, Heads: 12, Patch: 32}, "smallnet": SmallNet{},
	} {
		if a.Name() != want {
			t.Errorf("%+v is called %q, want %q", a, a.Name(), want)
		}
	}
	// torchvision's counts of parameters, and of running statistics.
	for _, c := range []struct {
		a              Architecture
		learnt, follow int
	}{
		{AlexNet{}, 61_100_840, 0}, {ResNet{}, 11_689_512, 9_600}, {ResNet{Blocks: [4]int{3, 4, 6, 3}}, 21_797_672, 17_024},
		{ViT{Width: 768, Heads: 12}, 86_567_656, 0},
	} {
		ps, err := Parameters(c.a)
		if err != nil {
			t.Fatal(err)
		}
		learnt, follow := 0, 0
		for _, p := range ps {
			n := Tensor{Shape: p.Shape}.Elements()
			if p.Fixed {
				follow += n
			} else {
				learnt += n
			}
		}
		if learnt != c.learnt || follow != c.follow {
			t.Errorf("%s has %d parameters and %d running statistics, want %d and %d", c.a.Name(), learnt, follow, c.learnt, c.follow)
		}
	}
}

func TestArchitecturesThatDoNotFit(t *testing.T) {
	for _, a := range []Architecture{ViT{Side: 100}, ViT{Width: 100, Heads: 3}, AlexNet{Side: 8}, SmallNet{Side: 2}, nil} {
		if _, err := Untrained(a, 1); err == nil {
			t.Errorf("%+v: no error", a)
		}
	}
}
