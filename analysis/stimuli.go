package analysis

import (
	"errors"
	"fmt"
	"image"
	"slices"
)

// A Stimulus is one thing that was shown.
type Stimulus struct {
	// ID names the stimulus everywhere: responses of people and networks
	// are aligned by it. Data sets prefix it with their own name
	// ("floc/adult/adult-001.jpg"), so that two sets never share an ID by
	// accident.
	ID string

	// Category is what a contrast selects by: "face", "body", "scene" …
	Category string

	// Subcategory is a finer name, or empty: "adult", "child" …
	// A contrast may name it too.
	Subcategory string

	// Image decodes the picture; nil where only responses are known.
	Image func() (image.Image, error)

	// Digest, where it is not nil, returns a hash of what decides the
	// pixels (the bytes of the file, say) without decoding them. Caches
	// use it; without it they hash the pixels themselves.
	Digest func() ([32]byte, error)
}

// Scrambled is the category of stimuli that are no objects at all. A contrast
// that does not name it leaves it out: scrambled images are a control, not a
// category to compare with.
const Scrambled = "scrambled"

// Stimuli is an ordered set of stimuli with unique IDs. It is immutable; the
// zero value is empty.
type Stimuli struct {
	items []Stimulus
	index map[string]int
}

// NewStimuli returns the stimuli in the order given. It fails if there are
// none, if an ID is empty, or if two stimuli share one.
func NewStimuli(items []Stimulus) (Stimuli, error) {
	if len(items) == 0 {
		return Stimuli{}, errors.New("analysis: no stimuli")
	}
	s := Stimuli{items: append([]Stimulus(nil), items...), index: make(map[string]int, len(items))}
	for i, it := range items {
		if it.ID == "" {
			return Stimuli{}, fmt.Errorf("analysis: stimulus %d has no ID", i)
		}
		if j, dup := s.index[it.ID]; dup {
			return Stimuli{}, fmt.Errorf("analysis: stimuli %d and %d share the ID %q; IDs must be unique, since responses are aligned by them", j, i, it.ID)
		}
		s.index[it.ID] = i
	}
	return s, nil
}

// Len returns the number of stimuli.
func (s Stimuli) Len() int { return len(s.items) }

// At returns stimulus i, counted from 0.
func (s Stimuli) At(i int) Stimulus { return s.items[i] }

// Index returns the position of the stimulus with that ID.
func (s Stimuli) Index(id string) (int, bool) {
	i, ok := s.index[id]
	return i, ok
}

// IDs returns the IDs in order.
func (s Stimuli) IDs() []string {
	ids := make([]string, len(s.items))
	for i, it := range s.items {
		ids[i] = it.ID
	}
	return ids
}

// Categories returns the distinct categories in order of first appearance.
func (s Stimuli) Categories() []string {
	return s.distinct(func(it Stimulus) string { return it.Category })
}

// Subcategories returns the distinct subcategories in order of first
// appearance; empty ones are left out.
func (s Stimuli) Subcategories() []string {
	return s.distinct(func(it Stimulus) string { return it.Subcategory })
}

func (s Stimuli) distinct(name func(Stimulus) string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, it := range s.items {
		if n := name(it); !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// Only returns the stimuli whose category or subcategory is among the names,
// in their order. It fails with a *CategoryError if a name occurs nowhere.
func (s Stimuli) Only(names ...string) (Stimuli, error) {
	in, err := s.named(names)
	if err != nil {
		err.Selection = true
		return Stimuli{}, err
	}
	var items []Stimulus
	for i, it := range s.items {
		if in[i] {
			items = append(items, it)
		}
	}
	return NewStimuli(items)
}

// Halves splits the stimuli into two, taking turns within each subcategory
// (or category, where there is none), so that units can be chosen on one half
// and their profile read on the other. It fails where no subcategory has two.
func (s Stimuli) Halves() ([2]Stimuli, error) {
	var items [2][]Stimulus
	seen := map[[2]string]int{}
	for _, it := range s.items {
		k := [2]string{it.Category, it.Subcategory}
		items[seen[k]%2] = append(items[seen[k]%2], it)
		seen[k]++
	}
	var halves [2]Stimuli
	if len(items[0]) == 0 || len(items[1]) == 0 {
		return halves, fmt.Errorf("analysis: cannot halve %d stimuli: no category has two", s.Len())
	}
	for k := range halves {
		var err error
		if halves[k], err = NewStimuli(items[k]); err != nil {
			return [2]Stimuli{}, err
		}
	}
	return halves, nil
}

// Shared returns the IDs that stand in both sets, in the order of s.
func (s Stimuli) Shared(o Stimuli) []string {
	var ids []string
	for _, it := range s.items {
		if _, ok := o.index[it.ID]; ok {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// In returns where each stimulus of s stands in have: what aligns rows by ID.
// What is being read, "the profile of S1", begins the text of the
// *AlignmentError that names the stimuli which are not there. It fails, too,
// if s is empty.
func (s Stimuli) In(have Stimuli, what string) ([]int, error) {
	if s.Len() == 0 {
		return nil, fmt.Errorf("analysis: no stimuli to read %s on", what)
	}
	var missing []string
	rows := make([]int, s.Len())
	for i, it := range s.items {
		j, ok := have.index[it.ID]
		if !ok {
			missing = append(missing, it.ID)
		}
		rows[i] = j
	}
	if missing != nil {
		return nil, &AlignmentError{What: fmt.Sprintf("%s does not cover all of the %d stimuli asked for", what, s.Len()), Missing: missing}
	}
	return rows, nil
}

// Same reports whether both sets have the same IDs in the same order.
func (s Stimuli) Same(o Stimuli) bool {
	if len(s.items) != len(o.items) {
		return false
	}
	for i := range s.items {
		if s.items[i].ID != o.items[i].ID {
			return false
		}
	}
	return true
}

// named marks the stimuli whose category or subcategory is among the names.
func (s Stimuli) named(names []string) ([]bool, *CategoryError) {
	in := make([]bool, len(s.items))
	want := map[string]bool{}
	for _, n := range names {
		want[n] = false
	}
	for i, it := range s.items {
		for _, n := range [2]string{it.Category, it.Subcategory} {
			if _, ok := want[n]; ok && n != "" {
				want[n], in[i] = true, true
			}
		}
	}
	var missing []string
	for _, n := range names {
		if !want[n] {
			missing = append(missing, n)
		}
	}
	if missing != nil {
		have := s.Categories()
		for _, n := range s.Subcategories() {
			if !slices.Contains(have, n) {
				have = append(have, n)
			}
		}
		return nil, &CategoryError{Missing: missing, Have: have}
	}
	return in, nil
}
