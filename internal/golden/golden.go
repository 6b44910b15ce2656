// Package golden compares images that a test rendered with images that
// somebody has looked at and kept.
//
// A golden made by the code under test shows that nothing changed, not that it
// is right: say in other tests what must stand where in the picture. Run
//
//	go test ./plots -update
//
// to render the goldens anew, and look at every one before it is committed.
package golden

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden images instead of comparing with them")

// Updating tells whether goldens are rewritten, for tests that keep something
// else beside them.
func Updating() bool { return *update }

// A Tolerance is how much two images may differ and still count as equal. The
// zero value asks for identical pixels.
type Tolerance struct {
	Channel uint8   // differences of a colour channel up to this are none
	Pixels  float64 // the fraction of pixels that may differ by more
}

// Default lets the edges of lines and letters differ, as they do between
// processors that round products differently, but no cell, bar or label: the
// 0.1 % of a figure of 1400×700 pixels is a square of 31 pixels.
var Default = Tolerance{Channel: 24, Pixels: 0.001}

// PNG compares got, an encoded PNG image, with testdata/golden/name within the
// Default tolerance. Where they differ it fails the test and keeps the image
// and a map of the differences in a temporary folder, which the message names.
// With -update it writes the golden instead.
func PNG(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("wrote %s: look at it", path)
		return
	}
	if err := compare(path, got); err != nil {
		t.Errorf("golden: %v", err)
	}
}

// compare returns an error that says how got differs from the file.
func compare(path string, got []byte) error {
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; run the test with -update and look at the image%s", err, keep(path, got, nil))
	} else if err != nil {
		return err
	}
	a, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	b, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		return fmt.Errorf("the image compared with %s: %w", path, err)
	}
	share, diff, err := Default.Diff(a, b)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w%s", path, err, keep(path, got, nil))
	case diff != nil:
		return fmt.Errorf("%s: %.3g %% of the pixels differ by more than %d, %.3g %% may%s",
			path, 100*share, Default.Channel, 100*Default.Pixels, keep(path, got, diff))
	}
	return nil
}

// Diff compares two images. It returns the fraction of pixels that differ by
// more than the tolerance, and, if that is more than it allows, a map of them:
// the first image pale, differing pixels red. It fails if the sizes differ.
func (tol Tolerance) Diff(want, got image.Image) (share float64, diff *image.RGBA, err error) {
	wb, gb := want.Bounds(), got.Bounds()
	if wb.Size() != gb.Size() {
		return 1, nil, fmt.Errorf("the image is %v pixels, the golden %v", gb.Size(), wb.Size())
	}
	m := image.NewRGBA(image.Rectangle{Max: wb.Size()})
	n := 0
	for y := range wb.Dy() {
		for x := range wb.Dx() {
			a, b := want.At(wb.Min.X+x, wb.Min.Y+y), got.At(gb.Min.X+x, gb.Min.Y+y)
			if tol.apart(a, b) {
				n++
				m.Set(x, y, color.RGBA{255, 0, 0, 255})
				continue
			}
			g := color.GrayModel.Convert(a).(color.Gray).Y
			pale := 192 + g/4
			m.Set(x, y, color.RGBA{pale, pale, pale, 255})
		}
	}
	if wb.Empty() {
		return 0, nil, nil
	}
	share = float64(n) / float64(wb.Dx()*wb.Dy())
	if share > tol.Pixels {
		return share, m, nil
	}
	return share, nil, nil
}

func (tol Tolerance) apart(a, b color.Color) bool {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	for _, d := range [4]int{int(x.R) - int(y.R), int(x.G) - int(y.G), int(x.B) - int(y.B), int(x.A) - int(y.A)} {
		if d > int(tol.Channel) || -d > int(tol.Channel) {
			return true
		}
	}
	return false
}

// keep writes the image and the map of differences where the reader of a
// failed test finds them, and says where.
func keep(path string, got []byte, diff *image.RGBA) string {
	dir, err := os.MkdirTemp("", "fusiform-golden-")
	if err != nil {
		return fmt.Sprintf(" (and the image could not be kept: %v)", err)
	}
	file := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(file, got, 0o644); err != nil {
		return fmt.Sprintf(" (and the image could not be kept: %v)", err)
	}
	where := "; got " + file
	if diff != nil {
		var b bytes.Buffer
		if png.Encode(&b, diff) == nil {
			name := filepath.Join(dir, "diff.png")
			if os.WriteFile(name, b.Bytes(), 0o644) == nil {
				where += ", differences " + name
			}
		}
	}
	return where
}
