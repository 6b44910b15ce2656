package dataset

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A matSight is shown the numbers of a value in blocks while a file is read
// through.
type matSight func(v *MATValue, block []float64)

// A matPart is a stretch of elements of a .mat file.
type matPart struct {
	r      io.Reader
	left   int64 // bytes of the stretch that were not read
	order  binary.ByteOrder
	room   *matRoom
	depth  int
	packed int64 // the size of the compressed element that it came out of, so that left is only a claim; 0: of none
	see    matSight
}

// maxMATDepth bounds how deep cells and structs lie in one another.
const maxMATDepth = 100

// matGain is how many times its size a compressed element is taken to become
// before it has done so: numbers become 1 to 8 times as much.
const matGain = 16

// matCost is what a value takes beside its numbers, roughly, in bytes.
const matCost = 256

// cut is the error for what ends early.
func cut(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("is cut short or damaged: %w", err)
}

// A matRoom is what may still be kept of a file.
type matRoom struct{ bytes, values int64 }

// newMATRoom returns the room for a file of that size. Compressed, values
// without numbers take next to nothing there, so their number is bounded too.
func newMATRoom(size int64) *matRoom { return &matRoom{bytes: maxMAT, values: 1<<20 + size/8} }

// spendValue accounts for one more value.
func (p *matPart) spendValue() error {
	if p.room.values--; p.room.values < 0 {
		return errors.New("the file holds more cells or fields than a file of its size is likely to mean (a million and one for each 8 bytes): save numbers as arrays, or as .npy")
	}
	return p.spend(matCost)
}

// spend accounts for what is kept.
func (p *matPart) spend(n int64) error {
	if p.room.bytes -= n; p.room.bytes < 0 {
		return fmt.Errorf("the file holds more than the %d bytes that are kept in memory: save fewer variables in it, or with -v7.3 or as .npy", int64(maxMAT))
	}
	return nil
}

func (p *matPart) read(b []byte) error {
	if int64(len(b)) > p.left {
		return cut(io.EOF)
	}
	n, err := io.ReadFull(p.r, b)
	p.left -= int64(n)
	if err != nil {
		return cut(err)
	}
	return nil
}

// next reads the tag of the next element and returns its type and its content.
// What is left of the content must be skipped by done.
func (p *matPart) next() (typ uint32, body *matPart, err error) {
	var tag [8]byte
	if err := p.read(tag[:]); err != nil {
		return 0, nil, err
	}
	body = &matPart{order: p.order, room: p.room, depth: p.depth, packed: p.packed, see: p.see}
	typ = p.order.Uint32(tag[:])
	if n := typ >> 16; n > 0 { // a small element: type, size and up to 4 bytes in the tag
		if n > 4 {
			return 0, nil, fmt.Errorf("is damaged: a small element of %d bytes", n)
		}
		body.r, body.left = bytes.NewReader(tag[4:4+n]), int64(n)
		return typ & 0xffff, body, nil
	}
	n := int64(p.order.Uint32(tag[4:]))
	if n > p.left {
		return 0, nil, fmt.Errorf("is cut short or damaged: an element claims %d bytes, and %d follow", n, p.left)
	}
	pad := (8 - n%8) % 8
	if typ == miCompressed {
		pad = 0
	}
	body.r, body.left = io.LimitReader(p.r, n), n
	p.left -= n
	if pad = min(pad, p.left); pad > 0 {
		body.r = io.MultiReader(body.r, &skipper{p.r, pad})
		p.left -= pad
	}
	return typ, body, nil
}

// A skipper reads the padding after an element, and gives nothing.
type skipper struct {
	r io.Reader
	n int64
}

func (s *skipper) Read([]byte) (int, error) {
	n, err := io.CopyN(io.Discard, s.r, s.n)
	s.n -= n
	if err == nil {
		err = io.EOF
	}
	return 0, err
}

// done skips what is left of the content and the padding.
func (p *matPart) done() error {
	n, err := io.Copy(io.Discard, p.r)
	if err == nil && n < p.left {
		err = io.EOF
	}
	if err != nil {
		return cut(err)
	}
	p.left = 0
	return nil
}

