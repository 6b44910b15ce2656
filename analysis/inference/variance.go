package inference

import (
	"math"

	"fusiform/analysis"
)

// Correction says which formula turns the variances of draws into that of a
// score. The zero value is the one to use.
type Correction uint8

const (
	// SmallSample corrects for a number N of things drawn that is finite:
	// draws of N things vary by (N−1)/N of what samples of N do.
	SmallSample Correction = iota

	// LargeSample takes the numbers of stimuli and people as large.
	LargeSample
)

// Single returns the variance of a number that draws of n things give the
// variance v: v·n/(n−1), or v itself in a large sample.
func (c Correction) Single(v float64, n int) float64 {
	if c == LargeSample {
		return v
	}
	return float64(n) / float64(n-1) * v
}

// Dual returns the variance of a number under new people and new stimuli, from
// its variance in draws of both, of people alone, and of stimuli alone. That of
// both is too large, for it holds the noise of each single value of a person
// and a stimulus three times where a sample holds it once. With n people and m
// stimuli,
//
//	V = n/(n−1)·people + m/(m−1)·stimuli − n·m/((n−1)(m−1))·(both − people − stimuli)
//
// in a small sample, and 2(people + stimuli) − both in a large one; never less
// than either single term and never more than both, in this order. Schütt et
// al. (2023), doi:10.7554/eLife.82566; the same as rsatoolbox 0.3.2.
func (c Correction) Dual(both, people, stimuli float64, n, m int) float64 {
	p, s := c.Single(people, n), c.Single(stimuli, m)
	v := p + s - c.Single(c.Single(both-people-stimuli, n), m)
	return min(max(v, p, s), both)
}

// covariance is that of several numbers over draws, with the divisor draws − 1.
type covariance struct {
	size   int
	values []float64
}

// covarianceOf returns that of the rows, which must be two or more.
func covarianceOf(rows [][]float64) *covariance {
	size := len(rows[0])
	c := &covariance{size, make([]float64, size*size)}
	mean := make([]float64, size)
	for _, row := range rows {
		for i, x := range row {
			mean[i] += x / float64(len(rows))
		}
	}
	off := make([]float64, size)
	for _, row := range rows {
		for i, x := range row {
			off[i] = x - mean[i]
		}
		for i, x := range off {
			for j, y := range off {
				c.values[i*size+j] += x * y / float64(len(rows)-1)
			}
		}
	}
	return c
}

// of returns the variance of number i; with less ≥ 0, of i minus that one.
func (c *covariance) of(i, less int) float64 {
	v := c.values[i*c.size+i]
	if less >= 0 {
		v += c.values[less*c.size+less] - 2*c.values[i*c.size+less]
	}
	return max(v, 0)
}

// spread is how the scores of J models and, as numbers J and J+1, the bounds
// of the ceiling vary over draws. Draws of one person alone have no ceiling;
// they tell of models only.
type spread struct {
	correction      Correction
	over            Over
	models          int
	people, stimuli int
	scores, ceiled  [kinds]*covariance
}

// fewest returns one less than the number of things drawn, the smaller of the
// two where both were: the degrees of freedom that rsatoolbox takes.
func (s *spread) fewest() float64 {
	return float64([...]int{Both: min(s.people, s.stimuli), Stimuli: s.stimuli, People: s.people}[s.over] - 1)
}

// estimate returns a value with the standard error of number i, or with less ≥
// 0, of i minus that one, and the interval value ± t·SE. Its degrees of freedom
// are those of Result.
func (s *spread) estimate(value float64, i, less int) analysis.Estimate {
	cov := &s.scores
	if max(i, less) >= s.models {
		cov = &s.ceiled
	}
	var v float64
	df := s.fewest()
	switch s.over {
	case Stimuli:
		v = s.correction.Single(cov[byStimuli].of(i, less), s.stimuli)
	case People:
		v = s.correction.Single(cov[byPeople].of(i, less), s.people)
	default:
		p, m := cov[byPeople].of(i, less), cov[byStimuli].of(i, less)
		v = s.correction.Dual(cov[both].of(i, less), p, m, s.people, s.stimuli)
		if max(i, less) < s.models && v > 0 {
			p, m = s.correction.Single(p, s.people)/v, s.correction.Single(m, s.stimuli)/v
			df = max(df, min(1/(p*p/float64(s.people-1)+m*m/float64(s.stimuli-1)), float64(s.people+s.stimuli-2)))
		}
	}
	se := math.Sqrt(v)
	half := quantile(df) * se
	return analysis.Estimate{Value: value, SE: se, DF: df, Lo: value - half, Hi: value + half}
}
