package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Tags of cells, as papermill has them.
const (
	parametersTag = "parameters"
	injectedTag   = "injected-parameters"
)

// A ParameterError reports a parameter that a notebook cannot be given.
type ParameterError struct {
	Notebook string // its path
	Name     string // of the parameter; empty: the notebook has none
	Text     string
}

func (e *ParameterError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%s: %s", filepath.Base(e.Notebook), e.Text)
	}
	return fmt.Sprintf("%s: parameter %s: %s", filepath.Base(e.Notebook), e.Name, e.Text)
}

// ReadParameters reads the parameters of a file: an object of JSON (.json), or
// a mapping of YAML (any other extension), which the lab's Python reads as it
// does for papermill. The lab is prepared if need be.
func (l Lab) ReadParameters(ctx context.Context, path string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("kernel: parameters: %w", err)
	}
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		p, err := l.prepare(ctx, newTeller(l.Out))
		if err != nil {
			return nil, err
		}
		const asJSON = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)"
		cmd := exec.CommandContext(ctx, p.interpreter(), "-I", "-c", asJSON)
		cmd.Stdin = bytes.NewReader(data)
		var said bytes.Buffer
		cmd.Stderr = &said
		if data, err = cmd.Output(); err != nil {
			return nil, fmt.Errorf("kernel: parameters of %s: %s", path, lastLine(said.String()))
		}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var params map[string]any
	if err := d.Decode(&params); err != nil {
		return nil, fmt.Errorf("kernel: parameters of %s: want name: value, and got something else (%w)", path, err)
	}
	return params, nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// parameterize returns a notebook with a cell after the one tagged
// "parameters" that declares its variables anew, with the values given. A cell
// of an earlier run is replaced. All else stays as it is.
func parameterize(path string, notebook []byte, params map[string]any) ([]byte, error) {
	var nb map[string]json.RawMessage
	if err := json.Unmarshal(notebook, &nb); err != nil {
		return nil, fmt.Errorf("kernel: %s is not a notebook: %w", path, err)
	}
	var cells []json.RawMessage
	if err := json.Unmarshal(nb["cells"], &cells); err != nil {
		return nil, fmt.Errorf("kernel: %s is not a notebook: %w", path, err)
	}
	cells = slices.DeleteFunc(cells, func(c json.RawMessage) bool { return tagged(c, injectedTag) })
	at := slices.IndexFunc(cells, func(c json.RawMessage) bool { return tagged(c, parametersTag) })
	if at < 0 {
		return nil, &ParameterError{Notebook: path, Text: fmt.Sprintf("no cell is tagged %q; tag the one whose variables may be set from outside", parametersTag)}
	}
	var cell struct {
		Source text `json:"source"`
	}
	if err := json.Unmarshal(cells[at], &cell); err != nil {
		return nil, fmt.Errorf("kernel: %s is not a notebook: %w", path, err)
	}
	code, err := assign(path, string(cell.Source), params)
	if err != nil {
		return nil, err
	}
	added := map[string]any{"cell_type": "code", "metadata": map[string]any{"tags": []string{injectedTag}}, "source": code, "outputs": []any{}, "execution_count": nil}
	if minor := nb["nbformat_minor"]; string(minor) > "4" || len(minor) > 1 {
		added["id"] = injectedTag
	}
	raw, err := json.Marshal(added)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	cells = slices.Insert(cells, at+1, json.RawMessage(raw))
	if nb["cells"], err = json.Marshal(cells); err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	return json.MarshalIndent(nb, "", " ")
}

func tagged(cell json.RawMessage, tag string) bool {
	var c struct {
		Type     string `json:"cell_type"`
		Metadata struct {
			Tags []string `json:"tags"`
		} `json:"metadata"`
	}
	return json.Unmarshal(cell, &c) == nil && c.Type == "code" && slices.Contains(c.Metadata.Tags, tag)
}

// assign returns Go that declares parameters anew, with the types that the
// cell declares them with.
func assign(path, cell string, params map[string]any) (string, error) {
	declared, order, err := declarations(cell)
	if err != nil {
		return "", &ParameterError{Notebook: path, Text: fmt.Sprintf("the cell tagged %q is no list of variables: %v", parametersTag, err)}
	}
	var b strings.Builder
	b.WriteString("// Parameters\n")
	for _, name := range order {
		value, ok := params[name]
		if !ok {
			continue
		}
		d := declared[name]
		if d.kind == "" {
			return "", &ParameterError{path, name, fmt.Sprintf("its type is not written there (%s); write it, as in var %s float64 = …", d.source, name)}
		}
		s, err := literalOf(d.kind, value)
		if err != nil {
			return "", &ParameterError{path, name, err.Error()}
		}
		fmt.Fprintf(&b, "%s %s %s = %s\n", d.token, name, d.kind, s)
	}
	for name := range params {
		if _, ok := declared[name]; !ok {
			return "", &ParameterError{path, name, "there is none of this name; the notebook has " + strings.Join(order, ", ")}
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// A declaration is a variable or constant of a cell.
type declaration struct {
	token  token.Token // var or const
	kind   string      // its type; empty if that is not plain to see
	source string
}

// declarations lists the variables that a cell declares outside of functions,
// and their names in order.
func declarations(cell string) (map[string]declaration, []string, error) {
	var lines []string
	for line := range strings.Lines(cell) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "%%") || strings.HasPrefix(trimmed, "%main") {
			break // statements follow
		}
		if strings.HasPrefix(trimmed, "%") || strings.HasPrefix(trimmed, "!") {
			line = "\n"
		}
		lines = append(lines, line)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "cell", "package p;"+strings.Join(lines, ""), parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	found := map[string]declaration{}
	var order []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR && g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				d := declaration{token: g.Tok}
				if v.Type != nil {
					d.kind = settable(v.Type)
				} else if i < len(v.Values) {
					d.kind = kindOf(v.Values[i])
				}
				if d.kind == "" {
					d.source = source(fset, v)
				}
				found[name.Name] = d
				order = append(order, name.Name)
			}
		}
	}
	return found, order, nil
}

