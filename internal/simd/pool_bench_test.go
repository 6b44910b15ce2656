package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkPool(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	w := Window{N: 1, H: 112, W: 112, C: 64, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, DilationH: 1, DilationW: 1}
	src := normals(rng, make([]float32, w.H*w.W*w.C))
	dst := make([]float32, w.OutH()*w.OutW()*w.C)
	bench := func(name string, f func()) {
		for _, level := range Levels() {
			b.Run(fmt.Sprintf("%v/%s", level, name), func(b *testing.B) {
				defer Use(level)()
				b.SetBytes(int64(4 * len(src)))
				for b.Loop() {
					f()
				}
			})
		}
	}
	bench("max 3x3s2 64@112", func() { MaxPool(dst, src, w) })
	bench("sum 3x3s2 64@112", func() { SumPool(dst, src, w, []float32{1. / 9}) })
	bench("global 2048@14", func() { GlobalSum(dst, src, 1, 14*14, 2048, 1./196) })
}
