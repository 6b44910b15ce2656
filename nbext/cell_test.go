package nbext

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"fusiform/analysis"
	"fusiform/nbext/catalog"

	"github.com/google/go-cmp/cmp"
)

type unit struct {
	Layer string
	Units int
	Share float64
	Shape []int
	Func  func() // no column
}

func TestTable(t *testing.T) {
	head, body, err := cells([]unit{{Layer: "<script>alert(1)</script>", Units: 1280, Share: -.123456, Shape: []int{64, 7, 7}}, {Layer: "fc", Units: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Layer", "Units", "Share", "Shape"}, head); diff != "" {
		t.Error(diff)
	}
	html := tableHTML(head, body)
	if strings.Contains(html, "<script>") || !strings.Contains(html, "&lt;script&gt;") {
		t.Errorf("text is not escaped: %s", html)
	}
	for _, want := range []string{"64 × 7 × 7", "−0.1235", `<td style="text-align:right">1280</td>`} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing in %s", want, html)
		}
	}
	want := "Layer                      Units    Share  Shape\n" +
		"<script>alert(1)</script>   1280  −0.1235  64 × 7 × 7\n" +
		"fc                             3        0  \n"
	if diff := cmp.Diff(want, tableText(head, body)); diff != "" {
		t.Error(diff)
	}
}

func TestTableOfLists(t *testing.T) {
	head, body, err := cells([][]any{{"network", "faces"}, {"drawnet", 41}, {"untrained", nil}})
	if err != nil {
		t.Fatal(err)
	}
	want := "network    faces\ndrawnet       41\nuntrained  \n"
	if diff := cmp.Diff(want, tableText(head, body)); diff != "" {
		t.Error(diff)
	}
}

// TestTableOfResults: lists, scores and measures as results hold them.
func TestTableOfResults(t *testing.T) {
	type result struct {
		Measure   *analysis.Measure
		Score     *analysis.Score
		PerPerson []float64
		Keep      []bool
		Labels    []string
		Shape     []int
	}
	score := &analysis.Score{Measure: analysis.Pearson, Value: .5, Lo: .25, Hi: .75, N: 9}
	head, body, err := cells([]result{
		{analysis.Pearson, score, []float64{.5, -.25}, make([]bool, 390), []string{"a", "b"}, []int{3, 4}},
		{PerPerson: make([]float64, 8)},
		{PerPerson: make([]float64, 9)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"r", "r = 0.500 [0.250, 0.750], n = 9", "0.5, −0.25", "390 values", "a, b", "3 × 4"},
		{"", "", "0, 0, 0, 0, 0, 0, 0, 0", "", "", ""},
		{"", "", "9 values", "", "", ""},
	}
	got := make([][]string, len(body))
	for i, row := range body {
		for _, c := range row {
			got[i] = append(got[i], c.text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v\n%s", head, diff)
	}
}

// Counts are no product: only a shape is written as one.
func TestTableOfCounts(t *testing.T) {
	_, body, err := cells([]struct{ Twins, Shape []int }{{[]int{3, 2, 0}, []int{3, 4}}})
	if err != nil || body[0][0].text != "3, 2, 0" || body[0][1].text != "3 × 4" {
		t.Errorf("%v, %v", body, err)
	}
	_, body, err = cells([][]any{{"counts", "shape"}, {[]int{3, 2}, []int{3, 4}}})
	if err != nil || body[0][0].text != "3, 2" || body[0][1].text != "3 × 4" {
		t.Errorf("%v, %v", body, err)
	}
}

func TestTableOfManyRows(t *testing.T) {
	rows := make([]unit, maxRows+7)
	head, body, err := cells(rows)
	if err != nil {
		t.Fatal(err)
	}
	if text := tableText(head, body); !strings.HasSuffix(text, "… and 7 more rows\n") || strings.Count(text, "\n") != maxRows+2 {
		t.Errorf("wrong cut: %q", text[len(text)-60:])
	}
}

func TestTableRejects(t *testing.T) {
	for _, bad := range []any{3, "x", []int{1}, [][]any{}, [][]any{{"a", "b"}, {1}}, []struct{ f int }{{1}}, []*unit{nil}, nil} {
		if _, _, err := cells(bad); err == nil {
			t.Errorf("%#v: no error", bad)
		}
	}
}

func TestProgressSpeaksSeldom(t *testing.T) {
	now := time.Unix(0, 0)
	var out bytes.Buffer
	b := &bar{label: "net", start: now, now: func() time.Time { return now }, out: &out}
	for i := 1; i <= 200; i++ {
		now = now.Add(100 * time.Millisecond)
		b.report(i, 200)
	}
	b.report(200, 200)
	want := "net: 5 of 200, 20s left\nnet: 55 of 200, 15s left\nnet: 105 of 200, 10s left\nnet: 155 of 200, 5s left\nnet: 200 in 20s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	quick := &bar{label: "net", start: now, now: func() time.Time { return now.Add(time.Millisecond) }, out: &out}
	quick.report(1, 2)
	quick.report(2, 2)
	if out.Len() != 0 {
		t.Errorf("quick work said %q", out.String())
	}
}

func TestProgressInTheCell(t *testing.T) {
	now := time.Unix(0, 0)
	var got []string
	b := &bar{label: "<b>", start: now, now: func() time.Time { return now }, html: func(s string) { got = append(got, s) }}
	now = now.Add(time.Second)
	b.report(1, 4)
	now = now.Add(time.Second)
	b.report(4, 4)
	want := []string{
		`<progress value="1" max="4"></progress> <small>&lt;b&gt;: 1 of 4, 3s left</small>`,
		`<small>&lt;b&gt;: 4 in 2s</small>`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnd(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		stderr string
	}{
		{errors.New("analysis: no stimuli"), 1, "error: analysis: no stimuli\n"},
		{fmt.Errorf("%w: %w", errInterrupted, errors.New("context canceled")), 1, "interrupted; what was computed before is kept\n"},
		{fmt.Errorf("floc: %w", &catalog.MissingError{}), 0, ""},
		{fmt.Errorf("nsd: %w", &catalog.TermsError{}), 0, ""},
	} {
		var out bytes.Buffer
		if got := end(&out, c.err); got != c.status || out.String() != c.stderr {
			t.Errorf("%v: status %d, %q", c.err, got, out.String())
		}
	}
}

func TestMust(t *testing.T) {
	status := -1
	defer func(old func(int)) { exit = old }(exit)
	exit = func(code int) { status = code }
	if got := Must(3, nil); got != 3 || status != -1 {
		t.Errorf("got %d, status %d", got, status)
	}
	Must(0, errors.New("x"))
	if status != 1 {
		t.Errorf("status %d, want 1", status)
	}
}

func TestPlace(t *testing.T) {
	if got := place("testing."); !regexp.MustCompile(`^  at /.*/testing/testing\.go:\d+\n$`).MatchString(got) {
		t.Errorf("a caller of this test: %q", got)
	}
	if got := place("nobody."); got != "" {
		t.Errorf("nobody: %q", got)
	}
}
