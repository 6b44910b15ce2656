package tuning_test

import (
	"errors"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// TestPooledWarnings: what is said of each person is said once of their mean.
func TestPooledWarnings(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	var people []*tuning.Profile
	for _, name := range []string{"S1", "S2", "S3"} {
		people = append(people, &tuning.Profile{Source: name, Stimuli: s, Values: []float64{1, 2, 4},
			Warnings: []error{&analysis.SourceWarning{Source: name, Doubt: errors.New("3 of 9 channels are dead")}}})
	}
	for name, pool := range map[string]func([]*tuning.Profile) (*tuning.Profile, error){"Mean": tuning.Mean, "Pool": tuning.Pool(analysis.Spearman)} {
		p, err := pool(people)
		if err != nil {
			t.Fatal(err)
		}
		const want = "S1: 3 of 9 channels are dead; likewise S2, S3"
		if w := p.Warnings; len(w) != 1 || w[0].Error() != want {
			t.Errorf("%s: %v, want %s", name, w, want)
		}
	}
}
