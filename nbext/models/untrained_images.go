package models

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"sync"

	"golang.org/x/image/draw"
	"gonum.org/v1/gonum/dsp/fourier"

	"fusiform/analysis"
)

// Controlled takes from images what tells categories apart without anything
// being depicted: how bright they are, how much contrast they have, and how
// that is divided between spatial frequencies and orientations. A network
// with random weights answers to these, so that its units pass for selective,
// on other images as well. It is the control of simulate.Drawings, for
// pictures of any size.
//
// Each picture becomes grey (Rec. 601), Side×Side (bilinear), and has after
// it the same amplitude at every frequency,
//
//	|F(u, v)| ∝ (u² + v²)^−0.6,
//
// in cycles per picture, its own phases, mean 127.5 and standard deviation
// 24. What its phases say, the shapes, stays.
type Controlled struct {
	Side int // of the pictures made; 0 means 224

	// PhaseScrambled gives every picture phases of white noise, too: nothing
	// is depicted any more, and every image of every category is the same
	// noise but for its seed. The negative control.
	PhaseScrambled bool
	Seed           uint64 // of the noise
}

const (
	controlMean  = 127.5
	controlSD    = 24.
	controlPower = 1.2

	// controlVersion changes with the pixels.
	controlVersion = 1
)

// Stimuli returns the controlled pictures of s, each made when it is first
// shown and kept from then on (Side² bytes). They are other stimuli than
// those of s: their IDs end in " (controlled)" or " (phases scrambled)". A
// picture without any contrast becomes noise.
//
// It fails if Side is below 2 or above 4096, and, when a picture is asked
// for, if that of s cannot be decoded.
func (c Controlled) Stimuli(s analysis.Stimuli) (analysis.Stimuli, error) {
	side := c.Side
	if side == 0 {
		side = 224
	}
	if side < 2 || side > 4096 {
		return analysis.Stimuli{}, fmt.Errorf("models: controlled pictures of %d×%d; Side is from 2 to 4096", side, side)
	}
	mark := " (controlled)"
	if c.PhaseScrambled {
		mark = " (phases scrambled)"
	}
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		it := s.At(i)
		items[i] = changed(it, it.ID+mark, fmt.Sprintf("control %d %d %v %d", controlVersion, side, c.PhaseScrambled, c.Seed), func(img image.Image) image.Image {
			p := grey(img, side)
			return p.controlled(whiteNoise(side, rngOf(c.Seed, it.ID)), c.PhaseScrambled)
		})
		items[i].Image = once(items[i].Image)
	}
	return analysis.NewStimuli(items)
}

// changed is a stimulus with other pixels and another ID. what says what was
// done, for the digest.
func changed(it analysis.Stimulus, id, what string, change func(image.Image) image.Image) analysis.Stimulus {
	out := it
	out.ID = id
	if it.Image != nil {
		out.Image = func() (image.Image, error) {
			img, err := it.Image()
			if err != nil || img == nil || img.Bounds().Empty() {
				return img, err
			}
			return change(img), nil
		}
	}
	if it.Digest != nil {
		out.Digest = func() ([32]byte, error) {
			d, err := it.Digest()
			if err != nil {
				return d, err
			}
			return sha256.Sum256(fmt.Appendf(d[:], "\n%s\n%s", what, id)), nil
		}
	}
	return out
}

// once decodes an image at its first use and keeps it. An error is not kept.
func once(decode func() (image.Image, error)) func() (image.Image, error) {
	if decode == nil {
		return nil
	}
	var mu sync.Mutex
	var kept image.Image
	return func() (image.Image, error) {
		mu.Lock()
		defer mu.Unlock()
		if kept != nil {
			return kept, nil
		}
		img, err := decode()
		if err == nil {
			kept = img
		}
		return img, err
	}
}

// rngOf draws what follows from the seed and the stimulus alone.
func rngOf(seed uint64, id string) *rand.Rand {
	h := sha256.Sum256([]byte(id))
	var k uint64
	for _, b := range h[:8] {
		k = k<<8 | uint64(b)
	}
	return rand.New(rand.NewPCG(seed, k))
}

// A canvas has side×side grey values.
type canvas struct {
	side int
	v    []float64
}

func grey(img image.Image, side int) canvas {
	rgba := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range rgba.Pix {
		rgba.Pix[i] = 255
	}
	draw.BiLinear.Scale(rgba, rgba.Rect, img, img.Bounds(), draw.Over, nil)
	p := canvas{side, make([]float64, side*side)}
	for i := range p.v {
		px := rgba.Pix[4*i : 4*i+3 : 4*i+3]
		p.v[i] = float64(color.GrayModel.Convert(color.RGBA{px[0], px[1], px[2], 255}).(color.Gray).Y)
	}
	return p
}

// A spectrum is a two-dimensional discrete Fourier transform, row by row,
// frequency 0 first.
type spectrum struct {
	side int
	v    []complex128
}

func (s *spectrum) transform(f func(dst, src []complex128) []complex128) {
	n := s.side
	for y := range n {
		f(s.v[y*n:(y+1)*n], s.v[y*n:(y+1)*n])
	}
	column := make([]complex128, n)
	for x := range n {
		for y := range column {
			column[y] = s.v[y*n+x]
		}
		f(column, column)
		for y := range column {
			s.v[y*n+x] = column[y]
		}
	}
}

func (p canvas) spectrum() *spectrum {
	s := &spectrum{p.side, make([]complex128, len(p.v))}
	for i, v := range p.v {
		s.v[i] = complex(v, 0)
	}
	s.transform(fourier.NewCmplxFFT(p.side).Coefficients)
	return s
}

func whiteNoise(side int, rng *rand.Rand) *spectrum {
	p := canvas{side, make([]float64, side*side)}
	for i := range p.v {
		p.v[i] = rng.NormFloat64()
	}
	return p.spectrum()
}

// frequency is the distance of coefficient i from frequency 0, in cycles per
// picture.
func (s *spectrum) frequency(i int) float64 {
	signed := func(k int) float64 {
		if k > s.side/2 {
			k -= s.side
		}
		return float64(k)
	}
	return math.Hypot(signed(i%s.side), signed(i/s.side))
}

// controlled returns p with equal amplitudes. Where p has no amplitude (beyond
// rounding), or scrambled everywhere, it has the phases of noise. All pictures have the same amplitudes, so one factor gives
// all the same standard deviation (Parseval). Values beyond 0 and 255 are cut
// there.
func (p canvas) controlled(noise *spectrum, scrambled bool) image.Image {
	s := p.spectrum()
	power, most := 0., 0.
	for _, v := range s.v {
		most = max(most, cmplx.Abs(v))
	}
	for i := 1; i < len(s.v); i++ {
		a := math.Pow(s.frequency(i), -controlPower)
		power += a * a
		phase := s.v[i]
		if scrambled || cmplx.Abs(phase) <= 1e-9*most {
			phase = noise.v[i]
		}
		if m := cmplx.Abs(phase); m > 0 {
			s.v[i] = phase * complex(a/m, 0)
		} else {
			s.v[i] = complex(a, 0)
		}
	}
	n := float64(len(s.v))
	unit := complex(controlSD*n/math.Sqrt(power), 0)
	for i := range s.v {
		s.v[i] *= unit
	}
	s.v[0] = complex(controlMean*n, 0)
	s.transform(fourier.NewCmplxFFT(p.side).Sequence)
	out := image.NewGray(image.Rect(0, 0, p.side, p.side))
	for i, v := range s.v {
		out.Pix[i] = uint8(math.Round(min(255, max(0, real(v)/n))))
	}
	return out
}
