package nbext

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"image/png"
	"strings"

	"gonum.org/v1/plot/vg"

	"fusiform/plots"
)

// A picture is a figure as it is shown: a PNG drawn at twice the size it is
// shown in, with what is said beside it.
type picture struct {
	figure plots.Figure
	png    []byte
	width  int // in CSS pixels
	w, h   vg.Length
	alt    string
	notes  []string
}

// drawPicture draws a figure at so many dots per inch.
func drawPicture(f plots.Figure, dpi int) (picture, error) {
	data, err := plots.Print{DPI: dpi, Made: Made()}.PNG(f)
	if err != nil {
		return picture{}, err
	}
	return pictureOf(f, data, dpi)
}

func pictureOf(f plots.Figure, data []byte, dpi int) (picture, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return picture{}, fmt.Errorf("nbext: drawn figure: %w", err)
	}
	inch := vg.Inch / vg.Length(dpi)
	return picture{figure: f, png: data, width: cfg.Width * 96 / dpi, w: vg.Length(cfg.Width) * inch, h: vg.Length(cfg.Height) * inch,
		alt: f.Alt(), notes: doubts(f)}, nil
}

// img is the picture as an element that needs nothing around it.
func (p picture) img() string {
	return fmt.Sprintf(`<img alt="%s" width="%d" style="max-width:100%%;height:auto" src="data:image/png;base64,%s">`,
		html.EscapeString(p.alt), p.width, base64.StdEncoding.EncodeToString(p.png))
}

// said are the notes, escaped.
func (p picture) said() string {
	return "<small>" + strings.ReplaceAll(html.EscapeString(strings.Join(p.notes, "\n")), "\n", "<br>") + "</small>"
}

// figureHTML is one picture as a <figure>, which is whole where scripts are
// taken out of it.
func figureHTML(p picture) string {
	body := p.img()
	if len(p.notes) > 0 {
		body += "<figcaption>" + p.said() + "</figcaption>"
	}
	h := &hover{}
	h.frame(p)
	return withHover(body, h)
}

//go:embed hover.js
var hoverScript string

//go:embed table.js
var tableScript string

// withHover makes body a <figure> that tells h where scripts run.
func withHover(body string, h *hover) string {
	if h.empty() && h.Labels == nil {
		return `<figure style="margin:0">` + body + "</figure>"
	}
	h.finish()
	js, err := json.Marshal(h) // escapes <, > and &
	if err != nil {
		return `<figure style="margin:0">` + body + "</figure>"
	}
	return scripted("figure", body+`<script type="application/json">`+string(js)+"</script>", hoverScript)
}

// scripted wraps body in an element that a script finds by a name, which is
// the hash of its content: the same output has the same bytes on every run.
func scripted(tag, body, script string) string {
	sum := sha256.Sum256([]byte(body))
	name := hex.EncodeToString(sum[:8])
	return fmt.Sprintf(`<%s style="margin:0" data-fusiform="%s">%s<script>%s("%[2]s")</script></%[1]s>`, tag, name, body, short(script))
}

// short takes the comment lines and the indentation out of a script.
func short(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSpace(b.String())
}
