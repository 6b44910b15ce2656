package dataset

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A giftiFile knows where in its file each array stands, and holds the values
// of one array.
type giftiFile struct {
	file   string
	at     io.ReaderAt
	size   int64
	arrays []giftiArray
	tr     float64
	side   string // "lh", "rh"
	keys   []giftiKey
	claims int // NumberOfDataArrays; −1 where it is not there

	loaded int // of which array values are; −1 at first
	values []float64
	piece  []float64
}

type giftiArray struct {
	intent, name, encoding string
	number                 NIfTIHeader // of the elements: their type and byte order
	n, k                   int         // vertices and values for each
	columns                bool        // column-major
	start, length          int64       // of the text, in the file
	data                   bool        // whether there is a text
	first                  int         // the frame that its first column is
}

// A giftiKey is what the table of labels says of a value.
type giftiKey struct {
	key  int
	name string
}

const (
	// maxArray is how many values an array of GIfTI may have: those of it are
	// held in memory, 512 MiB. The finest usual mesh has 163842 vertices.
	maxArray = 1 << 26
	// giftiDepth is how deep elements may stand in each other; the format's own
	// are five deep.
	giftiDepth = 32
	// maxName is the longest name or value of metadata that is kept.
	maxName = 1 << 12
)

func newGIfTI(file string, at io.ReaderAt, size int64) (*Surface, error) {
	g, err := scanGIfTI(file, at, size)
	if err != nil {
		return nil, err
	}
	s := &Surface{SurfaceHeader: SurfaceHeader{File: file, Format: "GIfTI", TR: g.tr, Hemisphere: g.side}, gifti: g}
	named := false
	for i := range g.arrays {
		a := &g.arrays[i]
		field := fmt.Sprintf("DataArray %d", i+1)
		switch {
		case a.intent == "NIFTI_INTENT_POINTSET", a.intent == "NIFTI_INTENT_TRIANGLE":
			return nil, s.fault(field, errors.New("is the mesh of a surface, not values on it; open its .func.gii, .shape.gii or .mgz"))
		case a.intent == "NIFTI_INTENT_NODE_INDEX":
			return nil, s.fault(field, errors.New("lists some vertices of a mesh; write values for all (AFNI: ConvertDset -pad_to_node)"))
		case i == 0:
			s.Vertices, s.Type = a.n, a.number.Type
		case a.n != s.Vertices:
			return nil, s.fault(field, fmt.Errorf("has %d vertices, the first %d; split the file", a.n, s.Vertices))
		case a.number.Type != s.Type:
			s.Type = "mixed"
		}
		a.first = s.Frames
		s.Frames += a.k
		named = named || a.name != ""
	}
	switch {
	case s.Frames == 0:
		return nil, s.fault("", errors.New("has no DataArray"))
	case g.claims >= 0 && g.claims != len(g.arrays):
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: NumberOfDataArrays is %d, but there are %d; those are read", file, g.claims, len(g.arrays)))
	}
	if named && s.Frames == len(g.arrays) {
		for _, a := range g.arrays {
			s.Names = append(s.Names, a.name)
		}
	}
	return s, nil
}

// frame returns frame t, until another is asked for.
func (g *giftiFile) frame(t int) ([]float64, error) {
	i, found := slices.BinarySearchFunc(g.arrays, t, func(a giftiArray, t int) int { return a.first - t })
	if !found {
		i--
	}
	a := &g.arrays[i]
	if g.loaded != i {
		if err := g.load(i); err != nil {
			return nil, err
		}
	}
	j := t - a.first
	if a.k == 1 || a.columns {
		return g.values[j*a.n : (j+1)*a.n], nil
	}
	g.piece = g.piece[:0]
	for v := range a.n {
		g.piece = append(g.piece, g.values[v*a.k+j])
	}
	return g.piece, nil
}

// A giftiReader gives the XML decoder one byte after the other, so that what
// follows an element's start is still there.
type giftiReader struct {
	*bufio.Reader
	at int64
}

func (r *giftiReader) ReadByte() (byte, error) {
	b, err := r.Reader.ReadByte()
	if err == nil {
		r.at++
	}
	return b, err
}

