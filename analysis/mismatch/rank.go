package mismatch

import (
	"cmp"
	"math"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// A Residual is how a network and a brain differ on one stimulus. ID and
// Category are the stimulus's, where a table shows them.
type Residual struct {
	ID, Category string
	Brain, Model float64 // z-scores within each profile
	E            float64 // Model − Brain: above 0 where the network answers too much
	Stimulus     analysis.Stimulus
}

// Rank returns the residual of each of the n stimuli of brain,
//
//	e[i] = z(model)[i] − z(brain)[i],   z(v)[i] = (v[i] − v̄) / √(Σ(v−v̄)²/n)
//
// those of largest |e| first; stimuli of equal |e| stand in the order of brain.
// Profiles are aligned by ID. brain may be one person, or the tuning.Mean of
// several; the noise in it counts as disagreement, so a large e of one person
// is no finding yet: New tells how consistent it is over people.
//
// It fails with an *analysis.AlignmentError that names the stimuli which one
// of the profiles lacks, with analysis.ErrConstant for a flat profile, and with
// fewer than 3 stimuli, of which z-scores say nothing.
func Rank(brain, model *tuning.Profile) ([]Residual, error) {
	s := brain.Stimuli
	z, err := aligned(s, []*tuning.Profile{brain, model})
	if err != nil {
		return nil, err
	}
	out := make([]Residual, s.Len())
	for i := range out {
		it := s.At(i)
		out[i] = Residual{ID: it.ID, Category: it.Category, Brain: z[0][i], Model: z[1][i], E: z[1][i] - z[0][i], Stimulus: it}
	}
	slices.SortStableFunc(out, func(a, b Residual) int { return cmp.Compare(math.Abs(b.E), math.Abs(a.E)) })
	return out, nil
}
