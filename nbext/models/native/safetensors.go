package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"slices"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"

	"fusiform/nbext/catalog"
)

// A Safetensors is a file of named tensors in the format safetensors: eight bytes
// that give the length of a header, the header in JSON, and the numbers, little
// endian, row-major. Numbers are read when they are asked for. It may be used by
// several goroutines at once.
//
// Format: https://github.com/huggingface/safetensors.
type Safetensors struct {
	// Metadata are the texts that the file carries, by name.
	Metadata map[string]string

	src     io.ReaderAt
	tensors []Tensor // in the order of their numbers
	index   map[string]int
	close   func() error
}

// A Tensor is one entry of the header.
type Tensor struct {
	Name  string
	Type  string // "F32", "BF16", "I64" …
	Shape []int  // of the tensor; a scalar has none

	at, size int64 // where its numbers lie in the file, in bytes
}

// Elements is the number of its numbers.
func (t Tensor) Elements() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// widths are the types that can be read and the bytes of one number.
var widths = map[string]int{
	"F64": 8, "F32": 4, "F16": 2, "BF16": 2,
	"I64": 8, "I32": 4, "I16": 2, "I8": 1,
	"U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}

// maxHeader bounds the header: that of a network with thousands of tensors has
// less than a megabyte.
const maxHeader = 16 << 20

// OpenSafetensors opens a file and reads its header. Close it when its numbers
// are no longer needed.
//
// Nothing that the header says is believed: it fails if that is longer than the
// file, no UTF-8, or no JSON of the right form; if a name stands there twice; if
// a type is unknown; if a tensor's place lies outside the file, overlaps another's
// or is not as long as its shape and type say; and if bytes belong to no tensor.
// What it allocates is in proportion to the file, whatever that claims.
func OpenSafetensors(path string) (*Safetensors, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("this is not a file")
	}
	var s *Safetensors
	if err == nil {
		s, err = ReadSafetensors(f, st.Size())
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("native: %s: %w", path, err)
	}
	s.close = f.Close
	return s, nil
}

