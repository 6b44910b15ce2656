package analysis

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Responses are the answers of one source (a person's voxels, a layer's
// units) to stimuli: an n×c matrix where each row is a stimulus and each
// column a channel, in the source's own unit (beta, t, activation). All
// values are finite. Responses are immutable.
type Responses struct {
	source  string
	stimuli Stimuli
	values  *mat.Dense
}

// NewResponses returns the responses of a source, n×c with one row per
// stimulus of s. The matrix is kept, not copied: do not modify it afterwards.
//
// It fails if the rows are not s.Len(), if there is no channel, or if a value
// is NaN or infinite; the error names the stimulus and the channel.
func NewResponses(source string, s Stimuli, v *mat.Dense) (*Responses, error) {
	if v == nil || v.IsEmpty() {
		return nil, fmt.Errorf("analysis: responses of %q have no values", source)
	}
	n, c := v.Dims()
	if n != s.Len() {
		return nil, &AlignmentError{What: fmt.Sprintf("responses of %q have %d rows for %d stimuli; give one row for each, in their order, or select the stimuli that have one", source, n, s.Len())}
	}
	for i := 0; i < n; i++ {
		for j, x := range v.RawRowView(i) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("analysis: response of %q to %q in channel %d (of %d) is %v; remove the channel or the stimulus, missing values are not guessed",
					source, s.At(i).ID, j, c, x)
			}
		}
	}
	return &Responses{source: source, stimuli: s, values: v}, nil
}

// Source names who answered: "S1 FFA", "mobilenet_v2/pool62".
func (r *Responses) Source() string { return r.source }

// Stimuli returns what the rows are.
func (r *Responses) Stimuli() Stimuli { return r.stimuli }

// Dims returns the number of stimuli and of channels.
func (r *Responses) Dims() (stimuli, channels int) { return r.values.Dims() }

// Matrix returns the n×c values. It is shared: read it, do not modify it.
func (r *Responses) Matrix() *mat.Dense { return r.values }

// Row returns the responses of all channels to stimulus i. It is shared: read
// it, do not modify it.
func (r *Responses) Row(i int) []float64 { return r.values.RawRowView(i) }

// On returns the responses to s, in the order of s: rows are found by ID,
// never by position. The result carries s, so categories are those of s.
// It fails with an *AlignmentError if a stimulus of s is missing.
func (r *Responses) On(s Stimuli) (*Responses, error) {
	rows, err := s.In(r.stimuli, fmt.Sprintf("%q", r.source))
	if err != nil {
		return nil, err
	}
	if s.Same(r.stimuli) {
		return &Responses{r.source, s, r.values}, nil
	}
	_, c := r.Dims()
	v := mat.NewDense(len(rows), c, nil)
	for i, j := range rows {
		v.SetRow(i, r.Row(j))
	}
	return &Responses{r.source, s, v}, nil
}

// Named returns the same responses under another source name.
func (r *Responses) Named(source string) *Responses {
	return &Responses{source, r.stimuli, r.values}
}

// Within returns only the channels of f. It fails with ErrEmpty if f has
// none, with ErrCircular if r's stimuli defined f, and with an
// *AlignmentError if f was defined in another source.
func (r *Responses) Within(f *FROI) (*Responses, error) {
	return r.channels(f, true, f.Contrast.Name)
}

// Without returns all channels but those of f; it fails like Within, and with
// ErrEmpty if f holds every channel.
func (r *Responses) Without(f *FROI) (*Responses, error) {
	return r.channels(f, false, "without "+f.Contrast.Name)
}

func (r *Responses) channels(f *FROI, keep bool, suffix string) (*Responses, error) {
	if err := f.fits(r); err != nil {
		return nil, err
	}
	var cols []int
	for j, k := range f.Keep {
		if k == keep {
			cols = append(cols, j)
		}
	}
	if len(cols) == 0 {
		if keep {
			return nil, f.empty()
		}
		return nil, fmt.Errorf("analysis: %w: every channel of %q is in fROI %q", ErrEmpty, f.Source, f.Contrast.Name)
	}
	return r.Columns(r.source+" "+suffix, cols)
}

// Columns returns the channels at the given positions, in that order, under a
// new source name. It fails if a position is out of range or there is none.
func (r *Responses) Columns(source string, cols []int) (*Responses, error) {
	n, c := r.Dims()
	if len(cols) == 0 {
		return nil, fmt.Errorf("analysis: no channels of %q chosen", r.source)
	}
	for _, k := range cols {
		if k < 0 || k >= c {
			return nil, fmt.Errorf("analysis: %q has no channel %d (it has %d)", r.source, k, c)
		}
	}
	v := mat.NewDense(n, len(cols), nil)
	for i := 0; i < n; i++ {
		src, dst := r.Row(i), v.RawRowView(i)
		for j, k := range cols {
			dst[j] = src[k]
		}
	}
	return &Responses{source, r.stimuli, v}, nil
}

// Lesion returns r with the channels of f set to 0, all channels kept. It
// fails like Within.
func (r *Responses) Lesion(f *FROI) (*Responses, error) {
	if err := f.fits(r); err != nil {
		return nil, err
	}
	if f.Count() == 0 {
		return nil, f.empty()
	}
	v := mat.DenseCopyOf(r.values)
	for i := 0; i < r.stimuli.Len(); i++ {
		row := v.RawRowView(i)
		for j, k := range f.Keep {
			if k {
				row[j] = 0
			}
		}
	}
	return &Responses{r.source + " " + f.Contrast.Name + " lesioned", r.stimuli, v}, nil
}

// Dead marks the channels that give every stimulus the same response.
func (r *Responses) Dead() []bool {
	n, c := r.Dims()
	dead := make([]bool, c)
	for j := range dead {
		dead[j] = true
	}
	first := r.Row(0)
	for i := 1; i < n; i++ {
		for j, x := range r.Row(i) {
			if x != first[j] {
				dead[j] = false
			}
		}
	}
	return dead
}
