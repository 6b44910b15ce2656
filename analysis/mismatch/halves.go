package mismatch

import (
	"context"
	"math/rand/v2"
)

// halves counts the random halvings of both groups whose halves agree in the
// sign of the difference.
func (t Test) halves(ctx context.Context, tab *table, e []float64) (Held, error) {
	h := Held{Over: "stimuli", P: 1}
	na, nb := len(tab.a), len(tab.b)
	if na < 2 || nb < 2 {
		return h, nil
	}
	// The smaller group first, so that swapping the groups changes nothing.
	small, large := tab.a, tab.b
	if nb < na || nb == na && tab.b[0] < tab.a[0] {
		small, large = large, small
	}
	x := append(pick(e, small), pick(e, large)...)
	center := mean(x)
	for i := range x {
		x[i] -= center
	}
	k := len(small)
	rng := rand.New(rand.NewPCG(t.Seed, 0x68616c76))
	h.Of = max(1, t.Draws/10)
	first := make([][]bool, h.Of) // per halving: slot i is in the first half
	for s := range first {
		first[s] = make([]bool, len(x))
		for _, i := range rng.Perm(k)[:k/2] {
			first[s][i] = true
		}
		for _, i := range rng.Perm(len(x) - k)[:(len(x)-k)/2] {
			first[s][k+i] = true
		}
	}
	slots := make([]float64, len(x))
	count := func() (n int) {
		for _, f := range first {
			if agree(slots, f, k) {
				n++
			}
		}
		return n
	}
	split, order := newSplitter(x, k), make([]int, k)
	for i := range order {
		order[i] = i
	}
	d0, v0 := split.split(order)
	copy(slots, x)
	h.Holds = count()
	all, exact := relabellings(len(x), k, max(1, t.Permutations/10), t.Seed)
	as, n, chosen := 0, 0, make([]bool, len(x))
	if !exact {
		as, n = 1, 1
	}
	for c := range all {
		if ctx.Err() != nil {
			return h, ctx.Err()
		}
		clear(chosen)
		for j, i := range c {
			slots[j], chosen[i] = x[i], true
		}
		j := k
		for i, v := range x {
			if !chosen[i] {
				slots[j] = v
				j++
			}
		}
		d, v := split.split(c)
		if held := count(); held > h.Holds || held == h.Holds && asLarge(d, v, d0, v0) {
			as++
		}
		n++
	}
	h.P = float64(as) / float64(n)
	return h, nil
}

// agree reports whether the difference of the first k slots and the others has
// one sign in both halves.
func agree(x []float64, first []bool, k int) bool {
	var sum, n [2][2]float64 // half, group
	for i, v := range x {
		half, group := 0, 0
		if !first[i] {
			half = 1
		}
		if i >= k {
			group = 1
		}
		sum[half][group] += v
		n[half][group]++
	}
	d0 := sum[0][0]/n[0][0] - sum[0][1]/n[0][1]
	d1 := sum[1][0]/n[1][0] - sum[1][1]/n[1][1]
	return d0*d1 > 0
}
