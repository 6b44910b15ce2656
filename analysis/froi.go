package analysis

import "fmt"

// An FROI is a functional region of interest: the channels of one source that
// passed a localizer, and the stimuli that decided it.
type FROI struct {
	Source    string    // the Responses.Source that it was defined in
	Contrast  Contrast  // what was compared
	Rule      string    // the criterion in words: "Welch t > 7"
	Keep      []bool    // per channel: selected
	Stat      []float64 // per channel: the statistic (t); 0 where the channel is dead
	P         []float64 // per channel: two-sided p; 1 where the channel is dead
	Q         []float64 // per channel: false-discovery-rate adjusted p; 1 where the channel is dead
	DefinedOn Stimuli   // the stimuli that defined it
	Dead      int       // how many channels have no variance; they are never selected

	// AllowCircular says that the caller means to measure the fROI on
	// stimuli that defined it. Such a profile is biased upwards for the
	// preferred category: show it as a demonstration, not as a result.
	AllowCircular bool
}

// Count returns the number of selected channels.
func (f *FROI) Count() int {
	n := 0
	for _, k := range f.Keep {
		if k {
			n++
		}
	}
	return n
}

// Channels returns the positions of the selected channels, in order.
func (f *FROI) Channels() []int {
	var out []int
	for i, k := range f.Keep {
		if k {
			out = append(out, i)
		}
	}
	return out
}

// fits checks that f may be applied to r: same source, same channels, no
// stimulus in common unless allowed.
func (f *FROI) fits(r *Responses) error {
	if f.Source != r.source {
		return &AlignmentError{What: fmt.Sprintf("fROI %q was defined in %q and cannot be applied to %q", f.Contrast.Name, f.Source, r.source)}
	}
	if _, c := r.Dims(); len(f.Keep) != c {
		return &AlignmentError{What: fmt.Sprintf("fROI %q of %q has %d channels, the responses have %d", f.Contrast.Name, f.Source, len(f.Keep), c)}
	}
	if !f.AllowCircular {
		if ids := f.DefinedOn.Shared(r.stimuli); len(ids) > 0 {
			return fmt.Errorf("analysis: %w: fROI %q of %q was defined on %d of the %d stimuli that it is to be measured on (%s); measure on other stimuli (Stimuli.Halves), or set AllowCircular if you mean it",
				ErrCircular, f.Contrast.Name, f.Source, len(ids), r.stimuli.Len(), Few(ids, 2))
		}
	}
	return nil
}

// empty is the error of a fROI without channels: it says how near it was.
func (f *FROI) empty() error {
	best := 0.0
	for i, t := range f.Stat {
		if i == 0 || t > best {
			best = t
		}
	}
	return fmt.Errorf("analysis: %w: no channel of %q is selective for %s by %s (%d channels, %d dead, largest statistic %.3g)",
		ErrEmpty, f.Source, f.Contrast.Name, f.Rule, len(f.Keep), f.Dead, best)
}
