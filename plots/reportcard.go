package plots

import (
	"errors"

	"fusiform/analysis/mismatch"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A ReportCard draws what a battery says of a network, a row for each entry:
// the effect in people, the band within which a network matches, and the
// network's effect, with their intervals, on one axis; the verdict in words
// and as a glyph; q.
type ReportCard struct {
	Report *mismatch.Report
	Title  string // default: the network and the battery
}

// Size suggests the width of a page and a row for each entry.
func (f ReportCard) Size() (w, h vg.Length) { return Page, 3 * vg.Inch }

// Draw implements Figure.
func (f ReportCard) Draw(c draw.Canvas) error { return errors.New("plots: not drawn yet") }

// Alt implements Figure.
func (f ReportCard) Alt() string { return "" }
