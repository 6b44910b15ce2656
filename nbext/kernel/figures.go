package kernel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A notebook is the part of the nbformat 4 that is read here.
type notebook struct {
	Format   int `json:"nbformat"`
	Metadata struct {
		KernelSpec struct {
			Language string `json:"language"`
		} `json:"kernelspec"`
		LanguageInfo struct {
			Name string `json:"name"`
		} `json:"language_info"`
	} `json:"metadata"`
	Cells []struct {
		Type     string   `json:"cell_type"`
		Source   text     `json:"source"`
		Outputs  []output `json:"outputs"`
		Metadata struct {
			Tags []string `json:"tags"`
		} `json:"metadata"`
	} `json:"cells"`
}

type output struct {
	Type   string                     `json:"output_type"`
	Stream string                     `json:"name"`
	Text   text                       `json:"text"`
	Data   map[string]json.RawMessage `json:"data"`
}

// text is a string, or a list of lines.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
		return nil
	}
	var lines []string
	if err := json.Unmarshal(b, &lines); err != nil {
		return err
	}
	*t = text(strings.Join(lines, ""))
	return nil
}

func readNotebook(path string) (*notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	nb := new(notebook)
	if err := json.Unmarshal(data, nb); err != nil {
		return nil, fmt.Errorf("kernel: %s is not a notebook: %w", path, err)
	}
	if nb.Format != 4 {
		return nil, fmt.Errorf("kernel: %s is not a notebook of format 4 (nbformat is %d)", path, nb.Format)
	}
	return nb, nil
}

func (nb *notebook) language() string {
	if l := nb.Metadata.KernelSpec.Language; l != "" {
		return strings.ToLower(l)
	}
	return strings.ToLower(nb.Metadata.LanguageInfo.Name)
}

// An image is a figure as a file.
type image struct {
	ext  string
	data []byte
}

// writeFigures writes the images of all outputs as STEM-CELL-NUMBER.EXT and
// returns their paths, and for each the plain text of its output. Cells are
// counted as JupyterLab does, code cells that are not empty, but for the cell
// of Parameters: a figure keeps its name. Files of earlier runs by such names
// are removed.
func writeFigures(nb *notebook, dir, stem string) (paths, texts []string, err error) {
	old, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("kernel: %w", err)
	}
	ours := regexp.MustCompile(`^` + regexp.QuoteMeta(stem) + `-\d{2,}-\d+\.(png|svg|jpg)$`)
	for _, f := range old {
		if ours.MatchString(f.Name()) {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return nil, nil, fmt.Errorf("kernel: %w", err)
			}
		}
	}
	cell := 0
	for _, c := range nb.Cells {
		if c.Type != "code" || strings.TrimSpace(string(c.Source)) == "" || slices.Contains(c.Metadata.Tags, injectedTag) {
			continue
		}
		cell++
		number := 0
		for _, o := range c.Outputs {
			for _, forms := range o.images() {
				number++
				for _, im := range forms {
					path := filepath.Join(dir, fmt.Sprintf("%s-%02d-%d.%s", stem, cell, number, im.ext))
					if err := writeFile(path, im.data); err != nil {
						return nil, nil, err
					}
					paths, texts = append(paths, path), append(texts, o.plain())
				}
			}
		}
	}
	return paths, texts, nil
}

// plain returns the plain text among the data of an output.
func (o output) plain() string {
	var s text
	json.Unmarshal(o.Data["text/plain"], &s)
	return string(s)
}

// images returns the figures of an output, each in the forms that it comes in.
// HTML is searched only if there is no image beside it, since all the data of
// an output show the same.
func (o output) images() [][]image {
	var forms []image
	for _, kind := range []string{"image/png", "image/jpeg", "image/svg+xml"} {
		var s text
		if raw, ok := o.Data[kind]; !ok || json.Unmarshal(raw, &s) != nil {
			continue
		}
		if kind == "image/svg+xml" {
			forms = append(forms, image{"svg", standalone(string(s))})
		} else if data, err := base64.StdEncoding.DecodeString(stripSpace(string(s))); err == nil {
			forms = append(forms, image{extensions[kind], data})
		}
	}
	if len(forms) > 0 {
		return [][]image{forms}
	}
	var s text
	if raw, ok := o.Data["text/html"]; !ok || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return imagesInHTML(string(s))
}

var extensions = map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}

// Attributes may hold a ">" between quotes.
var (
	imageOrSVG = regexp.MustCompile(`(?is)<img\b(?:[^>"']|"[^"]*"|'[^']*')*>|<svg\b`)
	svgTag     = regexp.MustCompile(`(?is)<(/?)svg\b(?:[^>"'/]|"[^"]*"|'[^']*'|/[^>])*(/?)>`)
	attribute  = regexp.MustCompile(`(?is)\s([a-z-]+)\s*=\s*("[^"]*"|'[^']*')`)
)

// imagesInHTML finds the images that are part of the page: <img> with a data
// URL, and <svg>.
func imagesInHTML(page string) [][]image {
	var found [][]image
	for {
		m := imageOrSVG.FindStringIndex(page)
		if m == nil {
			return found
		}
		tag, end := page[m[0]:m[1]], m[1]
		if strings.EqualFold(tag, "<svg") {
			if n := svgLength(page[m[0]:]); n > 0 {
				end = m[0] + n
				found = append(found, []image{{"svg", standalone(page[m[0]:end])}})
			}
		} else {
			for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
				if !strings.EqualFold(a[1], "src") {
					continue
				}
				if im, ok := fromDataURL(html.UnescapeString(a[2][1 : len(a[2])-1])); ok {
					found = append(found, []image{im})
				}
				break
			}
		}
		page = page[end:]
	}
}

// svgLength returns the length of the <svg> element at the start of s, which
// may hold others; 0 if it does not end.
func svgLength(s string) int {
	depth := 0
	for _, m := range svgTag.FindAllStringSubmatchIndex(s, -1) {
		switch {
		case m[3] > m[2]: // </svg>
			depth--
		case m[5] == m[4]: // not <svg/>
			depth++
		}
		if depth == 0 {
			return m[1]
		}
	}
	return 0
}

func fromDataURL(s string) (image, bool) {
	s, isData := strings.CutPrefix(s, "data:")
	head, body, ok := strings.Cut(s, ",")
	kind, options, _ := strings.Cut(head, ";")
	ext := extensions[strings.ToLower(strings.TrimSpace(kind))]
	if !isData || !ok || ext == "" {
		return image{}, false
	}
	body, err := url.PathUnescape(body)
	if err != nil {
		return image{}, false
	}
	data := []byte(body)
	if strings.Contains(options, "base64") {
		if data, err = base64.StdEncoding.DecodeString(stripSpace(body)); err != nil {
			return image{}, false
		}
	}
	if ext == "svg" {
		data = standalone(string(data))
	}
	return image{ext, data}, true
}

// standalone gives an SVG the name space that HTML lets it go without.
func standalone(svg string) []byte {
	i := strings.Index(strings.ToLower(svg), "<svg")
	if i < 0 {
		return []byte(svg)
	}
	end := strings.Index(svg[i:], ">")
	if end < 0 || strings.Contains(svg[i:i+end], "xmlns=") {
		return []byte(svg)
	}
	var b bytes.Buffer
	b.WriteString(svg[:i+4])
	b.WriteString(` xmlns="http://www.w3.org/2000/svg"`)
	b.WriteString(svg[i+4:])
	return b.Bytes()
}

func stripSpace(s string) string { return strings.Join(strings.Fields(s), "") }
