package glm

import "slices"

// Derivatives says which derivatives of the response are regressors, too, for
// each condition. They take up what comes earlier or later, or lasts longer or
// shorter, than the response says, so that it is not counted as noise; they
// are columns of no interest, which a contrast by conditions leaves alone, and
// are called as in nilearn, "face_derivative" and "face_dispersion". Each is made
// orthogonal to the condition, whose beta keeps its meaning.
type Derivatives int

const (
	NoDerivatives     Derivatives = iota
	TimeDerivative                // nilearn's "glover + derivative" or "spm + derivative"
	TimeAndDispersion             // nilearn's "… + derivative + dispersion"
)

// suffixes are those of the names of the regressors of a condition.
func (d Derivatives) suffixes() []string {
	return []string{"", "_derivative", "_dispersion"}[:d+1]
}

// kernels samples the response and its derivatives every dt seconds. As in
// nilearn they are quotients of differences, of 0.1 s in onset and of 0.01 s in
// dispersion; and that of Glover's dispersion gives the undershoot a
// dispersion of 1 s, not of 0.9.
func (h HRF) kernels(dt float64) [][]float64 {
	d := h.Derivatives
	h = h.resolved()
	h.Derivatives = 0
	out := [][]float64{h.kernel(dt, 0)}
	if d >= TimeDerivative {
		out = append(out, quotient(out[0], h.kernel(dt, 0.1), 0.1))
	}
	if d >= TimeAndDispersion {
		if h == Glover {
			h.UndershootDispersion = 1
		}
		wider := h
		wider.Dispersion += 0.01
		out = append(out, quotient(h.kernel(dt, 0), wider.kernel(dt, 0), 0.01))
	}
	return out
}

func quotient(a, b []float64, by float64) []float64 {
	q := slices.Clone(a)
	for i := range q {
		q[i] = 1 / by * (a[i] - b[i])
	}
	return q
}
