package models

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
)

// Layers that have the images on their second axis, as CLIP's transformers have
// them (12 tokens × images × 16 features), are read, lesioned and scanned as those
// that have them on the first.
func TestTokensFirst(t *testing.T) {
	ints := func(name string, v ...int64) *protos.TensorProto { return int64s(name, []int64{int64(len(v))}, v...) }
	m := open(t, graphOf([]int64{0, 3, 8, 8}, []*protos.TensorProto{ints("tokens", -1, 12, 16), ints("images", -1, 192), weight("w", 192, 4)},
		node("Reshape", "", []string{"x", "tokens"}, "parts"),
		node("Transpose", "", []string{"parts"}, "turned", "perm", []int64{1, 0, 2}),
		node("Relu", "", []string{"turned"}, "relu"),
		node("Transpose", "", []string{"relu"}, "back", "perm", []int64{1, 0, 2}),
		node("Reshape", "", []string{"back", "images"}, "flat"),
		node("MatMul", "", []string{"flat", "w"}, "out"),
	))
	ctx := context.Background()
	s := pictures(t, 5, 8, 8)
	all, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if l, ok := resolve(all, "relu"); !ok || !slices.Equal(l.Shape, []int{12, 16}) {
		t.Fatalf("layers %v", all)
	}
	r := at(t, m, s, "relu", "back")
	same := func(what string, a, b *analysis.Responses) {
		t.Helper()
		if d := cmp.Diff(a.Matrix().RawMatrix().Data, b.Matrix().RawMatrix().Data, cmpopts.EquateApprox(0, 1e-6)); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
	same("responses", r["relu"], r["back"])
	cut := []int{0, 17, 40, 100, 191}
	for what, mean := range map[string]analysis.Stimuli{"silent": {}, "mean": s} {
		var outs []*analysis.Responses
		for _, layer := range []string{"relu", "back"} {
			f := units(m, layer, 192, cut...)
			l, err := LesionedAt(ctx, m, Lesion{Layer: layer, FROI: f, MeanOver: mean})
			if err != nil {
				t.Fatal(err)
			}
			outs = append(outs, at(t, l, s, "out")["out"])
			e, err := LesionEffects{Layer: layer, Output: "out", MeanOver: mean, Draws: 1, Tasks: []*Task{TopResponse}}.Measure(ctx, m, f, s)
			if err != nil {
				t.Fatal(err)
			}
			want, n := 0., 0.
			was := at(t, m, s, "out")["out"]
			for i := range s.Len() {
				if s.At(i).Category == e.Rows[0].Category {
					want, n = want+outs[len(outs)-1].Row(i)[top(was.Row(i))], n+1
				}
			}
			if got := e.Rows[0].Lesioned; math.Abs(got-want/n) > 1e-5*max(1, math.Abs(want/n)) {
				t.Errorf("%s, %s: the effect is %v, of the lesioned network %v", what, layer, got, want/n)
			}
		}
		same(what, outs[0], outs[1])
	}
	w, err := m.watch(all)
	if err != nil {
		t.Fatal(err)
	}
	at, shown := slices.IndexFunc(all, func(l Layer) bool { return l.Name == "relu" }), 0
	x := make([]float32, w.batch*192)
	copy(x, hashed(len(x)))
	want := x[:192]
	err = w.run(x, func(slot int, v []float32) error {
		if slot != w.of[at] {
			return nil
		}
		shown++
		for j := range 192 {
			k := j
			if w.index[at] != nil {
				k = int(w.index[at][j])
			}
			if v[k] != max(0, want[j]) {
				t.Errorf("unit %d is shown as %v, it is %v", j, v[k], max(0, want[j]))
				break
			}
		}
		return nil
	})
	if err != nil || shown != 1 {
		t.Errorf("relu was shown %d times: %v", shown, err)
	}
}
