package hdf5

import (
	"errors"
	"fmt"
)

// An UnsupportedError names what of the format is not read, in a file that may
// be in order.
type UnsupportedError struct {
	What   string // "the filter szip"
	Remedy string // what makes a file that is read; may be empty
}

func (e *UnsupportedError) Error() string {
	if e.Remedy == "" {
		return e.What + " is not read"
	}
	return e.What + " is not read; " + e.Remedy
}

// errNotFound is of a name that a group has not.
var errNotFound = errors.New("not found")

// damaged is the error of a file that breaks the format.
func damaged(format string, args ...any) error {
	return fmt.Errorf("damaged: "+format, args...)
}
