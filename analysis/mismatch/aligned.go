package mismatch

import (
	"fmt"
	"math"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// aligned returns the z-scores of each profile over s, in the order of s. All
// must cover the same stimuli.
func aligned(s analysis.Stimuli, ps []*tuning.Profile) ([][]float64, error) {
	if n := s.Len(); n < leastStimuli {
		return nil, fmt.Errorf("mismatch: %d stimuli; z-scores of two are ±1 whatever was answered, so it takes at least %d", n, leastStimuli)
	}
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
			return nil, fmt.Errorf("mismatch: %w", bare(err))
		}
		if p.Stimuli.Len() > s.Len() {
			if _, err := p.Stimuli.In(s, "what the others answered"); err != nil {
				return nil, fmt.Errorf("mismatch: %q answered more stimuli; z-scores are comparable over the same ones only, so take all profiles On them: %w", p.Source, bare(err))
			}
		}
		if q, err = q.ZScored(); err != nil {
			return nil, fmt.Errorf("mismatch: %w", bare(err))
		}
		out[k] = q.Values
	}
	return out, nil
}

// leastStimuli is as in package inference.
const leastStimuli = 3

// fewStimuli is where z-scores begin to be worth something: the standard
// deviation that they are in is itself uncertain by 1/√(2(n−1)), a quarter of
// it at 9 stimuli.
const fewStimuli = 10

// fewWarning doubts a small n; nil from fewStimuli on.
func fewWarning(n int) error {
	if n >= fewStimuli {
		return nil
	}
	return fmt.Errorf("%d stimuli are too few for z-scores and agreement to be trusted: need >= %d", n, fewStimuli)
}

// distinct refuses the same source twice, among people, among networks, and
// on both sides; a mean stands there as those whose mean it is.
func distinct(people, models []*tuning.Profile) error {
	seen := map[string]string{}
	for k, side := range [2][]*tuning.Profile{people, models} {
		name := [2]string{"people", "networks"}[k]
		for _, p := range side {
			names := append([]string{p.Source}, p.Origins()...)
			for _, source := range names {
				where := ""
				if source != p.Source {
					where = fmt.Sprintf(" (in %q)", p.Source)
				}
				switch seen[source] {
				case "":
				case name:
					return fmt.Errorf("mismatch: %q%s stands twice among the %s, by itself or in a mean; average a person's sessions first, or rename those who are not the same", source, where, name)
				default:
					return fmt.Errorf("mismatch: %w: %q%s stands on both sides, so its noise would agree with itself", analysis.ErrCircular, source, where)
				}
			}
			for _, source := range names {
				seen[source] = name
			}
		}
	}
	return nil
}

// origins returns the names that the responses of each profile go by.
func origins(ps []*tuning.Profile) [][]string {
	out := make([][]string, len(ps))
	for k, p := range ps {
		out[k] = p.Origins()
	}
	return out
}

// counted returns "1 person", "2 people".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// bare returns an error without the names of packages before its text, for a
// message that begins with this one's.
func bare(err error) error {
	text := err.Error()
	for cut := true; cut; {
		for _, name := range [...]string{"mismatch: ", "tuning: ", "analysis: "} {
			if text, cut = strings.CutPrefix(text, name); cut {
				break
			}
		}
	}
	return &bareError{text, err}
}

type bareError struct {
	text string
	err  error
}

func (e *bareError) Error() string { return e.text }
func (e *bareError) Unwrap() error { return e.err }

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
