package plots_test

import (
	"slices"
	"strings"
	"testing"

	"fusiform/plots"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// Letters of Hebrew by number, as in the tests of UAX #9: alef to gimel.
func hebrew(s string) string {
	return strings.NewReplacer("A", "א", "B", "ב", "C", "ג").Replace(s)
}

// Orders that follow from the rules of UAX #9, in Latin capitals for Hebrew.
func TestVisualOrder(t *testing.T) {
	label := func(s string) string { return plots.Label(hebrew(s)) }
	for name, c := range map[string]struct{ text, want string }{
		"Latin":              {"faces (60)", "faces (60)"},
		"words":              {"ABC BA", "AB CBA"},
		"count behind":       {label("ABC BA") + " (60)", "AB CBA (60)"},
		"two labels":         {label("AB") + ", " + label("BC") + ", r = 0.12", "BA, CB, r = 0.12"},
		"number in label":    {label("AB 12 C"), "C 12 BA"},
		"label of a number":  {label("12 AB"), "BA 12"},
		"Latin in label":     {label("AB (face) C"), "C (face) BA"},
		"brackets":           {label("A (B) C"), "C (B) A"},
		"Latin in brackets":  {label("AB (a) 12"), "12 (a) BA"},
		"brackets in Latin":  {label("face AB (BC) x"), "face (CB) BA x"},
		"pair of the whole":  {label("face (AB) 12 x"), "face (BA) 12 x"},
		"nested":             {label("A [b (C) d] e"), "e [d (C) b] A"},
		"one bracket":        {label("AB(C"), "C)BA"},
		"Latin first":        {label("face AB 12"), "face 12 BA"},
		"number, then Latin": {label("face AB 12 x"), "face 12 BA x"},
		"decimal":            {label("face AB 1.5"), "face 1.5 BA"},
		"mark":               {label("AB\u05b7C"), "CB\u05b7A"},
		"not isolated":       {"only AB: 3 channels", "only 3 :BA channels"},
	} {
		if got, want := plots.Visual(hebrew(c.text)), hebrew(c.want); got != want {
			t.Errorf("%s: %q is drawn as %q, want %q", name, c.text, got, want)
		}
	}
	long := plots.Visual(plots.Label(strings.Repeat("א", 500)) + " (60)")
	if !strings.HasPrefix(long, "…א") || !strings.HasSuffix(long, "א (60)") {
		t.Errorf("a long label is drawn as %q", long)
	}
	if got := plots.Label("a \u2067" + "שלום" + "\u2069\u202e"); got != "\u2068a שלום\u2069" {
		t.Errorf("the label keeps what turns others: %q", got)
	}
}

// PNG and PDF get letters as they stand, SVG as they are read, isolated from
// the number behind them.
func TestRightToLeft(t *testing.T) {
	f := plots.Venn{Overlap: overlap(42, 60, 30), B: "שלום עולם", Title: strings.Repeat("שלום ", 200)}
	var rec recorder.Canvas
	if err := f.Draw(draw.NewCanvas(&rec, 3.5*vg.Inch, 2.7*vg.Inch)); err != nil {
		t.Fatal(err)
	}
	var drawn []string
	for _, a := range rec.Actions {
		if s, ok := a.(*recorder.FillString); ok {
			drawn = append(drawn, s.String)
		}
	}
	if want := "םלוע םולש (60)"; !slices.Contains(drawn, want) {
		t.Errorf("no text %q in %q", want, drawn)
	}
	if title := drawn[slices.IndexFunc(drawn, func(s string) bool { return strings.Contains(s, "…") })]; !strings.HasPrefix(title, "…") || !strings.HasSuffix(title, "םולש") {
		t.Errorf("the title is drawn as %q", title)
	}
	in := texts(shapes(t, f, 0, 0))
	if want := "\u2068שלום עולם\u2069 (60)"; !slices.Contains(in, want) {
		t.Errorf("no text %q in the SVG: %q", want, in)
	}
	for _, s := range in {
		if strings.Count(s, "\u2068") != strings.Count(s, "\u2069") {
			t.Errorf("%q isolates what follows", s)
		}
	}
	if !strings.Contains(string(must(plots.SVG(f, 0, 0))), "\u2068שלום עולם\u2069 selects 60") {
		t.Errorf("no isolated label in the alternative text %q", f.Alt())
	}
	if got := plots.TextWidth("\u2068שלום\u2069", 8, false); got != plots.TextWidth("שלום", 8, false) {
		t.Errorf("isolates have a width: %v", got)
	}
}
