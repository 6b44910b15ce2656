package simd

import "fmt"

// Permute reorders axes: src has the shape dims, and axis k of dst is axis
// perm[k] of src. dst must not overlap src.
func Permute(dst, src []float32, dims, perm []int) {
	shaped("Permute", len(src), dims...)
	alike("Permute", len(src), len(dst))
	if !isPermutation(perm, len(dims)) {
		panic(fmt.Sprintf("simd: Permute: %v is no permutation of %d axes", perm, len(dims)))
	}
	if len(src) == 0 {
		return
	}
	axes := mergedAxes(dims, perm)
	last := len(axes) - 1
	if last < 0 || axes[last].srcStep == 1 { // contiguous runs
		run := 1
		if last >= 0 {
			run, axes = axes[last].n, axes[:last]
		}
		odometer(axes, run, func(d, s, n int) { CopyRows(dst[d:], run, src[s:], sourceStep(axes), n, run) })
		return
	}
	// The last axis moves: transpose it with the one that takes its place.
	k := 0
	for axes[k].srcStep != 1 {
		k++
	}
	from, to := axes[last], axes[k]
	others := append(append([]dimension{}, axes[:k]...), axes[k+1:last]...)
	var next dimension
	if len(others) > 0 {
		next = others[len(others)-1]
	}
	odometer(others, from.n*to.n, func(d, s, n int) {
		transposes(dst[d:], src[s:], n, from.n, to.n, next.dstStep, next.srcStep, to.dstStep, from.srcStep)
	})
}

// A dimension of n elements, and the steps from one to the next.
type dimension struct{ n, dstStep, srcStep int }

// mergedAxes returns the axes of dst but for those of one element; axes that
// follow each other in both src and dst are one.
func mergedAxes(dims, perm []int) []dimension {
	steps := make([]int, len(dims))
	for i, step := len(dims)-1, 1; i >= 0; i-- {
		steps[i] = step
		step *= dims[i]
	}
	var axes []dimension
	for _, p := range perm {
		if dims[p] == 1 {
			continue
		}
		if k := len(axes) - 1; k >= 0 && axes[k].srcStep == steps[p]*dims[p] {
			axes[k] = dimension{n: axes[k].n * dims[p], srcStep: steps[p]}
			continue
		}
		axes = append(axes, dimension{n: dims[p], srcStep: steps[p]})
	}
	for k, step := len(axes)-1, 1; k >= 0; k-- {
		axes[k].dstStep = step
		step *= axes[k].n
	}
	return axes
}

// odometer calls f with the positions in dst and src of each combination of
// the indices of axes but the last, and the number of elements of the last.
// Combinations are spread over processors; each does cost elements.
func odometer(axes []dimension, cost int, f func(d, s, n int)) {
	n, last := 1, 1
	if k := len(axes) - 1; k >= 0 {
		last, axes = axes[k].n, axes[:k]
	}
	for _, a := range axes {
		n *= a.n
	}
	spreadRows(n, cost*last, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d, s, rest := 0, 0, i
			for k := len(axes) - 1; k >= 0; k-- {
				a := axes[k]
				j := rest % a.n
				rest /= a.n
				d, s = d+j*a.dstStep, s+j*a.srcStep
			}
			f(d, s, last)
		}
	})
}

func sourceStep(axes []dimension) int {
	if len(axes) == 0 {
		return 0
	}
	return axes[len(axes)-1].srcStep
}

func isPermutation(perm []int, n int) bool {
	seen := make([]bool, n)
	for _, p := range perm {
		if p < 0 || p >= n || seen[p] {
			return false
		}
		seen[p] = true
	}
	return len(perm) == n
}
