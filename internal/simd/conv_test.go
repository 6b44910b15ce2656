package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// convolve is the convolution by its definition in float64: its result and
// the sum of the magnitudes of its terms, before any epilogue.
func convolve(s ConvShape, src, w []float32) (sum, size []float64) {
	oh, ow := s.OutH(), s.OutW()
	in, out := s.C/s.Groups, s.K/s.Groups
	sum, size = make([]float64, s.N*oh*ow*s.K), make([]float64, s.N*oh*ow*s.K)
	for n := range s.N {
		for oy := range oh {
			for ox := range ow {
				for k := range s.K {
					at := ((n*oh+oy)*ow+ox)*s.K + k
					for ky := range s.KH {
						for kx := range s.KW {
							iy, ix := oy*s.StrideH-s.PadTop+ky*s.DilationH, ox*s.StrideW-s.PadLeft+kx*s.DilationW
							if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
								continue
							}
							for c := range in {
								v := float64(src[((n*s.H+iy)*s.W+ix)*s.C+k/out*in+c]) * float64(w[((ky*s.KW+kx)*in+c)*s.K+k])
								sum[at] += v
								size[at] += math.Abs(v)
							}
						}
					}
				}
			}
		}
	}
	return sum, size
}

func normals(rng *rand.Rand, x []float32) []float32 {
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// sumsNear compares with an error of float32 sums of terms of that size.
func sumsNear(got []float32, want, size []float64) error {
	for i, g := range got {
		if d := math.Abs(float64(g) - want[i]); !(d <= 4e-6*size[i]+1e-30) {
			return fmt.Errorf("element %d of %d is %v, want %v", i, len(got), g, want[i])
		}
	}
	return nil
}

func between(rng *rand.Rand, lo, hi int) int { return lo + rng.IntN(hi-lo+1) }

// randomConv draws a shape that passes Check, of about 1e6 operations or less.
func randomConv(rng *rand.Rand) ConvShape {
	for {
		s := ConvShape{N: between(rng, 1, 3), H: between(rng, 1, 20), W: between(rng, 1, 20), KH: between(rng, 1, 5), KW: between(rng, 1, 5),
			StrideH: between(rng, 1, 3), StrideW: between(rng, 1, 3), PadTop: rng.IntN(4), PadLeft: rng.IntN(4), PadBottom: rng.IntN(4), PadRight: rng.IntN(4),
			DilationH: 1, DilationW: 1, Groups: 1, C: between(rng, 1, 40), K: between(rng, 1, 80)}
		switch rng.IntN(8) {
		case 0: // dilated
			s.DilationH, s.DilationW = between(rng, 1, 3), between(rng, 1, 3)
		case 1: // grouped
			s.Groups = between(rng, 1, 6)
			s.C, s.K = s.Groups*between(rng, 1, 9), s.Groups*between(rng, 1, 33)
		case 2: // depthwise
			s.C = between(rng, 1, 70)
			s.K, s.Groups = s.C, s.C
			s.KW = between(rng, 1, 8)
			if rng.IntN(3) == 0 { // groups of four
				s.C = 4 * between(rng, 1, 20)
				s.K, s.Groups = s.C, s.C/4
			}
		case 3: // depthwise, several filters for a channel
			s.Groups = between(rng, 1, 20)
			s.C, s.K = s.Groups, s.Groups*between(rng, 1, 4)
		case 4: // a product
			s.KH, s.KW, s.StrideH, s.StrideW, s.PadTop, s.PadLeft, s.PadBottom, s.PadRight = 1, 1, 1, 1, 0, 0, 0, 0
			s.C, s.K = between(rng, 1, 300), between(rng, 1, 150)
		case 5: // the first layer
			s.C, s.KH, s.KW = between(rng, 1, 4), between(rng, 2, 8), between(rng, 2, 8)
		case 6: // patches
			s.C, s.KH = between(rng, 1, 4), between(rng, 1, 6)
			s.KW, s.StrideH, s.StrideW, s.PadTop, s.PadLeft = s.KH, s.KH, s.KH, 0, 0
		case 7: // long sums
			s.C, s.H, s.W = between(rng, 100, 700), between(rng, 1, 5), between(rng, 1, 5)
		}
		if s.Check() == nil && s.N*s.OutH()*s.OutW()*s.K*s.KH*s.KW*s.C/s.Groups < 1e6 {
			return s
		}
	}
}

// Random shapes on every level, one and two threads alike.
func TestConv(t *testing.T) {
	seeds := uint64(30)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run("", func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, seed))
			for range 100 {
				testConv(t, rng)
			}
		})
	}
}

func testConv(t *testing.T, rng *rand.Rand) {
	s := randomConv(rng)
	src := normals(rng, guarded[float32](t, s.N*s.H*s.W*s.C, rng.IntN(2) == 0))
	w := normals(rng, guarded[float32](t, s.KH*s.KW*s.C/s.Groups*s.K, rng.IntN(2) == 0))
	f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
	want, size := convolve(s, src, w)
	pixels := len(want) / s.K

	var e Epilogue
	dst := guarded[float32](t, len(want), rng.IntN(2) == 0)
	if rng.IntN(2) == 0 {
		e.Bias = normals(rng, guarded[float32](t, s.K, rng.IntN(2) == 0))
	}
	inPlace := false
	switch rng.IntN(4) {
	case 0:
		e.Residual = normals(rng, guarded[float32](t, len(want), rng.IntN(2) == 0))
	case 1:
		e.Stride = s.K + rng.IntN(3)
		e.Residual = normals(rng, guarded[float32](t, (pixels-1)*e.Stride+s.K, rng.IntN(2) == 0))
	case 2:
		e.Residual, inPlace = dst, true
	}
	residual := normals(rng, make([]float32, len(want)))
	if e.Residual != nil && !inPlace {
		for p := range pixels {
			copy(residual[p*s.K:][:s.K], e.Residual[p*max(e.Stride, s.K):])
		}
	}
	switch rng.IntN(3) {
	case 0:
		e.Hi = float32(math.Inf(1))
	case 1:
		e.Lo, e.Hi = -1, 2
	}
	for i := range want {
		if e.Bias != nil {
			want[i] += float64(e.Bias[i%s.K])
			size[i] += math.Abs(float64(e.Bias[i%s.K]))
		}
		if e.Residual != nil {
			want[i] += float64(residual[i])
			size[i] += math.Abs(float64(residual[i]))
		}
		if e.Lo != e.Hi {
			want[i] = min(max(want[i], float64(e.Lo)), float64(e.Hi))
		}
	}
	for _, level := range Levels() {
		var first []float32
		for _, threads := range []int{1, 2} {
			restore := Use(level)
			normals(rng, dst)
			if inPlace {
				copy(dst, residual)
			}
			withThreads(threads, func() { NewConv(s, f).Run(dst, src, e) })
			restore()
			if err := sumsNear(dst, want, size); err != nil {
				t.Fatalf("%v, %d threads, %+v, bias %v residual %v in place %v, bounds %v %v: %v", level, threads, s, e.Bias != nil, e.Residual != nil, inPlace, e.Lo, e.Hi, err)
			}
			if first == nil {
				first = append(first, dst...)
			}
			for i := range dst {
				if dst[i] != first[i] {
					t.Fatalf("%v %+v: element %d is %v with one thread, %v with %d", level, s, i, first[i], dst[i], threads)
				}
			}
		}
	}
}
