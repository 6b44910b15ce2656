package inference

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

// variance returns that of number i; with less ≥ 0, of i minus that one.
func (s *spread) variance(i, less int) float64 {
	cov := &s.scores
	if max(i, less) >= s.models {
		cov = &s.ceiled
	}
	switch s.over {
	case Stimuli:
		return s.correction.Single(cov[byStimuli].of(i, less), s.stimuli)
	case People:
		return s.correction.Single(cov[byPeople].of(i, less), s.people)
	}
	return s.correction.Dual(cov[both].of(i, less), cov[byPeople].of(i, less), cov[byStimuli].of(i, less), s.people, s.stimuli)
}
