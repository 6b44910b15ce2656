package simd

// An Activation is a function of one number that networks apply to each.
type Activation uint8

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
)
