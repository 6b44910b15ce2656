package simd

import "fmt"

// An Activation is a function of one number that networks apply to each.
type Activation uint8

// NaN gives NaN everywhere. A product of 0 and an infinity is NaN, as IEEE has
// it: SiLU, GELU, GELUTanh and HardSwish of −Inf.
const (
	None        Activation = iota
	SiLU                   // x·sigmoid(x)
	GELU                   // x·Φ(x), by erf
	GELUTanh               // the tanh approximation of GELU
	Sigmoid                // 1/(1+e^−x)
	Tanh                   //
	HardSwish              // x·clip(x/6+½, 0, 1)
	HardSigmoid            // clip(x/6+½, 0, 1)
	Erf                    // the error function
	Exp                    // e^x
	Log                    // the natural logarithm
	Sqrt                   // √x
	Rsqrt                  // 1/√x
	Reciprocal             // 1/x
	Neg                    // −x
	Abs                    // |x|
	activations            // how many there are
)

var activationNames = [activations]string{"None", "SiLU", "GELU", "GELUTanh", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid",
	"Erf", "Exp", "Log", "Sqrt", "Rsqrt", "Reciprocal", "Neg", "Abs"}

func (a Activation) String() string {
	if a < activations {
		return activationNames[a]
	}
	return fmt.Sprintf("Activation(%d)", uint8(a))
}

// Apply stores a(src[i]) in dst[i]. dst may be src.
//
// Exp is within 2 ulp and underflows gradually; the square root, reciprocal,
// negation and absolute value are exact to the last bit; all others are within
// 1e-6, relative or absolute, whichever is more.
func Apply(a Activation, dst, src []float32) {
	alike("Apply", len(dst), len(src))
	if a >= activations {
		panic("simd: Apply: there is no " + a.String())
	}
	if len(src) <= stretch { // no closure on the heap
		a.run(dst, src)
		return
	}
	spread(len(src), func(lo, hi int) { a.run(dst[lo:hi], src[lo:hi]) })
}

// apply replaces each element of x by its activation, on this processor.
func (a Activation) apply(x []float32) {
	if a == None {
		return
	}
	for lo := 0; lo < len(x); lo += stretch {
		part := x[lo:min(lo+stretch, len(x))]
		a.run(part, part)
	}
}
