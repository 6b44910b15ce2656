package hdf5

import (
	"fmt"
	"strings"
)

// An Object is a group, a dataset or a type with a name.
type Object struct {
	f        *File
	At       uint64 // where it is: two names may lead to one object
	messages []message
}

// Root returns the group in which all paths begin.
func (f *File) Root() (*Object, error) { return f.Object(f.root) }

// Object returns the object at an address, as links and references have them.
func (f *File) Object(at uint64) (*Object, error) {
	m, err := f.header(at)
	if err != nil {
		return nil, err
	}
	return &Object{f: f, At: at, messages: m}, nil
}

func (o *Object) message(kind int) (message, bool) {
	for _, m := range o.messages {
		if m.kind == kind {
			return m, true
		}
	}
	return message{}, false
}

// IsGroup reports whether the object is a group.
func (o *Object) IsGroup() bool {
	_, old := o.message(msgSymbolTable)
	_, dense := o.message(msgLinkInfo)
	return old || dense
}

// IsDataset reports whether the object is a dataset.
func (o *Object) IsDataset() bool {
	_, ok := o.message(msgLayout)
	return ok
}

// Limits of a path, in names, soft links followed, and bytes.
const (
	maxPath  = 200
	maxSoft  = 20
	maxBytes = 1 << 12
)

// Open returns the object at a path of names with slashes between, from the
// root. Soft links are followed.
func (f *File) Open(path string) (*Object, error) {
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	soft := 0
	return root.open(path, &soft)
}

// Follow returns what a link of the group leads to.
func (o *Object) Follow(l Link) (*Object, error) {
	soft := 0
	return o.follow(l, &soft)
}

func (o *Object) follow(l Link, soft *int) (*Object, error) {
	switch l.Kind {
	case External:
		return nil, &UnsupportedError{What: fmt.Sprintf("%.60q, which is in another file,", l.Name), Remedy: "open that"}
	case Soft:
		if *soft++; *soft > maxSoft {
			return nil, damaged("its links lead on and on, or in a circle")
		}
		return o.open(l.Target, soft)
	}
	return o.f.Object(l.At)
}

func (o *Object) open(path string, soft *int) (*Object, error) {
	if len(path) > maxBytes || strings.Count(path, "/") > maxPath {
		return nil, damaged("a path of %d letters", len(path))
	}
	if strings.HasPrefix(path, "/") {
		root, err := o.f.Root()
		if err != nil {
			return nil, err
		}
		o = root
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." {
			continue
		}
		l, ok, err := o.named(name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%.60q: %w", name, errNotFound)
		}
		if o, err = o.follow(l, soft); err != nil {
			return nil, err
		}
	}
	return o, nil
}
