package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fusiform/internal/hdf5"
)

const (
	maxHDF5Depth = 100  // groups in one another
	maxHDF5Name  = 1000 // letters of a name, its groups included
)

// list notes all datasets, each group's in the file's order. A group that has
// several names is listed under the first.
func (f *HDF5File) list() error {
	root, err := f.h.Root()
	if err != nil {
		return err
	}
	w := &hdf5List{f: f, groups: map[uint64]bool{root.At: true}, datasets: map[uint64]*hdf5.Dataset{}, left: f.h.MaxLinks()}
	return w.group(root, "", 0)
}

type hdf5List struct {
	f        *HDF5File
	groups   map[uint64]bool
	datasets map[uint64]*hdf5.Dataset
	left     int // links that the file can still have
}

func (w *hdf5List) group(o *hdf5.Object, path string, depth int) error {
	links, err := o.Links()
	if err != nil {
		return err
	}
	if w.left -= len(links); w.left < 0 {
		return errors.New("damaged: its groups have more names than it has room for")
	}
	for _, l := range links {
		name := path + l.Name
		if name == "#refs#" || name == "#subsystem#" { // MATLAB's own, what its variables refer to
			continue
		}
		if len(name) > maxHDF5Name || l.Name == "" || strings.Contains(l.Name, "/") {
			w.leave(name, errors.New("its name is empty, has a slash or more than 1000 letters"))
			continue
		}
		if err := w.link(o, l, name, depth); err != nil {
			w.leave(name, err)
		}
	}
	return nil
}

// leave notes why something is not listed.
func (w *hdf5List) leave(name string, err error) {
	if len(w.f.Warnings) < maxParts {
		w.f.Warnings = append(w.f.Warnings, fmt.Errorf("%s: %w", printable(name), err))
	}
}

func (w *hdf5List) link(group *hdf5.Object, l hdf5.Link, name string, depth int) error {
	if d := w.datasets[l.At]; l.Kind == hdf5.Hard && d != nil {
		w.add(name, wholePart(d))
		return nil
	}
	o, err := group.Follow(l)
	if err != nil {
		return err
	}
	switch {
	case o.IsDataset():
		d := w.datasets[o.At]
		if d == nil {
			if d, err = o.Dataset(); err != nil {
				return err
			}
			w.datasets[o.At] = d
		}
		w.add(name, wholePart(d))
	case !o.IsGroup():
	case depth == maxHDF5Depth:
		return fmt.Errorf("lies deeper than %d groups in one another", maxHDF5Depth)
	case !w.groups[o.At]:
		w.groups[o.At] = true
		return w.group(o, name+"/", depth+1)
	case l.Kind == hdf5.Hard:
		return errors.New("is a group that has another name, under which it is listed")
	}
	return nil
}

// add lists a dataset, and the fields of a compound one by one.
func (w *hdf5List) add(name string, p hdf5Part) {
	if _, ok := w.f.parts[name]; ok || len(name) > maxHDF5Name {
		return // two names alike: the first, as h5py
	}
	if p.typ.Class == hdf5.Compound {
		for _, m := range p.typ.Fields {
			if w.left--; w.left < 0 {
				w.leave(name, errors.New("has more fields than the file has room for"))
				return
			}
			field := p
			field.offset, field.typ = p.offset+m.Offset, m.Type
			w.add(name+"."+m.Name, field.flat())
		}
		return
	}
	w.f.parts[name] = p
	shape := p.shape
	if p.d.Space.Null {
		shape = nil
	}
	w.f.Datasets = append(w.f.Datasets, HDF5Dataset{Name: name, Type: p.typ.String(), Shape: slices.Clone(shape), Chunk: slices.Clone(p.d.Chunk), Filters: p.d.Filters()})
}
