package rsa

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// An RSM is a representational similarity matrix: how alike one source
// answers each two of n stimuli.
type RSM struct {
	Source   string
	Stimuli  analysis.Stimuli
	Measure  *analysis.Measure // what each cell is
	Values   *mat.SymDense     // n×n, row and column i are stimulus i
	Channels int               // how many channels a pattern has; 0 where that is not known
	Warnings []error
}

// fewChannels is the number of channels below which a similarity of patterns
// carries a warning: at 10 the 95 % interval of r = .5 spans −.19 to .86.
const fewChannels = 10

// New returns the n×n similarity of the n stimuli of r over its c channels:
//
//	S[i,j] = m(r[i,:], r[j,:])
//
// S is symmetric with diagonal m.Max. For analysis.Pearson it is one product
// of the n×c matrix of centred rows of length 1 with its transpose, for
// analysis.Spearman the same of mid-ranks, for analysis.Cosine that of rows of
// length 1; n²c/2 multiplications. Any other measure is applied to one pair of
// rows after the other.
//
// Channels that answer every stimulus alike are kept, for they are part of the
// pattern: leaving them out would change every cell. A Warning counts them,
// another says if there are fewer than 10 channels.
//
// It fails with fewer than two stimuli or two channels, with analysis.ErrDead
// if no channel varies over stimuli, with analysis.ErrConstant, naming the
// stimuli, if m is not defined for a row (a correlation needs variance, a
// cosine a value other than 0), and if m gives a cell that is not finite.
func New(r *analysis.Responses, m *analysis.Measure) (*RSM, error) {
	n, c := r.Dims()
	if n < 2 {
		return nil, fmt.Errorf("rsa: %q answered %d stimulus; an RSM needs at least 2", r.Source(), n)
	}
	if c < 2 {
		return nil, fmt.Errorf("rsa: %q has 1 channel, and %s between patterns needs at least 2; with one channel look at its profile (package tuning)", r.Source(), m.Name)
	}
	out := &RSM{Source: r.Source(), Stimuli: r.Stimuli(), Measure: m, Channels: c}
	if err := out.check(r); err != nil {
		return nil, err
	}
	var err error
	switch m {
	case analysis.Pearson:
		out.Values, err = centred(r).correlations()
	case analysis.Spearman:
		out.Values, err = ranked(r).correlations()
	case analysis.Cosine:
		out.Values, err = directed(r).correlations()
	default:
		out.Values, err = pairwise(r, m)
	}
	if err != nil {
		var cell *cellError
		if errors.As(err, &cell) {
			return nil, fmt.Errorf("rsa: %s of %q between %q and %q is %v; is the scale of the responses extreme?",
				m.Name, r.Source(), r.Stimuli().At(cell.i).ID, r.Stimuli().At(cell.j).ID, cell.value)
		}
		return nil, err
	}
	return out, nil
}

// check refuses responses without variance and notes doubts about the rest.
func (m *RSM) check(r *analysis.Responses) error {
	n, c := r.Dims()
	dead := still(r)
	if dead == c {
		return fmt.Errorf("rsa: %w: each of the %d channels of %q gives all %d stimuli the same response, so all patterns are one", analysis.ErrDead, c, r.Source(), n)
	}
	undefined := analysis.Constant
	if m.Measure.Check != nil {
		undefined = func(x []float64) bool { return m.Measure.Check(x, nil) != nil }
	}
	var constant []string
	for i := 0; i < n; i++ {
		if undefined(r.Row(i)) {
			constant = append(constant, r.Stimuli().At(i).ID)
		}
	}
	if constant != nil {
		return fmt.Errorf("rsa: %w: all %d channels of %q give the same response to %s; such a pattern has no %s: leave the stimulus out (On) or take more channels",
			analysis.ErrConstant, c, r.Source(), analysis.Few(constant, 5), m.Measure.Name)
	}
	if dead > 0 {
		m.Warnings = append(m.Warnings, &analysis.SourceWarning{Source: r.Source(), Doubt: fmt.Errorf("%d of %d channels give every stimulus the same response; they are kept as part of the pattern", dead, c)})
	}
	if c < fewChannels {
		m.Warnings = append(m.Warnings, &analysis.SourceWarning{Source: r.Source(), Doubt: fmt.Errorf("similarities over %d channels are unreliable: need >= %d", c, fewChannels)})
	}
	return nil
}

