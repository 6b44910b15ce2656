package models

import (
	"errors"
	"fmt"
	"strings"

	"fusiform/nbext/catalog"
)

// OpenAll returns the networks of these names, in their order: see Open. It
// fails with the error of the first that cannot be opened, and without names.
func OpenAll(names ...string) ([]*Model, error) {
	if len(names) == 0 {
		return nil, errors.New("models: no network to open")
	}
	all := make([]*Model, len(names))
	for i, name := range names {
		var err error
		if all[i], err = Open(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ReadOut returns the layer that the catalog names first: the one before the
// network's read-out. Untrained twins have that of the trained network. It
// fails for a network that is in no catalog.
func (m *Model) ReadOut() (string, error) {
	name, _, _ := strings.Cut(m.name, untrainedMark)
	if m.intact != "" {
		name, _, _ = strings.Cut(m.intact, untrainedMark)
	}
	row, err := catalog.Model(name)
	if err != nil || len(row.Layers) == 0 {
		return "", m.wrap(fmt.Errorf("the catalog does not say which layer is before its read-out; name the layer (Layers lists them)"))
	}
	return row.Layers[0], nil
}
