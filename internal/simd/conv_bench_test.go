package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Layers of networks, one of each kind.
var convLayers = []struct {
	name string
	s    ConvShape
}{
	{"stem 7x7s2 3-64@224", square(224, 3, 64, 7, 2, 3, 1)},
	{"stem 3x3s2 3-32@224", square(224, 3, 32, 3, 2, 1, 1)},
	{"stem 11x11s4 3-64@224", square(224, 3, 64, 11, 4, 2, 1)},
	{"patch 14x14 3-384@224", square(224, 3, 384, 14, 14, 0, 1)},
	{"patch 16x16 3-768@224", square(224, 3, 768, 16, 16, 0, 1)},
	{"3x3 3-64@224", square(224, 3, 64, 3, 1, 1, 1)},
	{"3x3 16-16@56", square(56, 16, 16, 3, 1, 1, 1)},
	{"3x3 32-32@56", square(56, 32, 32, 3, 1, 1, 1)},
	{"3x3 64-64@56", square(56, 64, 64, 3, 1, 1, 1)},
	{"3x3s2 64-128@56", square(56, 64, 128, 3, 2, 1, 1)},
	{"3x3 256-256@14", square(14, 256, 256, 3, 1, 1, 1)},
	{"3x3 512-512@7", square(7, 512, 512, 3, 1, 1, 1)},
	{"5x5 64-192@27", square(27, 64, 192, 5, 1, 2, 1)},
	{"1x1 256-64@56", square(56, 256, 64, 1, 1, 0, 1)},
	{"1x1 64-256@56", square(56, 64, 256, 1, 1, 0, 1)},
	{"1x1s2 256-512@56", square(56, 256, 512, 1, 2, 0, 1)},
	{"1x1 16-96@112", square(112, 16, 96, 1, 1, 0, 1)},
	{"1x1 24-144@56", square(56, 24, 144, 1, 1, 0, 1)},
	{"1x1 144-24@56", square(56, 144, 24, 1, 1, 0, 1)},
	{"1x1 2048-512@7", square(7, 2048, 512, 1, 1, 0, 1)},
	{"1x1 320-1280@7", square(7, 320, 1280, 1, 1, 0, 1)},
	{"1x1 960-40@1", square(1, 960, 40, 1, 1, 0, 1)},
	{"grouped 3x3 128/32@56", square(56, 128, 128, 3, 1, 1, 32)},
	{"grouped 3x3 256/32@28", square(28, 256, 256, 3, 1, 1, 32)},
	{"grouped 3x3 1024/32@7", square(7, 1024, 1024, 3, 1, 1, 32)},
	{"dw 3x3 32@112", square(112, 32, 32, 3, 1, 1, 32)},
	{"dw 3x3 144@56", square(56, 144, 144, 3, 1, 1, 144)},
	{"dw 3x3s2 96@112", square(112, 96, 96, 3, 2, 1, 96)},
	{"dw 5x5 240@28", square(28, 240, 240, 5, 1, 2, 240)},
	{"dw 3x3 960@7", square(7, 960, 960, 3, 1, 1, 960)},
	{"dw 7x7 96@56", square(56, 96, 96, 7, 1, 3, 96)},
}

// square is a convolution of one square image.
func square(side, c, k, filter, stride, pad, groups int) ConvShape {
	return ConvShape{N: 1, H: side, W: side, C: c, K: k, KH: filter, KW: filter, StrideH: stride, StrideW: stride,
		PadTop: pad, PadLeft: pad, PadBottom: pad, PadRight: pad, DilationH: 1, DilationW: 1, Groups: groups}
}

func BenchmarkConv(b *testing.B) {
	for _, level := range Levels()[1:] {
		for _, batch := range []int{1, 16} {
			for _, layer := range convLayers {
				b.Run(fmt.Sprintf("%v/batch%d/%s", level, batch, layer.name), func(b *testing.B) {
					defer Use(level)()
					s := layer.s
					s.N = batch
					rng := rand.New(rand.NewPCG(1, 1))
					src := normals(rng, make([]float32, s.N*s.H*s.W*s.C))
					dst := make([]float32, s.N*s.OutH()*s.OutW()*s.K)
					f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, normals(rng, make([]float32, s.KH*s.KW*s.C/s.Groups*s.K)))
					c := NewConv(s, f)
					e := Epilogue{Bias: make([]float32, s.K), Hi: 6}
					for b.Loop() {
						c.Run(dst, src, e)
					}
					flop := 2 * float64(len(dst)) * float64(s.KH*s.KW*s.C/s.Groups)
					b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
