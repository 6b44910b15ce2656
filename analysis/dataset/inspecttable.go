package dataset

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// wide is how many columns of numbers are told of one by one.
const wide = 12

// A columnCount is what was seen of a column.
type columnCount struct {
	Part
	texts, empty int
	first        string // text
}

func (in *Inspection) table(r io.Reader) error {
	t, err := newTable(in.Path, r)
	if err != nil {
		return err
	}
	in.Format = "table separated by " + map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs"}[t.csv.Comma]
	cols := make([]columnCount, len(t.header))
	rows, again := 0, false
	shown := map[string]bool{} // in the first column
	for err := range t.rows() {
		if err != nil {
			return err
		}
		rows++
		if t.header[0] == "stimulus" && !again {
			again = shown[t.row[0]]
			shown[strings.Clone(t.row[0])] = true
		}
		for i := range cols {
			cols[i].cell(t.row[i])
		}
	}
	in.Notes = append(in.Notes, fmt.Sprintf("%d row%s, %d columns", rows, plural(rows), len(cols)))
	var numbers []int
	for i := range cols {
		if name := t.header[i]; cols[i].Numbers && cols[i].texts == 0 && name != "i" && name != "j" {
			numbers = append(numbers, i)
		}
	}
	if len(numbers) <= wide {
		numbers = nil
	}
	for i := range cols {
		c := &cols[i]
		switch c.Name = t.header[i]; slices.Index(numbers, i) {
		case -1:
		case 0:
			last := numbers[len(numbers)-1]
			c.Name = fmt.Sprintf("%d columns, %s to %s", len(numbers), t.header[i], t.header[last])
			for _, j := range numbers[1:] {
				c.join(&cols[j].Part)
				c.empty += cols[j].empty
			}
		default:
			continue
		}
		in.add(c.told(rows))
	}
	in.loader(t.header, t.column, again)
	return nil
}

// cell counts a field.
func (c *columnCount) cell(s string) {
	s = strings.TrimSpace(s)
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case s == "" || s == "n/a":
		c.empty++
	case err == nil && !strings.ContainsAny(s, "xX_"):
		c.Type = "numbers"
		c.see([]float64{v})
	default:
		if c.texts == 0 {
			c.first = strings.Clone(s)
		}
		c.texts++
	}
}

// told makes a part of what was seen.
func (c *columnCount) told(rows int) Part {
	p := c.Part
	var notes []string
	switch {
	case c.texts > 0 && p.Numbers:
		notes = append(notes, fmt.Sprintf("%d of %d fields are text, the first %s", c.texts, rows, printable(c.first)))
	case c.texts > 0:
		p.Type = "text"
		notes = append(notes, "the first "+printable(c.first))
	case !p.Numbers:
		p.Type = "nothing"
	}
	if c.empty > 0 {
		notes = append(notes, fmt.Sprintf("%d empty or n/a", c.empty))
	}
	p.Note = strings.Join(notes, "; ")
	return p
}

// loader says what reads a table with that header, whose stimuli may stand in it
// again.
func (in *Inspection) loader(header []string, column map[string]int, again bool) {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { _, ok := column[n]; return !ok })
	}
	path := strconv.Quote(in.Path)
	switch {
	case header[0] == "stimulus" && (again || has("session", "run")), has("SESSION", "RUN", "73KID"):
		in.Go = "trials, err := dataset.ReadTrials(" + path + ")"
	case header[0] == "stimulus":
		in.Go = "r, err := dataset.CSV(" + path + ")"
	case has("i", "j"):
		in.Go = "rdms, err := dataset.UpperRDMs(" + path + ", stimuli)"
	case has("onset", "duration", "trial_type"):
		in.Go = "events, err := dataset.ReadEvents(" + path + ", seconds) // volumes × TR"
	case has("person", "session", "hemi", "roi", "adult_faces"):
		in.Go = "people, err := dataset.VPNLProfiles(" + path + ")"
	case has("subject", "session", "roi", "adult_faces"):
		in.Go = "people, err := dataset.VPNLBetas(" + path + ")"
	case has("subject", "session", "roi", "numbers|words"):
		in.Go = "people, err := dataset.VPNLRSMs(" + path + ")"
	case has("file", "category"):
		in.Notes = append(in.Notes, "is the index of a folder of images: dataset.Images reads the folder")
	case has("trans_x") || has("global_signal") || has("csf"):
		in.Go = "names, values, err := dataset.Confounds{}.Read(" + path + ", volumes)"
	default:
		in.Notes = append(in.Notes, `no reader takes it as it is; dataset.CSV does once the first column is called "stimulus" and holds their IDs, and all others but category and subcategory are numbers`)
	}
}

func inspectFolder(dir string) (*Inspection, error) {
	f, err := ReadImages(dir)
	if err != nil {
		return nil, err
	}
	in := &Inspection{Path: dir, Format: "folder of images", Go: "stimuli, err := dataset.Images(" + strconv.Quote(dir) + ")"}
	counts := map[string]int{}
	for i := range f.Stimuli.Len() {
		counts[f.Stimuli.At(i).Category]++
	}
	for _, c := range f.Stimuli.Categories() {
		in.add(Part{Name: c, Type: "images", Shape: []int{counts[c]}})
	}
	first := f.Stimuli.At(0)
	img, err := first.Image()
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	in.Notes = append(in.Notes, fmt.Sprintf("%d stimuli; the first, %s, has %d×%d pixels", f.Stimuli.Len(), printable(first.ID), img.Bounds().Dx(), img.Bounds().Dy()))
	for _, w := range f.Warnings {
		in.Notes = append(in.Notes, w.Error())
	}
	return in, nil
}
