package localizer

import (
	"fmt"
	"slices"

	"fusiform/analysis"
)

// A table says which stimuli there are, and which of them share a cell: those
// of one category and subcategory, which stand on the same side of every
// contrast.
type table struct {
	items  []analysis.Stimulus
	seen   map[string]bool
	cellOf []int  // per item: the cell that it is in
	cells  []cell // as they came
}

type cell struct {
	category, subcategory string
	n                     int // stimuli
}

func newTable() table { return table{seen: map[string]bool{}} }

// tabulate returns the table of all stimuli of s.
func tabulate(s analysis.Stimuli) (table, error) {
	t := newTable()
	for i := range s.Len() {
		if _, err := t.take(s.At(i)); err != nil {
			return table{}, err
		}
	}
	return t, nil
}

// take adds a stimulus and returns its cell.
func (t *table) take(s analysis.Stimulus) (int, error) {
	if s.ID == "" {
		return 0, fmt.Errorf("localizer: stimulus %d has no ID", len(t.items))
	}
	if t.seen[s.ID] {
		return 0, fmt.Errorf("localizer: stimulus %q was added before; each may count once", s.ID)
	}
	k := slices.IndexFunc(t.cells, func(c cell) bool { return c.category == s.Category && c.subcategory == s.Subcategory })
	if k < 0 {
		k = len(t.cells)
		t.cells = append(t.cells, cell{category: s.Category, subcategory: s.Subcategory})
	}
	t.cells[k].n++
	t.seen[s.ID] = true
	t.items = append(t.items, s)
	t.cellOf = append(t.cellOf, k)
	return k, nil
}

// rows returns the positions of the stimuli of each cell.
func (t *table) rows() [][]int {
	rows := make([][]int, len(t.cells))
	for i, k := range t.cellOf {
		rows[k] = append(rows[k], i)
	}
	return rows
}
