package fastgo

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"

	"fusiform/internal/simd"
)

// The suite that GoMLX has for its backends, at each instruction set.
func TestConformance(t *testing.T) {
	for _, l := range simd.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			defer simd.Use(l)()
			b, err := New("")
			if err != nil {
				t.Fatal(err)
			}
			backendtest.RunAll(t, b, nil)
		})
	}
}
