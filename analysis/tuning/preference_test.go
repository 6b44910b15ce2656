package tuning

import (
	"errors"
	"testing"

	"fusiform/analysis"
)

func TestPreference(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a", Category: "face"}, {ID: "b", Category: "face"}, {ID: "c", Category: "body"}, {ID: "d", Category: "scrambled"}, {ID: "e", Category: "scene"}})
	if err != nil {
		t.Fatal(err)
	}
	p := &Profile{Source: "S1", Stimuli: s, Values: []float64{3, 5, 1, 100, 2}}
	if got, err := p.Preference(analysis.Contrast{Prefer: []string{"face"}}); err != nil || got != 2.5 { // scrambled left out
		t.Errorf("%v, %v; want 2.5", got, err)
	}
	if got, err := p.Preference(analysis.Contrast{Prefer: []string{"body"}, Over: []string{"scene"}}); err != nil || got != -1 {
		t.Errorf("%v, %v; want −1", got, err)
	}
	var unknown *analysis.CategoryError
	if _, err := p.Preference(analysis.Contrast{Prefer: []string{"car"}}); !errors.As(err, &unknown) {
		t.Errorf("a category that is not there: %v", err)
	}
}
