package simd

import "fmt"

// Filters are the weights of a convolution. They hold for every batch, image
// size, stride, padding and dilation, do not change, and may be used by
// several goroutines at once.
type Filters struct {
	kh, kw, cPerGroup, k, groups int

	w []float32 // kh×kw×cPerGroup×k
}

// PackFilters returns filters w in the order HWIO: kh×kw×cPerGroup×k. Output
// channels [g·k/groups, (g+1)·k/groups) belong to group g. It keeps w, which
// must not change any more.
func PackFilters(kh, kw, cPerGroup, k, groups int, w []float32) *Filters {
	if min(kh, kw, cPerGroup, k, groups) < 1 || k%groups != 0 || !fits(kh, kw, cPerGroup, k) || len(w) != kh*kw*cPerGroup*k {
		panic(fmt.Sprintf("simd: %d weights for %d×%d×%d×%d filters in %d groups", len(w), kh, kw, cPerGroup, k, groups))
	}
	return &Filters{kh: kh, kw: kw, cPerGroup: cPerGroup, k: k, groups: groups, w: w}
}

// A Conv is a convolution, planned for a shape. Several goroutines may run it
// at once.
type Conv struct {
	shape      ConvShape
	f          *Filters
	rows, cols axis
}

// NewConv plans a convolution. It panics if the shape does not pass Check or
// the filters are of another shape.
func NewConv(s ConvShape, f *Filters) *Conv {
	if err := s.Check(); err != nil {
		panic(err)
	}
	if f.kh != s.KH || f.kw != s.KW || f.groups != s.Groups || f.k != s.K || f.cPerGroup != s.C/s.Groups {
		panic(fmt.Sprintf("simd: filters of %d×%d×%d×%d in %d groups for %+v", f.kh, f.kw, f.cPerGroup, f.k, f.groups, s))
	}
	return &Conv{shape: s, f: f, rows: s.rows(), cols: s.columns()}
}

// Run sets dst, N×OutH×OutW×K, to the convolution of src, N×H×W×C:
//
//	dst[n,y,x,k] = Σ src[n, y·StrideH−PadTop+i·DilationH, x·StrideW−PadLeft+j·DilationW, c] · w[i,j,c,k]
//
// and what the epilogue adds: a bias for each output channel, a residual of
// the shape of dst, an activation, bounds. The stride of the residual is from
// pixel to pixel; 0 stands for K. The residual may be dst itself; otherwise
// dst overlaps nothing.
func (c *Conv) Run(dst, src []float32, e Epilogue) {
	s := c.shape
	pixels := s.N * c.rows.out * c.cols.out
	if e.Residual != nil && e.Stride == 0 {
		e.Stride = s.K
	}
	switch {
	case len(src) < s.N*s.H*s.W*s.C || len(dst) < pixels*s.K:
		panic(fmt.Sprintf("simd: convolution of %d to %d elements: %+v", len(src), len(dst), s))
	case e.Bias != nil && len(e.Bias) < s.K:
		panic(fmt.Sprintf("simd: %d biases for %d output channels", len(e.Bias), s.K))
	case e.Residual != nil && (e.Stride < s.K || len(e.Residual) < (pixels-1)*e.Stride+s.K):
		panic(fmt.Sprintf("simd: residual of %d elements, stride %d, for %d×%d", len(e.Residual), e.Stride, pixels, s.K))
	}
	c.direct(dst, src, &e)
}

// direct is the convolution by its definition.
func (c *Conv) direct(dst, src []float32, e *Epilogue) {
	s, f := c.shape, c.f
	loBound, hiBound := e.clip()
	in, out := s.C/s.Groups, s.K/s.Groups
	Parallel(s.N*c.rows.out, Grain(c.cols.out*s.K*in*s.KH*s.KW), func(lo, hi int) {
		sum := make([]float32, out)
		for r := lo; r < hi; r++ {
			n, oy := r/c.rows.out, r%c.rows.out
			y0, y1 := c.rows.valid(oy)
			for ox := range c.cols.out {
				x0, x1 := c.cols.valid(ox)
				p := r*c.cols.out + ox
				for g := range s.Groups {
					clear(sum)
					for ky := y0; ky < y1; ky++ {
						for kx := x0; kx < x1; kx++ {
							iy, ix := oy*s.StrideH-s.PadTop+ky*s.DilationH, ox*s.StrideW-s.PadLeft+kx*s.DilationW
							for j, v := range src[((n*s.H+iy)*s.W+ix)*s.C+g*in:][:in] {
								w := f.w[((ky*s.KW+kx)*in+j)*s.K+g*out:][:out]
								for i := range sum {
									sum[i] += v * w[i]
								}
							}
						}
					}
					if e.Bias != nil {
						for i, b := range e.Bias[g*out:][:out] {
							sum[i] += b
						}
					}
					if e.Residual != nil {
						for i, v := range e.Residual[p*e.Stride+g*out:][:out] {
							sum[i] += v
						}
					}
					for i, v := range sum {
						if v < loBound {
							v = loBound
						}
						if v > hiBound {
							v = hiBound
						}
						sum[i] = v
					}
					copy(dst[p*s.K+g*out:], sum)
				}
			}
		}
	})
}
