package nbext

import (
	"encoding/base64"
	"encoding/binary"
	"math"

	"gonum.org/v1/plot/vg"

	"fusiform/analysis"
	"fusiform/plots"
)

// A hover is what hover.js tells a reader who points at a part of a figure.
// Names and pictures are those of all frames of an output. Lengths are in
// tenths of a point, from the upper left.
type hover struct {
	Frames  []frameHover `json:"frames"`
	Names   []string     `json:"names,omitempty"`
	Tiles   []int        `json:"tiles,omitempty"` // of each name, −1 where it has no picture
	Sprite  *sprite      `json:"sprite,omitempty"`
	Explore string       `json:"explore,omitempty"` // the name of the slider
	Labels  []string     `json:"labels,omitempty"`  // its positions
	Start   int          `json:"start,omitempty"`

	stimuli []analysis.Stimulus
	index   map[string]int // by ID
	words   int            // bytes that texts take
}

type frameHover struct {
	W     int          `json:"w"`
	H     int          `json:"h"`
	Marks []any        `json:"marks,omitempty"` // each [x0, y0, x1, y1, text, [name, …]]
	Cells []cellsHover `json:"cells,omitempty"`
}

// cellsHover are the cells of a matrix. Cell (i, j) says words[table[k]] with
// k = i·columns + j, or, of a symmetric one, k = i(i+1)/2 + j for j ≤ i. The
// table is base64 of little-endian uint16; without one the cells have names
// alone.
type cellsHover struct {
	Area      [4]int   `json:"area"`
	Rows      []int    `json:"rows"` // names
	Columns   []int    `json:"columns"`
	Symmetric bool     `json:"symmetric,omitempty"`
	Words     []string `json:"words,omitempty"`
	Table     string   `json:"table,omitempty"`
}

const (
	// maxWords bounds the bytes of the texts of an output, maxTold the
	// letters of one.
	maxWords, maxTold, maxName = 150_000, 300, 120

	// maxCells is the number of cells whose values are told: those of a
	// matrix of 300 stimuli.
	maxCells = 90_000
)

// frame adds what is told of a picture; of one without a figure nothing is.
func (h *hover) frame(p picture) {
	var marks []plots.Mark
	var cells []plots.Cells
	if p.figure != nil {
		marks, cells, _ = plots.Marks(p.figure, 0, 0) // where that fails the picture is shown all the same
	}
	h.add(p, marks, cells)
}

func (h *hover) add(p picture, marks []plots.Mark, cells []plots.Cells) {
	out := frameHover{W: tenths(p.w), H: tenths(p.h)}
	for _, m := range marks {
		if h.words > maxWords {
			break
		}
		a := area(m.Area, p.h)
		told := []any{a[0], a[1], a[2], a[3], h.text(m.Text, maxTold)}
		if names := h.namesOf(m.Stimuli); names != nil {
			told = append(told, names)
		}
		out.Marks = append(out.Marks, told)
	}
	for _, c := range cells {
		if len(c.Rows) > 0 && len(c.Columns) > 0 {
			out.Cells = append(out.Cells, h.matrix(c, p.h))
		}
	}
	h.Frames = append(h.Frames, out)
}

// empty reports whether there is nothing to be told.
func (h *hover) empty() bool {
	for _, f := range h.Frames {
		if len(f.Marks)+len(f.Cells) > 0 {
			return false
		}
	}
	return true
}

// finish draws the pictures of what was named.
func (h *hover) finish() {
	if h.Sprite = pictures(h.stimuli); h.Sprite == nil {
		return
	}
	h.Tiles = make([]int, len(h.stimuli))
	for i, s := range h.stimuli {
		h.Tiles[i] = -1
		if k, ok := h.Sprite.tiles[s.ID]; ok {
			h.Tiles[i] = k
		}
	}
}

func (h *hover) matrix(c plots.Cells, height vg.Length) cellsHover {
	out := cellsHover{Area: area(c.Area, height), Rows: h.namesOf(c.Rows), Columns: h.namesOf(c.Columns)}
	n, m := len(c.Rows), len(c.Columns)
	if c.Value == nil || n*m > maxCells || h.words > maxWords {
		return out
	}
	words := map[string]uint16{}
	table := make([]uint16, n*m)
	for i := range n {
		for j := range m {
			v := c.Value(i, j)
			k, ok := words[v]
			if !ok {
				if len(words) > math.MaxUint16 || h.words > maxWords {
					return out
				}
				k = uint16(len(words))
				words[v] = k
				out.Words = append(out.Words, h.text(v, maxTold))
			}
			table[i*m+j] = k
		}
	}
	out.Symmetric = n == m
	for i := 0; i < n && out.Symmetric; i++ {
		for j := range i {
			if table[i*m+j] != table[j*m+i] {
				out.Symmetric = false
				break
			}
		}
	}
	var raw []byte
	for i := range n {
		for j := range m {
			if !out.Symmetric || j <= i {
				raw = binary.LittleEndian.AppendUint16(raw, table[i*m+j])
			}
		}
	}
	out.Table = base64.StdEncoding.EncodeToString(raw)
	return out
}

// namesOf returns the positions of the stimuli in Names.
func (h *hover) namesOf(stimuli []analysis.Stimulus) []int {
	var out []int
	for _, s := range stimuli {
		k, ok := h.index[s.ID]
		if !ok {
			if h.index == nil {
				h.index = map[string]int{}
			}
			k = len(h.Names)
			h.index[s.ID] = k
			name := s.ID
			switch {
			case s.Subcategory != "" && s.Subcategory != s.Category:
				name += " (" + s.Category + ", " + s.Subcategory + ")"
			case s.Category != "":
				name += " (" + s.Category + ")"
			}
			h.Names = append(h.Names, h.text(name, maxName))
			h.stimuli = append(h.stimuli, s)
		}
		out = append(out, k)
	}
	return out
}

// text shortens what is told.
func (h *hover) text(s string, most int) string {
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	h.words += len(s)
	return s
}

func tenths(l vg.Length) int { return int(math.Round(10 * float64(l.Points()))) }

// area turns points from the lower left into tenths from the upper left.
func area(r vg.Rectangle, height vg.Length) [4]int {
	return [4]int{tenths(r.Min.X), tenths(height - r.Max.Y), tenths(r.Max.X), tenths(height - r.Min.Y)}
}
