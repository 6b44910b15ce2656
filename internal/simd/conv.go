package simd

import "fmt"

// A Conv is a convolution, planned for a shape. Several goroutines may run it
// at once.
type Conv struct {
	shape      ConvShape
	f          *Filters
	rows, cols axis
	window     bool // groups of one or four channels to as many: by op
	op         windowOp
	merged     bool // taps of a row are one: their channels follow each other
	taps       int  // of the kernel
	depth      int  // input elements of a tap
	tapBytes   []int64
	seen       [2][]taps // of each output row and column, the taps in the image
	blocks     []depthBlock
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
	c := &Conv{shape: s, f: f, rows: s.rows(), cols: s.columns()}
	if f.windowed() {
		c.window = true
		if s.C/s.Groups == 4 {
			c.op = windowFour
		}
		return c
	}
	c.planTaps()
	f.at(Active())
	return c
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
	if c.window {
		r := windowRun{Window: s.window(), op: c.op, dst: dst, src: src, weights: c.f.w, e: e}
		r.run()
		return
	}
	c.product(dst, src, &e)
}
