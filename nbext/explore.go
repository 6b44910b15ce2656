package nbext

import (
	"errors"
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"

	"fusiform/plots"
)

// A Frame is one position of the slider of Explore: a figure, what the slider
// says there ("t > 5"), and a line below it. Without a figure the note stands
// alone ("no channel passes").
type Frame struct {
	Label  string
	Figure plots.Figure
	Note   string
}

// Explore shows one of several figures at a time, with a slider to choose it
// by: the same analysis at rising thresholds, say. All frames are drawn
// beforehand and stand in the output, so that the slider works in a page
// without a kernel. Where scripts do not run there is the middle frame, with
// which the slider begins, and the others below it behind a fold; where only
// pictures do (a PDF), the middle frame alone. Outside a notebook each frame
// is saved as Show saves a figure.
//
// It ends the cell with an error if there are no frames, if none has a figure,
// or if one cannot be drawn.
func Explore(name string, frames ...Frame) {
	if err := explore(name, frames); err != nil {
		exit(end(os.Stderr, err))
	}
}

func explore(name string, frames []Frame) error {
	start, err := check(frames)
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		for _, f := range frames {
			fmt.Println(f.title(name))
			if f.Figure != nil {
				if err := show(f.Figure); err != nil {
					return err
				}
			}
		}
		return nil
	}
	pictures, err := drawFrames(frames)
	if err != nil {
		return err
	}
	display(exploreHTML(name, frames, pictures, start), exploreText(name, frames, pictures), pictures[start].png)
	return nil
}

// check returns the frame to begin with: the middle one, or the nearest that
// has a figure, the later of two.
func check(frames []Frame) (start int, err error) {
	start = -1
	middle := len(frames) / 2
	if len(frames)%2 == 0 && middle > 0 {
		middle--
	}
	for i, f := range frames {
		if f.Figure != nil && (start < 0 || max(i-middle, middle-i) <= max(start-middle, middle-start)) {
			start = i
		}
	}
	if start < 0 {
		return 0, errors.New("nbext: there is nothing to explore: no frame has a figure")
	}
	return start, nil
}

// title is what stands above the frame.
func (f Frame) title(name string) string {
	s := strings.TrimSpace(name + " " + f.Label)
	if f.Note != "" {
		s += ": " + f.Note
	}
	return s
}

// maxExplored bounds the bytes of the PNGs of an output: what is drawn for one
// slider is drawn more coarsely beyond.
const maxExplored = 1_000_000

// drawFrames draws the figures, one empty picture for a frame without one.
func drawFrames(frames []Frame) ([]picture, error) {
	out := make([]picture, len(frames))
	for _, dpi := range []int{plots.DPI, 144, 96} {
		bytes := 0
		for i, f := range frames {
			if f.Figure == nil {
				continue
			}
			p, err := drawPicture(f.Figure, dpi)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Label, err)
			}
			bytes += len(p.png)
			out[i] = p
		}
		if bytes <= maxExplored {
			break
		}
	}
	return out, nil
}

// exploreHTML is the frame that is begun with and the others behind a fold,
// out of which hover.js makes a slider.
func exploreHTML(name string, frames []Frame, pictures []picture, start int) string {
	h := &hover{Explore: name, Start: start}
	var first, others strings.Builder
	var labels []string
	for i, f := range frames {
		h.frame(pictures[i])
		h.Labels = append(h.Labels, h.text(f.Label, maxName))
		b := &others
		if i == start {
			b = &first
		} else {
			labels = append(labels, f.Label)
		}
		fmt.Fprintf(b, `<div data-frame="%d"><p style="margin:0 0 4px"><b>%s</b></p>`, i, html.EscapeString(f.title(name)))
		if f.Figure != nil {
			b.WriteString(pictures[i].img())
		}
		if len(pictures[i].notes) > 0 {
			b.WriteString("<p>" + pictures[i].said() + "</p>")
		}
		b.WriteString("</div>")
	}
	body := first.String()
	if len(labels) > 0 {
		body += "<details><summary>" + html.EscapeString(name+": "+strings.Join(labels, ", ")) + "</summary>" + others.String() + "</details>"
	}
	return withHover(body, h)
}

// exploreText tells all frames to readers that show no HTML.
func exploreText(name string, frames []Frame, pictures []picture) string {
	var b strings.Builder
	for i, f := range frames {
		b.WriteString(f.title(name))
		if f.Figure != nil {
			b.WriteString("\n" + pictures[i].alt + lines(pictures[i].notes))
		}
		b.WriteString("\n")
	}
	return b.String()
}
