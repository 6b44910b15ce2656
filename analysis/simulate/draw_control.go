package simulate

import (
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"
)

// The control that every picture goes through by itself.
const (
	controlMean  = 127.5 / 255 // luminance
	controlSD    = 24. / 255   // its standard deviation: so small that next to nothing is cut at 0 and 255, see TestControl
	controlPower = 1.2         // amplitude falls as f^−1.2; TestControlPower fits it
)

// A spectrum is the two-dimensional discrete Fourier transform of a canvas,
// row by row, frequency 0 first.
type spectrum [Side * Side]complex128

// transform applies f to all rows, then to all columns.
func (s *spectrum) transform(f func(dst, src []complex128) []complex128) {
	for y := range Side {
		f(s[y*Side:(y+1)*Side], s[y*Side:(y+1)*Side])
	}
	column := make([]complex128, Side)
	for x := range Side {
		for y := range column {
			column[y] = s[y*Side+x]
		}
		f(column, column)
		for y := range column {
			s[y*Side+x] = column[y]
		}
	}
}

func (c *canvas) spectrum() *spectrum {
	s := new(spectrum)
	for i, v := range c {
		s[i] = complex(v, 0)
	}
	s.transform(fourier.NewCmplxFFT(Side).Coefficients)
	return s
}

func (s *spectrum) canvas() (c canvas) {
	t := *s
	t.transform(fourier.NewCmplxFFT(Side).Sequence)
	for i, v := range t {
		c[i] = real(v) / (Side * Side)
	}
	return c
}

// frequency returns the distance of coefficient i from frequency 0, in cycles
// per picture.
func frequency(i int) float64 {
	signed := func(k int) float64 {
		if k > Side/2 {
			k -= Side
		}
		return float64(k)
	}
	return math.Hypot(signed(i%Side), signed(i/Side))
}

// controlAmplitude is f^−1.2 for each coefficient, 0 for the mean.
var controlAmplitude = func() (a [Side * Side]float64) {
	for i := 1; i < len(a); i++ {
		a[i] = math.Pow(frequency(i), -controlPower)
	}
	return a
}()

// controlled returns the picture with amplitude f^−1.2 at every frequency f,
// its phases kept, mean controlMean and standard deviation controlSD. Since
// the amplitudes are the same for every picture, so is the factor that gives
// this deviation (Parseval).
func (c *canvas) controlled() canvas {
	s := c.spectrum()
	power := 0.
	for i := 1; i < len(s); i++ {
		a := controlAmplitude[i]
		power += a * a
		if m := cmplx.Abs(s[i]); m > 0 {
			s[i] *= complex(a/m, 0)
		} else {
			s[i] = complex(a, 0)
		}
	}
	unit := complex(controlSD*Side*Side/math.Sqrt(power), 0)
	for i := range s {
		s[i] *= unit
	}
	s[0] = complex(controlMean*Side*Side, 0)
	return s.canvas()
}

// phaseScrambled returns a picture with the amplitudes of c and the phases of
// white noise.
func (c *canvas) phaseScrambled(rng *rand.Rand) canvas {
	var noise canvas
	for i := range noise {
		noise[i] = rng.NormFloat64()
	}
	s, n := c.spectrum(), noise.spectrum()
	for i := 1; i < len(s); i++ {
		s[i] = n[i] * complex(cmplx.Abs(s[i])/cmplx.Abs(n[i]), 0)
	}
	return s.canvas()
}

// tile is the width of the squares that scrambled pictures are cut into.
const tile = Side / 8

// scrambled draws an object and shuffles its tiles.
func (h *hand) scrambled(string) {
	objects := kinds()[3]
	objects.draw(h, objects.subs[h.IntN(len(objects.subs))])
	const n = Side / tile
	whole, order := h.canvas, h.Perm(n*n)
	for to, from := range order {
		for i := range tile * tile {
			x, y := i%tile, i/tile
			h.canvas[(to/n*tile+y)*Side+to%n*tile+x] = whole[(from/n*tile+y)*Side+from%n*tile+x]
		}
	}
}
