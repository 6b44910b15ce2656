package dataset

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// load reads the values of array i.
func (g *giftiFile) load(i int) error {
	a := &g.arrays[i]
	g.loaded = -1
	count := a.n * a.k
	if cap(g.values) < count { // not before the text has shown that it holds so many
		g.values = make([]float64, 0, min(count, 1<<20))
	}
	g.values = g.values[:0]
	text := bufio.NewReaderSize(io.NewSectionReader(g.at, a.start, a.length), 1<<16)
	var err error
	if a.encoding == "ASCII" {
		g.values, err = a.words(text, g.values)
	} else {
		g.values, err = a.binary(text, g.values)
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return g.fault(fmt.Sprintf("DataArray %d: Data", i+1), fmt.Errorf("value %d of %d: %w; copy the file again", len(g.values), count, err))
	}
	g.loaded = i
	return nil
}

var errMoreData = errors.New("there are more values than Dim0 and Dim1 say")

// words reads numbers that are written out. Floats of 32 bits are what the
// nearest float64 rounds to.
func (a *giftiArray) words(text io.Reader, into []float64) ([]float64, error) {
	s := bufio.NewScanner(text)
	s.Split(bufio.ScanWords)
	for s.Scan() {
		if len(into) == a.n*a.k {
			return into, errMoreData
		}
		v, err := a.word(s.Text())
		if err != nil {
			return into, err
		}
		into = append(into, v)
	}
	if err := s.Err(); err != nil {
		return into, err
	}
	if len(into) < a.n*a.k {
		return into, io.ErrUnexpectedEOF
	}
	return into, nil
}

func (a *giftiArray) word(s string) (v float64, err error) {
	bits := 8 * a.number.bytes
	switch t := a.number.Type; {
	case t[0] == 'f':
		v, err = strconv.ParseFloat(s, 64)
		if bits == 32 {
			v = float64(float32(v))
		}
		if strings.ContainsAny(s, "xX_") {
			err = strconv.ErrSyntax
		}
	case t[0] == 'u':
		var u uint64
		u, err = strconv.ParseUint(s, 10, bits)
		v = float64(u)
	default:
		var i int64
		i, err = strconv.ParseInt(s, 10, bits)
		v = float64(i)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not of type %s", clip(s), a.number.Type)
	}
	return v, nil
}

// binary reads numbers in base64, packed by zlib (or gzip) if the encoding says
// so.
func (a *giftiArray) binary(text io.Reader, into []float64) ([]float64, error) {
	r := base64.NewDecoder(base64.StdEncoding, unspaced{text})
	if a.encoding == "GZipBase64Binary" {
		b := bufio.NewReaderSize(r, 1<<16)
		head, err := b.Peek(2)
		if err != nil {
			return into, err
		}
		var z io.ReadCloser
		if isGzip(head) {
			z, err = gzip.NewReader(b)
		} else {
			z, err = zlib.NewReader(b)
		}
		if err != nil {
			return into, err
		}
		defer z.Close()
		r = z
	}
	count := a.n * a.k
	values := make([]float64, min(count, niftiChunk/a.number.bytes))
	raw := make([]byte, len(values)*a.number.bytes)
	for left := count; left > 0; {
		k := min(left, len(values))
		if _, err := io.ReadFull(r, raw[:k*a.number.bytes]); err != nil {
			return into, err
		}
		a.number.decode(values[:k], raw[:k*a.number.bytes])
		if len(into)+k > cap(into) && len(into) >= count/8 { // it has shown that it holds many
			into = append(make([]float64, 0, count), into...)
		}
		into = append(into, values[:k]...)
		left -= k
	}
	switch n, err := io.ReadFull(r, raw[:1]); {
	case n > 0:
		return into, errMoreData
	case !errors.Is(err, io.EOF): // the sum at the end is wrong
		return into, err
	}
	return into, nil
}

// An unspaced reader leaves blanks and line ends out.
type unspaced struct{ r io.Reader }

func (u unspaced) Read(b []byte) (int, error) {
	for {
		n, err := u.r.Read(b)
		k := 0
		for _, c := range b[:n] {
			if c > ' ' {
				b[k] = c
				k++
			}
		}
		if k > 0 || err != nil || len(b) == 0 {
			return k, err
		}
	}
}
