package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// An entry is what a header says of one tensor.
type entry struct {
	name, dtype string
	shape       []uint64
	offsets     [2]uint64
}

// metadataKey is the one name in a header that is no tensor's.
const metadataKey = "__metadata__"

// maxRank bounds the axes of a tensor.
const maxRank = 16

// parseHeader reads the JSON of a header token by token: encoding/json alone
// would let a name stand there twice.
func parseHeader(b []byte) (entries []entry, metadata map[string]string, err error) {
	if !utf8.Valid(b) {
		return nil, nil, errors.New("it is not UTF-8")
	}
	if len(b) == 0 || b[0] != '{' {
		return nil, nil, errors.New(`it does not begin with "{": this is no safetensors file`)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	seen := map[string]bool{}
	err = object(d, func(name string) error {
		if seen[name] {
			return fmt.Errorf("the name %q stands there twice", name)
		}
		seen[name] = true
		if name == metadataKey {
			metadata, err = texts(d)
			return err
		}
		e, err := parseEntry(d)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		e.name = name
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); err != io.EOF { // spaces may follow
		return nil, nil, errors.New("something follows the JSON")
	}
	return entries, metadata, nil
}

// object reads an object and calls f at each of its values.
func object(d *json.Decoder, f func(name string) error) error {
	if err := delim(d, '{'); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return fmt.Errorf("%v where a name should stand", t)
		}
		if err := f(name); err != nil {
			return err
		}
	}
	return delim(d, '}')
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("it is no whole JSON: %w", err)
	}
	if t != want {
		return fmt.Errorf("%v where %q should stand", t, want.String())
	}
	return nil
}

func parseEntry(d *json.Decoder) (e entry, err error) {
	var offsets []uint64
	seen := map[string]bool{}
	err = object(d, func(field string) error {
		if seen[field] {
			return fmt.Errorf("%q stands there twice", field)
		}
		seen[field] = true
		switch field {
		case "dtype":
			e.dtype, err = text(d)
		case "shape":
			e.shape, err = wholeNumbers(d, maxRank)
		case "data_offsets":
			offsets, err = wholeNumbers(d, 2)
		default:
			err = fmt.Errorf("%q is none of dtype, shape, data_offsets", field)
		}
		return err
	})
	if err != nil {
		return e, err
	}
	for _, field := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[field] {
			return e, fmt.Errorf("%s is missing", field)
		}
	}
	if len(offsets) != 2 {
		return e, fmt.Errorf("data_offsets has %d numbers, expected 2", len(offsets))
	}
	e.offsets = [2]uint64(offsets)
	return e, nil
}

// wholeNumbers reads a list of at most n whole numbers of 0 or more.
func wholeNumbers(d *json.Decoder, n int) ([]uint64, error) {
	if err := delim(d, '['); err != nil {
		return nil, err
	}
	var out []uint64
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		num, ok := t.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%v where a number should stand", t)
		}
		var v uint64
		if err := json.Unmarshal([]byte(num), &v); err != nil {
			return nil, fmt.Errorf("%s is no whole number of 0 or more", num)
		}
		if len(out) == n {
			return nil, fmt.Errorf("a list is longer than %d", n)
		}
		out = append(out, v)
	}
	return out, delim(d, ']')
}

func text(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v where a text should stand", t)
	}
	return s, nil
}

func texts(d *json.Decoder) (map[string]string, error) {
	m := map[string]string{}
	err := object(d, func(name string) error {
		if _, ok := m[name]; ok {
			return fmt.Errorf("%q stands in %s twice", name, metadataKey)
		}
		v, err := text(d)
		m[name] = v
		return err
	})
	return m, err
}
