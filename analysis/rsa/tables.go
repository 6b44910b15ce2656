package rsa

import (
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// CorrelationDistance is 1 − r of two patterns. RDMs that are made here of
// correlations (New) hold Measure.Max − r and keep the measure; this is for
// those that were published.
var CorrelationDistance = &Distance{
	Name: "correlation distance", Symbol: "1 − r", Unit: "none",
	Cite: "Kriegeskorte, Mur & Bandettini (2008), doi:10.3389/neuro.06.004.2008",
}

// A Dissimilarity is a table with a dissimilarity matrix of its own stimuli,
// n×n, under the name of who answered.
type Dissimilarity interface {
	Dissimilarity() (source string, s analysis.Stimuli, v *mat.SymDense)
}

// RDMsOf returns the RDM of each table, in order, such as the published RDMs of
// several people, whose cells are distances d. It fails like FromDistances.
func RDMsOf[T Dissimilarity](tables []T, d *Distance) ([]*RDM, error) {
	ds := make([]*RDM, len(tables))
	for i, t := range tables {
		source, s, v := t.Dissimilarity()
		var err error
		if ds[i], err = FromDistances(source, s, v, d); err != nil {
			return nil, err
		}
	}
	return ds, nil
}
