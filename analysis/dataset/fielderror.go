package dataset

import "strings"

// A FieldError is a fault of a binary file: of which field of its header, and
// what.
type FieldError struct {
	File  string // the path as it was given
	Field string // the field as the format calls it, "dim[1]"; empty where the fault is the file's
	Err   error  // what is wrong, and what to do
}

func (e *FieldError) Error() string {
	parts := []string{"dataset: " + e.File}
	if e.Field != "" {
		parts = append(parts, e.Field)
	}
	return strings.Join(append(parts, e.Err.Error()), ": ")
}

func (e *FieldError) Unwrap() error { return e.Err }
