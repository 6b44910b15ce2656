package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// An Array is numbers with a shape, as a .npy, an .npz, a .mat or an HDF5 file
// holds them. NaN and Inf are what the file has: only Responses and RDM insist
// on finite values.
type Array struct {
	Name   string    // the file's, or what the file calls it
	Type   string    // what the file holds: "float32", "int16", "logical"
	Shape  []int     // the length of each axis; none for a single number
	Values []float64 // the last axis varies fastest
}

// Rows returns the values as a matrix with a row for each position along an
// axis, counted from 0; the columns are the positions along the other axes, of
// which the last varies fastest. A single number is 1×1.
//
// It fails if there is no such axis or no value.
func (a *Array) Rows(axis int) (*mat.Dense, error) {
	if len(a.Shape) == 0 && axis == 0 && len(a.Values) == 1 {
		return mat.NewDense(1, 1, slices.Clone(a.Values)), nil
	}
	if axis < 0 || axis >= len(a.Shape) {
		return nil, fmt.Errorf("dataset: %s is %s and has no axis %d; axes are counted from 0", a.Name, times(a.Shape), axis)
	}
	if len(a.Values) == 0 {
		return nil, fmt.Errorf("dataset: %s has no values: it is %s", a.Name, times(a.Shape))
	}
	n, inner := a.Shape[axis], 1
	for _, l := range a.Shape[axis+1:] {
		inner *= l
	}
	outer := len(a.Values) / (n * inner)
	v := make([]float64, len(a.Values))
	for o := range outer {
		for i := range n {
			copy(v[(i*outer+o)*inner:][:inner], a.Values[(o*n+i)*inner:])
		}
	}
	return mat.NewDense(n, outer*inner, v), nil
}

// Responses returns the array as responses of a source to s: the positions
// along the axis, counted from 0, are the stimuli in the order of s, and every
// other axis is channels. Betas of x×y×z×trials as GLMsingle saves them have
// their stimuli along axis 3; what has a row for each stimulus, along axis 0.
//
// It fails with an *analysis.AlignmentError if the axis is not s.Len() long,
// and on NaN and Inf.
func (a *Array) Responses(source string, s analysis.Stimuli, axis int) (*analysis.Responses, error) {
	if axis >= 0 && axis < len(a.Shape) && a.Shape[axis] != s.Len() {
		hint := ""
		if k := slices.Index(a.Shape, s.Len()); k >= 0 {
			hint = fmt.Sprintf("; axis %d is that long", k)
		}
		return nil, fmt.Errorf("dataset: %w", &analysis.AlignmentError{What: fmt.Sprintf("%s is %s: its axis %d is not the %d stimuli%s", a.Name, times(a.Shape), axis, s.Len(), hint)})
	}
	v, err := a.Rows(axis)
	if err != nil {
		return nil, err
	}
	r, err := analysis.NewResponses(source, s, v)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", a.Name, err)
	}
	return r, nil
}

// times writes a shape: 3×4, or "a single number".
func times(shape []int) string {
	if len(shape) == 0 {
		return "a single number"
	}
	words := make([]string, len(shape))
	for i, n := range shape {
		words[i] = strconv.Itoa(n)
	}
	if len(shape) == 1 {
		return words[0] + " long"
	}
	return strings.Join(words, "×")
}

// sized returns a claimed shape and its number of elements if they take exactly
// that many bytes.
func sized(claim []uint64, size int, bytes int64) ([]int, int, error) {
	if n, ok := product(claim, uint64(max(bytes, 0))); bytes >= 0 && ok && n*uint64(size) == uint64(bytes) {
		shape := make([]int, len(claim))
		for i, l := range claim {
			shape[i] = int(l)
		}
		return shape, int(n), nil
	}
	words := make([]string, len(claim))
	for i, l := range claim {
		words[i] = strconv.FormatUint(l, 10)
	}
	if len(claim) < 2 {
		words = append(words, "1")
	}
	return nil, 0, fmt.Errorf("claims %s values of %d bytes each, and %d bytes", strings.Join(words, "×"), size, bytes)
}

// product multiplies lengths; it reports false if the product, or one length,
// is above the limit, which is far below 2⁶⁰.
func product(lengths []uint64, limit uint64) (uint64, bool) {
	n, empty := uint64(1), slices.Contains(lengths, 0)
	for _, l := range lengths {
		if l > 1<<31 && l > limit || !empty && l > limit/n {
			return 0, false
		}
		n *= max(l, 1)
		if empty {
			n = 1
		}
	}
	if empty {
		return 0, true
	}
	return n, true
}

// rowMajor reorders values of which the first axis varies fastest, as Fortran
// and MATLAB have them, so that the last does.
func rowMajor(v []float64, shape []int) []float64 {
	var long []int
	for _, l := range shape {
		if l != 1 {
			long = append(long, l)
		}
	}
	k := len(long)
	if k < 2 || len(v) == 0 {
		return v
	}
	out := make([]float64, len(v))
	from, to := make([]int, k), make([]int, k) // the step of each axis in v and in out
	for a, s := 0, 1; a < k; a++ {
		from[a] = s
		s *= long[a]
	}
	for a, s := k-1, 1; a >= 0; a-- {
		to[a] = s
		s *= long[a]
	}
	// A plane of the first and the last axis after the other.
	at, src, dst := make([]int, k), 0, 0
	for {
		transpose(out[dst:], to[0], v[src:], from[k-1], long[0], long[k-1])
		a := 1
		for ; a < k-1; a++ {
			at[a]++
			src, dst = src+from[a], dst+to[a]
			if at[a] < long[a] {
				break
			}
			src, dst, at[a] = src-long[a]*from[a], dst-long[a]*to[a], 0
		}
		if a >= k-1 {
			return out
		}
	}
}

// transpose sets out[i·outStep + j] = v[i + j·step], for i < n and j < m, in
// tiles that stay in the cache.
func transpose(out []float64, outStep int, v []float64, step, n, m int) {
	const tile = 32
	for i0 := 0; i0 < n; i0 += tile {
		i1 := min(i0+tile, n)
		for j0 := 0; j0 < m; j0 += tile {
			j1 := min(j0+tile, m)
			for i := i0; i < i1; i++ {
				row := out[i*outStep+j0 : i*outStep+j1]
				for j := range row {
					row[j] = v[i+(j0+j)*step]
				}
			}
		}
	}
}
