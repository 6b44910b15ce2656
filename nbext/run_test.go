package nbext

import (
	"context"
	"crypto/sha256"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// blink is a network of one layer that counts how often it is asked.
type blink struct {
	key   string
	asked int
	scale float64 // 1 gives float32 values, .1 needs float64
	err   error
}

func (b *blink) Name() string { return "blink" }
func (b *blink) Key() string  { return b.key }
func (b *blink) Responses(ctx context.Context, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	b.asked++
	if b.err != nil {
		return nil, b.err
	}
	v := mat.NewDense(s.Len(), 3, nil)
	for i := range s.Len() {
		for j := range 3 {
			v.Set(i, j, b.scale*float64(i*3+j))
		}
	}
	return analysis.NewResponses("anything", s, v)
}

func pixels(t *testing.T, mark color.Gray) analysis.Stimuli {
	t.Helper()
	var items []analysis.Stimulus
	for i, id := range []string{"a", "b", "c"} {
		items = append(items, analysis.Stimulus{ID: id, Category: "face", Image: func() (image.Image, error) {
			m := image.NewGray(image.Rect(0, 0, 4, 4))
			m.SetGray(i, 0, mark)
			return m, nil
		}})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	p, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRunKeepsWhatItComputed(t *testing.T) {
	for _, scale := range []float64{1, .1} {
		dir, s, n := t.TempDir(), pixels(t, color.Gray{9}), &blink{key: "k", scale: scale}
		first, err := run(context.Background(), dir, n, "pool", s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := run(context.Background(), dir, n, "pool", s)
		if err != nil {
			t.Fatal(err)
		}
		if n.asked != 1 {
			t.Errorf("scale %v: asked %d times, want once", scale, n.asked)
		}
		if !mat.Equal(first.Matrix(), again.Matrix()) || first.Source() != "blink/pool" || again.Source() != "blink/pool" {
			t.Errorf("scale %v: cached responses differ: %v %v", scale, first.Source(), again.Source())
		}
	}
}

func TestKeyIsContent(t *testing.T) {
	key := func(n Network, layer string, s analysis.Stimuli) string {
		k, err := runKey(n, layer, s)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	base := key(&blink{key: "k"}, "pool", pixels(t, color.Gray{9}))
	if again := key(&blink{key: "k"}, "pool", pixels(t, color.Gray{9})); again != base {
		t.Error("the same content gives another key")
	}
	digested := pixels(t, color.Gray{9})
	var items []analysis.Stimulus
	for i := range digested.Len() {
		it := digested.At(i)
		it.Digest = func() ([32]byte, error) { return sha256.Sum256([]byte(it.ID)), nil }
		items = append(items, it)
	}
	withDigest, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	reversed, err := analysis.NewStimuli([]analysis.Stimulus{digested.At(2), digested.At(1), digested.At(0)})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{base: "base"}
	for name, k := range map[string]string{
		"one pixel":   key(&blink{key: "k"}, "pool", pixels(t, color.Gray{10})),
		"the layer":   key(&blink{key: "k"}, "poo", pixels(t, color.Gray{9})),
		"the weights": key(&blink{key: "l"}, "pool", pixels(t, color.Gray{9})),
		"run-on":      key(&blink{key: "kp"}, "ool", pixels(t, color.Gray{9})),
		"digests":     key(&blink{key: "k"}, "pool", withDigest),
		"order":       key(&blink{key: "k"}, "pool", reversed),
	} {
		if other, dup := seen[k]; dup {
			t.Errorf("changing %s leaves the key of %s", name, other)
		}
		seen[k] = name
	}
}

func TestDamagedEntryIsComputedAgain(t *testing.T) {
	dir, s, n := t.TempDir(), pixels(t, color.Gray{9}), &blink{key: "k", scale: 1}
	want, err := run(context.Background(), dir, n, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	path := entries(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"empty": {}, "cut": whole[:len(whole)/2], "longer": append(append([]byte{}, whole...), 0)}
	for _, i := range []int{0, len(entryMagic), len(entryMagic) + 8, len(whole) - 40, len(whole) - 1} {
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 1
		damage["flipped byte "+string(rune('a'+len(damage)))] = flipped
	}
	for name, data := range damage {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readEntry(path, s.Len()); !errors.Is(err, errDamaged) {
			t.Errorf("%s: read gives %v, want errDamaged", name, err)
		}
		n.asked = 0
		got, err := run(context.Background(), dir, n, "pool", s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n.asked != 1 || !mat.Equal(got.Matrix(), want.Matrix()) {
			t.Errorf("%s: asked %d times, want once; equal %v", name, n.asked, mat.Equal(got.Matrix(), want.Matrix()))
		}
		if mended, err := os.ReadFile(path); err != nil || !cmp.Equal(mended, whole) {
			t.Errorf("%s: the entry was not mended", name)
		}
	}
}

// A network that fails or is interrupted leaves nothing in the cache, and a
// temporary file of a killed run is never read as an entry.
func TestFailureLeavesNothing(t *testing.T) {
	dir, s := t.TempDir(), pixels(t, color.Gray{9})
	broken := &blink{key: "k", err: errors.New("boom")}
	if _, err := run(context.Background(), dir, broken, "pool", s); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Fatalf("got %v, want boom", err)
	}
	if left := entries(t, dir); left != nil {
		t.Errorf("left behind: %v", left)
	}
	key, err := runKey(broken, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, key[:2]), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, key[:2], "123"+tempSuffix), []byte(entryMagic), 0o644); err != nil {
		t.Fatal(err)
	}
	n := &blink{key: "k", scale: 1}
	if _, err := run(context.Background(), dir, n, "pool", s); err != nil || n.asked != 1 {
		t.Errorf("a temporary file is in the way: %v, asked %d", err, n.asked)
	}
}

// Where the cache cannot be written, the responses come all the same.
func TestUnwritableCacheLosesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := run(context.Background(), filepath.Join(file, "responses"), &blink{key: "k", scale: 1}, "pool", pixels(t, color.Gray{9}))
	if err != nil || r == nil {
		t.Errorf("got %v, want responses", err)
	}
}

func TestRunNeedsPictures(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "word", Category: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = run(context.Background(), t.TempDir(), &blink{key: "k"}, "pool", s)
	if err == nil || !strings.Contains(err.Error(), `"word"`) {
		t.Errorf("got %v, want the stimulus named", err)
	}
}
