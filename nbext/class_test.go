package nbext

import (
	"strings"
	"testing"
)

func TestReveal(t *testing.T) {
	for _, c := range []struct {
		prediction string
		found      float64
		verdict    verdict
		says       string
	}{
		{"", 39, open, "Predict first: units?"},
		{" ", 39, open, "Predict first"},
		{"many", 39, open, `"many" is no number`},
		{"NaN", 39, open, "is no number"},
		{"1e999", 39, open, "is no number"},
		{"40", 39, good, "you predicted 40, found 39. Close."},
		{"32", 39, good, "Close"},
		{"31", 39, poor, "you predicted 31, found 39. What"},
		{"0", 0, good, "found 0. Close"},
		{"1", 0, poor, "you predicted 1"},
		{"0.5", 0.55, good, "Close"},
		{"0.9", 0.55, poor, "found 0.55"},
		{"−0.5", -0.55, good, "you predicted −0.5"},
	} {
		v, text := reveal("units", c.prediction, c.found)
		if v != c.verdict || !strings.Contains(text, c.says) {
			t.Errorf("predicted %q of %v: %s %q, want %s with %q", c.prediction, c.found, v, text, c.verdict, c.says)
		}
		if c.verdict == open && strings.Contains(text, "39") {
			t.Errorf("the answer is told to who has not predicted: %q", text)
		}
	}
}

func ExampleReveal() {
	Reveal("face units among 256", "", 39)
	Reveal("face units among 256", "40", 39)
	// Output:
	// Predict first: face units among 256? Write your number between the quotes, and run the cell again.
	// face units among 256: you predicted 40, found 39. Close.
}

func ExampleCheck() {
	Check("a contrast that finds scene units", false, "whom does Prefer name?")
	Check("a contrast that finds scene units", true, "")
	// Output:
	// not yet: a contrast that finds scene units (whom does Prefer name?)
	// ✓ a contrast that finds scene units
}
