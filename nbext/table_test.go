package nbext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTableOfHostileTexts: a row stays a row.
func TestTableOfHostileTexts(t *testing.T) {
	rows := [][]any{{"name\nof it", "n"}}
	for i, h := range hostile {
		rows = append(rows, []any{h, -i})
	}
	head, body, err := cells(rows)
	if err != nil {
		t.Fatal(err)
	}
	text := tableText(head, body)
	if got := strings.Count(text, "\n"); got != len(rows) {
		t.Errorf("%d lines for %d rows", got, len(rows))
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(line); n > maxTold+10 {
			t.Errorf("a line of %d letters", n)
		}
	}
	page := tableHTML(head, body)
	if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "<!--") {
		t.Error("a text became markup")
	}
	if !strings.Contains(page, "−5</td>") {
		t.Error("a whole number has no real minus")
	}
}
