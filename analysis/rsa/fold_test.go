package rsa_test

import (
	"fmt"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// TestPooledWarnings: what is said of each person is said once of their mean.
func TestPooledWarnings(t *testing.T) {
	s := stimuli(t, "face", "face", "body")
	var people []*rsa.RDM
	for i, name := range []string{"S1", "S2", "S3"} {
		x := float64(i)
		d := must(rsa.New(responses(t, name, s, [][]float64{{1, x, 3}, {2, 5, 1}, {4, x, 9}}), analysis.Pearson))(t).RDM()
		d.Warnings = []error{&analysis.SourceWarning{Source: name, Doubt: fmt.Errorf("240 residuals of %d channels", 30+i)}}
		people = append(people, d)
	}
	for name, pool := range map[string]func([]*rsa.RDM) (*rsa.RDM, error){"Mean": rsa.Mean, "Pool": rsa.Pool(analysis.Spearman)} {
		const want = "S1: 240 residuals of 30 channels; likewise S2, S3"
		if w := must(pool(people))(t).Warnings; len(w) != 1 || w[0].Error() != want {
			t.Errorf("%s: %v, want %s", name, w, want)
		}
	}
}
