package fastgo

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Convolutions in groups of the batch, by their definition: output channel k
// of group g sees image g·N/groups + n. GoMLX's own backend reads beyond its
// buffers in some of them.
func TestBatchGroups(t *testing.T) {
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		groups := 2 + rng.IntN(3)
		each, c, per := 1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(20)
		h, w, kh, kw := 3+rng.IntN(5), 3+rng.IntN(5), 1+rng.IntN(3), 1+rng.IntN(3)
		n, k := groups*each, groups*per
		x, f := make([]float32, n*c*h*w), make([]float32, k*c*kh*kw)
		for _, s := range [][]float32{x, f} {
			for i := range s {
				s[i] = float32(rng.NormFloat64())
			}
		}
		bb := b.Builder("groups")
		m := bb.Main()
		p, err := m.Parameter("x", shapes.Make(dtypes.Float32, n, c, h, w), nil)
		if err != nil {
			t.Fatal(err)
		}
		q, err := m.Constant(f, k, c, kh, kw)
		if err != nil {
			t.Fatal(err)
		}
		axes := compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3}, KernelOutputChannels: 0, KernelInputChannels: 1,
			KernelSpatial: []int{2, 3}, OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3}}
		y, err := m.ConvGeneral(p, q, axes, nil, nil, nil, nil, 1, groups)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Return([]compute.Value{y}, nil); err != nil {
			t.Fatal(err)
		}
		e, err := bb.Compile()
		if err != nil {
			t.Fatal(err)
		}
		in, err := b.BufferFromFlatData(0, x, shapes.Make(dtypes.Float32, n, c, h, w))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Execute([]compute.Buffer{in}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		data, err := out[0].Data()
		if err != nil {
			t.Fatal(err)
		}
		got, oh, ow := data.([]float32), h-kh+1, w-kw+1
		for i := range got {
			ox, oy, o, img := i%ow, i/ow%oh, i/(ow*oh)%k, i/(ow*oh*k)
			want, size := 0.0, 0.0
			for ch := range c {
				for a := range kh {
					for d := range kw {
						v := float64(x[((img+o/per*each)*c+ch)*h*w+(oy+a)*w+ox+d]) * float64(f[(o*c+ch)*kh*kw+a*kw+d])
						want += v
						size += max(v, -v)
					}
				}
			}
			if diff := float64(got[i]) - want; diff > 1e-6*size || diff < -1e-6*size {
				t.Fatalf("%d groups of %d images, %d channels to %d, element %d is %g, not %g", groups, each, c, k, i, got[i], want)
			}
		}
	}
}
