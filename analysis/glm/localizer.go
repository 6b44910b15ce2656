package glm

import (
	"fmt"
	"math"

	"fusiform/analysis"
)

// A Localizer makes a fROI of a contrast: the voxels with t > MinT and, where
// FDR is set, q < FDR, which lie in every mask of Within. The zero value keeps
// every voxel that prefers the contrast at all. fLoc suggests MinT 3; the paper
// takes 3 to 11 (Dipani & Ratan Murty 2026, doi:10.64898/2026.05.29.728609).
type Localizer struct {
	MinT   float64
	FDR    float64  // Benjamini & Hochberg's, over the living voxels within; 0 means no such cut
	Within [][]bool // masks over the voxels: a parcel, a hemisphere

	// MinCluster keeps only voxels that hang together with others that pass,
	// at least so many in all, on the Grid (see Clusters). 0 asks for none.
	MinCluster int
	Grid       Grid
}

// Localize returns the fROI of contrast c. It is defined on every condition of
// every run of r, since conditions of one run share its noise and its fit: so
// it can be measured in other runs (Result.Halves, Result.Only), and fails with
// analysis.ErrCircular in these. No voxel passing is no error: the fROI is
// empty.
//
// It fails as Contrast does, and with an *analysis.AlignmentError if a mask has
// not one value for each voxel.
func (l Localizer) Localize(r *Result, c analysis.Contrast) (*analysis.FROI, error) {
	m, err := r.Contrast(c)
	if err != nil {
		return nil, err
	}
	return l.cut(r, m)
}

// cut makes a fROI of a contrast of r that was computed already.
func (l Localizer) cut(r *Result, m *Map) (*analysis.FROI, error) {
	if !(l.MinT >= 0) || math.IsInf(l.MinT, 0) || !(l.FDR >= 0 && l.FDR < 1) {
		return nil, fmt.Errorf("glm: MinT is %v and FDR %v; MinT must be finite and at least 0, FDR from 0 to below 1", l.MinT, l.FDR)
	}
	within := make([]bool, len(r.Dead))
	for j := range within {
		within[j] = true
	}
	for k, mask := range l.Within {
		if len(mask) != len(within) {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("glm: mask %d has %d voxels, the model of %q %d; choose the same voxels for both", k, len(mask), r.Source, len(within))}
		}
		for j, in := range mask {
			within[j] = within[j] && in
		}
	}
	s, err := r.stimuli()
	if err != nil {
		return nil, err
	}
	f := &analysis.FROI{Source: r.Source, Contrast: m.Contrast, Rule: fmt.Sprintf("first-level t > %g", l.MinT), Keep: make([]bool, len(within)), Stat: m.T, P: m.P, Q: make([]float64, len(within)), DefinedOn: s}
	if m.Runs < len(r.runs) {
		f.Rule += fmt.Sprintf(" in the %d of %d runs that have the conditions", m.Runs, len(r.runs))
	}
	if l.FDR > 0 {
		f.Rule += fmt.Sprintf(", q < %g", l.FDR)
	}
	if len(l.Within) > 0 {
		f.Rule += " within the masks"
	}
	var p []float64
	var at []int
	for j, d := range r.Dead {
		f.Q[j] = 1
		if d {
			f.Dead++
		} else if within[j] {
			p, at = append(p, m.P[j]), append(at, j)
		}
	}
	for i, q := range analysis.BenjaminiHochberg(p) {
		j := at[i]
		f.Q[j] = q
		f.Keep[j] = m.T[j] > l.MinT && (l.FDR == 0 || q < l.FDR)
	}
	if err := l.clusters(f); err != nil {
		return nil, err
	}
	return f, nil
}

// clusters takes the voxels of small clusters out.
func (l Localizer) clusters(f *analysis.FROI) error {
	if l.MinCluster <= 0 {
		return nil
	}
	size, err := l.Grid.Clusters(f.Keep)
	if err != nil {
		return err
	}
	for j, n := range size {
		f.Keep[j] = f.Keep[j] && n >= l.MinCluster
	}
	f.Rule += fmt.Sprintf(", clusters of at least %d voxels", l.MinCluster)
	return nil
}
