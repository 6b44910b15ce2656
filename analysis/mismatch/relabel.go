package mismatch

import (
	"iter"
	"math"
	"math/rand/v2"
)

// relabellings yields the ways to choose k of n items: all of them, the first
// k first, if there are at most limit (exact), else limit random ones.
func relabellings(n, k, limit int, seed uint64) (all iter.Seq[[]int], exact bool) {
	if binomial(n, k) <= float64(limit) {
		return combinations(n, k), true
	}
	return func(yield func([]int) bool) {
		rng := rand.New(rand.NewPCG(seed, 0x6d69736d61746368))
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		for range limit {
			for i := range k {
				j := i + rng.IntN(n-i)
				order[i], order[j] = order[j], order[i]
			}
			if !yield(order[:k]) {
				return
			}
		}
	}, false
}

func combinations(n, k int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		c := make([]int, k)
		for i := range c {
			c[i] = i
		}
		for {
			if !yield(c) {
				return
			}
			i := k - 1
			for i >= 0 && c[i] == n-k+i {
				i--
			}
			if i < 0 {
				return
			}
			c[i]++
			for j := i + 1; j < k; j++ {
				c[j] = c[j-1] + 1
			}
		}
	}
}

// binomial returns n over k.
func binomial(n, k int) float64 {
	v := 1.0
	for i := range min(k, n-k) {
		v = v * float64(n-i) / float64(i+1)
	}
	return math.Round(v)
}

// permutationP returns the share of relabellings of the stimuli whose groups
// differ in e at least as much as the groups do. Of random relabellings, the
// groups as they are count as one more. The difference is in standard errors,
//
//	|ā − b̄| / √(s²_a/n_a + s²_b/n_b)
//
// which keeps the level where groups differ in number and in variance: Janssen
// (1997), doi:10.1016/S0167-7152(97)00043-6. Where a group holds one stimulus
// it is |ā − b̄|. Differences that are equal but for rounding count as equal.
func (t *table) permutationP(e []float64, limit int, seed uint64) (p float64, n int, exact bool) {
	small, large := t.a, t.b
	if len(large) < len(small) || len(large) == len(small) && large[0] < small[0] {
		small, large = large, small
	}
	x := make([]float64, 0, len(small)+len(large))
	for _, i := range small {
		x = append(x, e[i])
	}
	for _, i := range large {
		x = append(x, e[i])
	}
	s := newSplitter(x, len(small))
	first := make([]int, len(small))
	for i := range first {
		first[i] = i
	}
	d0, v0 := s.split(first)
	all, exact := relabellings(len(x), len(small), limit, seed)
	as := 0
	for c := range all {
		d, v := s.split(c)
		if asLarge(d, v, d0, v0) {
			as++
		}
		n++
	}
	if exact {
		return float64(as) / float64(n), n, true
	}
	return float64(as+1) / float64(n+1), n, false
}

// asLarge reports whether d²/v is at least d0²/v0, but for rounding.
func asLarge(d, v, d0, v0 float64) bool { return d*d*v0 >= d0*d0*v*(1-1e-9) }

// A splitter computes the difference of two groups of x and its variance.
type splitter struct {
	x            []float64 // of mean 0
	k, m         float64   // sizes of the groups
	sum, squares float64
}

func newSplitter(x []float64, k int) splitter {
	s := splitter{x: make([]float64, len(x)), k: float64(k), m: float64(len(x) - k)}
	center := mean(x)
	for i, v := range x {
		s.x[i] = v - center
		s.sum += s.x[i]
		s.squares += s.x[i] * s.x[i]
	}
	return s
}

// split returns the difference of the means of the chosen and the others, and
// its variance; 1 where a group holds one. The variance never falls below the
// rounding error of the values, so that 0 is 0 for every split.
func (s splitter) split(chosen []int) (d, v float64) {
	var a, aa float64
	for _, i := range chosen {
		a += s.x[i]
		aa += s.x[i] * s.x[i]
	}
	b, bb := s.sum-a, s.squares-aa
	d = a/s.k - b/s.m
	if s.k < 2 || s.m < 2 {
		return d, 1
	}
	v = (aa-a*a/s.k)/(s.k-1)/s.k + (bb-b*b/s.m)/(s.m-1)/s.m
	return d, math.Max(v, 1e-14*s.squares/(s.k+s.m))
}
