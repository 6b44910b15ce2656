package dataset

import (
	"fmt"
	"strconv"
	"strings"
)

// An npyDict is what the header's Python literal says:
//
//	{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
type npyDict struct {
	descr   string
	fortran bool
	shape   []uint64
}

// parseDict reads that literal: the three keys, in any order, each once.
func parseDict(s string) (npyDict, error) {
	var d npyDict
	p := &literal{rest: s}
	p.want("{")
	seen := map[string]bool{}
	for !p.skip("}") && p.err == nil {
		key := p.str()
		p.want(":")
		switch {
		case seen[key]:
			p.fail("%q stands twice", key)
		case key == "descr" && strings.HasPrefix(p.rest, "["):
			p.fail("it is a record array; expected plain numbers")
		case key == "descr":
			d.descr = p.str()
		case key == "fortran_order":
			d.fortran = p.boolean()
		case key == "shape":
			d.shape = p.tuple()
		default:
			p.fail("unknown key %q", key)
		}
		seen[key] = true
		if !p.skip(",") && !strings.HasPrefix(p.rest, "}") {
			p.fail("expected , or }")
		}
	}
	if p.err == nil && (len(seen) != 3 || strings.TrimSpace(p.rest) != "") {
		p.fail("expected descr, fortran_order and shape, and nothing else")
	}
	return d, p.err
}

// A literal scans a Python literal; after the first error it stands still.
type literal struct {
	rest string
	err  error
}

func (p *literal) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// skip skips the token, if it is next, and the blanks around it.
func (p *literal) skip(token string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " \n"), token)
	if ok && p.err == nil {
		p.rest = strings.TrimLeft(rest, " \n")
	}
	return ok && p.err == nil
}

func (p *literal) want(token string) {
	if !p.skip(token) {
		p.fail("expected %s", token)
	}
}

// str reads a string without escapes.
func (p *literal) str() string {
	for _, quote := range []string{"'", `"`} {
		if !strings.HasPrefix(p.rest, quote) {
			continue
		}
		s, rest, ok := strings.Cut(p.rest[1:], quote)
		if ok && !strings.ContainsAny(s, "\\\n") {
			p.rest = strings.TrimLeft(rest, " \n")
			return s
		}
	}
	p.fail("expected a string")
	return ""
}

func (p *literal) boolean() bool {
	if p.skip("True") {
		return true
	}
	p.want("False")
	return false
}

// tuple reads a tuple of counts: (), (3,), (3, 4).
func (p *literal) tuple() []uint64 {
	var out []uint64
	p.want("(")
	for p.err == nil && !p.skip(")") {
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		n, err := strconv.ParseUint(p.rest[:digits], 10, 63)
		if err != nil || len(out) == 32 {
			p.fail("bad shape")
			return nil
		}
		out = append(out, n)
		p.rest = p.rest[digits:]
		p.skip("L") // Python 2 wrote long integers so
		if !p.skip(",") && !strings.HasPrefix(p.rest, ")") {
			p.fail("bad shape")
		}
	}
	return out
}
