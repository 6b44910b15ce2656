package dataset

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// RDM returns the array as the RDM of the stimuli s, in their order: either n×n
// values, alike on both sides of a diagonal of zeros, or the n(n−1)/2 pairs in
// one row or column, in the order (1,2), (1,3) … (2,3) … of MATLAB's pdist and
// SciPy's squareform. Without stimuli (the zero Stimuli) they are called "1",
// "2" and so on. Where two sides differ by rounding (10⁻⁹ of the largest value;
// 10⁻⁵ of 32 bits or fewer) their mean is taken.
//
// It fails with an *analysis.AlignmentError if there are other stimuli than
// those of s, and on values that are not finite.
func (a *Array) RDM(s analysis.Stimuli) (RDMColumn, error) {
	v, err := a.dissimilarities()
	if err != nil {
		return RDMColumn{}, fmt.Errorf("dataset: %s (%s) is no RDM: %w", a.Name, times(a.Shape), err)
	}
	n := v.SymmetricDim()
	switch {
	case s.Len() == 0:
		if s, err = numbered(n); err != nil {
			return RDMColumn{}, fmt.Errorf("dataset: %s: %w", a.Name, err)
		}
	case s.Len() != n:
		return RDMColumn{}, fmt.Errorf("dataset: %w", &analysis.AlignmentError{What: fmt.Sprintf("%s is an RDM of %d stimuli, and %d are given", a.Name, n, s.Len())})
	}
	return RDMColumn{Name: a.Name, Stimuli: s, Values: v}, nil
}

func (a *Array) dissimilarities() (*mat.SymDense, error) {
	var sides []int
	for _, l := range a.Shape {
		if l != 1 {
			sides = append(sides, l)
		}
	}
	largest := 0.0
	for _, x := range a.Values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, errors.New("it has NaN or Inf; missing values are not guessed")
		}
		largest = max(largest, math.Abs(x))
	}
	switch len(sides) {
	case 0, 1:
		pairs := len(a.Values)
		n := int(math.Round((1 + math.Sqrt(1+8*float64(pairs))) / 2))
		if pairs == 0 || n*(n-1)/2 != pairs {
			return nil, fmt.Errorf("%d values are not the pairs of any number of stimuli", pairs)
		}
		v, k := mat.NewSymDense(n, nil), 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				v.SetSym(i, j, a.Values[k])
				k++
			}
		}
		return v, nil
	case 2:
		n := sides[0]
		if sides[1] != n || n == 0 {
			return nil, errors.New("it is not square")
		}
		tolerance := 1e-9 * largest
		if a.Type == "single" || strings.HasSuffix(a.Type, "32") || strings.HasSuffix(a.Type, "16") {
			tolerance = 1e-5 * largest
		}
		v := mat.NewSymDense(n, nil)
		for i := range n {
			if d := a.Values[i*n+i]; math.Abs(d) > tolerance {
				return nil, fmt.Errorf("stimulus %d is %v from itself; is it a similarity?", i+1, d)
			}
			for j := i + 1; j < n; j++ {
				x, y := a.Values[i*n+j], a.Values[j*n+i]
				if math.Abs(x-y) > tolerance {
					return nil, fmt.Errorf("stimuli %d and %d differ by %v one way and %v the other", i+1, j+1, x, y)
				}
				v.SetSym(i, j, x/2+y/2)
			}
		}
		return v, nil
	}
	return nil, fmt.Errorf("it has %d axes: choose one RDM of it", len(sides))
}
