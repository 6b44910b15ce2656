package simd

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// someConvs are one of each way to compute: a product, by offsets, by merged
// taps with and without a copy, several blocks of depth, groups, depthwise.
var someConvs = []ConvShape{
	{N: 2, H: 5, W: 7, C: 30, K: 70, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 1, H: 3, W: 3, C: 1100, K: 9, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 1, H: 9, W: 9, C: 40, K: 33, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 1, H: 6, W: 6, C: 150, K: 20, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 20, W: 21, C: 3, K: 18, KH: 5, KW: 5, StrideH: 2, StrideW: 2, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 2, H: 12, W: 12, C: 3, K: 18, KH: 4, KW: 4, StrideH: 4, StrideW: 4, DilationH: 1, DilationW: 1, Groups: 1},
	{N: 1, H: 8, W: 8, C: 12, K: 24, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 2, PadLeft: 2, PadBottom: 2, PadRight: 2, DilationH: 2, DilationW: 2, Groups: 3},
	{N: 2, H: 11, W: 13, C: 21, K: 21, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, DilationH: 1, DilationW: 1, Groups: 21},
	{N: 2, H: 11, W: 13, C: 21, K: 42, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, DilationH: 1, DilationW: 1, Groups: 21},
}

// setUp returns an image, filters and a destination for the shape.
func (s ConvShape) setUp(rng *rand.Rand) (src, w, dst []float32) {
	return normals(rng, make([]float32, s.N*s.H*s.W*s.C)), normals(rng, make([]float32, s.KH*s.KW*s.C/s.Groups*s.K)), make([]float32, s.N*s.OutH()*s.OutW()*s.K)
}

// NaN and infinities reach what they should, and nothing else.
func TestConvNaN(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, s := range someConvs {
		src, w, dst := s.setUp(rng)
		for range 3 {
			src[rng.IntN(len(src))] = float32(math.Inf(1 - 2*rng.IntN(2)))
		}
		src[rng.IntN(len(src))] = float32(math.NaN())
		want, _ := convolve(s, src, w)
		f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
		for _, level := range Levels() {
			restore := Use(level)
			NewConv(s, f).Run(dst, src, Epilogue{Lo: -1, Hi: 1})
			restore()
			for i, v := range dst {
				x := min(max(want[i], -1), 1)
				if math.IsNaN(x) != (v != v) || math.IsInf(want[i], 0) && float64(v) != x {
					t.Fatalf("%v %+v: element %d is %v, want %v", level, s, i, v, x)
				}
			}
		}
	}
}

// An activation comes after bias and residual, bounds after it.
func TestConvActivation(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	for _, s := range someConvs {
		src, w, dst := s.setUp(rng)
		f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
		bias := normals(rng, make([]float32, s.K))
		residual := normals(rng, make([]float32, len(dst)))
		for _, level := range Levels() {
			func() {
				defer Use(level)()
				c := NewConv(s, f)
				want := make([]float32, len(dst))
				c.Run(want, src, Epilogue{Bias: bias, Residual: residual})
				HardSwish.apply(want)
				for i, v := range want {
					want[i] = min(max(v, -1), 2)
				}
				copy(dst, residual)
				c.Run(dst, src, Epilogue{Bias: bias, Residual: dst, Act: HardSwish, Lo: -1, Hi: 2})
				for i := range want {
					if d := math.Abs(float64(dst[i] - want[i])); !(d < 1e-5) {
						t.Fatalf("%v %+v: element %d is %v, want %v", level, s, i, dst[i], want[i])
					}
				}
			}()
		}
	}
}

// Runs of one convolution, and plans of one set of filters, side by side.
func TestConvConcurrent(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 3))
	for _, s := range someConvs {
		src, w, want := s.setUp(rng)
		NewConv(s, PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)).Run(want, src, Epilogue{})
		f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
		var once sync.Once
		var shared *Conv
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				own := NewConv(s, f)
				once.Do(func() { shared = NewConv(s, f) })
				dst := make([]float32, len(want))
				for i := range 10 {
					c := own
					if i%2 == 0 {
						c = shared
					}
					c.Run(dst, src, Epilogue{})
					for i, v := range dst {
						if v != want[i] {
							t.Errorf("%+v: element %d is %v, want %v", s, i, v, want[i])
							return
						}
					}
				}
			})
		}
		wg.Wait()
	}
}

// Filters serve every level, whichever they were packed at.
func TestConvLevelChanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 4))
	s := someConvs[2]
	src, w, dst := s.setUp(rng)
	want, size := convolve(s, src, w)
	c := NewConv(s, PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w))
	for _, level := range Levels() {
		restore := Use(level)
		c.Run(dst, src, Epilogue{})
		restore()
		if err := sumsNear(dst, want, size); err != nil {
			t.Errorf("%v: %v", level, err)
		}
	}
}

func TestConvShapeCheck(t *testing.T) {
	good := square(8, 4, 8, 3, 1, 1, 2)
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *ConvShape){
		"no images":        func(s *ConvShape) { s.N = 0 },
		"negative rows":    func(s *ConvShape) { s.H = -1 },
		"no stride":        func(s *ConvShape) { s.StrideW = 0 },
		"negative padding": func(s *ConvShape) { s.PadLeft = -1 },
		"groups":           func(s *ConvShape) { s.Groups = 3 },
		"no groups":        func(s *ConvShape) { s.Groups = 0 },
		"large filter":     func(s *ConvShape) { s.KH = 11 },
		"overflow":         func(s *ConvShape) { s.N = 1 << 60 },
		"overflow of out":  func(s *ConvShape) { s.PadTop, s.PadLeft = 1<<40, 1<<40 },
		"wide dilation":    func(s *ConvShape) { s.DilationH = 1 << 62 },
		"many weights":     func(s *ConvShape) { s.K = 1 << 45 },
	} {
		s := good
		change(&s)
		if s.Check() == nil {
			t.Errorf("%s: %+v passes", name, s)
		}
	}
}

// Convolutions that fetch ahead, or copy some of the images at once.
func TestConvLarge(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	staged := square(200, 3, 8, 5, 2, 2, 1)
	staged.N = 3
	for _, s := range []ConvShape{staged, square(256, 26, 26, 3, 1, 1, 26), square(300, 20, 20, 3, 2, 1, 20), square(130, 3, 100, 1, 1, 0, 1)} {
		src, w, dst := s.setUp(rng)
		e := Epilogue{Bias: normals(rng, make([]float32, s.K)), Residual: normals(rng, make([]float32, len(dst)))}
		f := PackFilters(s.KH, s.KW, s.C/s.Groups, s.K, s.Groups, w)
		want, size := convolve(s, src, w)
		for i := range want {
			b, r := float64(e.Bias[i%s.K]), float64(e.Residual[i])
			want[i] += b + r
			size[i] += math.Abs(b) + math.Abs(r)
		}
		for _, level := range Levels() {
			restore := Use(level)
			NewConv(s, f).Run(dst, src, e)
			restore()
			if err := sumsNear(dst, want, size); err != nil {
				t.Errorf("%v %+v: %v", level, s, err)
			}
		}
	}
}