// FromSimilarity returns the RSM of a similarity matrix that was computed
// elsewhere, n×n with row and column i for stimulus i of s. The values are
// copied as they are, the diagonal too: in some tables it is a reliability
// (the similarity between two runs) and not m.Max. Comparisons never read it.
// A Warning counts cells off the diagonal beyond the range of m, which
// noise-corrected values may leave.
//
// It fails if the matrix is not s.Len() square, is smaller than 2×2, or has a
// NaN or infinite value; the error names the two stimuli.
func FromSimilarity(source string, s analysis.Stimuli, v *mat.SymDense, m *analysis.Measure) (*RSM, error) {
	if v == nil || v.IsEmpty() {
		return nil, fmt.Errorf("rsa: similarity of %q has no values", source)
	}
	n := v.SymmetricDim()
	if n != s.Len() {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("similarity of %q is %d×%d for %d stimuli", source, n, n, s.Len())}
	}
	if n < 2 {
		return nil, fmt.Errorf("rsa: similarity of %q is of 1 stimulus; an RSM needs at least 2", source)
	}
	beyond := 0
	for i := 0; i < n; i++ {
		for j := i; j < n; j++ {
			x := v.At(i, j)
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("rsa: similarity of %q between %q and %q is %v; remove the stimulus or the source, missing values are not guessed", source, s.At(i).ID, s.At(j).ID, x)
			}
			if i != j && (x < m.Min || x > m.Max) {
				beyond++
			}
		}
	}
	out := &RSM{Source: source, Stimuli: s, Measure: m, Values: mat.NewSymDense(n, nil)}
	out.Values.CopySym(v)
	if beyond > 0 {
		out.Warnings = append(out.Warnings, fmt.Errorf("%s: %d of %d similarities lie beyond the range of %s, [%g, %g]", source, beyond, n*(n-1)/2, m.Name, m.Min, m.Max))
	}
	return out, nil
}

// On returns the RSM of s alone, in the order of s: stimuli are found by ID.
// The result carries s, so categories are those of s. It fails with an
// *analysis.AlignmentError if a stimulus of s is missing, and with fewer than
// two stimuli.
func (m *RSM) On(s analysis.Stimuli) (*RSM, error) {
	rows, err := positions("RSM", m.Source, m.Stimuli, s)
	if err != nil {
		return nil, err
	}
	out := *m
	out.Stimuli, out.Values = s, pick(m.Values, rows)
	return &out, nil
}

// Grouped returns the RSM with the stimuli of each category side by side,
// categories in order of first appearance, stimuli within one in their order:
// the blocks that a figure shows. Stimuli without a category form one group.
func (m *RSM) Grouped() *RSM {
	var order []string
	groups := map[string][]int{}
	for i := 0; i < m.Stimuli.Len(); i++ {
		name := m.Stimuli.At(i).Category
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], i)
	}
	var rows []int
	var items []analysis.Stimulus
	for _, name := range order {
		for _, i := range groups[name] {
			rows = append(rows, i)
			items = append(items, m.Stimuli.At(i))
		}
	}
	out := *m
	out.Stimuli, _ = analysis.NewStimuli(items) // the same IDs, so still unique
	out.Values = pick(m.Values, rows)
	return &out
}

// RDM returns the dissimilarities
//
//	D[i,j] = m.Max − S[i,j]
//
// which for a correlation is 1 − r, from 0 to 2. The diagonal is 0 unless that
// of S is a reliability.
func (m *RSM) RDM() *RDM {
	return &RDM{Source: m.Source, Stimuli: m.Stimuli, Measure: m.Measure, Values: mirror(m.Values, m.Measure.Max), Warnings: m.Warnings}
}

// mirror returns top − v.
func mirror(v *mat.SymDense, top float64) *mat.SymDense {
	n := v.SymmetricDim()
	out := mat.NewSymDense(n, nil)
	from, to := v.RawSymmetric(), out.RawSymmetric()
	for i := range n {
		row := to.Data[i*to.Stride : i*to.Stride+n]
		for j, s := range from.Data[i*from.Stride : i*from.Stride+n] {
			if j >= i {
				row[j] = top - s
			}
		}
	}
	return out
}