// text skips to the next element and returns how many bytes that were.
func (r *giftiReader) text() (int64, error) {
	start := r.at
	for {
		b, err := r.ReadSlice('<')
		r.at += int64(len(b))
		if err == nil {
			r.at--
			return r.at - start, r.UnreadByte()
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return 0, err
		}
	}
}

// scanGIfTI passes through the file and decodes all but the data.
func scanGIfTI(file string, at io.ReaderAt, size int64) (*giftiFile, error) {
	g := &giftiFile{file: file, at: at, size: size, loaded: -1, claims: -1}
	r := &giftiReader{Reader: bufio.NewReaderSize(io.NewSectionReader(at, 0, size), 1<<16)}
	d := xml.NewDecoder(r)
	d.CharsetReader = func(set string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(set, "us-ascii") || strings.EqualFold(set, "ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("is encoded as %s; save it as UTF-8", printable(set))
	}
	var path []string
	var name, text string // of metadata
	var key int
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, g.broken(err, r.at)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(path) == 0 && e.Name.Local != "GIFTI" {
				return nil, g.fault("", fmt.Errorf("is XML of %s, not GIfTI", printable(e.Name.Local)))
			}
			if path = append(path, e.Name.Local); len(path) > giftiDepth {
				return nil, g.fault("", fmt.Errorf("has elements that stand %d deep in each other; this is no GIfTI", len(path)))
			}
			text = ""
			switch e.Name.Local {
			case "GIFTI":
				if n, err := strconv.Atoi(attribute(e, "NumberOfDataArrays")); err == nil && n >= 0 {
					g.claims = n
				}
			case "DataArray":
				if len(path) != 2 {
					return nil, g.fault("DataArray", errors.New("stands within another element; the file is damaged"))
				}
				a, err := g.array(e)
				if err != nil {
					return nil, err
				}
				g.arrays = append(g.arrays, a)
			case "Label":
				k := attribute(e, "Key")
				if k == "" {
					k = attribute(e, "Index")
				}
				if key, err = strconv.Atoi(strings.TrimSpace(k)); err != nil {
					return nil, g.fault("Label", fmt.Errorf("has key %q, must be a whole number", clip(k)))
				}
			case "Data":
				if len(path) != 3 || path[1] != "DataArray" {
					return nil, g.fault("Data", errors.New("stands outside of a DataArray; the file is damaged"))
				}
				a := &g.arrays[len(g.arrays)-1]
				if a.data {
					return nil, g.fault("Data", fmt.Errorf("stands twice in DataArray %d", len(g.arrays)))
				}
				a.data, a.start = true, r.at
				if a.length, err = r.text(); err != nil {
					return nil, g.broken(err, r.at)
				}
			}
		case xml.CharData:
			if len(path) == 3 && path[2] == "Data" && len(strings.TrimSpace(string(e))) > 0 {
				return nil, g.fault(fmt.Sprintf("DataArray %d", len(g.arrays)), errors.New("has a CDATA section in its data; write the file again with nibabel"))
			}
			if len(text) <= maxName {
				text += string(e[:min(len(e), maxName)])
			}
		case xml.EndElement:
			switch path = path[:len(path)-1]; e.Name.Local {
			case "Name":
				name = strings.TrimSpace(text)
			case "Value":
				g.meta(path, name, strings.TrimSpace(text))
			case "Label":
				g.keys = append(g.keys, giftiKey{key, strings.TrimSpace(text)})
			case "DataArray":
				if err := g.fits(len(g.arrays) - 1); err != nil {
					return nil, err
				}
			}
			text = ""
		}
	}
	return g, nil
}

