package simulate

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"fusiform/analysis"

	"golang.org/x/image/draw"
	"gonum.org/v1/gonum/mat"
)

// What the cohort sees of a picture, after it is made grey, 32×32 pixels, of
// mean 0 and standard deviation 1: the contrast energy of 4 orientations at 2
// wavelengths, and the luminance, each averaged within the cells of a 4×4
// grid. Energy is the length of the response of two Gabor filters a quarter
// of a wave apart: Adelson & Bergen (1985), doi:10.1364/JOSAA.2.000284.
const (
	seenSide     = 32
	seenGrid     = 4
	seenCells    = seenGrid * seenGrid
	orientations = 4
	seenFeatures = (2*orientations + 1) * seenCells
)

// wavelengths in pixels.
var wavelengths = [2]float64{4, 8}

// seenScale holds the mean and the standard deviation of the features of
// each wavelength, and of luminance, over the pictures of Drawings in both
// styles, so that all count about equally.
var seenScale = [3]struct{ mean, sd float64 }{{.85, .45}, {2.1, 1.1}, {0, .65}}

// see returns the features of all pictures, n×144.
func see(s analysis.Stimuli) (*mat.Dense, error) {
	out := mat.NewDense(s.Len(), seenFeatures, nil)
	filters := gabors()
	errs := make([]error, s.Len())
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				errs[i] = seeOne(s.At(i), filters, out.RawRowView(i))
			}
		})
	}
	for i := range errs {
		next <- i
	}
	close(next)
	wg.Wait()
	return out, first(errs)
}

func seeOne(s analysis.Stimulus, filters []gabor, into []float64) error {
	if s.Image == nil {
		return fmt.Errorf("simulate: stimulus %q has no picture; a cohort answers to what it sees", s.ID)
	}
	img, err := s.Image()
	if err != nil {
		return fmt.Errorf("simulate: picture of stimulus %q: %w", s.ID, err)
	}
	if img.Bounds().Empty() {
		return fmt.Errorf("simulate: picture of stimulus %q is empty", s.ID)
	}
	p := grey(img)
	k := 0
	for f, g := range filters {
		scale := seenScale[f/orientations]
		for _, e := range g.energy(p) {
			into[k] = (e - scale.mean) / scale.sd
			k++
		}
	}
	var cells [seenCells]float64
	for i, v := range p {
		cells[cell(i%seenSide, i/seenSide)] += v / (seenSide * seenSide / seenCells)
	}
	for _, v := range cells {
		into[k] = (v - seenScale[2].mean) / seenScale[2].sd
		k++
	}
	return nil
}

// picture holds seenSide² pixels, row by row.
type picture [seenSide * seenSide]float64

// grey scales a picture to seenSide and gives it mean 0 and standard deviation
// 1; a uniform one becomes all 0.
func grey(img image.Image) *picture {
	g := image.NewGray(image.Rect(0, 0, seenSide, seenSide))
	draw.BiLinear.Scale(g, g.Bounds(), img, img.Bounds(), draw.Src, nil)
	p := new(picture)
	var sum, square float64
	for i, v := range g.Pix {
		p[i] = float64(v)
		sum += p[i]
		square += p[i] * p[i]
	}
	mean := sum / float64(len(p))
	sd := math.Sqrt(max(0, square/float64(len(p))-mean*mean))
	for i := range p {
		if p[i] -= mean; sd > 0 {
			p[i] /= sd
		}
	}
	return p
}

func cell(x, y int) int {
	const w = seenSide / seenGrid
	return y/w*seenGrid + x/w
}

// A gabor is a pair of wave packets, (2r+1)² pixels, each of unit length.
type gabor struct {
	r         int
	even, odd []float64
}

// gabors returns the filters, orientation by orientation, the short
// wavelength first. The packet's standard deviation is half a wavelength.
func gabors() []gabor {
	var out []gabor
	for _, wave := range wavelengths {
		for o := range orientations {
			angle := math.Pi * float64(o) / orientations
			g := gabor{r: int(wave)}
			for y := -g.r; y <= g.r; y++ {
				for x := -g.r; x <= g.r; x++ {
					phase := 2 * math.Pi / wave * (float64(x)*math.Cos(angle) + float64(y)*math.Sin(angle))
					envelope := math.Exp(-2 * float64(x*x+y*y) / (wave * wave))
					g.even = append(g.even, envelope*math.Cos(phase))
					g.odd = append(g.odd, envelope*math.Sin(phase))
				}
			}
			unit(g.even)
			unit(g.odd)
			out = append(out, g)
		}
	}
	return out
}

// unit takes the mean from a filter and gives it length 1.
func unit(f []float64) {
	mean, square := 0., 0.
	for _, v := range f {
		mean += v / float64(len(f))
	}
	for i := range f {
		f[i] -= mean
		square += f[i] * f[i]
	}
	for i := range f {
		f[i] /= math.Sqrt(square)
	}
}

// energy returns the mean over each cell of √(even² + odd²), at every second
// pixel. Beyond the edge the picture is its mean.
func (g gabor) energy(p *picture) [seenCells]float64 {
	var out [seenCells]float64
	for cy := 0; cy < seenSide; cy += 2 {
		for cx := 0; cx < seenSide; cx += 2 {
			var even, odd float64
			for y := max(cy-g.r, 0); y <= min(cy+g.r, seenSide-1); y++ {
				for x := max(cx-g.r, 0); x <= min(cx+g.r, seenSide-1); x++ {
					v, k := p[y*seenSide+x], (y-cy+g.r)*(2*g.r+1)+x-cx+g.r
					even += v * g.even[k]
					odd += v * g.odd[k]
				}
			}
			out[cell(cx, cy)] += math.Hypot(even, odd) / (seenSide * seenSide / seenCells / 4)
		}
	}
	return out
}

// readings returns d nonlinear readings of n pictures, n×d: tanh of random
// weighted sums of the features.
func readings(seen *mat.Dense, d int, rng *rand.Rand) *mat.Dense {
	n, p := seen.Dims()
	w := mat.NewDense(p, d, nil)
	for i := range p {
		for j := range d {
			w.Set(i, j, rng.NormFloat64()/math.Sqrt(float64(p)))
		}
	}
	out := mat.NewDense(n, d, nil)
	out.Mul(seen, w)
	out.Apply(func(_, _ int, v float64) float64 { return math.Tanh(v) }, out)
	return out
}
