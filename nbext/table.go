package nbext

import (
	"fmt"
	"html"
	"math"
	"os"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui"
)

// Table shows rows in the cell, or prints them outside a notebook. Rows are
//   - a slice of structs or of pointers to structs: one column per exported
//     field that is a number, a text, a bool, a Stringer or a list of these;
//   - or a [][]any (or [][]string) whose first row is the header.
//
// Numbers are shown with four significant digits; texts are escaped. What is nil
// is an empty cell. Of a list of more than 8 the values are counted; a []int in
// a column called Shape reads 64 × 7 × 7. Of more than 200 rows the first 200 are
// shown and the rest is counted. Anything else ends the cell with an error.
//
// A click on a header, or Enter there, sorts the rows by it, another turns them
// round, a third puts them back; a button copies them as CSV. Where scripts do
// not run it is a plain table, and text where HTML is not shown.
func Table(rows any) {
	head, body, err := cells(rows)
	if err != nil {
		exit(end(os.Stderr, err))
		return
	}
	text := tableText(head, body)
	if !gonbui.IsNotebook {
		fmt.Print(text)
		return
	}
	page := tableHTML(head, body)
	if len(body) > 1 {
		page = scripted("div", page, tableScript)
	}
	display(page, text, nil)
}

// maxRows is how many rows of a table are shown, maxList how many values of a
// list in one cell.
const maxRows, maxList = 200, 8

// A cell is one formatted value.
type cell struct {
	text   string
	number bool
}

var stringer = reflect.TypeFor[fmt.Stringer]()

// cells turns rows into a header and formatted values.
func cells(rows any) (head []string, body [][]cell, err error) {
	v := reflect.ValueOf(rows)
	if v.Kind() != reflect.Slice {
		return nil, nil, fmt.Errorf("nbext: Table needs a slice of structs or a [][]any, got %T", rows)
	}
	switch e := v.Type().Elem(); {
	case e.Kind() == reflect.Slice:
		return listCells(v)
	case e.Kind() == reflect.Struct, e.Kind() == reflect.Pointer && e.Elem().Kind() == reflect.Struct:
		return structCells(v)
	}
	return nil, nil, fmt.Errorf("nbext: Table needs a slice of structs or a [][]any, got %T", rows)
}

func listCells(v reflect.Value) (head []string, body [][]cell, err error) {
	if v.Len() == 0 {
		return nil, nil, fmt.Errorf("nbext: Table got no rows; the first row is the header")
	}
	for i := range v.Len() {
		row := v.Index(i)
		if i == 0 {
			for j := range row.Len() {
				head = append(head, oneLine(fmt.Sprint(row.Index(j).Interface())))
			}
			continue
		}
		if row.Len() != len(head) {
			return nil, nil, fmt.Errorf("nbext: row %d of the table has %d values, the header has %d", i, row.Len(), len(head))
		}
		line := make([]cell, row.Len())
		for j := range line {
			line[j] = formatIn(head[j], row.Index(j))
		}
		body = append(body, line)
	}
	return head, body, nil
}

func structCells(v reflect.Value) (head []string, body [][]cell, err error) {
	t := v.Type().Elem()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var fields []int
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && showable(f.Type) {
			fields = append(fields, i)
			head = append(head, f.Name)
		}
	}
	if fields == nil {
		return nil, nil, fmt.Errorf("nbext: %s has no exported field that a table can show", t)
	}
	for i := range v.Len() {
		row := v.Index(i)
		if row.Kind() == reflect.Pointer {
			if row.IsNil() {
				return nil, nil, fmt.Errorf("nbext: row %d of the table is nil", i)
			}
			row = row.Elem()
		}
		line := make([]cell, len(fields))
		for j, k := range fields {
			line[j] = formatIn(head[j], row.Field(k))
		}
		body = append(body, line)
	}
	return head, body, nil
}

