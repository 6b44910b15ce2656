package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"fusiform/analysis"
)

// maxTable is the largest text table that is read. 1 GiB holds about 10⁸
// numbers; what is larger belongs into a .npy file.
const maxTable = 1 << 30

// A table reads delimited text with a header, row by row. It holds one row at
// a time.
type table struct {
	file   string
	csv    *csv.Reader
	header []string
	column map[string]int
	row    []string
}

// openTable opens the table in a regular file; close the closer when done.
func openTable(file string) (*table, io.Closer, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("dataset: %w", err)
	case !info.Mode().IsRegular():
		return nil, nil, &ParseError{File: file, Err: errors.New("is a folder or a device, not a file")}
	case info.Size() > maxTable:
		return nil, nil, &ParseError{File: file, Err: fmt.Errorf("has %d bytes, more than the %d that are read as text; save the responses as .npy", info.Size(), maxTable)}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: %w", err)
	}
	t, err := newTable(file, f)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return t, f, nil
}

// newTable reads the header. The separator is a tab where the file is called
// .tsv, else the first comma, semicolon or tab of the header that is not
// quoted. A UTF-8 byte-order mark is skipped; names are trimmed; each must be
// there and be unique.
func newTable(file string, r io.Reader) (*table, error) {
	t := &table{file: file, column: map[string]int{}}
	b := bufio.NewReaderSize(r, 1<<16)
	start, err := b.Peek(1 << 16)
	switch {
	case len(start) == 0 && err != io.EOF:
		return nil, fmt.Errorf("dataset: %s: %w", file, err)
	case len(start) == 0:
		return nil, &ParseError{File: file, Err: errors.New("is empty; expected a header line")}
	case isParquet(start):
		return nil, &ParseError{File: file, Err: &ParquetError{File: file}}
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, &ParseError{File: file, Line: 1, Err: errors.New("is UTF-16; save it as UTF-8")}
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		b.Discard(3)
		start = start[3:]
	}
	t.csv = csv.NewReader(b)
	t.csv.ReuseRecord = true
	t.csv.Comma = separator(file, start)
	row, err := t.csv.Read()
	if err == io.EOF {
		return nil, &ParseError{File: file, Err: errors.New("is empty; expected a header line")}
	}
	if err != nil {
		return nil, t.lineError(err)
	}
	for i, name := range row {
		name = strings.TrimSpace(name)
		t.header = append(t.header, name)
		if err := text(name); err != nil {
			return nil, &ParseError{File: file, Line: 1, Column: i + 1, Err: err}
		}
		if name == "" {
			return nil, &ParseError{File: file, Line: 1, Column: i + 1, Err: errors.New("the column has no name")}
		}
		if j, dup := t.column[name]; dup {
			return nil, &ParseError{File: file, Line: 1, Column: i + 1, Name: name, Err: fmt.Errorf("column %d has the same name", j+1)}
		}
		t.column[name] = i
	}
	return t, nil
}

func separator(file string, start []byte) rune {
	if strings.EqualFold(filepath.Ext(file), ".tsv") {
		return '\t'
	}
	quoted := false
	for _, c := range start {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',', c == ';', c == '\t':
			return rune(c)
		case c == '\n':
			return ','
		}
	}
	return ','
}

// rows reads one row after the other, giving nil for each; an error ends it.
func (t *table) rows() iter.Seq[error] {
	return func(yield func(error) bool) {
		for {
			ok, err := t.next()
			if !ok && err == nil || !yield(err) || err != nil {
				return
			}
		}
	}
}

// next reads a row; false at the end.
func (t *table) next() (bool, error) {
	row, err := t.csv.Read()
	if err == io.EOF {
		return false, nil
	}
	t.row = row
	if err != nil {
		return false, t.lineError(err)
	}
	return true, nil
}

// lineError makes a ParseError of what encoding/csv says.
func (t *table) lineError(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("dataset: %s: %w", t.file, err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return &ParseError{File: t.file, Line: p.Line, Err: fmt.Errorf("%w: the header has %d, this line has %d", csv.ErrFieldCount, len(t.header), len(t.row))}
	}
	if p.StartLine != p.Line {
		return &ParseError{File: t.file, Line: p.Line, Err: fmt.Errorf("%w; the row begins in line %d", p.Err, p.StartLine)}
	}
	return &ParseError{File: t.file, Line: p.Line, Err: p.Err}
}

// line returns where the row stands.
func (t *table) line() int {
	line, _ := t.csv.FieldPos(0)
	return line
}

// fail blames a field of the row.
func (t *table) fail(col int, err error) error {
	line, _ := t.csv.FieldPos(col)
	return &ParseError{File: t.file, Line: line, Column: col + 1, Name: t.header[col], Err: err}
}

// need returns the positions of the named columns.
func (t *table) need(names ...string) ([]int, error) {
	cols := make([]int, len(names))
	for i, n := range names {
		c, ok := t.column[n]
		if !ok {
			return nil, &ParseError{File: t.file, Line: 1, Err: fmt.Errorf("there is no column %q; the header has: %s", n, analysis.Few(t.header, 8))}
		}
		cols[i] = c
	}
	return cols, nil
}

// text returns the field without surrounding blanks.
func (t *table) text(col int) (string, error) {
	s := strings.TrimSpace(t.row[col])
	if err := text(s); err != nil {
		return "", t.fail(col, err)
	}
	return strings.Clone(s), nil
}

// word is text that must not be empty.
func (t *table) word(col int) (string, error) {
	s, err := t.text(col)
	if err == nil && s == "" {
		err = t.fail(col, errors.New("is empty"))
	}
	return s, err
}

// number returns the field as a finite number.
func (t *table) number(col int) (float64, error) {
	v, err := number(t.row[col])
	if err != nil {
		return 0, t.fail(col, err)
	}
	return v, nil
}

// absent reports whether every one of the fields says NaN: how the human
// tables write that the person has no such region.
func (t *table) absent(cols []int) bool {
	for _, c := range cols {
		if !strings.EqualFold(strings.TrimSpace(t.row[c]), "nan") {
			return false
		}
	}
	return true
}

func text(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8; save the file as UTF-8", analysis.Few([]string{s}, 1))
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return fmt.Errorf("%q holds a control character", analysis.Few([]string{s}, 1))
	}
	return nil
}

func number(cell string) (float64, error) {
	s := strings.TrimSpace(cell)
	if s == "" {
		return 0, errors.New("is empty; missing values are not guessed: remove the row or the column")
	}
	v, err := strconv.ParseFloat(s, 64)
	shown := analysis.Few([]string{s}, 1)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is beyond the range of a float64", shown)
	case err != nil && strings.Count(s, ",") == 1:
		return 0, fmt.Errorf("%q is not a number; write decimals with a point", shown)
	case err != nil, strings.ContainsAny(s, "xX_"):
		return 0, fmt.Errorf("%q is not a number", shown)
	case math.IsNaN(v), math.IsInf(v, 0):
		return 0, fmt.Errorf("is %s; only finite values can be analysed: remove the row or the column", shown)
	}
	return v, nil
}
