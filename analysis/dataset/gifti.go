package dataset

import (
	"errors"
	"io"
)

func newGIfTI(file string, at io.ReaderAt, size int64) (*Surface, error) {
	return nil, errors.New("not yet")
}
