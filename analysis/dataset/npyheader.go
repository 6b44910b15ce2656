package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"fusiform/analysis"
)

// maxHeader is far above what NumPy writes for an array of numbers (128
// bytes) and above what it reads by default (10 000).
const maxHeader = 1 << 16

// An npyHeader says how the values of a .npy file are laid out.
type npyHeader struct {
	rows, cols int // of responses; see responses
	npyShape
}

// An npyShape is what the header says of an array of any number of axes.
type npyShape struct {
	descr   string // NumPy's name of the type: "<f4"
	shape   []int
	n       int                  // elements in all
	fortran bool                 // the first axis varies fastest
	size    int                  // bytes per element
	value   func([]byte) float64 // decodes one element
}

// readHeader reads the header of a file of that many bytes that holds
// responses, and checks that the values it promises fill the rest of the file
// exactly.
func readHeader(r io.Reader, fileSize int64) (npyHeader, error) {
	a, err := readShape(r, fileSize)
	if err != nil {
		return npyHeader{}, err
	}
	h := npyHeader{npyShape: a, cols: 1}
	switch len(a.shape) {
	case 1:
	case 2:
		h.cols = a.shape[1]
	default:
		return h, fmt.Errorf("has %d dimensions; expected 2: stimuli × channels", len(a.shape))
	}
	h.rows = a.shape[0]
	if a.n == 0 {
		return h, fmt.Errorf("has no values: its shape is %d×%d", h.rows, h.cols)
	}
	return h, nil
}

// readShape reads the header of a file of that many bytes, and checks that the
// values it promises fill the rest of the file exactly.
func readShape(r io.Reader, fileSize int64) (npyShape, error) {
	var h npyShape
	start := make([]byte, 8)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:6]) != "\x93NUMPY" {
		return h, errors.New("is not a .npy file (numpy.save writes one; ReadNPZ reads an .npz)")
	}
	width := 2
	if start[6] > 1 {
		width = 4
	}
	if start[6] < 1 || start[6] > 3 {
		return h, fmt.Errorf("is a .npy of version %d.%d; versions 1 to 3 are read", start[6], start[7])
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return h, errors.New("ends within its header")
	}
	n := int64(binary.LittleEndian.Uint32(length))
	if n > maxHeader || n > fileSize {
		return h, fmt.Errorf("claims a header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, errors.New("ends within its header")
	}
	d, err := parseDict(string(text))
	if err != nil {
		return h, fmt.Errorf("bad .npy header: %w", err)
	}
	if h.size, h.value, err = element(d.descr); err != nil {
		return h, err
	}
	h.descr, h.fortran = d.descr, d.fortran
	data := fileSize - int64(8+width) - n
	if h.shape, h.n, err = sized(d.shape, h.size, data); err != nil {
		return h, fmt.Errorf("%w follow its header", err)
	}
	return h, nil
}

// element returns the size of an element of NumPy type descr and its decoder.
func element(descr string) (int, func([]byte) float64, error) {
	if len(descr) < 3 || !strings.Contains("<>|=", descr[:1]) {
		return 0, nil, badElement(descr)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if descr[0] == '>' {
		order = binary.BigEndian
	}
	switch descr[1:] {
	case "f8":
		return 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }, nil
	case "f4":
		return 4, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }, nil
	case "f2":
		return 2, func(b []byte) float64 { return float16(order.Uint16(b)) }, nil
	case "i8":
		return 8, func(b []byte) float64 { return float64(int64(order.Uint64(b))) }, nil
	case "i4":
		return 4, func(b []byte) float64 { return float64(int32(order.Uint32(b))) }, nil
	case "i2":
		return 2, func(b []byte) float64 { return float64(int16(order.Uint16(b))) }, nil
	case "i1":
		return 1, func(b []byte) float64 { return float64(int8(b[0])) }, nil
	case "u8":
		return 8, func(b []byte) float64 { return float64(order.Uint64(b)) }, nil
	case "u4":
		return 4, func(b []byte) float64 { return float64(order.Uint32(b)) }, nil
	case "u2":
		return 2, func(b []byte) float64 { return float64(order.Uint16(b)) }, nil
	case "u1":
		return 1, func(b []byte) float64 { return float64(b[0]) }, nil
	case "b1":
		return 1, func(b []byte) float64 { return float64(min(b[0], 1)) }, nil
	}
	return 0, nil, badElement(descr)
}

func badElement(descr string) error {
	if strings.HasPrefix(descr, "|O") {
		return fmt.Errorf("holds elements of type %q, which are Python objects; take the numbers out (of the dict that GLMsingle saves: numpy.save(\"betas.npy\", numpy.load(file, allow_pickle=True).item()[\"betasmd\"]))", analysis.Few([]string{descr}, 1))
	}
	return fmt.Errorf("holds elements of type %q; expected numbers: save it with .astype(\"float64\")", analysis.Few([]string{descr}, 1))
}

// float16 widens an IEEE 754 binary16: 1 sign bit, 5 of the exponent (bias
// 15), 10 of the fraction.
func float16(b uint16) float64 {
	sign := 1.0
	if b>>15 == 1 {
		sign = -1
	}
	exp, frac := int(b>>10)&31, float64(b&1023)
	switch {
	case exp == 0:
		return sign * math.Ldexp(frac, -24)
	case exp == 31 && frac == 0:
		return sign * math.Inf(1)
	case exp == 31:
		return math.NaN()
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}
