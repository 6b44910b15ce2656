package dataset

import (
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Confounds says which columns of a confounds.tsv are read: the estimates of
// head motion and of other noise that stand beside a run, a row for each volume.
// The zero value reads all columns; a file of fMRIPrep has hundreds, so name
// those that the model is to have:
//
//	dataset.Confounds{Columns: []string{"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"}}
type Confounds struct {
	Columns []string

	// ZeroFirst reads n/a in the first row as 0: what a derivative, or
	// framewise displacement, is before anything has moved. Elsewhere n/a is
	// always an error, since a regressor must have a value for every volume.
	ZeroFirst bool
}

// Read returns the names of the regressors and a matrix with a row for each
// volume and a column for each of them. volumes is how many the run has; 0 says
// that it is not known.
//
// It fails with a *ParseError that names line and column on n/a (or an empty
// cell, NaN or Inf), a column that is not there, and rows that are not volumes
// many.
func (c Confounds) Read(path string, volumes int) (names []string, values *mat.Dense, err error) {
	t, file, err := openTable(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return c.parse(t, volumes)
}

func (c Confounds) parse(t *table, volumes int) ([]string, *mat.Dense, error) {
	names := c.Columns
	if names == nil {
		names = t.header
	}
	if len(names) == 0 {
		return nil, nil, &ParseError{File: t.file, Err: errors.New("no column is asked for; leave Columns nil for all")}
	}
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return nil, nil, &ParseError{File: t.file, Err: fmt.Errorf("the column %q is asked for twice", n)}
		}
		seen[n] = true
	}
	cols, err := t.need(names...)
	if err != nil {
		return nil, nil, err
	}
	var data []float64
	rows := 0
	for err := range t.rows() {
		if err != nil {
			return nil, nil, err
		}
		for _, col := range cols {
			if strings.TrimSpace(t.row[col]) == "n/a" {
				if rows > 0 || !c.ZeroFirst {
					remedy := "leave the column out"
					if rows == 0 {
						remedy += ", or set ZeroFirst if it is a difference to the volume before"
					}
					return nil, nil, t.fail(col, fmt.Errorf("is n/a in the row of volume %d; a regressor needs a value for every volume: %s", rows, remedy))
				}
				data = append(data, 0)
				continue
			}
			v, err := t.number(col)
			if err != nil {
				return nil, nil, err
			}
			data = append(data, v)
		}
		rows++
	}
	if rows == 0 || volumes > 0 && rows != volumes {
		return nil, nil, &ParseError{File: t.file, Err: fmt.Errorf("has %d rows for a run of %d volumes; it needs one for each", rows, volumes)}
	}
	return append([]string(nil), names...), mat.NewDense(rows, len(cols), data), nil
}
