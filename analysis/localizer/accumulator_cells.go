package localizer

import (
	"fmt"

	"fusiform/analysis"
)

// Cells divides stimuli into as few cells as l and the contrasts tell apart: a
// cell's stimuli stand on the same side of every comparison, so that their sums
// are all that is needed of them. cell[i] is the cell of s.At(i), counted from
// 0 in order of appearance, or −1 if no contrast compares it. n is the number of
// cells.
//
// It fails as l.LocalizeAll does for responses to s.
func Cells(l MomentLocalizer, s analysis.Stimuli, contrasts ...analysis.Contrast) (cell []int, n int, err error) {
	t, err := tabulate(s)
	if err != nil {
		return nil, 0, err
	}
	// Two channels, one of which rises: enough for l to complain.
	ramp := func(to []moments, lo, hi int) {
		for k := range t.cells {
			m := newMoments(2)
			m.n = t.cells[k].n
			for j := range m.mean {
				m.mean[j], m.m2[j] = float64(k+1), float64(m.n)
			}
			to[k] = m.part(lo, hi)
		}
	}
	if _, err := l.localize(&bank{source: "rehearsal", channels: 2, table: t, read: ramp}, contrasts); err != nil {
		return nil, 0, err
	}
	name := make([]string, len(t.cells)) // of each cell: where it stands
	used := make([]bool, len(t.cells))
	for _, c := range contrasts {
		d, err := t.compare(c, separates(l))
		if err != nil {
			return nil, 0, err
		}
		sides := append([][]int{d.prefer}, d.over...)
		for k := range name {
			name[k] += "|"
		}
		for i, side := range sides {
			for _, k := range side {
				name[k] += fmt.Sprint(i, " ")
				used[k] = true
			}
		}
	}
	number := map[string]int{}
	cell = make([]int, s.Len())
	for i, k := range t.cellOf {
		if !used[k] {
			cell[i] = -1
			continue
		}
		c, ok := number[name[k]]
		if !ok {
			c = len(number)
			number[name[k]] = c
		}
		cell[i] = c
	}
	return cell, len(number), nil
}

// separates reports whether l compares with each other category on its own.
func separates(l MomentLocalizer) bool {
	switch l := l.(type) {
	case TTest:
		return l.Conjunction
	case RatioRule:
		return true
	case TopFraction:
		by, ok := l.by().(MomentLocalizer)
		return ok && separates(by)
	}
	return false
}

// LocalizeCells returns the fROIs that l finds by the contrasts in a source of
// which each cell's mean and squared deviations are known:
//
//	mean[j] = Σ x[i,j]/n,  m2[j] = Σ (x[i,j] − mean[j])²
//
// over the n stimuli i of the cell. cell is that of Cells, for the same l, s
// and contrasts. read writes them for one cell and the channels from lo to hi,
// a thousand at most; it is called by several goroutines at once.
//
// It fails as l.LocalizeAll does.
func LocalizeCells(l MomentLocalizer, source string, channels int, s analysis.Stimuli, cell []int,
	read func(cell, lo, hi int, mean, m2 []float64), contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return fromCells(l, source, channels, s, cell, read, false, contrasts)
}

// SurveyCells is LocalizeCells for those who count: P and Q, which take most of
// its time, are nil unless l goes by them.
func SurveyCells(l MomentLocalizer, source string, channels int, s analysis.Stimuli, cell []int,
	read func(cell, lo, hi int, mean, m2 []float64), contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	return fromCells(l, source, channels, s, cell, read, true, contrasts)
}

func fromCells(l MomentLocalizer, source string, channels int, s analysis.Stimuli, cell []int,
	read func(cell, lo, hi int, mean, m2 []float64), brief bool, contrasts []analysis.Contrast) ([]*analysis.FROI, error) {
	if len(cell) != s.Len() || s.Len() == 0 || channels < 1 {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("localizer: %d cells of %d stimuli for %d channels of %q", len(cell), s.Len(), channels, source)}
	}
	t := newTable()
	of := map[int]int{} // cell of the caller, cell of the table
	var callers []int   // the other way round
	for i, c := range cell {
		it := s.At(i)
		if c < 0 {
			continue
		}
		k, ok := of[c]
		if !ok {
			k = len(t.cells)
			of[c] = k
			callers = append(callers, c)
			t.cells = append(t.cells, cellNames(it))
		}
		x := &t.cells[k]
		x.n++
		if x.category != it.Category {
			x.category = ""
		}
		if x.subcategory != it.Subcategory {
			x.subcategory = ""
		}
		t.seen[it.ID] = true
		t.items = append(t.items, it)
		t.cellOf = append(t.cellOf, k)
	}
	return l.localize(&bank{source: source, channels: channels, table: t, brief: brief, read: func(to []moments, lo, hi int) {
		for k, c := range callers {
			if to[k].mean == nil {
				to[k] = newMoments(blockSize)
			}
			to[k].n = t.cells[k].n
			read(c, lo, hi, to[k].mean[:hi-lo], to[k].m2[:hi-lo])
		}
	}}, contrasts)
}

func cellNames(s analysis.Stimulus) cell {
	return cell{category: s.Category, subcategory: s.Subcategory}
}