// bytes reads all the content, which is kept, and the padding. What comes out
// of a compressed element is allocated as it comes, beyond matGain times the
// element's size.
func (p *matPart) bytes() ([]byte, error) {
	if err := p.spend(p.left); err != nil {
		return nil, err
	}
	const step = 1 << 20
	room := p.left
	if p.packed > 0 {
		room = min(room, matGain*p.packed)
	}
	b := make([]byte, 0, room)
	for p.left > 0 {
		n := int(min(p.left, step))
		b = slices.Grow(b, n)
		if err := p.read(b[len(b) : len(b)+n]); err != nil {
			return nil, err
		}
		b = b[:len(b)+n]
	}
	return b, p.done()
}

// small reads an element of one of the types, of at most that many bytes.
func (p *matPart) small(what string, most int64, types ...uint32) ([]byte, error) {
	typ, body, err := p.next()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(types, typ) || body.left > most {
		return nil, fmt.Errorf("is damaged: its %s are %d bytes of type %d", what, body.left, typ)
	}
	return body.bytes()
}

// variable reads an element of the top level.
func (p *matPart) variable() (string, *MATValue, error) {
	typ, body, err := p.next()
	if err != nil {
		return "", nil, err
	}
	switch typ {
	case miMatrix:
		name, v, err := body.matrix()
		if err == nil {
			err = body.done()
		}
		return name, v, err
	case miCompressed:
		return body.inflate()
	}
	return "", nil, fmt.Errorf("is damaged: an element of type %d stands where a variable should", typ)
}

// inflate reads the one variable of a compressed element.
func (p *matPart) inflate() (string, *MATValue, error) {
	z, err := zlib.NewReader(p.r)
	if err != nil {
		return "", nil, cut(err)
	}
	defer z.Close()
	in := *p
	in.r, in.left, in.packed = z, maxDeflate*(p.left+1), p.left+1
	typ, body, err := in.next()
	if err != nil {
		return "", nil, err
	}
	if typ != miMatrix {
		return "", nil, fmt.Errorf("is damaged: an element of type %d is compressed", typ)
	}
	name, v, err := body.matrix()
	if err == nil {
		err = body.done()
	}
	if err != nil {
		return name, nil, err
	}
	// The end is where the checksum is compared.
	if n, err := io.CopyN(io.Discard, z, 9); err != io.EOF {
		if err == nil {
			err = fmt.Errorf("%d bytes follow the variable", n)
		}
		return name, nil, cut(err)
	}
	p.left = 0 // zlib read it
	return name, v, p.done()
}

// matrix reads a value and its name.
func (p *matPart) matrix() (name string, v *MATValue, err error) {
	v = &MATValue{Class: "double", Shape: []int{0, 0}, order: p.order}
	if err := p.spendValue(); err != nil {
		return "", nil, err
	}
	if p.depth++; p.depth > maxMATDepth {
		return "", nil, fmt.Errorf("lies deeper than %d cells or structs in one another", maxMATDepth)
	}
	if p.left == 0 { // so MATLAB writes an empty cell's element
		v.typ = miDouble
		return "", v, nil
	}
	flags, err := p.small("flags", 8, miUint32)
	if err != nil {
		return "", nil, err
	}
	if len(flags) < 8 {
		return "", nil, errors.New("is damaged: its flags are cut")
	}
	word := p.order.Uint32(flags)
	class := int(word & 0xff)
	if class == 0 || class >= len(matClasses) {
		return "", nil, fmt.Errorf("is damaged: there is no class %d", class)
	}
	v.Class, v.complex = matClasses[class], word&0x800 != 0
	var claim []uint64
	if v.Class != "opaque" {
		dims, err := p.small("dimensions", 32*4, miInt32, miUint32)
		if err != nil {
			return "", nil, err
		}
		for ; len(dims) >= 4; dims = dims[4:] {
			n := p.order.Uint32(dims)
			if n > 1<<31-1 {
				return "", nil, fmt.Errorf("is damaged: it is %d long", int32(n))
			}
			claim = append(claim, uint64(n))
		}
		if len(claim) < 2 {
			return "", nil, fmt.Errorf("is damaged: it has %d dimensions", len(claim))
		}
	}
	text, err := p.small("name's letters", 1<<12, miInt8, miUint8, miUTF8)
	if err != nil {
		return "", nil, err
	}
	name = string(text)
	switch v.Class {
	case "opaque", "sparse", "function_handle":
		v.shaped(claim)
		return name, v, p.done()
	case "struct", "object":
		return name, v, p.structure(v, claim)
	case "cell":
		return name, v, p.elements(v, claim, 1)
	}
	if word&0x200 != 0 {
		v.Class = "logical"
	}
	return name, v, p.numbers(v, claim)
}

