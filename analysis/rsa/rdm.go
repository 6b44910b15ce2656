package rsa

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// An RDM is a representational dissimilarity matrix: how differently one
// source answers each two of n stimuli. Either Measure or Distance says what
// its cells are, the other is nil.
type RDM struct {
	Source   string
	Stimuli  analysis.Stimuli
	Measure  *analysis.Measure // the similarity that it was made of: a cell is Measure.Max − similarity
	Distance *Distance         // what a cell is, where no similarity was its origin
	Values   *mat.SymDense     // n×n, row and column i are stimulus i
	Warnings []error
}

// Kind names what the cells are: "1 − Pearson r", "crossnobis distance".
func (d *RDM) Kind() string {
	switch {
	case d.Distance != nil:
		return d.Distance.Name
	case d.Measure != nil:
		return fmt.Sprintf("%g − %s", d.Measure.Max, d.Measure.Name)
	}
	return "dissimilarity"
}

// RDMBy returns the function that makes RDMs of responses by the similarity m,
// New(r, m).RDM(), as package ceiling asks for one (Matrix, SplitHalves).
func RDMBy(m *analysis.Measure) func(r *analysis.Responses) (*RDM, error) {
	return func(r *analysis.Responses) (*RDM, error) {
		s, err := New(r, m)
		if err != nil {
			return nil, err
		}
		return s.RDM(), nil
	}
}

// RDMs returns the RDM of each source, in order. It fails like New.
func RDMs(rs []*analysis.Responses, m *analysis.Measure) ([]*RDM, error) {
	ds := make([]*RDM, len(rs))
	for i, r := range rs {
		var err error
		if ds[i], err = RDMBy(m)(r); err != nil {
			return nil, err
		}
	}
	return ds, nil
}

// A Similarity is a table with a similarity matrix of its own stimuli, n×n,
// under the name of who answered.
type Similarity interface {
	Similarity() (source string, s analysis.Stimuli, v *mat.SymDense)
}

// RDMsFrom returns the RDM of each table, in order, such as the published
// similarities of several people. It fails like FromSimilarity.
func RDMsFrom[T Similarity](tables []T, m *analysis.Measure) ([]*RDM, error) {
	ds := make([]*RDM, len(tables))
	for i, t := range tables {
		source, s, v := t.Similarity()
		r, err := FromSimilarity(source, s, v, m)
		if err != nil {
			return nil, err
		}
		ds[i] = r.RDM()
	}
	return ds, nil
}

// RSM returns the similarities of which d are the dissimilarities,
//
//	S[i,j] = d.Measure.Max − D[i,j]
//
// so that a mean over people can be shown beside a network's RSM. The number
// of channels is not known. It fails if d has no Measure: a Distance has no
// upper bound to be taken from.
func (d *RDM) RSM() (*RSM, error) {
	if d.Distance != nil {
		return nil, fmt.Errorf("rsa: the RDM of %q holds values of %s, which has no upper bound and so no similarity; compare RDMs, or make the RSM of a measure (New)", d.Source, d.Distance.Name)
	}
	if d.Measure == nil {
		return nil, fmt.Errorf("rsa: the RDM of %q does not say of which measure it was made", d.Source)
	}
	return &RSM{Source: d.Source, Stimuli: d.Stimuli, Measure: d.Measure, Values: mirror(d.Values, d.Measure.Max), Warnings: d.Warnings}, nil
}

// Label returns the source. Package ceiling tells people apart by it.
func (d *RDM) Label() string { return d.Source }

// Upper returns the n(n−1)/2 cells above the diagonal, row by row: D[0,1],
// D[0,2], … D[1,2], … It is the order of scipy's squareform and of rsatoolbox.
func (d *RDM) Upper() []float64 {
	n := d.Values.SymmetricDim()
	raw := d.Values.RawSymmetric()
	out := make([]float64, 0, n*(n-1)/2)
	for i := 0; i < n; i++ {
		out = append(out, raw.Data[i*raw.Stride+i+1:i*raw.Stride+n]...)
	}
	return out
}

// On returns the RDM of s alone, in the order of s: stimuli are found by ID.
// The result carries s, so categories are those of s. It fails with an
// *analysis.AlignmentError if a stimulus of s is missing, and with fewer than
// two stimuli.
func (d *RDM) On(s analysis.Stimuli) (*RDM, error) {
	rows, err := positions("RDM", d.Source, d.Stimuli, s)
	if err != nil {
		return nil, err
	}
	out := *d
	out.Stimuli, out.Values = s, pick(d.Values, rows)
	return &out, nil
}

// Mean returns the mean RDM of several sources, each counting the same, over
// the stimuli of the first and in their order:
//
//	D[i,j] = Σₖ Dₖ[i,j] / K
//
// Average the sessions of a person first, people afterwards. It fails with no
// RDM, with RDMs of different measures or distances, and with an
// *analysis.AlignmentError if they do not cover the same stimuli.
func Mean(ds []*RDM) (*RDM, error) {
	if len(ds) == 0 {
		return nil, errors.New("rsa: no RDMs to average")
	}
	n := ds[0].Stimuli.Len()
	names := make([]string, len(ds))
	out := &RDM{Stimuli: ds[0].Stimuli, Measure: ds[0].Measure, Distance: ds[0].Distance, Values: mat.NewSymDense(n, nil)}
	for k, d := range ds {
		if d.Measure != out.Measure || d.Distance != out.Distance {
			return nil, fmt.Errorf("rsa: the RDMs of %q and %q are of different measures (%s, %s) and have no mean", ds[0].Source, d.Source, ds[0].Kind(), d.Kind())
		}
		e, err := match(ds[0], d)
		if err != nil {
			return nil, err
		}
		out.Values.AddSym(out.Values, e.Values)
		out.Warnings = append(out.Warnings, d.Warnings...)
		names[k] = d.Source
	}
	out.Values.ScaleSym(1/float64(len(ds)), out.Values)
	out.Warnings = analysis.Fold(out.Warnings)
	out.Source = analysis.MeanOf(names)
	return out, nil
}

// positions returns where each stimulus of want stands in have.
func positions(what, source string, have, want analysis.Stimuli) ([]int, error) {
	if want.Len() < 2 {
		return nil, fmt.Errorf("rsa: the %s of %q on %d stimuli; it needs at least 2", what, source, want.Len())
	}
	return want.In(have, fmt.Sprintf("the %s of %q", what, source))
}

// pick returns the rows and columns of v at the given positions.
func pick(v *mat.SymDense, rows []int) *mat.SymDense {
	out := mat.NewSymDense(len(rows), nil)
	for i, p := range rows {
		for j := i; j < len(rows); j++ {
			out.SetSym(i, j, v.At(p, rows[j]))
		}
	}
	return out
}
