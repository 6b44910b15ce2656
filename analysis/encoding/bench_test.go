package encoding

import (
	"context"
	"fmt"
	"testing"

	"fusiform/analysis"
)

// The size that fMRI encoding has: 1000 images, a layer of 4096 units, 5000
// voxels; 10 λ, 5 folds. BenchmarkRidgeFit ends with weights and intercepts;
// BenchmarkRidgePenalties with the λ of each target, which is what himalaya's
// KernelRidgeCV does beside a solve.
func BenchmarkRidgeFit(b *testing.B) {
	x, y := linear(b, 1, 1000, 4096, 5000, 3)
	for b.Loop() {
		if _, err := (Ridge{}).Fit(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRidgePenalties(b *testing.B) {
	x, y := linear(b, 1, 1000, 4096, 5000, 3)
	for b.Loop() {
		d := newDesign(x.Matrix(), nil)
		all := upTo(1000)
		s := d.system(all, nil)
		lambda, _, err := Ridge{}.choose(context.Background(), d, s.scale, y.Matrix(), y.Stimuli(), all, func() {})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.coefficients(context.Background(), lambda, y.Matrix()); err != nil {
			b.Fatal(err)
		}
	}
}

// A person's region of 200 voxels on 185 images: all, without, only, and 20
// random subsets.
func BenchmarkSubsets(b *testing.B) {
	x, y := linear(b, 1, 185, 1280, 200, 3)
	f := &analysis.FROI{Source: x.Source(), Keep: make([]bool, 1280)}
	for j := range 40 {
		f.Keep[j*30] = true
	}
	for b.Loop() {
		if _, err := (Subsets{}).Evaluate(x, y, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGram(b *testing.B) {
	for _, n := range []int{185, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, _ := linear(b, 1, n, 4096, 1, 0)
			for b.Loop() {
				gram(x.Matrix(), nil)
			}
		})
	}
}
