package simd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Rows that come some at a time are packed as all at once.
func TestPackRows(t *testing.T) {
	for _, level := range Levels() {
		for _, trans := range []bool{false, true} {
			for _, s := range [][2]int{{1, 1}, {3, 5}, {16, 64}, {257, 65}, {512, 130}, {700, 1}, {1, 700}, {1025, 200}} {
				t.Run(fmt.Sprint(level, trans, s), func(t *testing.T) {
					defer Use(level)()
					k, n := s[0], s[1]
					b := normals(rand.New(rand.NewPCG(1, uint64(k*n))), make([]float32, k*n))
					ld := n
					if trans {
						ld = k
					}
					want := Pack(trans, k, n, b, ld)
					rest, most := b, 0
					got := PackRows(trans, k, n, func(rows []float32) {
						if len(rows)%ld != 0 {
							t.Fatalf("%d numbers are asked for, of rows of %d", len(rows), ld)
						}
						rest = rest[copy(rows, rest):]
						most = max(most, len(rows)/ld)
					})
					if len(rest) > 0 || most > blockRows {
						t.Errorf("%d numbers are left; at most %d rows were asked for", len(rest), most)
					}
					if got.level != want.level || !slices.Equal(got.data, want.data) {
						t.Error("packed otherwise")
					}
				})
			}
		}
	}
}