// meta takes what is told beside the data.
func (g *giftiFile) meta(path []string, name, value string) {
	switch name {
	case "Name":
		if len(path) > 1 && path[1] == "DataArray" {
			g.arrays[len(g.arrays)-1].name = value
		}
	case "AnatomicalStructurePrimary":
		switch value {
		case "CortexLeft":
			g.side = "lh"
		case "CortexRight":
			g.side = "rh"
		}
	case "TimeStep":
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) || g.tr != 0 {
			return
		}
		if v >= slowest {
			v /= 1000
		}
		g.tr = v
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// array takes what an element says of its data.
func (g *giftiFile) array(e xml.StartElement) (giftiArray, error) {
	fail := func(field, format string, args ...any) (giftiArray, error) {
		return giftiArray{}, g.fault(fmt.Sprintf("DataArray %d: %s", len(g.arrays)+1, field), fmt.Errorf(format, args...))
	}
	a := giftiArray{intent: attribute(e, "Intent"), encoding: attribute(e, "Encoding"), n: 1, k: 1}
	said := attribute(e, "DataType")
	for code, t := range niftiTypes {
		if t.why == "" && "NIFTI_TYPE_"+strings.ToUpper(t.name) == said {
			a.number = NIfTIHeader{Type: t.name, bytes: t.bytes, code: code, Slope: 1}
		}
	}
	if a.number.bytes == 0 {
		return fail("DataType", "is %q; write it as NIFTI_TYPE_FLOAT32", clip(said))
	}
	switch a.encoding {
	case "ASCII", "Base64Binary", "GZipBase64Binary":
	case "ExternalFileBinary":
		return fail("Encoding", "puts the values into another file, which is not read; write them into this one (wb_command -gifti-convert GZIP_BASE64_BINARY, or nibabel)")
	default:
		return fail("Encoding", "is %q, must be ASCII, Base64Binary or GZipBase64Binary", clip(a.encoding))
	}
	switch v := attribute(e, "Endian"); {
	case v == "BigEndian":
		a.number.BigEndian = true
	case v != "LittleEndian" && a.encoding != "ASCII":
		return fail("Endian", "is %q, must be LittleEndian or BigEndian", clip(v))
	}
	dims, err := strconv.Atoi(attribute(e, "Dimensionality"))
	if err != nil || dims < 1 || dims > 2 {
		return fail("Dimensionality", "is %q, must be 1 (vertices) or 2 (vertices × frames)", clip(attribute(e, "Dimensionality")))
	}
	for i, l := range []*int{&a.n, &a.k}[:dims] {
		name := "Dim" + strconv.Itoa(i)
		v := attribute(e, name)
		if *l, err = strconv.Atoi(v); err != nil || *l < 1 {
			return fail(name, "is %q, must be a whole number from 1", clip(v))
		}
		if *l > maxArray || a.n > maxArray/a.k {
			return fail(name, "makes more than the %d values that an array may have; split it into one array for each frame", maxArray)
		}
	}
	switch v := attribute(e, "ArrayIndexingOrder"); {
	case v == "ColumnMajorOrder":
		a.columns = true
	case v != "RowMajorOrder" && dims > 1:
		return fail("ArrayIndexingOrder", "is %q, must be RowMajorOrder or ColumnMajorOrder", clip(v))
	}
	return a, nil
}

// fits compares what an array claims with the length of its text.
func (g *giftiFile) fits(i int) error {
	a := &g.arrays[i]
	need := int64(a.n) * int64(a.k) * int64(a.number.bytes)
	most := a.length / 4 * 3
	switch a.encoding {
	case "ASCII":
		need, most = int64(a.n)*int64(a.k), (a.length+1)/2
	case "GZipBase64Binary":
		most *= 1032 // deflate's best
	}
	if need <= most {
		return nil
	}
	return g.fault(fmt.Sprintf("DataArray %d: Data", i+1), fmt.Errorf("has %d characters, too few for %d×%d values of type %s; the copy is incomplete or Dim0 is wrong", a.length, a.n, a.k, a.number.Type))
}

// broken says where the XML ends or breaks.
func (g *giftiFile) broken(err error, at int64) error {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" {
		err = io.ErrUnexpectedEOF
	}
	return g.fault("", fmt.Errorf("breaks off after %d bytes (%w); copy or download it again", at, err))
}

func (g *giftiFile) fault(field string, err error) error {
	return &FieldError{File: g.file, Field: field, Err: err}
}
