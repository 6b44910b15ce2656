package rsa

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Distance says what the cells of an RDM are where they were computed as
// distances, and are not what a similarity lacks of its maximum. It has no
// upper bound, so no RSM comes of it.
type Distance struct {
	Name   string // "crossnobis distance"
	Symbol string // what stands on an axis: "d²"
	Unit   string // of one cell
	Cite   string

	// Signed is true where values below 0 are ordinary: a cross-validated
	// distance is as often below 0 as above it if two stimuli are answered
	// alike. Do not cut them off, that would bias every mean.
	Signed bool

	// Squared is true where the values are squares of distances, so that a map
	// (MDS) shows their roots.
	Squared bool
}

// EuclideanDistance is the squared Euclidean distance of two patterns per
// channel; see Euclidean.
var EuclideanDistance = &Distance{
	Name: "squared Euclidean distance", Symbol: "d²", Unit: "squared unit of the responses, per channel",
	Cite: "Kriegeskorte, Mur & Bandettini (2008), doi:10.3389/neuro.06.004.2008", Squared: true,
}

// MahalanobisDistance is the squared Euclidean distance of two patterns after
// their noise was whitened, per channel; see Mahalanobis.
var MahalanobisDistance = &Distance{
	Name: "squared Mahalanobis distance", Symbol: "d²", Unit: "variance of the noise, per channel",
	Cite: "Walther et al. (2016), doi:10.1016/j.neuroimage.2015.12.012", Squared: true,
}

// CrossEuclideanDistance is EuclideanDistance cross-validated over runs; see
// Crossnobis.
var CrossEuclideanDistance = &Distance{
	Name: "cross-validated squared Euclidean distance", Symbol: "d²", Unit: "squared unit of the responses, per channel",
	Cite: "Walther et al. (2016), doi:10.1016/j.neuroimage.2015.12.012", Signed: true, Squared: true,
}

// CrossnobisDistance is MahalanobisDistance cross-validated over runs; see
// Crossnobis.
var CrossnobisDistance = &Distance{
	Name: "crossnobis distance", Symbol: "d²", Unit: "variance of the noise, per channel",
	Cite: "Walther et al. (2016), doi:10.1016/j.neuroimage.2015.12.012", Signed: true, Squared: true,
}

// FromDistances returns the RDM of distances that were computed elsewhere, n×n
// with row and column i for stimulus i of s. The values are copied; the
// diagonal, which no comparison reads, as well.
//
// It fails if the matrix is not s.Len() square or is smaller than 2×2, if a
// value is NaN or infinite, and if one is below 0 where d is not Signed; the
// error names the two stimuli.
func FromDistances(source string, s analysis.Stimuli, v *mat.SymDense, d *Distance) (*RDM, error) {
	if v == nil || v.IsEmpty() {
		return nil, fmt.Errorf("rsa: the distances of %q have no values", source)
	}
	n := v.SymmetricDim()
	if n != s.Len() {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("the distances of %q are %d×%d for %d stimuli", source, n, n, s.Len())}
	}
	if n < 2 {
		return nil, fmt.Errorf("rsa: the distances of %q are of 1 stimulus; an RDM needs at least 2", source)
	}
	for i := range n {
		for j := i; j < n; j++ {
			x := v.At(i, j)
			switch {
			case !finite(x):
				return nil, fmt.Errorf("rsa: the distance of %q between %q and %q is %v; remove the stimulus or the source, missing values are not guessed", source, s.At(i).ID, s.At(j).ID, x)
			case x < 0 && !d.Signed:
				return nil, fmt.Errorf("rsa: the distance of %q between %q and %q is %v, which no %s is; if it was cross-validated, say so (CrossnobisDistance)", source, s.At(i).ID, s.At(j).ID, x, d.Name)
			}
		}
	}
	out := &RDM{Source: source, Stimuli: s, Distance: d, Values: mat.NewSymDense(n, nil)}
	out.Values.CopySym(v)
	return out, nil
}
