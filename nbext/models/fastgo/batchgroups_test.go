package fastgo

import (
	"math/rand/v2"
	"slices"
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
	for range 200 {
		groups := 2 + rng.IntN(3)
		each, c, per := 1+rng.IntN(3), 1+rng.IntN(8), 1+rng.IntN(40)
		h, w, kh, kw := 3+rng.IntN(5), 3+rng.IntN(5), 1+rng.IntN(3), 1+rng.IntN(3)
		strides, pads := []int{1 + rng.IntN(3), 1 + rng.IntN(3)}, [][2]int{{rng.IntN(3), rng.IntN(3)}, {rng.IntN(3), rng.IntN(3)}}
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
		// The operands in any order of axes, the result back in NCHW.
		in, kernel, to := rng.Perm(4), rng.Perm(4), rng.Perm(4)
		pt, err := m.Transpose(p, in...)
		if err != nil {
			t.Fatal(err)
		}
		qt, err := m.Transpose(q, kernel...)
		if err != nil {
			t.Fatal(err)
		}
		at := func(perm []int, axis int) int { return slices.Index(perm, axis) }
		axes := compute.ConvolveAxesConfig{
			InputBatch: at(in, 0), InputChannels: at(in, 1), InputSpatial: []int{at(in, 2), at(in, 3)},
			KernelOutputChannels: at(kernel, 0), KernelInputChannels: at(kernel, 1), KernelSpatial: []int{at(kernel, 2), at(kernel, 3)},
			OutputBatch: to[0], OutputChannels: to[1], OutputSpatial: []int{to[2], to[3]},
		}
		y, err := m.ConvGeneral(pt, qt, axes, strides, pads, nil, nil, 1, groups)
		if err != nil {
			t.Fatal(err)
		}
		if y, err = m.Transpose(y, to...); err != nil {
			t.Fatal(err)
		}
		if err := m.Return([]compute.Value{y}, nil); err != nil {
			t.Fatal(err)
		}
		e, err := bb.Compile()
		if err != nil {
			t.Fatal(err)
		}
		given, err := b.BufferFromFlatData(0, x, shapes.Make(dtypes.Float32, n, c, h, w))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Execute([]compute.Buffer{given}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		data, err := out[0].Data()
		if err != nil {
			t.Fatal(err)
		}
		got := data.([]float32)
		oh, ow := (h+pads[0][0]+pads[0][1]-kh)/strides[0]+1, (w+pads[1][0]+pads[1][1]-kw)/strides[1]+1
		for i := range got {
			ox, oy, o, img := i%ow, i/ow%oh, i/(ow*oh)%k, i/(ow*oh*k)
			want, size := 0.0, 0.0
			for ch := range c {
				for a := range kh {
					for d := range kw {
						iy, ix := oy*strides[0]-pads[0][0]+a, ox*strides[1]-pads[1][0]+d
						if iy < 0 || iy >= h || ix < 0 || ix >= w {
							continue
						}
						v := float64(x[((img+o/per*each)*c+ch)*h*w+iy*w+ix]) * float64(f[(o*c+ch)*kh*kw+a*kw+d])
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
