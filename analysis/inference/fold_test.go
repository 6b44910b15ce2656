package inference

import (
	"errors"
	"testing"

	"fusiform/analysis"
)

// warned is a sample of which no more is asked than what there is to doubt.
type warned string

func (d warned) Label() string                             { return string(d) }
func (d warned) Cells() (analysis.Stimuli, []float64, int) { return analysis.Stimuli{}, nil, 1 }
func (d warned) Doubts() []error {
	return []error{&analysis.SourceWarning{Source: string(d), Doubt: errors.New("240 residuals")}, errors.New("few stimuli")}
}

// TestDoubtsOfPeople: what is to be doubted of each person is said once.
func TestDoubtsOfPeople(t *testing.T) {
	got := doubts(warned("S1"), warned("S2"), warned("S3"), warned("S4"))
	if len(got) != 2 || got[0].Error() != "S1: 240 residuals; likewise S2, S3 and 1 more" || got[1].Error() != "few stimuli" {
		t.Errorf("doubts %v", got)
	}
}
