package nbext

import (
	"context"
	"fmt"
	"html"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"fusiform/analysis"
)

// Await runs long work in a cell: a progress bar shows how far it is, and an
// interrupt ends its ctx. Methods such as native.Training.Run are what it takes:
//
//	net := nb.Must(nb.Await("smallnet", training.Run))
//
// The error of interrupted work is one that Must tells in a line.
func Await[T any](label string, run func(ctx context.Context) (T, error)) (T, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	v, err := run(analysis.WithProgress(ctx, Progress(label)))
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", errInterrupted, err)
	}
	return v, err
}

// Curve returns a function that shows how a training goes: a drawing in the cell
// that grows with it, or a line every few seconds in a terminal. Call it after
// each step, with the number of all steps, the loss and the share of pictures
// that got their category (native.Training.Watch does). Steps before the last
// one given begin the curve anew.
//
// The function may be called from several goroutines.
func Curve(label string) func(step, steps int, loss, accuracy float64) {
	c := &curve{label: label, now: time.Now, out: os.Stderr}
	if gonbui.IsNotebook {
		id := "curve_" + gonbui.UniqueId()
		c.html = func(s string) { gonbui.UpdateHTML(id, s); gonbui.Sync() }
	}
	return c.add
}

// A curve keeps means of neighbouring steps, so that a long training takes no
// more room than a short one.
type curve struct {
	mu     sync.Mutex
	label  string
	steps  int
	last   int // step
	each   int // steps in a full point
	points []mean
	spoke  time.Time
	now    func() time.Time
	out    io.Writer         // lines, where html is nil
	html   func(html string) // replaces what stands in the cell
}

// A mean is of n steps, the last of which is step.
type mean struct {
	step, n        int
	loss, accuracy float64
}

// maxCurve is the number of points that a curve is drawn with, at most.
const maxCurve = 200

func (c *curve) add(step, steps int, loss, accuracy float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if step <= c.last || c.each == 0 {
		c.points, c.each, c.spoke = nil, 1, time.Time{}
	}
	c.last, c.steps = step, steps
	if k := len(c.points); k > 0 && c.points[k-1].n < c.each {
		c.points[k-1] = c.points[k-1].with(mean{step, 1, loss, accuracy})
	} else {
		c.points = append(c.points, mean{step, 1, loss, accuracy})
	}
	if len(c.points) > maxCurve {
		for i := range len(c.points) / 2 {
			c.points[i] = c.points[2*i].with(c.points[2*i+1])
		}
		if len(c.points)%2 == 1 {
			c.points[len(c.points)/2] = c.points[len(c.points)-1]
		}
		c.points = c.points[:(len(c.points)+1)/2]
		c.each *= 2
	}
	every := 5 * time.Second
	if c.html != nil {
		every = 300 * time.Millisecond
	}
	if now := c.now(); step >= steps || now.Sub(c.spoke) >= every {
		c.spoke = now
		c.speak()
	}
}

// with is the mean of both.
func (m mean) with(o mean) mean {
	n := float64(m.n + o.n)
	return mean{o.step, m.n + o.n,
		(m.loss*float64(m.n) + o.loss*float64(o.n)) / n,
		(m.accuracy*float64(m.n) + o.accuracy*float64(o.n)) / n}
}

func (c *curve) speak() {
	recent := c.points[len(c.points)-1]
	for i := len(c.points) - 2; i >= 0 && recent.n < 10; i-- {
		recent = c.points[i].with(recent)
	}
	line := fmt.Sprintf("%s, step %d of %d: loss %.3f, accuracy %.0f %%", c.label, c.last, c.steps, recent.loss, 100*recent.accuracy)
	if c.html == nil {
		fmt.Fprintln(c.out, line)
		return
	}
	c.html(c.svg(line))
}

// The drawing, in pixels.
const (
	curveWidth, curveHeight = 460, 150
	lossColour              = "#D85A30"
	accuracyColour          = "#378ADD"
)

// svg draws the loss from 0 to its largest, and the accuracy from 0 to 1.
func (c *curve) svg(line string) string {
	largest := 0.
	for _, p := range c.points {
		largest = max(largest, p.loss)
	}
	path := func(y func(mean) float64) string {
		var b strings.Builder
		for _, p := range c.points {
			fmt.Fprintf(&b, "%.1f,%.1f ", curveWidth*float64(p.step)/float64(max(1, c.steps)), 2+(curveHeight-4)*(1-y(p)))
		}
		return strings.TrimSpace(b.String())
	}
	text := html.EscapeString(line)
	var b strings.Builder
	fmt.Fprintf(&b, `<figure style="margin:0"><svg role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %[2]d %[3]d">`, text, curveWidth, curveHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="none" stroke="#999" stroke-width="1"/>`, curveWidth, curveHeight)
	for _, l := range []struct {
		colour string
		y      func(mean) float64
	}{
		{lossColour, func(m mean) float64 { return m.loss / max(largest, 1e-300) }},
		{accuracyColour, func(m mean) float64 { return m.accuracy }},
	} {
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>`, l.colour, path(l.y))
	}
	fmt.Fprintf(&b, `</svg><figcaption><small>%s (<span style="color:%s">loss</span>, 0 to %.2f; <span style="color:%s">accuracy</span>, 0 to 100 %%)</small></figcaption></figure>`,
		text, lossColour, largest, accuracyColour)
	return b.String()
}
