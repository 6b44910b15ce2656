package mismatch

import (
	"fmt"
	"math"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// aligned returns the z-scores of each profile over s, in the order of s. All
// must cover the same stimuli.
func aligned(s analysis.Stimuli, ps []*tuning.Profile) ([][]float64, error) {
	out := make([][]float64, len(ps))
	for k, p := range ps {
		if len(p.Values) != p.Stimuli.Len() {
			return nil, fmt.Errorf("mismatch: the profile of %q has %d values for %d stimuli", p.Source, len(p.Values), p.Stimuli.Len())
		}
		for i, v := range p.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("mismatch: the profile of %q has the value %v for %q", p.Source, v, p.Stimuli.At(i).ID)
			}
		}
		q, err := p.On(s)
		if err != nil {
			return nil, fmt.Errorf("mismatch: %w", err)
		}
		if p.Stimuli.Len() > s.Len() {
			if _, err := p.Stimuli.In(s, "what the others answered"); err != nil {
				return nil, fmt.Errorf("mismatch: %q answered more stimuli; z-scores are comparable over the same ones only, so take all profiles On them: %w", p.Source, err)
			}
		}
		if q, err = q.ZScored(); err != nil {
			return nil, fmt.Errorf("mismatch: %w", err)
		}
		out[k] = q.Values
	}
	return out, nil
}

// distinct refuses the same source twice, among people, among networks, and
// on both sides.
func distinct(people, models []*tuning.Profile) error {
	seen := map[string]string{}
	for k, side := range [2][]*tuning.Profile{people, models} {
		for _, p := range side {
			name := [2]string{"people", "networks"}[k]
			if other, dup := seen[p.Source]; dup {
				if other == name {
					return fmt.Errorf("mismatch: %q stands twice among the %s; average a person's sessions first, or rename", p.Source, name)
				}
				return fmt.Errorf("mismatch: %w: %q stands on both sides, so its noise would agree with itself", analysis.ErrCircular, p.Source)
			}
			seen[p.Source] = name
		}
	}
	return nil
}

// sources returns the names of profiles.
func sources(ps []*tuning.Profile) []string {
	out := make([]string, len(ps))
	for k, p := range ps {
		out[k] = p.Source
	}
	return out
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// variance is over n−1; 0 for one value.
func variance(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	m, ss := mean(x), 0.0
	for _, v := range x {
		ss += (v - m) * (v - m)
	}
	return ss / float64(len(x)-1)
}

// meanRow returns the mean over rows.
func meanRow(rows [][]float64) []float64 {
	out := make([]float64, len(rows[0]))
	for _, r := range rows {
		for i, v := range r {
			out[i] += v / float64(len(rows))
		}
	}
	return out
}
