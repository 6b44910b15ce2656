package analysis_test

import (
	"errors"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

func TestEach(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	var rs []*analysis.Responses
	for _, source := range []string{"S1", "S2", "S3"} {
		r, err := analysis.NewResponses(source, s, mat.NewDense(1, 1, nil))
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, r)
	}
	got, err := analysis.Each(rs, func(r *analysis.Responses) (string, error) { return r.Source(), nil })
	if err != nil || !slices.Equal(got, []string{"S1", "S2", "S3"}) {
		t.Errorf("%v, %v", got, err)
	}
	refused := errors.New("refused")
	asked := 0
	if _, err := analysis.Each(rs, func(*analysis.Responses) (int, error) { asked++; return 0, refused }); !errors.Is(err, refused) || asked != 1 {
		t.Errorf("%v after %d", err, asked)
	}
	if none, err := analysis.Each(nil, func(*analysis.Responses) (int, error) { return 0, refused }); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}
