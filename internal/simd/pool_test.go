package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pool is pooling by its definition.
func pool(w Window, src []float32, start float64, f func(a, b float64) float64) []float64 {
	out := make([]float64, 0, w.N*w.OutH()*w.OutW()*w.C)
	for n := range w.N {
		for oy := range w.OutH() {
			for ox := range w.OutW() {
				for c := range w.C {
					v := start
					for ky := range w.KH {
						for kx := range w.KW {
							iy, ix := oy*w.StrideH-w.PadTop+ky*w.DilationH, ox*w.StrideW-w.PadLeft+kx*w.DilationW
							if iy >= 0 && iy < w.H && ix >= 0 && ix < w.W {
								v = f(v, float64(src[((n*w.H+iy)*w.W+ix)*w.C+c]))
							}
						}
					}
					out = append(out, v)
				}
			}
		}
	}
	return out
}

func randomWindow(rng *rand.Rand) Window {
	for {
		w := Window{N: between(rng, 1, 3), H: between(rng, 1, 20), W: between(rng, 1, 20), C: between(rng, 1, 70), KH: between(rng, 1, 5), KW: between(rng, 1, 5),
			StrideH: between(rng, 1, 3), StrideW: between(rng, 1, 3), PadTop: rng.IntN(4), PadLeft: rng.IntN(4), PadBottom: rng.IntN(4), PadRight: rng.IntN(4),
			DilationH: between(rng, 1, 2), DilationW: between(rng, 1, 2)}
		if w.Check() == nil {
			return w
		}
	}
}

func same(a, b float64) bool { return a == b || a != a && b != b }

func TestPool(t *testing.T) {
	for seed := range uint64(20) {
		t.Run("", func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, seed))
			for range 30 {
				testPool(t, rng)
			}
		})
	}
}

func testPool(t *testing.T, rng *rand.Rand) {
	w := randomWindow(rng)
	src := normals(rng, guarded[float32](t, w.N*w.H*w.W*w.C, rng.IntN(2) == 0))
	sums := pool(w, src, 0, func(a, b float64) float64 { return a + b })
	sizes := pool(w, src, 0, func(a, b float64) float64 { return a + math.Abs(b) })
	scale := make([]float32, 1)
	if rng.IntN(2) == 0 {
		scale = guarded[float32](t, w.OutH()*w.OutW(), rng.IntN(2) == 0)
	}
	normals(rng, scale)
	for i := range sums {
		f := float64(scale[i/w.C%(w.OutH()*w.OutW())%len(scale)])
		sums[i] *= f
		sizes[i] *= math.Abs(f)
	}
	global, globalSize := make([]float64, w.N*w.C), make([]float64, w.N*w.C)
	for i, v := range src {
		at := i/(w.H*w.W*w.C)*w.C + i%w.C
		global[at] += float64(v) / 7
		globalSize[at] += math.Abs(float64(v)) / 7
	}
	special := guarded[float32](t, len(src), rng.IntN(2) == 0)
	copy(special, src)
	for range rng.IntN(4) {
		special[rng.IntN(len(special))] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}[rng.IntN(3)]
	}
	highest := pool(w, special, math.Inf(-1), func(a, b float64) float64 { return max(a, b) })
	dst := guarded[float32](t, len(sums), rng.IntN(2) == 0)
	dstGlobal := guarded[float32](t, w.N*w.C, rng.IntN(2) == 0)
	for _, level := range Levels() {
		func() {
			defer Use(level)()
			normals(rng, dst)
			MaxPool(dst, special, w)
			for i, v := range dst {
				if !same(float64(v), highest[i]) {
					t.Fatalf("%v %+v: maximum %d is %v, want %v", level, w, i, v, highest[i])
				}
			}
			normals(rng, dst)
			SumPool(dst, src, w, scale)
			if err := sumsNear(dst, sums, sizes); err != nil {
				t.Fatalf("%v %+v: sums: %v", level, w, err)
			}
			GlobalSum(dstGlobal, src, w.N, w.H*w.W, w.C, 1./7)
			if err := sumsNear(dstGlobal, global, globalSize); err != nil {
				t.Fatalf("%v %+v: global sum: %v", level, w, err)
			}
		}()
	}
}
