package localizer_test

import (
	"errors"
	"fmt"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// person has four voxels; the first `selective` of them answer faces by 10
// more than objects, the others by nothing but a ripple.
func person(t *testing.T, name, set string, selective int) *analysis.Responses {
	t.Helper()
	var items []analysis.Stimulus
	v := mat.NewDense(12, 4, nil)
	for i := range 12 {
		cat := [2]string{"face", "object"}[i%2]
		items = append(items, analysis.Stimulus{ID: fmt.Sprintf("%s/%d", set, i), Category: cat})
		for j := range 4 {
			v.Set(i, j, float64((i/2*7+j)%5))
			if j < selective && cat == "face" {
				v.Set(i, j, v.At(i, j)+10)
			}
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analysis.NewResponses(name, s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegions(t *testing.T) {
	define := []*analysis.Responses{person(t, "S1", "loc", 2), person(t, "S2", "loc", 0), person(t, "S3", "loc", 3)}
	measure := []*analysis.Responses{person(t, "S1", "test", 2), person(t, "S2", "test", 0), person(t, "S3", "test", 3)}
	l := localizer.TTest{MinT: 3}
	got, err := l.Regions(localizer.Faces, define, measure)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, r := range got.Found {
		_, c := r.Dims()
		have = append(have, fmt.Sprint(r.Source(), " ", c))
	}
	if diff := cmp.Diff([]string{"S1 faces 2", "S3 faces 3"}, have); diff != "" {
		t.Error(diff)
	}
	if !cmp.Equal(got.Absent, []string{"S2"}) || len(got.FROIs) != 3 || got.FROIs[1].Count() != 0 {
		t.Errorf("absent %v, %d fROIs", got.Absent, len(got.FROIs))
	}

	if _, err := l.Regions(localizer.Faces, define, define); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("measured where it was defined: %v", err)
	}
	if _, err := l.Regions(localizer.Faces, define[1:2], measure[1:2]); !errors.Is(err, analysis.ErrEmpty) {
		t.Errorf("absent in all: %v", err)
	}
	var align *analysis.AlignmentError
	for _, m := range [][]*analysis.Responses{nil, measure[:2], {measure[1], measure[0], measure[2]}} {
		if _, err := l.Regions(localizer.Faces, define, m); !errors.As(err, &align) {
			t.Errorf("%d to measure: %v", len(m), err)
		}
	}
}
