package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// What a file of the user's may hold.
const (
	maxLocalBytes = 16 << 20
	maxLocalRows  = 2000
	maxText       = 2000 // bytes of a field
	maxURLs       = 16
)

// readList reads a file of the user's in DataDir, {"KEY": [ … ]}, and gives its
// rows to add; none if there is no such file. Its errors name the file and the
// line.
func readList[T any](name, key string, add func(T) error) error {
	path := filepath.Join(DataDir(), name)
	st, err := os.Stat(path) // before it is opened: a pipe would wait for a writer
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("catalog: %s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLocalBytes+1))
	if err != nil {
		return fmt.Errorf("catalog: reading %s: %w", path, err)
	}
	if err := parseList(data, key, add); err != nil {
		return fmt.Errorf("catalog: %s: %w", path, err)
	}
	return nil
}

// parseList reads {"KEY": [ … ]} and gives each row to add. Fields that T does
// not have are faults. Its errors begin with the line.
func parseList[T any](data []byte, key string, add func(T) error) error {
	if len(data) > maxLocalBytes {
		return fmt.Errorf("is longer than %d bytes, which no list of %s is", maxLocalBytes, key)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	at := func(offset int64, err error) error {
		offset = min(max(offset, 0), int64(len(data)))
		return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:offset], []byte("\n")), err)
	}
	if !utf8.Valid(data) {
		return errors.New("is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for _, want := range []json.Token{json.Delim('{'), key, json.Delim('[')} {
		t, err := dec.Token()
		if err != nil {
			return at(faultOffset(err, dec.InputOffset()), jsonFault(err))
		}
		if t != want {
			return at(dec.InputOffset(), fmt.Errorf(`expected {%q: [ … ]}, found %v`, key, t))
		}
	}
	for n := 0; dec.More(); n++ {
		start := dec.InputOffset()
		for start < int64(len(data)) && strings.IndexByte(" \t\r\n,", data[start]) >= 0 {
			start++
		}
		if n == maxLocalRows {
			return at(start, fmt.Errorf("more than %d %s", maxLocalRows, key))
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return at(faultOffset(err, dec.InputOffset()), jsonFault(err))
		}
		var row T
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&row); err != nil {
			return at(start+faultOffset(err, 0), jsonFault(err))
		}
		if err := add(row); err != nil {
			return at(start, err)
		}
	}
	for _, want := range []json.Token{json.Delim(']'), json.Delim('}')} {
		if t, err := dec.Token(); err != nil {
			return at(faultOffset(err, dec.InputOffset()), jsonFault(err))
		} else if t != want {
			return at(dec.InputOffset(), fmt.Errorf(`expected the end of {%q: [ … ]}, found %v`, key, t))
		}
	}
	if _, err := dec.Token(); err != io.EOF {
		return at(dec.InputOffset(), errors.New("there is more after the end"))
	}
	return nil
}

// faultOffset is where a JSON error lies, or else the given place.
func faultOffset(err error, or int64) int64 {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &typed):
		return typed.Offset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return math.MaxInt32
	}
	return or
}

// jsonFault says what a JSON error means.
func jsonFault(err error) error {
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typed):
		return fmt.Errorf("the field %q cannot be a %s", typed.Field, typed.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file ends in the middle")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// checkText says what is wrong with texts of a row that a terminal shows.
func checkText(limit int, texts ...string) error {
	for _, s := range texts {
		if len(s) > limit || strings.ContainsFunc(s, unprintable) {
			return fmt.Errorf("a text has more than %d bytes or a control character: %.40q", limit, s)
		}
	}
	return nil
}

// unprintable reports characters that move a terminal's cursor or reorder what
// it shows.
func unprintable(c rune) bool {
	return c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0x2028 || c == 0x2029
}

// checkURLs says what is wrong with addresses.
func checkURLs(urls []string) error {
	if len(urls) > maxURLs {
		return fmt.Errorf("has %d urls, more than %d", len(urls), maxURLs)
	}
	for _, u := range urls {
		if err := checkURL(u); err != nil {
			return err
		}
	}
	return nil
}
