package glm

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"fusiform/analysis"
)

// regressors are what a voxel that answers the events by h would show at the
// times of the volumes, which rise evenly, and what its derivatives would. As in
// nilearn: events become steps on a grid fifty times finer that begins 24 s
// before the first volume, where those without duration last for one sample; the
// grid is convolved with each kernel, and read at the times by linear
// interpolation; and each regressor is made orthogonal to those before it.
func regressors(events []analysis.Event, times []float64, h HRF) [][]float64 {
	n := len(times)
	first, last := times[0], times[n-1]
	end := last * (1 + 1/float64(n-1))
	samples := float64(n-1) / (last - first) * ((end - first - minOnset) * oversampling)
	grid := linspace(first+minOnset, end, int(math.RoundToEven(samples+1)))
	steps := stepped(events, grid)
	tr := math.Inf(1)
	for i := 1; i < n; i++ {
		tr = math.Min(tr, times[i]-times[i-1])
	}
	var out [][]float64
	for _, kernel := range h.kernels(tr / oversampling) {
		x := make([]float64, n)
		convolved := func(i int) float64 {
			sum := 0.0
			for k := range min(len(kernel), i+1) {
				sum += kernel[k] * steps[i-k]
			}
			return sum
		}
		for i, t := range times {
			j, _ := slices.BinarySearch(grid, t)
			j = min(max(j, 1), len(grid)-1)
			lo, hi := convolved(j-1), convolved(j)
			x[i] = (hi-lo)/(grid[j]-grid[j-1])*(t-grid[j-1]) + lo
		}
		for _, b := range out {
			if s := floats.Dot(b, b); s > 0 {
				floats.AddScaled(x, -floats.Dot(b, x)/s, b)
			}
		}
		out = append(out, x)
	}
	return out
}

// stepped is how strongly events act at each moment of the grid.
func stepped(events []analysis.Event, grid []float64) []float64 {
	at := func(t float64) int {
		i, _ := slices.BinarySearch(grid, t)
		return min(i, len(grid)-1)
	}
	steps := make([]float64, len(grid))
	for _, e := range events {
		m := e.Modulation
		if m == 0 {
			m = 1
		}
		on, off := at(e.Onset), at(e.Onset+e.Duration)
		if off == on && off < len(grid)-1 {
			off++
		}
		steps[on] += m
		steps[off] -= m
	}
	for i := 1; i < len(steps); i++ {
		steps[i] += steps[i-1]
	}
	return steps
}

// drift returns the cosines of n volumes that are slower than a frequency,
//
//	√(2/n) cos(π k (i + ½)/n),  k = 1 … ⌊2 n f dt⌋
//
// each as a slice over the volumes i: the discrete cosine transform II.
func drift(times []float64, frequency float64) [][]float64 {
	n := len(times)
	dt := (times[n-1] - times[0]) / float64(n-1)
	order := min(n-1, int(math.Floor(2*float64(n)*frequency*dt)))
	out := make([][]float64, max(order, 0))
	for k := range out {
		out[k] = make([]float64, n)
		for i := range n {
			out[k][i] = math.Sqrt(2/float64(n)) * math.Cos(math.Pi/float64(n)*(float64(i)+0.5)*float64(k+1))
		}
	}
	return out
}
