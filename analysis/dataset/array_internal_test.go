package dataset

import (
	"slices"
	"testing"
)

// The tiles put every value where the formula does.
func TestRowMajor(t *testing.T) {
	for _, shape := range [][]int{{7}, {1, 7, 1}, {40, 70}, {33, 1, 32}, {2, 3, 4}, {35, 2, 3, 41}, {3, 1, 2, 5, 1, 4}, {0, 4}, {4, 0, 2}} {
		n := 1
		for _, l := range shape {
			n *= l
		}
		v, want := make([]float64, n), make([]float64, n)
		for i := range v {
			v[i] = float64(i)
			k, rest := 0, i
			for a, l := range shape { // position along each axis, the first fastest
				below := 1
				for _, l := range shape[a+1:] {
					below *= l
				}
				k += rest % l * below
				rest /= l
			}
			want[k] = v[i]
		}
		if got := rowMajor(v, shape); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", shape, got, want)
		}
	}
}