func showable(t reflect.Type) bool {
	if t.Implements(stringer) {
		return true
	}
	switch k := t.Kind(); {
	case k == reflect.Slice:
		return t.Elem().Kind() != reflect.Slice && showable(t.Elem())
	default:
		return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
	}
}

// formatIn formats a value of a column: counts are a list, a shape is a product.
func formatIn(column string, v reflect.Value) cell {
	c := format(v)
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if strings.EqualFold(column, "shape") && v.IsValid() && v.Type() == reflect.TypeFor[[]int]() && v.Len() <= maxList {
		c.text = strings.ReplaceAll(c.text, ", ", " × ")
	}
	return c
}

func format(v reflect.Value) cell {
	for v.Kind() == reflect.Interface {
		if v.IsNil() {
			return cell{}
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return cell{}
	}
	if s, ok := v.Interface().(fmt.Stringer); ok {
		return cell{text: oneLine(s.String())}
	}
	switch {
	case v.CanFloat():
		return cell{text: number(v.Float()), number: true}
	case v.CanInt(), v.CanUint():
		return cell{text: strings.Replace(fmt.Sprint(v.Interface()), "-", "−", 1), number: true}
	case v.Kind() == reflect.Slice:
		if v.Len() > maxList {
			return cell{text: fmt.Sprintf("%d values", v.Len())}
		}
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = format(v.Index(i)).text
		}
		return cell{text: strings.Join(parts, ", ")}
	}
	return cell{text: oneLine(fmt.Sprint(v.Interface()))}
}

// oneLine keeps a text in its row: without line breaks, and not longer than
// maxTold.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxTold {
		s = string([]rune(s)[:maxTold-1]) + "…"
	}
	return s
}

// number formats x with four significant digits and a real minus sign.
func number(x float64) string {
	s := fmt.Sprintf("%.4g", x)
	if x == math.Trunc(x) && math.Abs(x) < 1e9 {
		s = fmt.Sprintf("%.0f", x)
	}
	return strings.Replace(s, "-", "−", 1)
}

func more(body [][]cell) ([][]cell, string) {
	if len(body) <= maxRows {
		return body, ""
	}
	return body[:maxRows], fmt.Sprintf("… and %d more rows", len(body)-maxRows)
}

func tableHTML(head []string, body [][]cell) string {
	body, rest := more(body)
	var b strings.Builder
	b.WriteString("<table>\n<thead><tr>")
	for j, h := range head {
		align := "left"
		if len(body) > 0 && body[0][j].number {
			align = "right"
		}
		b.WriteString(`<th scope="col" style="text-align:` + align + `">` + html.EscapeString(h) + "</th>")
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range body {
		b.WriteString("<tr>")
		for _, c := range row {
			align := "left"
			if c.number {
				align = "right"
			}
			b.WriteString(`<td style="text-align:` + align + `">` + html.EscapeString(c.text) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table>")
	if rest != "" {
		b.WriteString("<small>" + rest + "</small>")
	}
	return b.String()
}

func tableText(head []string, body [][]cell) string {
	body, rest := more(body)
	width := make([]int, len(head))
	for j, h := range head {
		width[j] = utf8.RuneCountInString(h)
	}
	for _, row := range body {
		for j, c := range row {
			width[j] = max(width[j], utf8.RuneCountInString(c.text))
		}
	}
	var b strings.Builder
	line := func(row []cell) {
		for j, c := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(c.text))
			if j > 0 {
				b.WriteString("  ")
			}
			switch {
			case c.number:
				b.WriteString(pad + c.text)
			case j == len(row)-1:
				b.WriteString(c.text)
			default:
				b.WriteString(c.text + pad)
			}
		}
		b.WriteString("\n")
	}
	names := make([]cell, len(head))
	for j, h := range head {
		names[j] = cell{text: h, number: len(body) > 0 && body[0][j].number}
	}
	line(names)
	for _, row := range body {
		line(row)
	}
	if rest != "" {
		b.WriteString(rest + "\n")
	}
	return b.String()
}
