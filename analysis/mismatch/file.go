package mismatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// version is that of the file's form. A change that an older reader would
// misread counts up.
// Version 2 added found_with.
const version = 2

// What a file may hold at most: 64 MiB, which is 60 entries of the responses
// of 10 people to 5000 stimuli.
const (
	mostBytes   = 64 << 20
	mostEntries = 10_000
	mostDraws   = 1_000_000
)

type file struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	*Battery
}

const format = "fusiform mismatch battery"

// Write writes the battery as JSON, for Read. It fails if the battery is not
// one that Read would take.
func (b *Battery) Write(w io.Writer) error {
	if err := b.check(); err != nil {
		return err
	}
	data, err := json.Marshal(file{format, version, b})
	if err != nil {
		return fmt.Errorf("mismatch: battery %q: %w", b.Name, err)
	}
	if len(data) >= mostBytes {
		return fmt.Errorf("mismatch: battery %q takes %d bytes, at most %d can be read", b.Name, len(data), mostBytes)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// Read reads a battery that Write wrote, in this version or an older one: those
// of version 1 do not know which networks they were found with. What it returns
// is complete and consistent. It fails on what is not JSON, is another format or
// a newer version, is larger than 64 MiB, has unknown or contradicting parts;
// the error says which entry.
func Read(r io.Reader) (*Battery, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("mismatch: reading a battery: %w", err)
	}
	if len(data) > mostBytes {
		return nil, fmt.Errorf("mismatch: the file is larger than %d bytes, which no battery is", mostBytes)
	}
	// What it is comes before what it holds, so that a newer version is
	// called that.
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("mismatch: not a battery: %w", at(err, data))
	}
	if head.Format != format {
		return nil, fmt.Errorf("mismatch: not a battery: format is %q, expected %q", head.Format, format)
	}
	if head.Version < 1 || head.Version > version {
		return nil, fmt.Errorf("mismatch: the battery is of version %d, this program reads versions 1 to %d; fill it again, or take another version of the program", head.Version, version)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	f := file{Battery: &Battery{}}
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("mismatch: battery: %w", bare(at(err, data)))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f.Battery, nil
}

// at adds the line to a fault of JSON.
func at(err error, data []byte) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 {
		return err
	}
	line := 1
	for _, c := range data[:min(int(offset), len(data))] {
		if c == '\n' {
			line++
		}
	}
	return fmt.Errorf("line %d, byte %d: %w", line, offset, err)
}

// check says what of the battery cannot be.
func (b *Battery) check() error {
	if len(b.Entries) == 0 {
		return fmt.Errorf("mismatch: battery %q is empty; fill it with Test.Battery", b.Name)
	}
	if len(b.Entries) > mostEntries {
		return fmt.Errorf("mismatch: battery %q has %d entries, at most %d", b.Name, len(b.Entries), mostEntries)
	}
	if b.Draws < 2 || b.Draws > mostDraws || b.Permutations < 1 || b.Permutations > mostDraws {
		return fmt.Errorf("mismatch: battery %q asks for %d draws and %d permutations; they are from 2 and 1 to %d", b.Name, b.Draws, b.Permutations, mostDraws)
	}
	seen := map[string]bool{}
	for k := range b.Entries {
		e := &b.Entries[k]
		if err := e.check(); err != nil {
			return fmt.Errorf("mismatch: battery %q, entry %d (%q): %w", b.Name, k+1, e.Name, bare(err))
		}
		if seen[e.Name] {
			return fmt.Errorf("mismatch: battery %q has two entries called %q", b.Name, e.Name)
		}
		seen[e.Name] = true
	}
	return nil
}

func (e *Entry) check() error {
	if e.Name == "" || e.Region == "" || e.A == "" || e.B == "" {
		return fmt.Errorf("name %q, region %q, a %q and b %q must all be given", e.Name, e.Region, e.A, e.B)
	}
	if len(e.People) < 2 {
		return fmt.Errorf("%s; it needs at least 2 people", counted(len(e.People), "person", "people"))
	}
	if e.Human < 0 || int(e.Human) >= len(relations) || e.Networks < 0 || int(e.Networks) >= len(relations) {
		return fmt.Errorf("there are no relations %d and %d", int(e.Human), int(e.Networks))
	}
	people, err := e.people()
	if err != nil {
		return err
	}
	for _, p := range e.People {
		if p.Name == "" {
			return errors.New("a person has no name")
		}
	}
	if err := distinct(people, nil); err != nil {
		return err
	}
	s := people[0].Stimuli
	z, err := aligned(s, people)
	if err != nil {
		return err
	}
	if _, err := agreement(z); err != nil {
		return err
	}
	if len(e.InA) == 0 || len(e.InB) == 0 {
		return fmt.Errorf("groups of %d and %d stimuli; neither may be empty", len(e.InA), len(e.InB))
	}
	if slices.Contains(e.FoundWith, "") {
		return errors.New("a network that it was found with has no name")
	}
	if _, _, err := e.contrast(s).split(s); err != nil {
		return err
	}
	x := e.Effect
	for _, v := range [...]float64{x.Value, x.Lo, x.Hi, x.SE, x.DF, x.P, x.D, e.Band} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: the effect or the band holds %v", errNotFinite, v)
		}
	}
	if x.Lo > x.Value || x.Value > x.Hi || x.SE < 0 || x.DF < 0 || x.P < 0 || x.P > 1 || e.Band < 0 {
		return fmt.Errorf("effect %v (SE %v, df %v, p %v) with band %v cannot be", x, x.SE, x.DF, x.P, e.Band)
	}
	return nil
}

var errNotFinite = errors.New("not finite")
