package golden

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func grey(w, h int, v uint8) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = v
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDiff(t *testing.T) {
	spot := func(m *image.RGBA, n int) *image.RGBA {
		for i := range n {
			m.Set(i%m.Rect.Dx(), i/m.Rect.Dx(), color.RGBA{255, 0, 0, 255})
		}
		return m
	}
	for _, c := range []struct {
		name      string
		tol       Tolerance
		want, got image.Image
		share     float64
		differ    bool
	}{
		{"equal", Tolerance{}, grey(10, 10, 9), grey(10, 10, 9), 0, false},
		{"within the channel tolerance", Tolerance{Channel: 3}, grey(10, 10, 9), grey(10, 10, 12), 0, false},
		{"beyond it", Tolerance{Channel: 3}, grey(10, 10, 9), grey(10, 10, 13), 1, true},
		{"brighter and darker alike", Tolerance{Channel: 3}, grey(10, 10, 13), grey(10, 10, 9), 1, true},
		{"few pixels", Tolerance{Pixels: .05}, grey(10, 10, 9), spot(grey(10, 10, 9), 5), .05, false},
		{"too many pixels", Tolerance{Pixels: .05}, grey(10, 10, 9), spot(grey(10, 10, 9), 6), .06, true},
		{"another origin", Tolerance{}, grey(10, 10, 9), grey(12, 12, 9).SubImage(image.Rect(1, 1, 11, 11)), 0, false},
	} {
		share, diff, err := c.tol.Diff(c.want, c.got)
		if err != nil || share != c.share || (diff != nil) != c.differ {
			t.Errorf("%s: share %v, differ %v, %v; want %v, %v", c.name, share, diff != nil, err, c.share, c.differ)
		}
	}
	if _, _, err := Default.Diff(grey(10, 10, 0), grey(10, 11, 0)); err == nil {
		t.Error("images of different sizes compare without an error")
	}
}

func TestCompareKeepsWhatDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	want := encode(t, grey(20, 20, 100))
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := compare(path, want); err != nil {
		t.Error(err)
	}
	bad := encode(t, grey(20, 20, 200))
	err := compare(path, bad)
	if err == nil {
		t.Fatal("different images compare equal")
	}
	m := regexp.MustCompile(`got (.+\.png), differences (.+\.png)$`).FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("the message names no files: %v", err)
	}
	defer os.RemoveAll(filepath.Dir(m[1]))
	if got, err := os.ReadFile(m[1]); err != nil || !bytes.Equal(got, bad) {
		t.Errorf("the image kept is not the one compared: %v", err)
	}
	f, err := os.Open(m[2])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	diff, err := png.Decode(f)
	if err != nil || diff.At(3, 3) != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the map of differences: %v", err)
	}
}

func TestCompareFailures(t *testing.T) {
	dir := t.TempDir()
	good := encode(t, grey(4, 4, 1))
	for name, data := range map[string][]byte{"broken.png": []byte("no image"), "good.png": good} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file, want string
		got        []byte
	}{
		{"missing.png", "-update", good},
		{"broken.png", "not a PNG", good},
		{"good.png", "not a PNG", []byte("no image")},
		{"good.png", "pixels", encode(t, grey(5, 4, 1))},
	} {
		err := compare(filepath.Join(dir, c.file), c.got)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.file, err, c.want)
		}
		if err != nil {
			if m := regexp.MustCompile(`got (.+\.png)$`).FindStringSubmatch(err.Error()); m != nil {
				os.RemoveAll(filepath.Dir(m[1]))
			}
		}
	}
}
