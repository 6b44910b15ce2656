package localizer

import (
	"fmt"

	"fusiform/analysis"
)

// A design is a contrast applied to the stimuli of a table: which cells are
// pooled on which side of which comparison. There is one comparison, or one
// for each other category.
type design struct {
	contrast analysis.Contrast
	stimuli  analysis.Stimuli // those on either side
	side     []int            // per item of the table: 1 preferred, 2 other, 0 neither
	prefer   []int            // cells
	nPrefer  int              // stimuli in them
	names    []string         // per comparison: what it is against
	over     [][]int          // per comparison: cells
	nOver    []int            // per comparison: stimuli in them
}

// compare works out the design of contrast c. All stimuli of a cell stand on
// the same side, since sides go by category and subcategory.
func (t *table) compare(c analysis.Contrast, each bool) (*design, error) {
	s, err := analysis.NewStimuli(t.items)
	if err != nil {
		return nil, err
	}
	prefer, over, err := c.Split(s)
	if err != nil {
		return nil, err
	}
	side := make([]int, s.Len())
	d := &design{contrast: c, side: side, nPrefer: len(prefer)}
	for _, i := range prefer {
		side[i] = 1
	}
	for _, i := range over {
		side[i] = 2
	}
	var items []analysis.Stimulus
	var others []int // cells
	seen := make([]bool, len(t.cells))
	for i, k := range t.cellOf {
		if side[i] == 0 {
			continue
		}
		items = append(items, s.At(i))
		if seen[k] {
			continue
		}
		seen[k] = true
		if side[i] == 1 {
			d.prefer = append(d.prefer, k)
		} else {
			others = append(others, k)
		}
	}
	if d.stimuli, err = analysis.NewStimuli(items); err != nil {
		return nil, err
	}
	if each {
		d.split(t, c, others)
	} else {
		d.names, d.over, d.nOver = []string{"the others"}, [][]int{others}, []int{len(over)}
	}
	return d, nil
}

// split gives each other category a comparison of its own.
func (d *design) split(t *table, c analysis.Contrast, others []int) {
	d.names = c.Over
	if len(c.Over) == 0 {
		seen := map[string]bool{}
		for _, k := range others {
			if n := t.cells[k].category; !seen[n] {
				seen[n] = true
				d.names = append(d.names, n)
			}
		}
	}
	d.over, d.nOver = make([][]int, len(d.names)), make([]int, len(d.names))
	for i, name := range d.names {
		for _, k := range others {
			x := t.cells[k]
			if x.category == name || (len(c.Over) > 0 && x.subcategory == name) {
				d.over[i] = append(d.over[i], k)
				d.nOver[i] += x.n
			}
		}
	}
}

// enough checks that both sides of every comparison have a variance.
func (d *design) enough() error {
	for k, n := range d.nOver {
		if min(n, d.nPrefer) < 2 {
			return fmt.Errorf("localizer: contrast %q compares %d preferred stimuli with %d of %s; a t-test needs at least 2 on either side, since it goes by the variance within each: add stimuli, or pool categories",
				d.contrast.Name, d.nPrefer, n, d.names[k])
		}
	}
	return nil
}