func source(fset *token.FileSet, node ast.Node) string {
	var b bytes.Buffer
	format.Node(&b, fset, node)
	return shorten(b.String(), 60)
}

// basic are the types that parameters, or their elements, may have.
var basic = []string{"bool", "string", "float64", "float32", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"}

// settable returns a type as Go writes it, if a parameter may have it.
func settable(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		if slices.Contains(basic, t.Name) {
			return t.Name
		}
	case *ast.ArrayType:
		if e, ok := t.Elt.(*ast.Ident); ok && t.Len == nil && slices.Contains(basic, e.Name) {
			return "[]" + e.Name
		}
	}
	return ""
}

// kindOf returns the type of a literal, or of a conversion.
func kindOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return map[token.Token]string{token.INT: "int", token.FLOAT: "float64", token.STRING: "string"}[e.Kind]
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return "bool"
		}
	case *ast.UnaryExpr:
		return kindOf(e.X)
	case *ast.ParenExpr:
		return kindOf(e.X)
	case *ast.CompositeLit:
		return settable(e.Type)
	case *ast.CallExpr:
		return settable(e.Fun)
	}
	return ""
}

// literalOf writes a value as a type has it. A text is read as that type has
// it, too: "7" is a number if one is wanted, "a,b" or ["a", "b"] a list.
func literalOf(kind string, value any) (string, error) {
	wrong := func(why string) error {
		return fmt.Errorf("%v is not of type %s%s", shown(value), kind, why)
	}
	if element, ok := strings.CutPrefix(kind, "[]"); ok {
		var list []any
		switch v := value.(type) {
		case []any:
			list = v
		case string:
			if strings.HasPrefix(strings.TrimSpace(v), "[") {
				d := json.NewDecoder(strings.NewReader(v))
				d.UseNumber()
				if d.Decode(&list) != nil {
					return "", wrong("")
				}
			} else if strings.TrimSpace(v) != "" {
				for s := range strings.SplitSeq(v, ",") {
					list = append(list, strings.TrimSpace(s))
				}
			}
		default:
			return "", wrong("")
		}
		parts := make([]string, len(list))
		for i, v := range list {
			s, err := literalOf(element, v)
			if err != nil {
				return "", err
			}
			parts[i] = s
		}
		return kind + "{" + strings.Join(parts, ", ") + "}", nil
	}
	s, isText := value.(string)
	if kind == "string" {
		if !isText {
			return "", wrong("")
		}
		return strconv.Quote(s), nil
	}
	if !isText {
		switch value.(type) {
		case bool, json.Number, float64, int:
			s = fmt.Sprint(value)
		default:
			return "", wrong("")
		}
	}
	s = strings.TrimSpace(s)
	if _, isBool := value.(bool); isBool != (kind == "bool") && !isText {
		return "", wrong("")
	}
	switch {
	case kind == "bool":
		b, err := strconv.ParseBool(s)
		if err != nil {
			return "", wrong("")
		}
		return strconv.FormatBool(b), nil
	case strings.HasPrefix(kind, "float"):
		size, _ := strconv.Atoi(kind[len("float"):])
		x, err := strconv.ParseFloat(s, size)
		if errors.Is(err, strconv.ErrRange) {
			return "", wrong(": out of its range")
		}
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return "", wrong("")
		}
		return strconv.FormatFloat(x, 'g', -1, size), nil
	}
	unsigned := strings.HasPrefix(kind, "uint")
	digits := strings.TrimPrefix(strings.TrimPrefix(kind, "u"), "int")
	size, _ := strconv.Atoi(digits) // "": int
	var err error
	if unsigned {
		_, err = strconv.ParseUint(s, 10, size)
	} else {
		_, err = strconv.ParseInt(s, 10, size)
	}
	if errors.Is(err, strconv.ErrRange) {
		return "", wrong(": out of its range")
	}
	if err != nil {
		return "", wrong("")
	}
	return strings.TrimPrefix(s, "+"), nil
}

// shown is how an error shows a value.
func shown(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(shorten(s, 60))
	}
	return shorten(fmt.Sprint(v), 60)
}
