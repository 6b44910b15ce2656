package simd

import "math"

// An Epilogue is what happens to a product or a convolution before it is
// stored:
//
//	y[i,j] = clip(Act(Σ + Bias[j] + Residual[i·Stride+j]), Lo, Hi)
//
// The zero value does nothing: clip is off while Lo and Hi are both 0.
type Epilogue struct {
	Bias     []float32 // one for each column, or nil
	Residual []float32 // added to each element, or nil; may be the destination itself
	Stride   int       // from one row of Residual to the next
	Act      Activation
	Lo, Hi   float32
}

// clip returns the bounds, −Inf and +Inf where there is none.
func (e *Epilogue) clip() (lo, hi float32) {
	if e.Lo == 0 && e.Hi == 0 {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return e.Lo, e.Hi
}
