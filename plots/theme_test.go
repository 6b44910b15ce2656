package plots

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
)

func TestLabelTamesText(t *testing.T) {
	for in, want := range map[string]string{
		"faces":                      "faces",
		"two\nlines\tand tab":        "two lines and tab",
		"bell\a null\x00 del\x7f":    "bell null del",
		"\u202eright to left\u202c":  "right to left",
		"bad \xff\xfe bytes":         "bad \ufffd bytes",
		"  שלום  ":                   "\u2068שלום\u2069", // isolated from what follows
		"noncharacter \ufffe\uffff.": "noncharacter .",
	} {
		if got := label(in); got != want {
			t.Errorf("label(%q) = %q, want %q", in, got, want)
		}
	}
	long := label(strings.Repeat("ж", 10000))
	if n := utf8.RuneCountInString(long); n != longest || !strings.HasSuffix(long, "…") || !utf8.ValidString(long) {
		t.Errorf("10 000 letters become %d: %q", n, long)
	}
}

func TestFit(t *testing.T) {
	s := "a name that is much too long for its place"
	for _, w := range []vg.Length{0, 1, 5, 20, 60, 1000} {
		got := tickFont.fit(s, w)
		if tickFont.width(got) > w {
			t.Errorf("fit to %v is %v wide: %q", w, tickFont.width(got), got)
		}
	}
	if tickFont.fit(s, 1000) != s || tickFont.fit(s, 0) != "" {
		t.Error("fit shortens what fits, or leaves what does not")
	}
}

func TestWidthIsThatOfLiberationSans(t *testing.T) {
	// Arial's and Liberation Sans's advance widths in 1/2048 em: H 1479,
	// i 455, period 569.
	f := fnt{2048, false}
	for s, want := range map[string]float64{"H": 1479, "i": 455, ".": 569, "HH": 2958} {
		if got := float64(f.width(s)); math.Abs(got-want) > 0.5 {
			t.Errorf("%q is %v wide, want %v", s, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		n        int
		want     string
	}{
		{0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{-1, 1, 4, "−1.0 −0.5 0.0 0.5 1.0"},
		{0, 10, 5, "0 2 4 6 8 10"},
		{-0.02, 0.03, 5, "−0.02 −0.01 0.00 0.01 0.02 0.03"},
		{0, 3e6, 3, "0 1e+06 2e+06 3e+06"},
	} {
		v, names := ticks(c.min, c.max, c.n)
		if got := strings.Join(names, " "); got != c.want || len(v) != len(names) {
			t.Errorf("ticks(%v, %v, %d) = %s, want %s", c.min, c.max, c.n, got, c.want)
		}
	}
	// Whatever the range: a few ticks, inside it.
	for _, r := range [][2]float64{{0, 1e-12}, {1e15, 1e15 + 4}, {-1e100, 1e100}, {5, math.Nextafter(5, 6)}, {-3, -2.9999}} {
		lo, hi := round(r[0], r[1])
		v, _ := ticks(lo, hi, 5)
		if len(v) > 12 {
			t.Errorf("ticks(%v, %v): %d", lo, hi, len(v))
		}
		if lo > r[0] || hi < r[1] {
			t.Errorf("round(%v, %v) = %v, %v leaves values out", r[0], r[1], lo, hi)
		}
	}
	if lo, hi := round(3, 3); !(lo < 3 && hi > 3) {
		t.Errorf("round(3, 3) = %v, %v", lo, hi)
	}
}

func TestNum(t *testing.T) {
	for in, want := range map[float64]string{0.714: "0.71", -0.5: "−0.50", -0.001: "0.00", 0: "0.00"} {
		if got := num(in, 2); got != want {
			t.Errorf("num(%v) = %s, want %s", in, got, want)
		}
	}
}

func TestSpansCoverEveryCellOnce(t *testing.T) {
	for _, c := range [][2]int{{740, 185}, {300, 185}, {100, 185}, {7, 7}, {1, 50}, {600, 1}} {
		px, n := c[0], c[1]
		seen := make([]int, n)
		for _, s := range spans(px, n) {
			if s[0] < 0 || s[1] > n || s[0] >= s[1] {
				t.Fatalf("%d pixels for %d cells: span %v", px, n, s)
			}
			for i := s[0]; i < s[1]; i++ {
				seen[i]++
			}
		}
		for i, k := range seen {
			if k == 0 {
				t.Errorf("%d pixels for %d cells: cell %d is not shown", px, n, i)
			}
			if px%n == 0 && k != px/n {
				t.Errorf("%d pixels for %d cells: cell %d has %d", px, n, i, k)
			}
		}
	}
}
