package dataset

import "errors"

// A Parcellation says which region each vertex of a surface belongs to.
type Parcellation struct {
	File       string
	Hemisphere string   // "lh" or "rh"; empty where neither file nor name tells
	Regions    []string // names, in the file's order, each once
	Warnings   []error

	region []int // of each vertex, its position in Regions; −1 for none
}

// ReadParcellation reads the regions of a surface of so many vertices:
//
//   - .label.gii (its first array) and FreeSurfer's .annot, by the names of
//     their tables
//   - FreeSurfer's .label, a list of vertices: one region, called as the file
//     is without its hemisphere (lh.FFA.label: FFA)
//   - .mgh, .mgz, .func.gii and .shape.gii of whole numbers in one frame, such as
//     NSD's: regions are called by their number, 0 is none
//
// It fails with a *FieldError if the number of vertices is another, on a vertex that
// is not there, and on a value that is no whole number. Keys that
// the table does not name are no region, and a warning tells of them.
func ReadParcellation(path string, vertices int) (*Parcellation, error) {
	return nil, errors.New("not yet")
}

// Vertices returns how many vertices the surface has.
func (p *Parcellation) Vertices() int { return len(p.region) }

// Mask returns which vertices lie in one of the regions. It fails if there is
// no region of a name, telling those that there are.
func (p *Parcellation) Mask(regions ...string) ([]bool, error) {
	return nil, errors.New("not yet")
}
