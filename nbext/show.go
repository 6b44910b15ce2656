package nbext

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	"fusiform/plots"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Show shows figures in the cell, one below the other, each as a <figure>
// whose image carries the figure's Alt text and whose caption says what is to
// be doubted (plots.Doubtful). Who points at a part of it, or goes there by the
// arrow keys, is told what stands there and shown the stimuli (plots.Marks);
// where scripts do not run, as in an untrusted notebook or on GitHub, it is the
// picture alone, and in a PDF its PNG. The picture carries Made.
//
// Outside a notebook it writes figures to the folder figures/ (01-rsm.png and
// 01-rsm.svg, …) and prints their names, Alt texts and doubts. A figure that
// cannot be drawn ends the cell with its error.
func Show(figs ...plots.Figure) {
	for _, f := range figs {
		if err := show(f); err != nil {
			exit(end(os.Stderr, err))
		}
	}
}

func show(f plots.Figure) error {
	if f == nil {
		return fmt.Errorf("nbext: no figure to show")
	}
	if !gonbui.IsNotebook {
		return saveFigure("figures", f)
	}
	p, err := drawPicture(f, plots.DPI)
	if err != nil {
		return err
	}
	display(figureHTML(p), p.alt+lines(p.notes), p.png)
	return nil
}

// doubts returns what is to be said of a figure beside its Alt text.
func doubts(f plots.Figure) []string {
	d, ok := f.(plots.Doubtful)
	if !ok {
		return nil
	}
	var out []string
	for _, err := range d.Doubts() {
		out = append(out, "Note: "+err.Error())
	}
	return out
}

// lines puts each text on a line after what stands before.
func lines(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return "\n" + strings.Join(texts, "\n")
}

// display sends HTML with a plain-text twin for readers that show no HTML, and
// a PNG for those that take pictures alone (LaTeX), if it is not nil; and waits
// until the kernel has it.
func display(markup, plain string, png []byte) {
	data := map[protocol.MIMEType]any{
		protocol.MIMETextHTML:  markup,
		protocol.MIMETextPlain: plain,
	}
	if png != nil {
		data[protocol.MIMEImagePNG] = png
	}
	gonbui.SendData(&protocol.DisplayData{Data: data})
	gonbui.Sync()
}

var shown struct {
	sync.Mutex
	n int
}

// saveFigure writes the next figure of this process as PNG and SVG.
func saveFigure(dir string, f plots.Figure) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("nbext: folder for figures: %w", err)
	}
	shown.Lock()
	shown.n++
	n := shown.n
	shown.Unlock()
	t := reflect.TypeOf(f)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	base := filepath.Join(dir, fmt.Sprintf("%02d-%s", n, strings.ToLower(t.Name())))
	for _, ext := range []string{".png", ".svg"} {
		if err := (plots.Print{Made: Made()}).Save(f, base+ext); err != nil {
			return err
		}
	}
	fmt.Printf("%s.png: %s%s\n", base, f.Alt(), lines(doubts(f)))
	return nil
}
