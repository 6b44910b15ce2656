package mismatch_test

import (
	"testing"

	"fusiform/analysis/mismatch"
)

// The size of the paper: 8 people, 515 stimuli, one network and contrast, 1000
// draws, 10000 relabellings.
func BenchmarkCompare(b *testing.B) {
	people, network := world{People: 8, Stimuli: 60, More: 455, Noise: 1, Alike: .7}.draw(b, 1)
	for b.Loop() {
		if _, err := (mismatch.Test{}).Compare(b.Context(), people, tp(network), animals); err != nil {
			b.Fatal(err)
		}
	}
}
