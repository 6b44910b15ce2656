package inference

import (
	"fmt"

	"fusiform/analysis"
)

// A Sample is what one person or model has to say about n stimuli:
// *tuning.Profile and *rsa.RDM are samples.
type Sample interface {
	// Label names the person or the model.
	Label() string

	// Cells returns the values and how many stimuli each belongs to: with
	// each = 1, n values, one per stimulus; with each = 2, n(n−1)/2, one for
	// every two stimuli, row by row above the diagonal: (0,1), (0,2), … The
	// values are only read.
	Cells() (s analysis.Stimuli, values []float64, each int)

	// Doubts are the Warnings of the sample, which a Result repeats.
	Doubts() []error
}

// fewStimuli is how many different stimuli a draw must hold to have a value: a
// correlation of two values is ±1, whatever they are. rsatoolbox has the same.
const fewStimuli = 3

// A layout is how values belong to stimuli.
type layout struct {
	stimuli analysis.Stimuli
	each    int
}

func (l layout) n() int { return l.stimuli.Len() }

// cells returns the number of values.
func (l layout) cells() int {
	if l.each == 1 {
		return l.n()
	}
	return l.n() * (l.n() - 1) / 2
}

// weigh writes how often cells lo to hi stand where stimulus i stands
// counts[i] times.
func (l layout) weigh(dst, counts []float64, lo, hi int) {
	if l.each == 1 {
		copy(dst, counts[lo:hi])
		return
	}
	n := len(counts)
	for i, at := 0, 0; i < n-1 && at < hi; i++ {
		width := n - 1 - i // cells of the row, from column i+1
		a, b := max(lo-at, 0), min(hi-at, width)
		if a < b {
			c, out := counts[i], dst[at+a-lo:at+b-lo]
			for j, d := range counts[i+1+a : i+1+b] {
				out[j] = c * d
			}
		}
		at += width
	}
}

// total returns the sum of the weights of all cells.
func (l layout) total(counts []float64) float64 {
	var sum, squares float64
	for _, c := range counts {
		sum += c
		squares += c * c
	}
	if l.each == 1 {
		return sum
	}
	return (sum*sum - squares) / 2
}

// relabel writes the values of x where stimulus i is the one that was at
// rows[i].
func (l layout) relabel(dst, x []float64, rows []int) {
	n := len(rows)
	if l.each == 1 {
		for i, r := range rows {
			dst[i] = x[r]
		}
		return
	}
	k := 0
	for i, a := range rows {
		for _, b := range rows[i+1:] {
			lo, hi := min(a, b), max(a, b)
			dst[k] = x[lo*(2*n-lo-1)/2+hi-lo-1]
			k++
		}
	}
}

// aligned returns the values of each sample in the order of the layout's
// stimuli, checked: finite, and as the measure can compare them.
func aligned[T Sample](l layout, m *analysis.Measure, what string, samples []T) ([][]float64, error) {
	out := make([][]float64, len(samples))
	for k, t := range samples {
		s, v, each := t.Cells()
		name := fmt.Sprintf("%s %q", what, t.Label())
		if each != l.each {
			return nil, fmt.Errorf("inference: %s has values of %d stimuli each, others of %d", name, each, l.each)
		}
		if want := (layout{s, each}).cells(); len(v) != want {
			return nil, fmt.Errorf("inference: %s has %d values for %d stimuli, should have %d", name, len(v), s.Len(), want)
		}
		if !l.stimuli.Same(s) {
			rows, err := l.stimuli.In(s, name)
			if err == nil {
				_, err = s.In(l.stimuli, "what is compared with "+name)
			}
			if err != nil {
				return nil, fmt.Errorf("inference: take all samples On the shared stimuli: %w", err)
			}
			w := make([]float64, len(v))
			l.relabel(w, v, rows)
			v = w
		}
		if err := m.Refuses(v); err != nil {
			return nil, fmt.Errorf("inference: %s of %s: %w; leave it or the stimulus out", m.Name, name, err)
		}
		out[k] = v
	}
	return out, nil
}

// layoutOf returns the layout of the first sample.
func layoutOf[T Sample](samples []T) (layout, error) {
	s, _, each := samples[0].Cells()
	if each != 1 && each != 2 {
		return layout{}, fmt.Errorf("inference: %q has values of %d stimuli each; only 1 (a profile) and 2 (an RDM) can be resampled", samples[0].Label(), each)
	}
	if s.Len() < fewStimuli {
		return layout{}, fmt.Errorf("inference: %d stimuli say nothing about others; it needs at least %d, and some 20 to be of use", s.Len(), fewStimuli)
	}
	return layout{s, each}, nil
}

// labels returns the names of people and models and refuses a person who
// stands there twice, as a model too: it would predict itself.
func labels[T Sample](people, models []T) (p, m []string, err error) {
	first := map[string]int{}
	for k, t := range people {
		name := t.Label()
		if name == "" {
			name = fmt.Sprintf("person %d", k+1)
		}
		if j, dup := first[name]; dup {
			return nil, nil, fmt.Errorf("inference: people %d and %d are both %q; average a person's sessions first, or give people names of their own: one who stands on both sides raises the ceiling", j+1, k+1, name)
		}
		first[name] = k
		p = append(p, name)
	}
	seen := map[string]bool{}
	for k, t := range models {
		name := t.Label()
		if name == "" {
			name = fmt.Sprintf("model %d", k+1)
		}
		if _, dup := first[name]; dup {
			return nil, nil, fmt.Errorf("inference: %q is both a person and a model, and would predict itself", name)
		}
		if seen[name] {
			return nil, nil, fmt.Errorf("inference: two models are called %q; give them names of their own", name)
		}
		seen[name] = true
		m = append(m, name)
	}
	return p, m, nil
}

// doubts returns the doubts of all samples, each once: see analysis.Fold.
func doubts[T Sample](samples ...T) []error {
	var out []error
	for _, t := range samples {
		out = append(out, t.Doubts()...)
	}
	return analysis.Fold(out)
}
