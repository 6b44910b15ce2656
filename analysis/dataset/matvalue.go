package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"fusiform/analysis"
)

// A MATValue is a value of a .mat file: numbers, text, a cell or a struct.
type MATValue struct {
	Class  string   // MATLAB's: "double", "single", "int8" … "uint64", "logical", "char", "cell", "struct", "object", "sparse", "function_handle", "opaque"
	Shape  []int    // the size, at least two lengths (none for "opaque")
	Fields []string // of a struct, in its order

	order   binary.ByteOrder
	typ     uint32               // how numbers are stored,
	size    int                  // in that many bytes,
	decode  func([]byte) float64 // which this reads
	raw     []byte               // the first axis varies fastest
	complex bool
	kids    []*MATValue // of a cell; of a struct, all fields of an element together
	stored  *matStored  // of version 7.3: where the numbers are, in place of raw
	bad     error       // why the numbers are not read
}

// Array returns numbers and logicals (0 and 1) with MATLAB's size; integers
// beyond ±2⁵³ are rounded. A row or a column of MATLAB is 1×n or n×1.
//
// It fails on other classes, and on complex numbers, with what to do in
// MATLAB.
func (v *MATValue) Array() (*Array, error) {
	switch {
	case v.bad != nil:
		return nil, v.bad
	case v.complex:
		return nil, errors.New("is complex; in MATLAB, take real(x), imag(x) or abs(x)")
	case v.Class == "sparse":
		return nil, errors.New("is sparse; in MATLAB, save full(x)")
	case v.Class == "opaque" || v.Class == "object" || v.Class == "function_handle":
		return nil, fmt.Errorf("is of a class that only MATLAB reads (%s); save a table as table2struct(x, \"ToScalar\", true), a string as char(x), a categorical as cellstr(x)", v.Class)
	case v.Class == "char" || v.Class == "cell" || v.Class == "struct":
		hint := ""
		switch {
		case v.Class == "struct" && len(v.Fields) > 0:
			hint = ": name a field, one of " + analysis.Few(v.Fields, 10)
		case v.Class == "cell" && len(v.kids) > 0:
			hint = ": name an element, {1} to " + fmt.Sprintf("{%d}", len(v.kids))
		}
		return nil, fmt.Errorf("is a %s %s, not numbers%s", times(v.Shape), v.Class, hint)
	}
	a := &Array{Type: v.Class, Shape: slices.Clone(v.Shape)}
	if v.stored != nil {
		var err error
		a.Values, err = v.stored.numbers(v.Shape)
		return a, err
	}
	if v.size > 0 {
		a.Values = make([]float64, len(v.raw)/v.size)
		for i := range a.Values {
			a.Values[i] = v.decode(v.raw[i*v.size : (i+1)*v.size])
		}
	}
	a.Values = rowMajor(a.Values, a.Shape)
	return a, nil
}

// Texts returns the rows of a char array, without the blanks at their ends, or
// the texts of a cell of such: MATLAB's cellstr, column after column.
func (v *MATValue) Texts() ([]string, error) {
	switch v.Class {
	case "char":
		return v.rows()
	case "cell":
		var out []string
		for i, kid := range v.kids {
			if kid.Class == "double" && len(kid.kids) == 0 && slices.Contains(kid.Shape, 0) {
				out = append(out, "") // MATLAB's [] in a cell of texts
				continue
			}
			if kid.Class != "char" {
				return nil, fmt.Errorf("is a cell whose element %d is %s, not text", i+1, kid.Class)
			}
			rows, err := kid.rows()
			if err != nil {
				return nil, err
			}
			if len(rows) > 1 {
				return nil, fmt.Errorf("is a cell whose element %d has %d rows of text", i+1, len(rows))
			}
			out = append(out, strings.Join(rows, ""))
		}
		return out, nil
	}
	return nil, fmt.Errorf("is a %s %s, not text", times(v.Shape), v.Class)
}

// rows returns the rows of a char array.
func (v *MATValue) rows() ([]string, error) {
	if v.bad != nil {
		return nil, v.bad
	}
	if v.stored != nil {
		loaded, err := v.stored.text(v)
		if err != nil {
			return nil, err
		}
		return loaded.rows()
	}
	var units []uint16
	switch {
	case v.typ == miUTF8:
		units = utf16.Encode([]rune(string(v.raw)))
	case v.typ == miUTF32:
		var runes []rune
		for i := 0; i+4 <= len(v.raw); i += 4 {
			runes = append(runes, rune(v.order.Uint32(v.raw[i:])))
		}
		units = utf16.Encode(runes)
	case v.size > 0:
		for i := 0; i+v.size <= len(v.raw); i += v.size {
			units = append(units, uint16(v.decode(v.raw[i:i+v.size])))
		}
	}
	if len(v.Shape) != 2 {
		return nil, fmt.Errorf("is text of %d dimensions", len(v.Shape))
	}
	n, length := v.Shape[0], v.Shape[1]
	if length == 0 || n == 0 {
		return []string{""}[:min(n, 1)], nil
	}
	if n == 1 { // some programs count letters otherwise than MATLAB
		return []string{strings.TrimRight(string(utf16.Decode(units)), " \x00")}, nil
	}
	if len(units) != n*length {
		return nil, fmt.Errorf("is damaged: %d letters for %s", len(units), times(v.Shape))
	}
	out := make([]string, n)
	row := make([]uint16, length)
	for i := range out {
		for j := range row {
			row[j] = units[j*n+i]
		}
		out[i] = strings.TrimRight(string(utf16.Decode(row)), " \x00")
	}
	return out, nil
}

// shaped notes a claimed size; of what is not read it may be anything.
func (v *MATValue) shaped(claim []uint64) {
	v.Shape = make([]int, len(claim))
	for i, l := range claim {
		v.Shape[i] = int(l)
	}
}

// claimed writes a claimed size.
func claimed(claim []uint64) string {
	words := make([]string, len(claim))
	for i, l := range claim {
		words[i] = strconv.FormatUint(l, 10)
	}
	return strings.Join(words, "×")
}
