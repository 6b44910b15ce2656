package hdf5

import (
	"fmt"
	"math/bits"
)

// A Space is the shape of a dataset or an attribute.
type Space struct {
	Shape []int // the length of each axis, the last varies fastest; none for a single value
	Max   []int // what each axis may grow to; −1 is without bound
	Null  bool  // it has no value, and no shape
}

// Len is the number of elements.
func (s *Space) Len() int {
	if s.Null {
		return 0
	}
	n := 1
	for _, l := range s.Shape {
		n *= l
	}
	return n
}

// maxRank is the library's.
const maxRank = 32

func (f *File) space(b []byte) (*Space, error) {
	c := f.cursor(b)
	version, rank, flags := c.u8(), c.u8(), c.u8()
	s := &Space{}
	switch version {
	case 1:
		c.take(5)
	case 2:
		s.Null = c.u8() == 2
	default:
		return nil, &UnsupportedError{What: fmt.Sprintf("a shape of version %d", version)}
	}
	if rank > maxRank {
		return nil, damaged("a shape of %d axes", rank)
	}
	dims := func() ([]int, error) {
		out := make([]int, rank)
		for i := range out {
			n := c.length()
			switch {
			case n == 1<<(8*f.lengths)-1 || n == undefined:
				out[i] = -1
			case n > 1<<62:
				return nil, damaged("an axis of %d", n)
			default:
				out[i] = int(n)
			}
		}
		return out, nil
	}
	var err error
	if s.Shape, err = dims(); err != nil {
		return nil, err
	}
	s.Max = s.Shape
	if flags&1 != 0 {
		if s.Max, err = dims(); err != nil {
			return nil, err
		}
	}
	if c.bad {
		return nil, damaged("a shape of %d axes in %d bytes", rank, len(b))
	}
	for i, n := range s.Shape {
		if n < 0 || s.Max[i] >= 0 && s.Max[i] < n {
			return nil, damaged("axis %d is %d long and may be %d", i, n, s.Max[i])
		}
	}
	if _, ok := product(s.Shape, 1<<62); !ok {
		return nil, damaged("it claims more than 2^62 values: its shape is %v", s.Shape)
	}
	return s, nil
}

// product multiplies lengths, none of them negative, and reports whether the
// product is at most the limit; that of no length is 1. An axis of 0 makes it 0
// whatever the others are.
func product(lengths []int, limit uint64) (uint64, bool) {
	n, over := uint64(1), false
	for _, l := range lengths {
		if l == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, uint64(l))
		if over = over || hi > 0 || lo > limit; !over {
			n = lo
		}
	}
	return n, !over && n <= limit
}
