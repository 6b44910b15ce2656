package analysis_test

import (
	"errors"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

func TestAveraged(t *testing.T) {
	images, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "1", Category: "face", Subcategory: "adult"}, {ID: "2", Category: "face", Subcategory: "child"},
		{ID: "3", Category: "face", Subcategory: "adult"}, {ID: "4", Category: "body"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := analysis.NewResponses("net", images, mat.NewDense(4, 2, []float64{1, 10, 2, 20, 5, 30, 7, 70}))
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "bodies", Category: "body"}, {ID: "adults", Category: "face", Subcategory: "adult"}, {ID: "faces", Category: "face"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Averaged(conditions)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{7, 70, 3, 20, 8. / 3, 20}
	if diff := cmp.Diff(want, got.Matrix().RawMatrix().Data); diff != "" {
		t.Error(diff)
	}
	if !got.Stimuli().Same(conditions) || got.Source() != "net averaged" {
		t.Errorf("got %v of %q", got.Stimuli().IDs(), got.Source())
	}
	scenes, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "houses", Category: "scene", Subcategory: "house"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Averaged(scenes)
	var align *analysis.AlignmentError
	if !errors.As(err, &align) || !cmp.Equal(align.Missing, []string{"houses"}) {
		t.Errorf("got %v, want houses missing", err)
	}
}

func TestCentered(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "1"}, {ID: "2"}, {ID: "3"}})
	if err != nil {
		t.Fatal(err)
	}
	values := mat.NewDense(3, 2, []float64{1, 5, 2, 5, 6, 5})
	r, err := analysis.NewResponses("net", s, values)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Centered()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{-2, 0, -1, 0, 3, 0}, got.Matrix().RawMatrix().Data); diff != "" {
		t.Error(diff)
	}
	if values.At(0, 0) != 1 || got.Source() != "net" {
		t.Errorf("input modified (%v) or renamed (%q)", values.At(0, 0), got.Source())
	}
	one, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.On(one); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Centered(); err == nil {
		t.Error("one stimulus: no error")
	}
}
