package dataset

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fusiform/analysis"
)

// A Parcellation says which region each vertex of a surface belongs to.
type Parcellation struct {
	File       string
	Hemisphere string   // "lh" or "rh"; empty where neither file nor name tells
	Regions    []string // names, in the file's order, each once
	Warnings   []error

	region []int // of each vertex, its position in Regions; −1 for none
}

// ReadParcellation reads the regions of a surface of so many vertices (those of
// the Surface that they are to be masks of):
//
//   - .label.gii (its first array) and FreeSurfer's .annot, by the names of
//     their tables
//   - FreeSurfer's .label, a list of vertices: one region, called as the file
//     is without its hemisphere (lh.FFA.label: FFA)
//   - .mgh, .mgz, .func.gii and .shape.gii of whole numbers in one frame, as
//     NSD's regions are: a region is called by its number, 0 and less is none;
//     Named gives them names
//
// It fails with a *FieldError (a *ParseError in a .label) if the number of
// vertices is another, on a vertex that is not there, and on a value that is no
// whole number. Keys that the table does not name are no region, and a warning
// tells of them.
//
// The formats: https://surfer.nmr.mgh.harvard.edu/fswiki/LabelsClutsAnnotationFiles
func ReadParcellation(path string, vertices int) (*Parcellation, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseParcellation(path, f, size, vertices)
}

func parseParcellation(file string, at io.ReaderAt, size int64, vertices int) (*Parcellation, error) {
	p := &Parcellation{File: file, Hemisphere: hemisphere(file)}
	if vertices < 1 {
		return nil, p.fault("", fmt.Errorf("is asked for as regions of a surface of %d vertices; give the number of the Surface", vertices))
	}
	head := make([]byte, 2)
	n, _ := at.ReadAt(head, 0)
	var err error
	switch ext := strings.ToLower(filepath.Ext(file)); {
	case ext == ".label", n > 0 && head[0] == '#':
		return p, p.label(io.NewSectionReader(at, 0, size), vertices)
	case ext == ".annot":
		err = p.annot(at, size)
	default:
		err = p.surface(at, size, vertices)
	}
	if err == nil && len(p.region) != vertices {
		err = p.fault("", fmt.Errorf("has %d vertices, the surface %d; take both of the same mesh (fsaverage, fsaverage5 …)", len(p.region), vertices))
	}
	return p, err
}

// surface takes the values of a GIfTI or an MGH: keys of a table, or numbers.
func (p *Parcellation) surface(at io.ReaderAt, size int64, vertices int) error {
	s, err := newSurface(p.File, at, size)
	if err != nil {
		return err
	}
	if s.Vertices != vertices {
		return p.fault("", fmt.Errorf("has %d vertices, the surface %d; take both of the same mesh (fsaverage, fsaverage5 …)", s.Vertices, vertices))
	}
	p.Hemisphere, p.Warnings = s.Hemisphere, s.Warnings
	defer s.Close()
	g := s.gifti
	labels := g != nil && (g.arrays[0].intent == "NIFTI_INTENT_LABEL" || len(g.keys) > 0)
	if s.Frames > 1 && !labels {
		return p.fault("", fmt.Errorf("has %d frames, must be one of whole numbers", s.Frames))
	}
	if s.Frames > 1 {
		p.Warnings = append(p.Warnings, fmt.Errorf("dataset: %s: has %d arrays; the regions of the first are read", p.File, s.Frames))
	}
	values, err := s.Frame(0, nil)
	if err != nil {
		return err
	}
	numbers := make([]int, len(values))
	for v, x := range values {
		if x != math.Trunc(x) || math.Abs(x) > math.MaxInt32 {
			return p.fault("", fmt.Errorf("is %v at vertex %d: these are no regions, but a map; OpenSurface reads it", x, v))
		}
		numbers[v] = int(x)
	}
	if labels {
		p.assign(numbers, g.keys)
		return nil
	}
	var keys []giftiKey
	distinct := slices.Clone(numbers)
	slices.Sort(distinct)
	for _, k := range slices.Compact(distinct) {
		if k > 0 {
			keys = append(keys, giftiKey{k, strconv.Itoa(k)})
		}
	}
	for v, k := range numbers {
		numbers[v] = max(k, 0)
	}
	p.assign(numbers, keys)
	return nil
}

