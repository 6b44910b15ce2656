package nbext

import (
	"errors"
	"fmt"
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
	figs := 0
	for _, f := range frames {
		if f.Figure != nil {
			figs++
		}
	}
	if figs == 0 {
		return errors.New("nbext: there is nothing to explore: no frame has a figure")
	}
	if !gonbui.IsNotebook {
		for _, f := range frames {
			fmt.Println(strings.TrimSpace(name + " " + f.Label + ": " + f.Note))
			if f.Figure != nil {
				if err := show(f.Figure); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, f := range frames {
		if f.Figure != nil {
			if err := show(f.Figure); err != nil {
				return err
			}
		}
	}
	return nil
}
