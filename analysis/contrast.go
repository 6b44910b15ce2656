package analysis

import "fmt"

// A Contrast is a comparison that defines a region: preferred against other
// categories. Names are matched exactly with the category or the subcategory
// of each stimulus.
type Contrast struct {
	Name   string   // what the region is called: "faces"
	Prefer []string // the preferred categories, pooled
	Over   []string // the others, pooled; empty means every other category but Scrambled
}

// Split returns the positions of the preferred and of the other stimuli.
//
// It fails with a *CategoryError if Prefer is empty or a name occurs nowhere
// in s, and with an error if a stimulus would stand on both sides or one side
// stays empty.
func (c Contrast) Split(s Stimuli) (prefer, over []int, err error) {
	if len(c.Prefer) == 0 {
		return nil, nil, fmt.Errorf("analysis: contrast %q prefers no category; the stimuli have: %s", c.Name, Few(s.Categories(), 20))
	}
	var sides [2][]bool
	for k, names := range [2][]string{c.Prefer, c.Over} {
		in, err := s.named(names)
		if err != nil {
			err.Contrast = c.Name
			return nil, nil, err
		}
		sides[k] = in
	}
	in, out := sides[0], sides[1]
	for i, it := range s.items {
		switch {
		case in[i] && out[i]:
			return nil, nil, fmt.Errorf("analysis: contrast %q has %q on both sides", c.Name, it.ID)
		case in[i]:
			prefer = append(prefer, i)
		case out[i], len(c.Over) == 0 && it.Category != Scrambled:
			over = append(over, i)
		}
	}
	if len(over) == 0 {
		return nil, nil, fmt.Errorf("analysis: contrast %q has nothing to compare with: all stimuli but scrambled ones are %s", c.Name, quoted(c.Prefer))
	}
	return prefer, over, nil
}
