package dataset

import (
	"fmt"
	"strconv"
	"strings"

	"fusiform/analysis"
)

// cutName cuts a path after the name it begins with.
func cutName(path string) (name, rest string) {
	if i := strings.IndexAny(path, ".({"); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// walk follows the rest of a path, whose beginning led to v.
func (v *MATValue) walk(at, rest string) (*MATValue, error) {
	for rest != "" {
		var err error
		step := rest
		if rest[0] == '.' {
			var field string
			field, rest = cutName(rest[1:])
			v, err = v.field(at, field)
		} else {
			closing := map[byte]string{'(': ")", '{': "}"}[rest[0]]
			inside, after, ok := strings.Cut(rest[1:], closing)
			if closing == "" || !ok {
				return nil, fmt.Errorf("%q is not a path; write RDMs(2).name or names{3}", analysis.Few([]string{at + rest}, 1))
			}
			v, err = v.element(at, rest[0], inside)
			rest = after
		}
		if err != nil {
			return nil, err
		}
		at += step[:len(step)-len(rest)]
	}
	return v, nil
}

func (v *MATValue) field(at, field string) (*MATValue, error) {
	shown := analysis.Few([]string{at}, 1)
	if v.Class != "struct" && v.Class != "object" {
		return nil, fmt.Errorf("%s is a %s %s and has no field %q", shown, times(v.Shape), v.Class, analysis.Few([]string{field}, 1))
	}
	for k, name := range v.Fields {
		if name != field {
			continue
		}
		if n := len(v.kids) / len(v.Fields); n != 1 {
			return nil, fmt.Errorf("%s is a %s struct: say which element, as in %s(1).%s", shown, times(v.Shape), shown, field)
		}
		return v.kids[k], nil
	}
	return nil, fmt.Errorf("%s has no field %q; it has %s", shown, analysis.Few([]string{field}, 1), analysis.Few(v.Fields, 10))
}

// element returns what x(indices) or x{indices} is in MATLAB.
func (v *MATValue) element(at string, bracket byte, indices string) (*MATValue, error) {
	shown := analysis.Few([]string{at}, 1)
	if v.Class != "cell" && (v.Class != "struct" || bracket == '{') {
		return nil, fmt.Errorf("%s is a %s %s: {} chooses of a cell, () of a cell or a struct array", shown, times(v.Shape), v.Class)
	}
	k, err := v.position(strings.Split(indices, ","))
	if err != nil {
		return nil, fmt.Errorf("%s is %s: %w", shown, times(v.Shape), err)
	}
	if bracket == '{' {
		return v.kids[k], nil
	}
	each := len(v.Fields)
	if v.Class == "cell" {
		each = 1
	}
	return &MATValue{Class: v.Class, Shape: []int{1, 1}, Fields: v.Fields, order: v.order, kids: v.kids[k*each : (k+1)*each]}, nil
}

// position turns indices from 1, one for all axes or one for each, into a
// position from 0, the first axis fastest.
func (v *MATValue) position(indices []string) (int, error) {
	shape := v.Shape
	if len(indices) == 1 {
		n := 1
		for _, l := range shape {
			n *= l
		}
		shape = []int{n}
	}
	if len(indices) != len(shape) {
		return 0, fmt.Errorf("%d indices; give one, or %d", len(indices), len(shape))
	}
	k, step := 0, 1
	for axis, text := range indices {
		i, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || i < 1 || i > shape[axis] {
			return 0, fmt.Errorf("there is no %q; indices are 1 to %d", analysis.Few([]string{text}, 1), shape[axis])
		}
		k += (i - 1) * step
		step *= shape[axis]
	}
	return k, nil
}
