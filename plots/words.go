package plots

import (
	"fmt"
	"math"
)

// minus replaces hyphens by minus signs.
func minus(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r == '-' {
			r = '−'
		}
		out = append(out, r)
	}
	return string(out)
}

// num writes a value for a label, with a minus sign and so many decimals.
func num(v float64, decimals int) string {
	s := minus(fmt.Sprintf("%.*f", decimals, v))
	if v < 0 && !hasDigit(s) {
		s = s[len("−"):]
	}
	return s
}

func hasDigit(s string) bool {
	for _, r := range s {
		if '1' <= r && r <= '9' {
			return true
		}
	}
	return false
}

// count writes a number with its noun: "1 channel", "12 channels".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// short writes a value with as few digits as it needs, at most four; those of
// large ones, such as a scanner's raw signal, up to the point.
func short(v float64) string {
	if a := math.Abs(v); 1e4 <= a && a < 1e9 {
		return minus(fmt.Sprintf("%.0f", v))
	}
	return minus(fmt.Sprintf("%.4g", v))
}

func orUnnamed(source string) string {
	if s := nick(source); s != "" {
		return s
	}
	return "an unnamed source"
}

func orNone(category string) string {
	if s := nick(category); s != "" {
		return s
	}
	return "no category"
}

// drawable tells values that have a place on a figure.
func drawable(v float64) bool { return math.Abs(v) <= 1e100 } // false for NaN

func stimuliCount(n int) string {
	if n == 1 {
		return "1 stimulus"
	}
	return fmt.Sprintf("%d stimuli", n)
}

func brief(v float64) string { return minus(fmt.Sprintf("%.2g", v)) }

func least(x []float64) float64 {
	v := math.Inf(1)
	for _, a := range x {
		v = math.Min(v, a)
	}
	return v
}

func most(x []float64) float64 {
	v := math.Inf(-1)
	for _, a := range x {
		v = math.Max(v, a)
	}
	return v
}

// people writes how many people a ceiling comes from.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// nick shortens the name of a source for a sentence or a title.
func nick(source string) string {
	s := label(source)
	if r := []rune(s); len(r) > 40 {
		return cut(r, 39)
	}
	return s
}
