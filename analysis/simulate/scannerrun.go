package simulate

import (
	"math"
	"math/rand/v2"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Run measures run k, from 0 to Runs − 1. It is computed each time it is asked
// for.
func (s *Scan) Run(k int) *ScanRun {
	rng := seeded("scan", s.scanner.Seed, s.number, k)
	r := &ScanRun{TR: s.scanner.TR, Unsteady: 1}
	shown := s.Truth.Signal.Stimuli()
	at := 8.
	order := rng.Perm(shown.Len())
	for _, i := range order {
		e := analysis.Event{Onset: math.Round(10*at) / 10, Duration: s.scanner.Seconds, Type: shown.At(i).ID}
		if s.scanner.ByCategory {
			e.Type = shown.At(i).Category
		}
		r.Events = append(r.Events, e)
		at += s.scanner.Seconds + 2 + 2*rng.Float64()
	}
	n := int(math.Ceil((at + 12) / r.TR))
	total := len(s.Brain)
	r.confounds(n, rng)

	// What the cohort's voxels answer: volumes × stimuli, times stimuli × voxels.
	x := mat.NewDense(n, shown.Len(), nil)
	for k, e := range r.Events {
		x.SetCol(order[k], evoked(e, n, r.TR))
	}
	var answer mat.Dense
	answer.Mul(x, s.Truth.Signal.Matrix())
	of := make([]int, total) // of a voxel of the head, 1 + the cohort's
	for j, v := range s.Voxels {
		if v >= 0 {
			of[v] = j + 1
		}
	}
	r.Values = mat.NewDense(n, total, nil)
	r.Brain = make([]bool, total)
	column := make([]float64, n)
	for v := range total {
		if !s.Brain[v] {
			if rng.IntN(50) == 0 {
				for i := range n {
					r.Values.Set(i, v, math.NaN())
				}
			}
			continue
		}
		r.Brain[v] = of[v] > 0 || rng.IntN(60) > 0
		mean := 700 + 600*rng.Float64()
		slow, phase, moved, tissue := rng.Float64(), 2*math.Pi*rng.Float64(), rng.NormFloat64(), .5+rng.Float64()
		noise := autoregressive(n, scanRho, rng)
		for i := range n {
			y := slow*math.Cos(math.Pi*float64(i)/float64(n)+phase) + moved*r.Motion.At(i, 2) + tissue*(r.CSF[i]+r.Tissue[i])/2 + s.scanner.Noise*noise[i]
			if of[v] > 0 {
				y += answer.At(i, of[v]-1)
			}
			if i < r.Unsteady {
				y += 20
			}
			column[i] = float64(float32(mean * (1 + y/100)))
		}
		r.Values.SetCol(v, column)
	}
	r.summarise()
	return r
}

// evoked is h∗box at the middle of each volume: the sum of the response at the
// times since the stimulus stood there.
func evoked(e analysis.Event, n int, tr float64) []float64 {
	out := make([]float64, n)
	area := 0.
	for t := scanDT / 2; t < 32; t += scanDT {
		area += glover(t) * scanDT
	}
	for i := range out {
		now := (float64(i) + .5) * tr
		for t := scanDT / 2; t < e.Duration; t += scanDT {
			out[i] += glover(now-e.Onset-t) * scanDT / area
		}
	}
	return out
}

// glover is the response to a moment, t seconds ago: Glover (1999),
// doi:10.1006/nimg.1998.0419, in nilearn's parameters: gamma densities of shape
// 6/0.9 and 12/0.9 and scale 0.9 s, the second times 0.48 subtracted.
func glover(t float64) float64 {
	if t <= 0 || t > 32 {
		return 0
	}
	gamma := func(shape float64) float64 {
		l, _ := math.Lgamma(shape)
		return math.Exp((shape-1)*math.Log(t/.9)-t/.9-l) / .9
	}
	return gamma(6/.9) - .48*gamma(12/.9)
}

// autoregressive is noise of variance 1 that remembers a share ρ of what was.
func autoregressive(n int, rho float64, rng *rand.Rand) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = rng.NormFloat64()
		if i > 0 {
			out[i] = rho*out[i-1] + math.Sqrt(1-rho*rho)*out[i]
		}
	}
	return out
}

// confounds draws how the head moved and what the tissues did.
func (r *ScanRun) confounds(n int, rng *rand.Rand) {
	r.Motion = mat.NewDense(n, 6, nil)
	jerk := n/3 + rng.IntN(n/3) // once, the head jerks
	for i := 1; i < n; i++ {
		for j := range 6 {
			step := .02 * rng.NormFloat64()
			if i == jerk && j == 1 {
				step += .9
			}
			if j >= 3 {
				step /= 50 // radians of a head of 50 mm
			}
			r.Motion.Set(i, j, r.Motion.At(i-1, j)*.97+step)
		}
	}
	r.CSF, r.Tissue = autoregressive(n, .7, rng), autoregressive(n, .7, rng)
	r.Displacement = make([]float64, n)
	r.Displacement[0] = math.NaN()
	for i := 1; i < n; i++ {
		for j := range 6 {
			d := math.Abs(r.Motion.At(i, j) - r.Motion.At(i-1, j))
			if j >= 3 {
				d *= 50
			}
			r.Displacement[i] += d
		}
	}
}

// summarise takes the mean of the brain, and how much it changes from volume
// to volume.
func (r *ScanRun) summarise() {
	n, total := r.Values.Dims()
	r.Global, r.DVARS = make([]float64, n), make([]float64, n)
	voxels := 0
	for v := range total {
		if r.Brain[v] {
			voxels++
		}
	}
	for i := range n {
		for v := range total {
			if r.Brain[v] {
				r.Global[i] += r.Values.At(i, v) / float64(voxels)
				if i > 0 {
					r.DVARS[i] += math.Pow(r.Values.At(i, v)-r.Values.At(i-1, v), 2) / float64(voxels)
				}
			}
		}
		r.DVARS[i] = math.Sqrt(r.DVARS[i])
	}
	usual := stat.Mean(r.DVARS[min(2, n-1):], nil)
	for i := range r.DVARS {
		r.DVARS[i] /= usual
	}
	r.DVARS[0] = math.NaN()
}