// ReadSafetensors is OpenSafetensors for size bytes that lie elsewhere.
func ReadSafetensors(src io.ReaderAt, size int64) (*Safetensors, error) {
	var n [8]byte
	if size < int64(len(n)) {
		return nil, fmt.Errorf("%d bytes are no safetensors file: the length of its header alone takes 8", size)
	}
	if _, err := io.ReadFull(io.NewSectionReader(src, 0, 8), n[:]); err != nil {
		return nil, fmt.Errorf("the length of the header cannot be read: %w", err)
	}
	length := binary.LittleEndian.Uint64(n[:])
	switch {
	case length > uint64(size-8):
		return nil, fmt.Errorf("its header claims %d bytes, and the file has %d after the first 8: it was cut short, or is no safetensors file", length, size-8)
	case length > maxHeader:
		return nil, fmt.Errorf("its header claims %d bytes, more than %d", length, maxHeader)
	}
	header := make([]byte, length) // not more than there is
	if _, err := io.ReadFull(io.NewSectionReader(src, 8, int64(length)), header); err != nil {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	entries, metadata, err := parseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	s := &Safetensors{Metadata: metadata, src: src, index: map[string]int{}, close: func() error { return nil }}
	for _, e := range entries {
		t, err := e.tensor(size - 8 - int64(length))
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
		t.at += 8 + int64(length)
		s.tensors = append(s.tensors, t)
	}
	slices.SortStableFunc(s.tensors, func(a, b Tensor) int {
		if a.at != b.at {
			return int(min(1, max(-1, a.at-b.at)))
		}
		return int(min(1, max(-1, a.size-b.size)))
	})
	end, last := 8+int64(length), "the header"
	for i, t := range s.tensors {
		if t.at < end {
			return nil, fmt.Errorf("tensor %q begins %d bytes before the end of %s: they overlap", t.Name, end-t.at, last)
		}
		if t.at > end {
			return nil, fmt.Errorf("%d bytes between %s and tensor %q belong to no tensor", t.at-end, last, t.Name)
		}
		end, last = t.at+t.size, fmt.Sprintf("tensor %q", t.Name)
		s.index[t.Name] = i
	}
	if end != size {
		return nil, fmt.Errorf("%d bytes after %s belong to no tensor", size-end, last)
	}
	return s, nil
}

// tensor checks an entry against the number of bytes that there are.
func (e entry) tensor(bytes int64) (Tensor, error) {
	t := Tensor{Name: e.name, Type: e.dtype}
	width, ok := widths[e.dtype]
	if !ok {
		return t, fmt.Errorf("its type %q cannot be read; these can: F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL", e.dtype)
	}
	size := uint64(width)
	for _, d := range e.shape {
		hi, lo := bits.Mul64(size, d)
		if hi != 0 || lo > math.MaxInt64/2 || d > math.MaxInt32 {
			return t, fmt.Errorf("its shape %v is impossibly large", e.shape)
		}
		size = lo
		t.Shape = append(t.Shape, int(d))
	}
	begin, end := e.offsets[0], e.offsets[1]
	switch {
	case begin > end:
		return t, fmt.Errorf("its place [%d, %d) ends before it begins", begin, end)
	case end > uint64(bytes):
		return t, fmt.Errorf("its place [%d, %d) ends beyond the %d bytes of numbers", begin, end, bytes)
	case end-begin != size:
		return t, fmt.Errorf("its place [%d, %d) has %d bytes, expected %d for shape %v of %s", begin, end, end-begin, size, e.shape, e.dtype)
	}
	t.at, t.size = int64(begin), int64(size)
	return t, nil
}

// Close closes the file. Numbers cannot be read after that.
func (s *Safetensors) Close() error { return s.close() }

// Tensors lists what is in the file, in the order of the numbers.
func (s *Safetensors) Tensors() []Tensor { return slices.Clone(s.tensors) }

// Tensor returns the entry of that name.
func (s *Safetensors) Tensor(name string) (Tensor, error) {
	i, ok := s.index[name]
	if !ok {
		return Tensor{}, fmt.Errorf("native: there is no tensor %q; the nearest of %d: %v", name, len(s.tensors), catalog.Nearest(name, s.names(), 3))
	}
	return s.tensors[i], nil
}

func (s *Safetensors) names() []string {
	names := make([]string, len(s.tensors))
	for i, t := range s.tensors {
		names[i] = t.Name
	}
	return names
}

// Read writes numbers of the tensor, from the one at place from on, to dst, as
// float32: exactly those of F32, F16, BF16 and small integers, others rounded. It
// fails if there are not so many, or if the file cannot be read (any more).
func (s *Safetensors) Read(dst []float32, name string, from int) error {
	t, err := s.Tensor(name)
	if err != nil {
		return err
	}
	if from < 0 || len(dst) > t.Elements()-from {
		return fmt.Errorf("native: %d numbers from %d on of tensor %q, which has %d", len(dst), from, name, t.Elements())
	}
	width := widths[t.Type]
	buf := make([]byte, min(len(dst)*width, 1<<16))
	for len(dst) > 0 {
		part := buf[:min(len(dst)*width, len(buf))]
		if n, err := s.src.ReadAt(part, t.at+int64(from)*int64(width)); n < len(part) {
			return fmt.Errorf("native: tensor %q: %w", name, err)
		}
		n := len(part) / width
		widen(dst[:n], part, t.Type)
		dst, from = dst[n:], from+n
	}
	return nil
}

// widen makes little-endian numbers of a type float32.
func widen(dst []float32, b []byte, dtype string) {
	le, w := binary.LittleEndian, widths[dtype]
	if dtype == "F32" { // nearly always
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
		return
	}
	for i := range dst {
		p := b[i*w : (i+1)*w]
		switch dtype {
		case "F64":
			dst[i] = float32(math.Float64frombits(le.Uint64(p)))
		case "F16":
			dst[i] = float16.Float16(le.Uint16(p)).Float32()
		case "BF16":
			dst[i] = bfloat16.BFloat16(le.Uint16(p)).Float32()
		case "I64":
			dst[i] = float32(int64(le.Uint64(p)))
		case "I32":
			dst[i] = float32(int32(le.Uint32(p)))
		case "I16":
			dst[i] = float32(int16(le.Uint16(p)))
		case "I8":
			dst[i] = float32(int8(p[0]))
		case "U64":
			dst[i] = float32(le.Uint64(p))
		case "U32":
			dst[i] = float32(le.Uint32(p))
		case "U16":
			dst[i] = float32(le.Uint16(p))
		default: // U8, BOOL
			dst[i] = float32(p[0])
		}
	}
}
