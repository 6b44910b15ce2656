package mismatch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"
)

// A Line is what one entry says of a network.
type Line struct {
	Entry, Region            string
	Human, Network, Mismatch Effect
	Band                     float64
	P, Q                     float64 // as in Result; Q over the entries that were tested
	Verdict                  Verdict
	Reading                  string // in words
	Warnings                 []error
}

// A Report is what a battery says of a network. Its Lines make a table.
type Report struct {
	Battery, Network string
	Lines            []Line
	Warnings         []error
}

// String counts the verdicts: "resnet50: 1 matches, 2 too strong (of 3)".
func (r *Report) String() string {
	var parts []string
	for v := Matches; int(v) < len(verdicts); v++ {
		if n := r.count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %v", n, v))
		}
	}
	if n := r.count(Untested); n > 0 {
		parts = append(parts, fmt.Sprintf("%d %v", n, Untested))
	}
	return fmt.Sprintf("%s: %s (of %d)", r.Network, strings.Join(parts, ", "), len(r.Lines))
}

func (r *Report) count(v Verdict) (n int) {
	for _, l := range r.Lines {
		if l.Verdict == v {
			n++
		}
	}
	return n
}

// Report puts a network to the battery. regions holds its profile for each
// region (that of its face-selective units for "FFA"), over the stimuli of the
// entries, in any order; a profile may cover more. Entries of a region that is
// not there are Untested.
//
// A Line's Warnings are those of the comparison and those of the entry. A
// network whose residuals suggested the entry (Entry.FoundWith), by its name
// here, the profile's Source or one of its Sources, gets one that is an
// analysis.ErrCircular.
//
// It fails with no entry, with no profile or one for a region that no entry
// has, with an *analysis.AlignmentError that names the stimuli which the
// network was not shown, and with analysis.ErrConstant for a flat profile.
func (b *Battery) Report(ctx context.Context, network string, regions map[string]*tuning.Profile) (*Report, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, e := range b.Entries {
		have[e.Region] = true
	}
	if len(regions) == 0 {
		return nil, fmt.Errorf("mismatch: %q gives no profile; battery %q asks for %s", network, b.Name, strings.Join(sortedKeys(have), ", "))
	}
	for _, name := range sortedKeys(regions) {
		if !have[name] {
			return nil, fmt.Errorf("mismatch: %q gives a profile for region %q; battery %q asks for %s", network, name, b.Name, strings.Join(sortedKeys(have), ", "))
		}
	}
	t := Test{Draws: b.Draws, Permutations: b.Permutations, Seed: b.Seed}
	r := &Report{Battery: b.Name, Network: network, Lines: make([]Line, len(b.Entries))}
	var tested []int
	var p []float64
	for k := range b.Entries {
		l, family, err := b.Entries[k].line(ctx, t, network, regions[b.Entries[k].Region])
		if err != nil {
			return nil, fmt.Errorf("%w (battery %q, entry %q)", err, b.Name, b.Entries[k].Name)
		}
		if l.Verdict != Untested {
			tested, p = append(tested, k), append(p, family)
		}
		r.Lines[k] = l
		analysis.ReportProgress(ctx, k+1, len(b.Entries))
	}
	for k, q := range analysis.BenjaminiHochberg(p) {
		r.Lines[tested[k]].Q = q
	}
	if n := r.count(Untested); n > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d of %d entries are untested: %q gave no profile for their regions", n, len(b.Entries), network))
	}
	return r, nil
}

// line tests one entry; family is the p that Q is over.
func (e *Entry) line(ctx context.Context, t Test, network string, profile *tuning.Profile) (l Line, family float64, err error) {
	l = Line{Entry: e.Name, Region: e.Region, Human: e.Effect, Band: e.Band, P: 1, Q: 1, Reading: "not tested"}
	if profile == nil {
		return l, 0, nil
	}
	people, err := e.people()
	if err != nil {
		return l, 0, err
	}
	on, err := profile.On(people[0].Stimuli)
	var missing *analysis.AlignmentError
	if errors.As(err, &missing) && len(missing.Missing) == len(e.Stimuli) {
		return l, 0, fmt.Errorf("mismatch: %q was shown another stimulus set, with none of the battery's stimuli: %w", network, bare(err))
	}
	if err != nil {
		return l, 0, fmt.Errorf("mismatch: show %q all stimuli of the battery: %w", network, bare(err))
	}
	on.Source, on.Sources = network, profile.Origins()
	results, err := t.Compare(ctx, people, []*tuning.Profile{on}, e.contrast(on.Stimuli))
	if err != nil {
		return l, 0, err
	}
	r := results[0]
	l.Human, l.Network, l.Mismatch, l.Band = r.Brain, r.Model, r.Mismatch, band(r)
	l.P, l.Warnings = r.P, r.Warnings
	for _, text := range e.Warnings {
		if !slices.ContainsFunc(l.Warnings, func(w error) bool { return w.Error() == text }) {
			l.Warnings = append(l.Warnings, errors.New(text))
		}
	}
	l.Verdict = judge(l.Human, l.Network, l.Mismatch, l.Band)
	l.Reading = e.reading(l)
	return l, r.Q, nil
}

// reading says the verdict in words.
func (e *Entry) reading(l Line) string {
	more, less := e.A, e.B
	if l.Mismatch.Value < 0 {
		more, less = e.B, e.A
	}
	by := math.Abs(l.Mismatch.Value)
	switch l.Verdict {
	case Matches:
		return fmt.Sprintf("%s against %s as people, within %.2f SD", e.A, e.B, l.Band)
	case Undecided:
		return "too uncertain to tell from people, or to call alike"
	case Opposite:
		return fmt.Sprintf("prefers %s, which people answer less", more)
	}
	return fmt.Sprintf("answers %s over %s by %.2f SD more than people", more, less, by)
}

func sortedKeys[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
