package dataset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// label reads a list of vertices: a line of comment, how many there are, and a
// line for each: vertex, x, y, z, value.
func (p *Parcellation) label(r io.Reader, vertices int) error {
	name := filepath.Base(p.File)
	name = name[:len(name)-len(filepath.Ext(name))]
	p.Regions = []string{strings.TrimPrefix(strings.TrimPrefix(name, "lh."), "rh.")}
	s := bufio.NewScanner(r)
	line, count, want := 0, 0, 0
	fail := func(format string, args ...any) error {
		return &ParseError{File: p.File, Line: line, Err: fmt.Errorf(format, args...)}
	}
	for s.Scan() {
		line++
		words := strings.Fields(s.Text())
		switch {
		case line == 1:
			if !strings.HasPrefix(s.Text(), "#") {
				return fail("must begin with #!ascii label: this is no label of FreeSurfer")
			}
		case line == 2:
			n, err := strconv.Atoi(strings.TrimSpace(s.Text()))
			if err != nil || n < 0 {
				return fail("%q must be how many vertices the label has", clip(s.Text()))
			}
			want = n
			p.region = make([]int, vertices)
			for v := range p.region {
				p.region[v] = -1
			}
		case len(words) > 0:
			v, err := strconv.Atoi(words[0])
			switch {
			case err != nil || len(words) != 5:
				return fail("%q must be a vertex, x, y, z and a value", clip(s.Text()))
			case v == -1:
				return fail("the vertex is -1: this is a label of a volume; make one of a surface (mri_label2label)")
			case v < 0 || v >= vertices:
				return fail("there is no vertex %d; the surface has %d: take both of the same mesh", v, vertices)
			}
			p.region[v] = 0
			count++
		}
	}
	if err := s.Err(); err != nil {
		line++
		return fail("%w: this is no label of FreeSurfer", err)
	}
	if count != want || line < 2 {
		return fail("has %d vertices, but says that it has %d; the copy is incomplete", count, want)
	}
	return nil
}

// An annotReader reads the words of an annotation, which are big-endian.
type annotReader struct {
	r    *bufio.Reader
	left int64
	err  error
}

func (a *annotReader) int() int64 {
	var b [4]byte
	a.bytes(b[:])
	return int64(int32(binary.BigEndian.Uint32(b[:])))
}

func (a *annotReader) bytes(b []byte) {
	if a.err == nil {
		_, a.err = io.ReadFull(a.r, b)
		a.left -= int64(len(b))
	}
	if a.err != nil {
		clear(b)
	}
}

// text reads a text with its length before it, which ends with a zero.
func (a *annotReader) text() string {
	n := a.int()
	if n < 0 || n > a.left {
		if a.err == nil {
			a.err = fmt.Errorf("claims a text of %d bytes where %d are left", n, a.left)
		}
		return ""
	}
	b := make([]byte, n)
	a.bytes(b)
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}

// annot reads an annotation: how many vertices; vertex and colour of each; and
// a table that gives each colour a name, in the old layout or in the new (−2).
func (p *Parcellation) annot(at io.ReaderAt, size int64) error {
	a := &annotReader{r: bufio.NewReaderSize(io.NewSectionReader(at, 0, size), 1<<16), left: size}
	n := a.int()
	if a.err == nil && (n < 1 || 8*n > a.left) {
		return p.fault("vertices", fmt.Errorf("are %d, but %d bytes follow; the copy is incomplete, or this is no annotation", n, a.left))
	}
	colours := make([]int, n)
	seen := make([]bool, n)
	for range n {
		v, c := a.int(), a.int()
		if a.err == nil && (v < 0 || v >= n || seen[v]) {
			return p.fault("vertices", fmt.Errorf("vertex %d of %d is not there, or stands twice; the file is damaged", v, n))
		}
		if a.err == nil {
			colours[v], seen[v] = int(c), true
		}
	}
	if a.err == nil && (a.left < 4 || a.int() == 0) {
		return p.fault("table", errors.New("is not there, so the regions have no names; write it with mris_label2annot --ctab"))
	}
	entries := a.int()
	old := entries > 0
	switch {
	case old:
		a.text()
	case entries == -2:
		a.int() // above every index
		a.text()
		entries = a.int()
	case a.err == nil:
		return p.fault("table", fmt.Errorf("is of version %d, must be 2; write it with mris_label2annot", -entries))
	}
	var keys []giftiKey
	for k := int64(0); k < entries && a.err == nil; k++ {
		if !old {
			a.int()
		}
		name := a.text()
		red, green, blue := a.int(), a.int(), a.int()
		a.int()
		keys = append(keys, giftiKey{int(red | green<<8 | blue<<16), name})
	}
	if a.err != nil {
		return p.fault("", fmt.Errorf("breaks off %d bytes before its end (%w); copy or download it again", max(a.left, 0), a.err))
	}
	p.assign(colours, keys)
	return nil
}
