package nbext

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
)

func TestCurveInATerminal(t *testing.T) {
	now := time.Unix(0, 0)
	var out bytes.Buffer
	c := &curve{label: "net", now: func() time.Time { return now }, out: &out}
	for step := 1; step <= 12; step++ {
		now = now.Add(time.Second)
		c.add(step, 12, 1/float64(step), .5)
	}
	want := "net, step 1 of 12: loss 1.000, accuracy 50 %\n" +
		"net, step 6 of 12: loss 0.408, accuracy 50 %\n" +
		"net, step 11 of 12: loss 0.202, accuracy 50 %\n" + // of the last ten
		"net, step 12 of 12: loss 0.160, accuracy 50 %\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestCurveInTheCell(t *testing.T) {
	now := time.Unix(0, 0)
	var last string
	shown := 0
	c := &curve{label: "<b>", now: func() time.Time { return now }, html: func(s string) { last = s; shown++ }}
	c.add(1, 4, 2, 0)
	c.add(2, 4, 1, .5) // too soon
	now = now.Add(time.Second)
	c.add(4, 4, 1, 1)
	if shown != 2 {
		t.Errorf("drawn %d times", shown)
	}
	for _, want := range []string{
		`aria-label="&lt;b&gt;, step 4 of 4: loss 1.333, accuracy 50 %"`,
		`points="115.0,2.0 230.0,75.0 460.0,75.0"`,  // loss, 0 to 2
		`points="115.0,148.0 230.0,75.0 460.0,2.0"`, // accuracy
	} {
		if !strings.Contains(last, want) {
			t.Errorf("%s is missing in %s", want, last)
		}
	}
	if strings.Contains(last, "<b>") {
		t.Error("the label is not escaped")
	}
	c.add(1, 2, 8, 0) // begins anew
	if len(c.points) != 1 {
		t.Errorf("%d points", len(c.points))
	}
}

// A long curve is thinned, and keeps its mean.
func TestCurveIsThinned(t *testing.T) {
	c := &curve{label: "net", now: time.Now, out: &bytes.Buffer{}}
	const steps = 12345
	sum := 0.
	for step := 1; step <= steps; step++ {
		loss := math.Sin(float64(step))
		sum += loss
		c.add(step, steps, loss, 0)
	}
	if len(c.points) > maxCurve {
		t.Errorf("%d points", len(c.points))
	}
	total, n := 0., 0
	for i, p := range c.points {
		total, n = total+p.loss*float64(p.n), n+p.n
		if i > 0 && p.step != c.points[i-1].step+p.n {
			t.Errorf("point %d: step %d after %d, of %d steps", i, p.step, c.points[i-1].step, p.n)
		}
	}
	if n != steps || math.Abs(total-sum) > 1e-6 {
		t.Errorf("%d steps of sum %v, want %d of %v", n, total, steps, sum)
	}
}

func TestAwait(t *testing.T) {
	v, err := Await("work", func(ctx context.Context) (int, error) {
		analysis.ReportProgress(ctx, 1, 1)
		return 3, nil
	})
	if v != 3 || err != nil {
		t.Error(v, err)
	}
	failed := errors.New("failed")
	if _, err := Await("work", func(context.Context) (int, error) { return 0, failed }); !errors.Is(err, failed) || errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}