// assign gives each vertex the region of its key. 0 need not be in the table.
func (p *Parcellation) assign(numbers []int, keys []giftiKey) {
	region := map[int]int{}
	position := map[string]int{}
	for _, k := range keys {
		if k.name == "" {
			k.name = strconv.Itoa(k.key)
		}
		i, ok := position[k.name]
		if !ok {
			i = len(p.Regions)
			position[k.name] = i
			p.Regions = append(p.Regions, k.name)
		}
		region[k.key] = i
	}
	p.region = make([]int, len(numbers))
	unknown, first := 0, 0
	for v, n := range numbers {
		i, ok := region[n]
		if !ok {
			i = -1
			if n != 0 {
				if unknown == 0 {
					first = n
				}
				unknown++
			}
		}
		p.region[v] = i
	}
	if unknown > 0 {
		p.Warnings = append(p.Warnings, fmt.Errorf("dataset: %s: %d of %d vertices have keys that the table does not name (%d first); they are in no region", p.File, unknown, len(numbers), first))
	}
}

// Vertices returns how many vertices the surface has.
func (p *Parcellation) Vertices() int { return len(p.region) }

// Mask returns which vertices lie in one of the regions. It fails without
// regions, and if there is none of a name, telling those that there are.
func (p *Parcellation) Mask(regions ...string) ([]bool, error) {
	if len(regions) == 0 {
		return nil, p.fault("", fmt.Errorf("no region is asked for; there are: %s", analysis.Few(p.Regions, 12)))
	}
	wanted := make([]bool, len(p.Regions))
	for _, r := range regions {
		i := slices.Index(p.Regions, r)
		if i < 0 {
			return nil, p.fault("", fmt.Errorf("has no region %q; there are: %s", clip(r), analysis.Few(p.Regions, 12)))
		}
		wanted[i] = true
	}
	mask := make([]bool, len(p.region))
	for v, r := range p.region {
		mask[v] = r >= 0 && wanted[r]
	}
	return mask, nil
}

// maxNames is far above FreeSurfer's own table of 130 kB.
const maxNames = 16 << 20

// Named returns the parcellation with the names of a table of FreeSurfer's, a
// .ctab: lines of a number, a name and perhaps colours. It is for regions that
// are called by their number, as NSD's floc-faces.mgz with floc-faces.mgz.ctab.
// It fails with a *ParseError on a line that does not begin with a number
// followed by a name, and if the table lacks a number of the surface.
func (p *Parcellation) Named(table string) (*Parcellation, error) {
	f, size, err := openFile(table)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxNames {
		return nil, &FieldError{File: table, Err: fmt.Errorf("has %d bytes, more than any table of regions", size)}
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(f, text); err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", table, err)
	}
	return p.named(table, string(text))
}

func (p *Parcellation) named(table, text string) (*Parcellation, error) {
	names := map[string]string{}
	line := 0
	for l := range strings.Lines(text) {
		line++
		words := strings.Fields(l)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if _, err := strconv.Atoi(words[0]); err != nil || len(words) < 2 {
			return nil, &ParseError{File: table, Line: line, Err: errors.New("must be a number, a name and perhaps colours")}
		}
		if names[words[0]] != "" {
			return nil, &ParseError{File: table, Line: line, Err: fmt.Errorf("number %s stands twice", printable(words[0]))}
		}
		names[words[0]] = words[1]
	}
	keys := make([]giftiKey, len(p.Regions))
	for i, r := range p.Regions {
		if names[r] == "" {
			return nil, &ParseError{File: table, Err: fmt.Errorf("has no name for region %s of %s", printable(r), p.File)}
		}
		keys[i] = giftiKey{i + 1, names[r]}
	}
	numbers := make([]int, len(p.region))
	for v, r := range p.region {
		numbers[v] = r + 1
	}
	out := &Parcellation{File: p.File, Hemisphere: p.Hemisphere, Warnings: slices.Clone(p.Warnings)}
	out.assign(numbers, keys)
	return out, nil
}

func (p *Parcellation) fault(field string, err error) error {
	return &FieldError{File: p.File, Field: field, Err: err}
}
