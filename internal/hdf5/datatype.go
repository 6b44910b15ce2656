package hdf5

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
)

// A Class says what kind a type is of.
type Class int

// The classes, by the format's numbers.
const (
	Fixed Class = iota
	Float
	Time
	Text
	Bits
	Opaque
	Compound
	Reference
	Enum
	VLen // sequences of any length, text among them
	Array
	Complex
)

// A Type is the type of an element.
type Type struct {
	Class  Class
	Size   int  // bytes of an element in the file
	Signed bool // of Fixed

	Order     binary.ByteOrder // of numbers
	Shift     int              // the position of the lowest bit that counts
	Precision int              // how many bits count

	exponent, exponentBits, mantissa, mantissaBits, sign, bias int // of Float
	implied                                                    bool

	Pad  byte // of text: what its letters are followed by, 0 or a blank
	vlen bool // of VLen: text

	object bool // of Reference: to an object

	Fields []Field  // of Compound
	Base   *Type    // of Enum, VLen and Array
	Names  []string // of Enum,
	Values []byte   // and what stands for each of them
	Dims   []int    // of Array
}

// A Field is a part of a compound.
type Field struct {
	Name   string
	Offset int
	Type   *Type
}

// IsText reports whether elements are text, of a fixed length or not.
func (t *Type) IsText() bool { return t.Class == Text || t.Class == VLen && t.vlen }

// isBool reports whether elements are h5py's bool: an enumeration of FALSE, 0,
// and TRUE, 1.
func (t *Type) isBool() bool {
	return t.Class == Enum && t.Base.Size == 1 && slices.Equal(t.Names, []string{"FALSE", "TRUE"}) && t.Values[0] == 0 && t.Values[1] == 1
}

// IsObject reports whether elements are references to objects.
func (t *Type) IsObject() bool { return t.Class == Reference && t.object }

// String names the type as NumPy does, where it does.
func (t *Type) String() string {
	bits := strconv.Itoa(8 * t.Size)
	switch t.Class {
	case Fixed:
		if t.Signed {
			return "int" + bits
		}
		return "uint" + bits
	case Float:
		if t.Size == 2 && t.exponentBits == 8 {
			return "bfloat16"
		}
		return "float" + bits
	case Bits:
		return "bitfield of " + bits + " bits"
	case Time:
		return "time"
	case Opaque:
		return "opaque bytes"
	case Compound:
		return "compound"
	case Reference:
		if t.object {
			return "reference"
		}
		return "region reference"
	case Enum:
		if t.isBool() {
			return "bool"
		}
		return "enum of " + t.Base.String()
	case Array:
		return t.Base.String()
	case Complex:
		return "complex" + bits
	case VLen:
		if !t.vlen {
			return "lists of " + t.Base.String()
		}
	}
	return "text"
}

const (
	maxTypeDepth = 16
	maxMembers   = 1 << 14
)

// datatype reads a type.
func (f *File) datatype(b []byte) (*Type, error) {
	c := f.cursor(b)
	t, err := readType(c, 0)
	if err == nil && c.bad {
		err = damaged("a type of %d bytes ends early", len(b))
	}
	return t, err
}

func readType(c *cursor, depth int) (*Type, error) {
	if depth > maxTypeDepth {
		return nil, damaged("types lie deeper than %d in one another", maxTypeDepth)
	}
	head := c.u8()
	version := head >> 4
	flags, size := int(c.uint(3)), c.u32()
	t := &Type{Class: Class(head & 15), Size: int(size), Order: binary.LittleEndian}
	if version < 1 || version > 5 || t.Class > Complex {
		return nil, &UnsupportedError{What: fmt.Sprintf("a type of class %d, version %d", t.Class, version)}
	}
	if size == 0 || size > 1<<31-1 {
		return nil, damaged("a type of %d bytes", size)
	}
	switch t.Class {
	case Fixed, Bits, Float:
		return t, t.number(c, flags)
	case Time:
		c.take(2)
	case Text:
		if flags&15 == 2 {
			t.Pad = ' '
		}
	case Opaque:
		c.take(flags & 0xff)
	case Reference:
		t.object = flags&15 == 0 && size <= 8
	case Compound:
		return t, t.members(c, version, flags&0xffff, depth)
	case Enum, VLen, Array, Complex:
		return t, t.based(c, version, flags, depth)
	}
	return t, nil
}

