package nbext

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
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
// be doubted (plots.Doubtful). Outside a notebook it writes them to the folder
// figures/ (01-rsm.png and 01-rsm.svg, …) and prints their names, Alt texts
// and doubts. A figure that cannot be drawn ends the cell with its error.
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
	data, err := plots.PNG(f, 0, 0)
	if err != nil {
		return err
	}
	markup, err := figureHTML(data, f.Alt(), doubts(f))
	if err != nil {
		return err
	}
	display(markup, f.Alt()+lines(doubts(f)))
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

// figureHTML wraps a PNG, which is drawn at twice the size it is shown in, as
// a self-contained <figure>.
func figureHTML(data []byte, alt string, notes []string) (string, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("nbext: drawn figure: %w", err)
	}
	caption := ""
	if len(notes) > 0 {
		caption = "<figcaption><small>" + strings.ReplaceAll(html.EscapeString(strings.Join(notes, "\n")), "\n", "<br>") + "</small></figcaption>"
	}
	return fmt.Sprintf(`<figure style="margin:0"><img alt="%s" width="%d" style="max-width:100%%;height:auto" src="data:image/png;base64,%s">%s</figure>`,
		html.EscapeString(alt), cfg.Width/2, base64.StdEncoding.EncodeToString(data), caption), nil
}

// display sends HTML with a plain-text twin for readers that show no HTML,
// and waits until the kernel has it.
func display(markup, plain string) {
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		protocol.MIMETextHTML:  markup,
		protocol.MIMETextPlain: plain,
	}})
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
		if err := plots.Save(f, base+ext, 0, 0); err != nil {
			return err
		}
	}
	fmt.Printf("%s.png: %s%s\n", base, f.Alt(), lines(doubts(f)))
	return nil
}
