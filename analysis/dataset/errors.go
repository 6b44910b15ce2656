package dataset

import (
	"fmt"
	"strings"
)

// A ParseError is a fault of a table: where it is, and what.
type ParseError struct {
	File   string // the path as it was given
	Line   int    // counted from 1, the header included; 0 where the fault is the file's
	Column int    // the field, counted from 1; 0 where the fault is the line's
	Name   string // what the header calls the column
	Err    error  // what is wrong
}

func (e *ParseError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dataset: %s", e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ": line %d", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, ", column %d", e.Column)
		if e.Name != "" {
			fmt.Fprintf(&b, " (%q)", e.Name)
		}
	}
	return b.String() + ": " + e.Err.Error()
}

func (e *ParseError) Unwrap() error { return e.Err }
