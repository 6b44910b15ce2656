package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/plots"
)

// manifestFile is the name of the manifest in a folder of figures.
const manifestFile = "figures.json"

// A manifest says what the figures of a folder are, in the order of their
// files. It holds no times and no paths.
type manifest struct {
	Figures []figure `json:"figures"`
}

// A figure is an image that came out of a cell.
type figure struct {
	File     string   `json:"file"`
	Notebook string   `json:"notebook"`
	SHA256   string   `json:"sha256"`         // of the file
	Picture  string   `json:"picture_sha256"` // of width, height and pixels; of the file, if it is no PNG or JPEG
	Alt      string   `json:"alt"`
	Made     []string `json:"made,omitempty"` // "name: value", as plots.MadeOf reads it
}

func figureOf(path, notebook, alt string) (figure, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return figure{}, err
	}
	sum := sha256.Sum256(data)
	f := figure{File: filepath.Base(path), Notebook: notebook, SHA256: hex.EncodeToString(sum[:]), Alt: alt}
	f.Picture = f.SHA256
	if img, _, err := image.Decode(bytes.NewReader(data)); err == nil {
		f.Picture = pictureHash(img)
	}
	made, err := plots.MadeOf(data)
	if err == nil {
		for _, fact := range made {
			f.Made = append(f.Made, fact.Name+": "+fact.Value)
		}
	}
	return f, nil
}

func pictureHash(img image.Image) string {
	b := img.Bounds()
	h := sha256.New()
	binary.Write(h, binary.LittleEndian, []uint32{uint32(b.Dx()), uint32(b.Dy())})
	row := make([]byte, 0, 8*b.Dx())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row = row[:0]
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBA64Model.Convert(img.At(x, y)).(color.NRGBA64)
			for _, v := range [...]uint16{c.R, c.G, c.B, c.A} {
				row = binary.LittleEndian.AppendUint16(row, v)
			}
		}
		h.Write(row)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func readManifest(path string) (*manifest, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("figures: %s: %w", path, err)
	}
	for _, f := range m.Figures {
		if f.File != filepath.Base(f.File) || f.File == "." || f.File == ".." {
			return nil, fmt.Errorf("figures: %s names %q, which is not a file of its folder", path, f.File)
		}
	}
	return m, nil
}

func (m *manifest) write(path string) error {
	slices.SortFunc(m.Figures, func(a, b figure) int { return cmp.Compare(a.File, b.File) })
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return err
	}
	return replaceFile(path, b.Bytes())
}

type kind string

const (
	same    kind = "same"
	remade  kind = "same picture" // made by another version of the same
	changed kind = "changed"
	added   kind = "new"
	gone    kind = "gone"
)

// A change is what became of a figure since the manifest.
type change struct {
	kind
	file  string
	notes []string
}

type changes []change

// compare says what became of the figures of the notebooks that ran. oldDir
// and newDir have the files.
func compare(old, now *manifest, ran []string, oldDir, newDir string) changes {
	var out changes
	was := map[string]figure{}
	for _, f := range old.Figures {
		if slices.Contains(ran, f.Notebook) {
			was[f.File] = f
		}
	}
	for _, f := range now.Figures {
		before, ok := was[f.File]
		delete(was, f.File)
		if !ok {
			out = append(out, change{added, f.File, nil})
			continue
		}
		c := change{same, f.File, nil}
		facts, inputs := differing(before.Made, f.Made)
		switch {
		case f.Picture != before.Picture:
			c.kind = changed
			c.notes = append(c.notes, pixels(filepath.Join(oldDir, f.File), filepath.Join(newDir, f.File)))
		case f.Alt != before.Alt || inputs:
			c.kind = changed
		case f.SHA256 != before.SHA256:
			c.kind = remade
		}
		if f.Alt != before.Alt {
			c.notes = append(c.notes, "text was: "+before.Alt, "text is:  "+f.Alt)
		}
		c.notes = append(c.notes, facts...)
		out = append(out, c)
	}
	for file := range was {
		out = append(out, change{gone, file, nil})
	}
	slices.SortFunc(out, func(a, b change) int { return cmp.Compare(a.file, b.file) })
	return out
}

// differing lists the facts that are not in both, and reports whether any of
// them is more than a version.
func differing(was, is []string) (notes []string, inputs bool) {
	for _, d := range []struct {
		mark string
		a, b []string
	}{{"− ", was, is}, {"+ ", is, was}} {
		for _, f := range d.a {
			if slices.Contains(d.b, f) {
				continue
			}
			notes = append(notes, d.mark+f)
			name, _, _ := strings.Cut(f, ":")
			inputs = inputs || name != "fusiform" && name != "go"
		}
	}
	return notes, inputs
}

// pixels says how two images differ.
func pixels(old, now string) string {
	a, errA := decode(old)
	b, errB := decode(now)
	switch {
	case errA != nil || errB != nil:
		return "the picture differs"
	case a.Bounds().Size() != b.Bounds().Size():
		return fmt.Sprintf("the picture was %d × %d pixels and is %d × %d", a.Bounds().Dx(), a.Bounds().Dy(), b.Bounds().Dx(), b.Bounds().Dy())
	}
	n, d := 0, b.Bounds().Min.Sub(a.Bounds().Min)
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if color.NRGBA64Model.Convert(a.At(x, y)) != color.NRGBA64Model.Convert(b.At(x+d.X, y+d.Y)) {
				n++
			}
		}
	}
	return fmt.Sprintf("%d of %d pixels differ", n, a.Bounds().Dx()*a.Bounds().Dy())
}

func decode(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	return img, err
}

// count is how many figures are not as they were.
func (cs changes) count() int {
	n := 0
	for _, c := range cs {
		if c.kind != same && c.kind != remade {
			n++
		}
	}
	return n
}

// tell says what became of each figure that is not the same to the byte.
func (cs changes) tell(w io.Writer) {
	n := map[kind]int{}
	for _, c := range cs {
		n[c.kind]++
		if c.kind == same {
			continue
		}
		fmt.Fprintf(w, "%-12s  %s\n", c.kind, c.file)
		for _, note := range c.notes {
			fmt.Fprintf(w, "%14s%s\n", "", strings.ReplaceAll(note, "\n", " "))
		}
	}
	fmt.Fprintf(w, "%d figures: %d the same", len(cs), n[same])
	for _, k := range []kind{remade, changed, added, gone} {
		if n[k] > 0 {
			fmt.Fprintf(w, ", %d %s", n[k], k)
		}
	}
	fmt.Fprintln(w)
}
