package mismatch

import (
	"fmt"
	"slices"

	"fusiform/analysis"
)

// A Group is a set of stimuli. A stimulus belongs to it that meets every
// condition which is set; at least one must be.
type Group struct {
	Name       string
	IDs        []string                       // it is one of these
	Categories []string                       // its category or subcategory is one of these
	Where      func(s analysis.Stimulus) bool // this is true of it
}

// In returns the positions of the group's stimuli in s, in order. It fails
// with an *analysis.AlignmentError if s lacks one of IDs, with an
// *analysis.CategoryError if no stimulus has one of Categories, if no
// condition is set, and if no stimulus meets them all.
func (g Group) In(s analysis.Stimuli) ([]int, error) {
	if g.IDs == nil && g.Categories == nil && g.Where == nil {
		return nil, fmt.Errorf("mismatch: group %q does not say which stimuli it holds; set IDs, Categories or Where", g.Name)
	}
	ids := map[string]bool{}
	var missing []string
	for _, id := range g.IDs {
		if _, ok := s.Index(id); !ok {
			missing = append(missing, id)
		}
		if ids[id] {
			return nil, fmt.Errorf("mismatch: group %q names %q twice", g.Name, id)
		}
		ids[id] = true
	}
	if missing != nil {
		return nil, fmt.Errorf("mismatch: %w", bare(&analysis.AlignmentError{What: fmt.Sprintf("group %q asks for stimuli that were not shown", g.Name), Missing: missing}))
	}
	named := s
	if g.Categories != nil {
		var err error
		if named, err = s.Only(g.Categories...); err != nil {
			return nil, fmt.Errorf("mismatch: group %q: %w", g.Name, bare(err))
		}
	}
	var out []int
	for i := range s.Len() {
		it := s.At(i)
		_, ok := named.Index(it.ID)
		if ok && (g.IDs == nil || ids[it.ID]) && (g.Where == nil || g.Where(it)) {
			out = append(out, i)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("mismatch: group %q is empty: none of the %d stimuli meets its conditions", g.Name, s.Len())
	}
	return out, nil
}

// A Contrast is a comparison of two groups of stimuli, A against B. Its effect
// in a profile is
//
//	mean of A − mean of B
//
// of the profile z-scored over all its stimuli. Groups of one category
// (animal against human faces) are matched in what else differs.
type Contrast struct {
	Name string
	A, B Group

	// FoundOn is what the groups were chosen by, if they were chosen
	// because of residuals; nil for a contrast that was planned.
	FoundOn *Found
}

// Found is what a contrast was found on. Testing it on any of the same people
// with any of the same stimuli is double dipping.
type Found struct {
	People, Models []string         // the names that they go by (Profile.Origins), of means too
	Stimuli        analysis.Stimuli // that were ranked

	// AllowCircular says that the caller means to do so, as a
	// demonstration: the p-values then mean nothing.
	AllowCircular bool
}

// FoundBy returns the contrast with the note that it was found by looking at
// r, so that it cannot be tested on the people and stimuli that suggested it.
func (c Contrast) FoundBy(r *Residuals) Contrast {
	people, models := r.People, r.Models
	if r.peopleOrigins != nil {
		people, models = slices.Concat(r.peopleOrigins...), slices.Concat(r.modelOrigins...)
	}
	c.FoundOn = &Found{People: slices.Clone(people), Models: slices.Clone(models), Stimuli: r.Stimuli}
	return c
}

// Extremes returns the contrast of the n stimuli that the networks answer
// most too much against the n most too little, FoundBy r.
func (r *Residuals) Extremes(n int) (Contrast, error) {
	if n < 1 || 2*n > r.Stimuli.Len() {
		return Contrast{}, fmt.Errorf("mismatch: cannot take %d stimuli from either end of %d", n, r.Stimuli.Len())
	}
	items := r.Ranked()
	slices.SortStableFunc(items, func(a, b Item) int {
		switch {
		case a.E > b.E:
			return -1
		case a.E < b.E:
			return 1
		}
		return 0
	})
	ids := func(items []Item) []string {
		out := make([]string, len(items))
		for i, x := range items {
			out[i] = x.ID
		}
		return out
	}
	c := Contrast{Name: "extremes", A: Group{Name: "answered too much", IDs: ids(items[:n])}, B: Group{Name: "answered too little", IDs: ids(items[len(items)-n:])}}
	return c.FoundBy(r), nil
}

// split returns the positions of both groups, which must not overlap.
func (c Contrast) split(s analysis.Stimuli) (a, b []int, err error) {
	if a, err = c.A.In(s); err != nil {
		return nil, nil, fmt.Errorf("%w (contrast %q)", err, c.Name)
	}
	if b, err = c.B.In(s); err != nil {
		return nil, nil, fmt.Errorf("%w (contrast %q)", err, c.Name)
	}
	var both []string
	in := marked(b, s.Len())
	for _, i := range a {
		if in[i] {
			both = append(both, s.At(i).ID)
		}
	}
	if both != nil {
		return nil, nil, fmt.Errorf("mismatch: contrast %q has stimuli in both groups: %s", c.Name, analysis.Few(both, 5))
	}
	return a, b, nil
}

// marked returns which of n positions are among at.
func marked(at []int, n int) []bool {
	in := make([]bool, n)
	for _, i := range at {
		in[i] = true
	}
	return in
}

// circular refuses to test a contrast on what it was found on: people and
// models are the names that each profile goes by. Where only the network and
// the stimuli are the same, it returns a warning.
func (c Contrast) circular(s analysis.Stimuli, people, models [][]string) (warnings []error, err error) {
	f := c.FoundOn
	if f == nil {
		return nil, nil
	}
	stimuli := s.Shared(f.Stimuli)
	if len(stimuli) == 0 {
		return nil, nil
	}
	// n profiles hold who, who were looked at.
	shared := func(tested [][]string, found []string) (n int, who []string) {
		for _, names := range tested {
			seen := slices.DeleteFunc(slices.Clone(names), func(x string) bool { return !slices.Contains(found, x) })
			if len(seen) > 0 {
				n, who = n+1, append(who, seen...)
			}
		}
		return n, who
	}
	if n, who := shared(people, f.People); n > 0 {
		if !f.AllowCircular {
			of := fmt.Sprintf("%d of the %d people", n, len(people))
			if len(people) == 1 {
				of = "the one person"
			}
			return nil, fmt.Errorf("mismatch: %w: contrast %q was found on %s (%s) with %d of the %d stimuli; test it on other people or on other stimuli, or set AllowCircular if you mean it",
				analysis.ErrCircular, c.Name, of, analysis.Few(who, 2), len(stimuli), s.Len())
		}
		warnings = append(warnings, fmt.Errorf("%w: contrast %q is tested on people and stimuli that it was found on: its p-values mean nothing", analysis.ErrCircular, c.Name))
	}
	if n, which := shared(models, f.Models); n > 0 {
		warnings = append(warnings, fmt.Errorf("%w: contrast %q was found with the same network (%s) and some of the same stimuli: it may hold for other people, but P, over stimuli, means nothing", analysis.ErrCircular, c.Name, analysis.Few(which, 2)))
	}
	return warnings, nil
}
