package tuning

import (
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
)

// A Profile is the response of one source to n stimuli, in the source's unit.
type Profile struct {
	Source   string
	Stimuli  analysis.Stimuli
	Values   []float64 // per stimulus: the mean over channels
	Channels int       // how many channels were averaged
	Warnings []error

	// Sources are those whose mean it is, and theirs in turn, as Mean and Pool
	// write them; nil for a profile that is no mean. They stay where the
	// profile is renamed, so that nobody meets their own responses unseen.
	Sources []string

	mean string // what Mean or Pool called it
}

// Origins returns the names that the profile's responses go by: its Source and
// its Sources. A mean that is called what Mean or Pool called it ("mean of 4",
// as others are) goes by its Sources alone.
func (p *Profile) Origins() []string {
	if p.Sources != nil && p.Source == p.mean {
		return slices.Clone(p.Sources)
	}
	out := []string{p.Source}
	for _, s := range p.Sources {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// calledMeanOf names p after ps, whose mean it is.
func (p *Profile) calledMeanOf(ps []*Profile) {
	names := make([]string, len(ps))
	for k, q := range ps {
		names[k] = q.Source
		for _, s := range q.Origins() {
			if !slices.Contains(p.Sources, s) {
				p.Sources = append(p.Sources, s)
			}
		}
	}
	p.mean = analysis.MeanOf(names)
	p.Source = p.mean
}

// New returns the profile of r: for each of the n stimuli the mean over its
// c channels,
//
//	v[i] = Σⱼ r[i,j] / c
//
// Channels that answer every stimulus alike count too: they are part of the
// region, and change v by a factor and a constant only, so no correlation
// changes. A Warning counts them.
//
// It fails with fewer than two stimuli, with analysis.ErrDead if no channel
// varies over stimuli, and if a mean overflows.
func New(r *analysis.Responses) (*Profile, error) {
	n, c := r.Dims()
	if n < 2 {
		return nil, fmt.Errorf("tuning: %q answered %d stimulus; a profile needs at least 2", r.Source(), n)
	}
	dead := 0
	for _, d := range r.Dead() {
		if d {
			dead++
		}
	}
	if dead == c {
		return nil, fmt.Errorf("tuning: %w: each of the %d channels of %q gives all %d stimuli the same response, so there is no profile", analysis.ErrDead, c, r.Source(), n)
	}
	p := &Profile{Source: r.Source(), Stimuli: r.Stimuli(), Values: make([]float64, n), Channels: c}
	for i := range p.Values {
		p.Values[i] = mean(r.Row(i))
		if math.IsInf(p.Values[i], 0) || math.IsNaN(p.Values[i]) {
			return nil, fmt.Errorf("tuning: the mean response of %q to %q overflows; rescale the responses", r.Source(), r.Stimuli().At(i).ID)
		}
	}
	if dead > 0 {
		p.Warnings = append(p.Warnings, &analysis.SourceWarning{Source: r.Source(), Doubt: fmt.Errorf("%d of %d channels give every stimulus the same response", dead, c)})
	}
	return p, nil
}

// All returns the profile of each source, in order. It fails like New.
func All(rs []*analysis.Responses) ([]*Profile, error) {
	ps := make([]*Profile, len(rs))
	for i, r := range rs {
		var err error
		if ps[i], err = New(r); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

// Label returns the source. Package ceiling tells people apart by it.
func (p *Profile) Label() string { return p.Source }

// On returns the profile over s, in the order of s: stimuli are found by ID.
// The result carries s, so categories are those of s. It fails with an
// *analysis.AlignmentError if a stimulus of s is missing, and if s is empty.
func (p *Profile) On(s analysis.Stimuli) (*Profile, error) {
	rows, err := s.In(p.Stimuli, fmt.Sprintf("the profile of %q", p.Source))
	if err != nil {
		return nil, err
	}
	q := *p
	q.Stimuli, q.Values = s, make([]float64, len(rows))
	for i, j := range rows {
		q.Values[i] = p.Values[j]
	}
	return &q, nil
}

// Ranked returns the positions of the stimuli by falling value: the stimulus
// that is answered most comes first. Stimuli of equal value keep their order.
func (p *Profile) Ranked() []int {
	order := make([]int, len(p.Values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p.Values[a] > p.Values[b]:
			return -1
		case p.Values[a] < p.Values[b]:
			return 1
		}
		return 0
	})
	return order
}

// ZScored returns the profile in standard deviations from its mean,
//
//	z[i] = (v[i] − v̄) / √(Σ(v−v̄)²/n)
//
// so that sources of different units can share an axis. It fails with
// analysis.ErrConstant if all values are equal.
func (p *Profile) ZScored() (*Profile, error) {
	z := slices.Clone(p.Values)
	m := mean(z)
	for i := range z {
		z[i] -= m
	}
	ss := 0.0
	for _, d := range z {
		ss += d * d
	}
	sd := math.Sqrt(ss / float64(len(z)))
	if analysis.Constant(p.Values) || sd == 0 || math.IsInf(sd, 0) {
		return nil, fmt.Errorf("tuning: %w: the profile of %q has standard deviation %v over %d stimuli and cannot be z-scored", analysis.ErrConstant, p.Source, sd, len(z))
	}
	for i := range z {
		z[i] /= sd
	}
	q := *p
	q.Values = z
	return &q, nil
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}