// number reads how numbers lie in their bytes.
func (t *Type) number(c *cursor, flags int) error {
	if flags&1 != 0 {
		t.Order = binary.BigEndian
	}
	t.Signed = t.Class == Fixed && flags&8 != 0
	t.Shift, t.Precision = c.u16(), c.u16()
	if t.Class == Float {
		if flags&0x40 != 0 {
			return &UnsupportedError{What: "a float in VAX byte order"}
		}
		t.sign, t.implied = flags>>8&0xff, flags>>4&3 == 2
		t.exponent, t.exponentBits, t.mantissa, t.mantissaBits, t.bias = c.u8(), c.u8(), c.u8(), c.u8(), int(c.u32())
	}
	if c.bad {
		return damaged("a number's type ends early")
	}
	if t.Precision == 0 || t.Shift+t.Precision > 8*t.Size {
		return damaged("a number of %d bits, from bit %d, in %d bytes", t.Precision, t.Shift, t.Size)
	}
	if t.Class == Float && (t.exponent+t.exponentBits > 8*t.Size || t.mantissa+t.mantissaBits > 8*t.Size || t.sign >= 8*t.Size || t.bias < 0) {
		return damaged("a float whose bits are not in its %d bytes", t.Size)
	}
	return nil
}

// members reads the fields of a compound.
func (t *Type) members(c *cursor, version, n, depth int) error {
	if n > maxMembers || n > len(c.b) {
		return damaged("a compound of %d fields", n)
	}
	for range n {
		m := Field{Name: c.text(version < 3)}
		if version < 3 {
			m.Offset = int(c.u32())
		} else {
			m.Offset = int(c.uint(bytesFor(uint64(t.Size))))
		}
		var dims []int
		if version == 1 {
			rank := c.u8()
			c.take(3 + 4 + 4)
			for i := range 4 {
				if d := int(c.u32()); i < rank {
					dims = append(dims, d)
				}
			}
		}
		var err error
		if m.Type, err = readType(c, depth+1); err != nil {
			return err
		}
		if len(dims) > 0 {
			k, ok := product(dims, uint64(t.Size))
			if !ok || k == 0 {
				return damaged("a field of %v values", dims)
			}
			m.Type = &Type{Class: Array, Base: m.Type, Dims: dims, Size: int(k) * m.Type.Size}
		}
		if c.bad || m.Offset < 0 || m.Offset > t.Size || m.Type.Size > t.Size-m.Offset {
			return damaged("a field of %d bytes at %d, in a compound of %d", m.Type.Size, m.Offset, t.Size)
		}
		t.Fields = append(t.Fields, m)
	}
	return nil
}

// based reads a type that is made of another.
func (t *Type) based(c *cursor, version, flags, depth int) (err error) {
	if t.Class == Array {
		rank := c.u8()
		if version < 3 {
			c.take(3)
		}
		if rank > maxRank {
			return damaged("a type of %d axes", rank)
		}
		for range rank {
			t.Dims = append(t.Dims, int(c.u32()))
		}
		if version < 3 {
			c.take(4 * rank)
		}
	}
	if t.Base, err = readType(c, depth+1); err != nil {
		return err
	}
	switch t.Class {
	case VLen:
		t.vlen = flags&15 == 1
	case Array:
		n, ok := product(t.Dims, uint64(t.Size))
		if !ok || n*uint64(t.Base.Size) != uint64(t.Size) {
			return damaged("%v values of %d bytes each, in %d bytes", t.Dims, t.Base.Size, t.Size)
		}
	case Enum:
		n := flags & 0xffff
		if n > len(c.b) || t.Base.Size != t.Size || t.Base.Class != Fixed {
			return damaged("an enumeration of %d values", n)
		}
		for range n {
			t.Names = append(t.Names, c.text(version < 3))
		}
		t.Values = slices.Clone(c.take(n * t.Size))
		if c.bad {
			return damaged("an enumeration of %d values ends early", n)
		}
	}
	return nil
}
