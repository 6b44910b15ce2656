package plots_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

// A shape is an element of an SVG: what is read back of a figure, by other
// code than that which drew it. Coordinates are those of the page in points,
// y upwards.
type shape struct {
	kind         string // path, text, image
	text         string
	fill, stroke string
	dash         string
	points       [][2]float64 // the vertices of a path; where a text starts
	turned       float64      // degrees, of a text
	box          [4]float64   // of a text that is level or upright: left, bottom, right, top
	arcs         int
}

func (s shape) bounds() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range s.points {
		x0, x1 = math.Min(x0, p[0]), math.Max(x1, p[0])
		y0, y1 = math.Min(y0, p[1]), math.Max(y1, p[1])
	}
	return
}

var (
	numbers = regexp.MustCompile(`-?[0-9.]+(?:e[-+]?[0-9]+)?`)
	moves   = regexp.MustCompile(`[ML][^A-Z]*`)
)

// shapes renders a figure as SVG and reads it back.
func shapes(t *testing.T, f plots.Figure, w, h vg.Length) []shape {
	t.Helper()
	data, err := plots.SVG(f, w, h)
	if err != nil {
		t.Fatal(err)
	}
	out, err := parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parse(data string) ([]shape, error) {
	d := xml.NewDecoder(strings.NewReader(data))
	var out []shape
	type group struct {
		dx, dy float64
		turned float64
	}
	stack := []group{{}}
	var open *shape
	var size, along, up float64
	var bold bool
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			a := map[string]string{}
			for _, x := range e.Attr {
				a[x.Name.Local] = x.Value
			}
			style := map[string]string{}
			for _, kv := range strings.Split(a["style"], ";") {
				if k, v, ok := strings.Cut(kv, ":"); ok {
					style[k] = v
				}
			}
			switch e.Name.Local {
			case "g":
				top := stack[len(stack)-1]
				switch tr := a["transform"]; {
				case strings.HasPrefix(tr, "translate"):
					n := numbers.FindAllString(tr, -1)
					top.dx += number(n[0])
					top.dy += number(n[1])
				case strings.HasPrefix(tr, "rotate"):
					top.turned = number(numbers.FindString(tr))
				}
				stack = append(stack, top)
			case "path":
				s := shape{kind: "path", fill: style["fill"], stroke: style["stroke"], dash: style["stroke-dasharray"], arcs: strings.Count(a["d"], "A")}
				for _, m := range moves.FindAllString(a["d"], -1) {
					n := numbers.FindAllString(m, -1)
					s.points = append(s.points, [2]float64{number(n[0]), number(n[1])})
				}
				out = append(out, s)
			case "text":
				top := stack[len(stack)-1]
				s := shape{kind: "text", turned: top.turned, points: [][2]float64{{top.dx + number(a["x"]), top.dy - number(a["y"])}}}
				if top.turned != 0 {
					s.points[0] = [2]float64{top.dx, top.dy}
				}
				size = number(numbers.FindString(style["font-size"]))
				bold = style["font-weight"] == "bold"
				along, up = number(a["x"]), -number(a["y"])
				open = &s
			case "image":
				x, y, w, h := number(a["x"]), -number(a["y"]), number(a["width"]), number(a["height"])
				out = append(out, shape{kind: "image", text: a["href"], points: [][2]float64{{x, y - h}, {x + w, y}}})
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "g":
				stack = stack[:len(stack)-1]
			case "text":
				top := stack[len(stack)-1]
				w, h := plots.TextWidth(open.text, size, bold), 0.69*size
				switch top.turned {
				case 0:
					x, y := top.dx+along, top.dy+up
					open.box = [4]float64{x, y, x + w, y + h}
				case 90: // x runs up the page, y to the left
					x, y := top.dx-up, top.dy+along
					open.box = [4]float64{x - h, y, x, y + w}
				}
				out = append(out, *open)
				open = nil
			}
		case xml.CharData:
			if open != nil {
				open.text += string(e)
			}
		}
	}
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("not a number in the SVG: %q", s))
	}
	return v
}

// texts returns what is written, in order.
func texts(ss []shape) []string {
	var out []string
	for _, s := range ss {
		if s.kind == "text" {
			out = append(out, s.text)
		}
	}
	return out
}

// filled returns the paths of a fill colour, in order.
func filled(ss []shape, fill string) []shape {
	var out []shape
	for _, s := range ss {
		if s.kind == "path" && s.fill == fill {
			out = append(out, s)
		}
	}
	return out
}

// axis finds the tick labels that stand in a row and returns the value of a
// place along it, and the reverse: value = a + b·place. Vertical axes have
// ticks at one right edge, so the marks themselves are read: short strokes.
func axis(t *testing.T, ss []shape, vertical bool, near [2]float64) (at func(v float64) float64) {
	t.Helper()
	k := 0
	if vertical {
		k = 1
	}
	type tick struct{ v, at float64 }
	var ticks []tick
	for i, s := range ss {
		if s.kind != "path" || s.stroke == "" || len(s.points) != 2 || i+1 >= len(ss) || ss[i+1].kind != "text" {
			continue
		}
		x0, y0, x1, y1 := s.bounds()
		long, across := x1-x0, y1-y0
		if !vertical {
			long, across = across, long
		}
		if across != 0 || math.Abs(long-3) > 1e-3 || math.Abs([2]float64{x1, y1}[1-k]-near[1-k]) > 1e-2 {
			continue
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(ss[i+1].text, "−", "-"), 64)
		if err != nil {
			continue
		}
		ticks = append(ticks, tick{v, s.points[0][k]})
	}
	if len(ticks) < 2 {
		t.Fatalf("no axis at %v", near)
	}
	a, b := ticks[0], ticks[len(ticks)-1]
	slope := (b.at - a.at) / (b.v - a.v)
	for _, c := range ticks {
		if want := a.at + slope*(c.v-a.v); math.Abs(want-c.at) > 1e-2 {
			t.Errorf("tick %v stands at %v, not %v: the axis is not linear", c.v, c.at, want)
		}
	}
	return func(v float64) float64 { return a.at + slope*(v-a.v) }
}
