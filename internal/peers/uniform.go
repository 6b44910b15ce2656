package main

// uniform returns n numbers in [−1, 1), the same as uniform in py/common.py:
// the upper 24 bits of SplitMix64 (Steele, Lea & Flood 2014,
// doi:10.1145/2660193.2660195), so that each is exact in float32 and float64
// alike.
func uniform[T float32 | float64](seed uint64, n int) []T {
	v := make([]T, n)
	for i := range v {
		z := seed + uint64(i+1)*0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		v[i] = T(z>>40)/(1<<23) - 1
	}
	return v
}

// sampled is the length to which long answers are thinned before they are
// compared.
const sampled = 4096

// sample takes every k-th of n values, from the first, so that at most sampled
// remain; k as small as can be. sample in py/common.py does the same.
func sample(n int, at func(i int) float64) []float64 {
	k := max(1, (n+sampled-1)/sampled)
	out := make([]float64, 0, sampled)
	for i := 0; i < n; i += k {
		out = append(out, at(i))
	}
	return out
}