// structure reads the names of the fields, then the elements, each with all its
// fields.
func (p *matPart) structure(v *MATValue, claim []uint64) error {
	if v.Class == "object" {
		if _, err := p.small("class's letters", 1<<12, miInt8, miUint8, miUTF8); err != nil {
			return err
		}
	}
	b, err := p.small("field names' lengths", 4, miInt32, miUint32)
	if err != nil {
		return err
	}
	if len(b) < 4 {
		return errors.New("is damaged: its field names have no length")
	}
	length := int(p.order.Uint32(b))
	letters, err := p.small("field names", 1<<22, miInt8, miUint8, miUTF8)
	if err != nil {
		return err
	}
	if len(letters) > 0 && (length < 1 || length > len(letters) || len(letters)%length != 0) {
		return fmt.Errorf("is damaged: its field names are %d letters, %d each", len(letters), length)
	}
	seen := map[string]bool{}
	for ; len(letters) > 0; letters = letters[length:] {
		field, _, _ := strings.Cut(string(letters[:length]), "\x00")
		if seen[field] {
			return fmt.Errorf("is damaged: two fields are called %q", analysis.Few([]string{field}, 1))
		}
		if err := p.spendValue(); err != nil {
			return err
		}
		seen[field] = true
		v.Fields = append(v.Fields, field)
	}
	return p.elements(v, claim, len(v.Fields))
}

// elements reads the values of a cell or of a struct's fields.
func (p *matPart) elements(v *MATValue, claim []uint64, each int) error {
	n, ok := product(claim, 1<<31)
	if !ok || each > 0 && int64(n) > p.left/8/int64(each) { // each takes a tag of 8 bytes
		return fmt.Errorf("is damaged: it claims %s of %d values each, and %d bytes follow", claimed(claim), each, p.left)
	}
	v.shaped(claim)
	for k := range int(n) * each {
		typ, body, err := p.next()
		if err != nil {
			return err
		}
		if typ != miMatrix {
			return fmt.Errorf("is damaged: an element of type %d stands where value %d should", typ, k+1)
		}
		_, kid, err := body.matrix()
		if err == nil {
			err = body.done()
		}
		if err != nil {
			return err
		}
		v.kids = append(v.kids, kid)
	}
	return nil
}

// numbers reads numbers or letters.
func (p *matPart) numbers(v *MATValue, claim []uint64) error {
	typ, body, err := p.next()
	if err != nil {
		return err
	}
	size, decode, ok := matDecoder(typ, p.order)
	if !ok {
		return fmt.Errorf("is damaged: its values are of type %d", typ)
	}
	v.typ, v.size, v.decode = typ, size, decode
	if v.Class == "char" && typ == miUTF8 {
		// Shape counts letters, not bytes; Texts compares them.
		if n, ok := product(claim, 1<<31); !ok || int64(n) > body.left {
			return fmt.Errorf("is damaged: it claims %s letters, and has %d bytes", claimed(claim), body.left)
		}
		v.shaped(claim)
	} else if v.Shape, _, err = sized(claim, size, body.left); err != nil {
		return fmt.Errorf("is damaged: it %w follow", err)
	}
	if p.see == nil || v.Class == "char" || v.complex {
		if v.complex { // asking for it fails
			if err := body.done(); err != nil {
				return err
			}
			return p.done()
		}
		v.raw, err = body.bytes()
		return err
	}
	h := npyShape{n: int(body.left) / size, size: size, value: decode}
	if err := h.blocks(body.r, func(b []float64) error { p.see(v, b); return nil }); err != nil {
		return cut(err)
	}
	body.left = 0
	return body.done()
}
