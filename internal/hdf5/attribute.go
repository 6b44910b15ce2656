package hdf5

import "fmt"

// An Attribute is a small value that describes an object.
type Attribute struct {
	Name  string
	Type  *Type
	Space *Space
	raw   []byte
	f     *File
}

// Attributes lists those of an object, in the file's order. What of them is not
// read is left out.
func (o *Object) Attributes() ([]*Attribute, error) {
	var out []*Attribute
	keep := func(b []byte) error {
		a, err := o.f.attribute(b)
		if _, unread := err.(*UnsupportedError); unread {
			return nil
		}
		if err == nil {
			out = append(out, a)
		}
		return err
	}
	for _, m := range o.messages {
		switch m.kind {
		case msgAttribute:
			if m.shared {
				continue
			}
			if err := keep(m.data); err != nil {
				return nil, err
			}
		case msgAttrInfo:
			c := o.f.cursor(m.data)
			c.take(1)
			if flags := c.u8(); flags&1 != 0 {
				c.take(2)
			}
			heap, names := c.address(), c.address()
			if c.bad {
				return nil, damaged("an object's attributes in %d bytes", len(m.data))
			}
			if heap == undefined {
				continue
			}
			if err := o.f.dense(heap, names, 8, func(record *cursor) []byte { return record.take(8) }, keep); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (f *File) attribute(b []byte) (*Attribute, error) {
	c := f.cursor(b)
	version, flags := c.u8(), c.u8()
	if version < 1 || version > 3 {
		return nil, &UnsupportedError{What: fmt.Sprintf("an attribute of version %d", version)}
	}
	name, typ, space := c.u16(), c.u16(), c.u16()
	if version == 3 {
		c.take(1)
	}
	padded := func(n int) []byte {
		out := c.take(n)
		if version == 1 {
			c.take(-n & 7)
		}
		return out
	}
	n := f.cursor(padded(name))
	a := &Attribute{Name: n.text(false), f: f}
	t, s := padded(typ), padded(space)
	if c.bad || n.bad {
		return nil, damaged("an attribute of %d bytes ends early", len(b))
	}
	if version == 1 {
		flags = 0
	}
	t, err := f.resolve(message{kind: msgType, shared: flags&1 != 0, data: t})
	if err != nil {
		return nil, err
	}
	if s, err = f.resolve(message{kind: msgSpace, shared: flags&2 != 0, data: s}); err != nil {
		return nil, err
	}
	if a.Type, err = f.datatype(t); err != nil {
		return nil, err
	}
	if a.Space, err = f.space(s); err != nil {
		return nil, err
	}
	if a.Space.Len() > len(c.b)/a.Type.Size {
		return nil, damaged("attribute %.60q claims %d values, and has %d bytes", a.Name, a.Space.Len(), len(c.b))
	}
	a.raw = c.b[:a.Space.Len()*a.Type.Size]
	return a, nil
}

// Numbers returns an attribute's numbers.
func (a *Attribute) Numbers() ([]float64, error) {
	decode, err := a.Type.Numbers()
	if err != nil {
		return nil, err
	}
	out := make([]float64, a.Space.Len())
	decode(out, a.raw)
	return out, nil
}

// Texts returns an attribute's texts.
func (a *Attribute) Texts() ([]string, error) { return a.f.Texts(a.Type, a.raw) }

// Lists returns the bytes of sequences of any length, one for each element.
func (a *Attribute) Lists() ([][]byte, error) {
	if a.Type.Class != VLen {
		return nil, &UnsupportedError{What: "a " + a.Type.String() + " as a list"}
	}
	out := make([][]byte, 0, a.Space.Len())
	for raw := a.raw; len(raw) >= a.Type.Size; raw = raw[a.Type.Size:] {
		b, err := a.f.list(raw[:a.Type.Size], a.Type.Base.Size)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
