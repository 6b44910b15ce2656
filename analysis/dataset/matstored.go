package dataset

import (
	"context"
	"errors"
	"io"
	"slices"

	"fusiform/internal/hdf5"
)

// A matStored value is in its file until it is asked for.
type matStored struct {
	open hdf5Opener
	at   uint64
}

// An hdf5Opener opens a file.
type hdf5Opener func() (io.Closer, *hdf5.File, error)

// part opens the file and hands on the dataset.
func (s *matStored) part(use func(p hdf5Part) error) error {
	file, h, err := s.open()
	if err != nil {
		return err
	}
	defer file.Close()
	o, err := h.Object(s.at)
	if err != nil {
		return err
	}
	d, err := o.Dataset()
	if err != nil {
		return err
	}
	return use(wholePart(d))
}

// numbers reads the numbers, the last axis of MATLAB fastest.
func (s *matStored) numbers(shape []int) (values []float64, err error) {
	err = s.part(func(p hdf5Part) (err error) {
		if !slices.Equal(matShape(p.d.Space.Shape), shape) {
			return errors.New("changed since the file was read")
		}
		values, err = p.numbers(context.Background(), make([]int, len(p.d.Space.Shape)), p.d.Space.Shape)
		return err
	})
	return rowMajor(values, shape), err
}

// text reads letters, of one or more bytes each.
func (s *matStored) text(v *MATValue) (*MATValue, error) {
	out := *v
	out.stored = nil
	return &out, s.part(func(p hdf5Part) error {
		decode, err := p.typ.Numbers()
		if err != nil {
			return err
		}
		out.size = p.typ.Size
		out.decode = func(b []byte) float64 {
			var x [1]float64
			decode(x[:], b)
			return x[0]
		}
		out.raw, err = p.raw()
		return err
	})
}
