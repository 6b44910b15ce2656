package dataset

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// oddImages are files of testdata/odd and their pixels by Pillow.
func oddImages(t testing.TB) map[string][][][4]uint8 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "odd.json"))
	if err != nil {
		t.Fatal(err)
	}
	var odd struct {
		RGBA map[string][][][4]uint8 `json:"rgba"`
	}
	if err := json.Unmarshal(data, &odd); err != nil || len(odd.RGBA) < 15 {
		t.Fatal(len(odd.RGBA), err)
	}
	return odd.RGBA
}

// Unusual images have the pixels that Pillow gives them.
func TestOddImages(t *testing.T) {
	for name, want := range oddImages(t) {
		data, err := os.ReadFile(filepath.Join("testdata", "odd", name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := decodeImage(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tolerance := 0.0
		switch filepath.Ext(name) {
		case ".jpg":
			tolerance = 4 // Go's decoder is not libjpeg
		case ".webp":
			if strings.Contains(name, "alpha") {
				tolerance = 16 // lossy; Go's decoder does not smooth colours between pixels
			}
		}
		b := img.Bounds()
		if b.Dx() != len(want[0]) || b.Dy() != len(want) {
			t.Errorf("%s: %v", name, b)
			continue
		}
		worst := 0.0
		for y, row := range want {
			for x, px := range row {
				at := img.At(b.Min.X+x, b.Min.Y+y)
				c := color.NRGBA64Model.Convert(at).(color.NRGBA64)
				if n, ok := at.(color.NRGBA); ok { // exact, without the detour
					c = color.NRGBA64{R: uint16(n.R) << 8, G: uint16(n.G) << 8, B: uint16(n.B) << 8, A: uint16(n.A) << 8}
				}
				if c.A>>8 != uint16(px[3]) {
					t.Fatalf("%s (%d,%d): alpha %d, want %d", name, x, y, c.A>>8, px[3])
				}
				if px[3] == 0 {
					continue
				}
				for k, v := range []uint16{c.R, c.G, c.B} {
					worst = max(worst, math.Abs(float64(v>>8)-float64(px[k])))
				}
			}
		}
		if strings.Contains(name, "16") || strings.Contains(name, "alpha") {
			tolerance = max(tolerance, 1) // colours times alpha and back
		}
		if worst > tolerance {
			t.Errorf("%s: differs by %v, at most %v allowed", name, worst, tolerance)
		}
	}
}

// What may not be shown as people saw it is a warning.
func TestImageWarnings(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "x"), os.DirFS(filepath.Join("testdata", "odd"))); err != nil {
		t.Fatal(err)
	}
	f, err := ReadImages(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Warnings) != 2 || f.Stimuli.Len() != len(oddImages(t)) {
		t.Fatal(f.Warnings)
	}
	for i, want := range []string{"3 animated: only the first frame is shown (x/moving.gif, x/moving.webp, x/moving_alpha.webp)", "1 with an EXIF orientation, which is not applied"} {
		if !strings.Contains(f.Warnings[i].Error(), want) {
			t.Errorf("%v\nwant %s", f.Warnings[i], want)
		}
	}
	if !strings.Contains(f.Warnings[1].Error(), "(x/turned.jpg)") {
		t.Error(f.Warnings[1])
	}
}

// A frame that does not fill its canvas lies where it belongs.
func TestSmallFirstFrame(t *testing.T) {
	p := color.Palette{color.Black, color.White}
	frame := image.NewPaletted(image.Rect(2, 1, 4, 3), p)
	frame.SetColorIndex(3, 2, 1)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 5, Height: 4}}); err != nil {
		t.Fatal(err)
	}
	img, err := decodeImage(b.Bytes())
	if err != nil || img.Bounds() != image.Rect(0, 0, 5, 4) {
		t.Fatal(img, err)
	}
	for at, want := range map[image.Point]color.NRGBA{{3, 2}: {255, 255, 255, 255}, {2, 1}: {0, 0, 0, 255}, {0, 0}: {}, {4, 3}: {}} {
		if got := color.NRGBAModel.Convert(img.At(at.X, at.Y)); got != want {
			t.Errorf("%v: %v, want %v", at, got, want)
		}
	}
}

// pngOf makes a PNG of chunks, with a head that claims w×h grey pixels.
func pngOf(w, h uint32, chunks ...[]byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	head := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h), 8, 0, 0, 0, 0)
	for _, c := range append([][]byte{head}, append(chunks, []byte("IEND"))...) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(c)-4))
		b = binary.BigEndian.AppendUint32(append(b, c...), crc32.ChecksumIEEE(c))
	}
	return b
}

func deflated(kind string, n int64) []byte {
	var b bytes.Buffer
	b.WriteString(kind)
	z := zlib.NewWriter(&b)
	io.CopyN(z, zeros{}, n)
	z.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// allocated is how many bytes f makes room for.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Bad images are clear errors, and make no more room than they have bytes
// for.
func TestBadImages(t *testing.T) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", "odd", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	half := func(b []byte) []byte { return b[:len(b)/2] }
	webp := read("moving.webp")
	lie := slices.Clone(webp) // the canvas is larger than the frame's place allows
	copy(lie[24:], []byte{3, 0, 0})
	inner := slices.Clone(webp) // the frame's pixels are more than it says
	at := bytes.Index(inner, []byte("VP8L"))
	binary.LittleEndian.PutUint32(inner[at+9:], 0x3fff|0x3fff<<14)
	jpegLie := slices.Clone(read("progressive.jpg"))
	sof := bytes.Index(jpegLie, []byte{0xff, 0xc2})
	binary.BigEndian.PutUint16(jpegLie[sof+5:], 60000)
	binary.BigEndian.PutUint16(jpegLie[sof+7:], 60000)
	for _, c := range []struct {
		name string
		data []byte
		want string // part of the error; empty: it is read
		room uint64
	}{
		{"empty", nil, "is not an image, whatever it is called", 1 << 20},
		{"text", []byte("hello"), "is not an image, whatever it is called", 1 << 20},
		{"20 000 × 20 000", pngOf(20000, 20000, deflated("IDAT", 1<<20)), "is an image of 20000×20000 pixels, more than the 100 megapixels that are read; make it smaller", 4 << 20},
		{"JPEG of 60 000 × 60 000", jpegLie, "60000×60000 pixels, more than", 1 << 20},
		{"head that lies", pngOf(9000, 9000, deflated("IDAT", 100)), "says that it has 9000×9000 pixels, which its ", 1 << 20},
		{"head that lies a little", pngOf(100, 100, deflated("IDAT", 100)), "is not a whole image", 1 << 20},
		{"head that says less", pngOf(10, 10, deflated("IDAT", 110+1<<26)), "too much pixel data", 1 << 20},
		{"bomb beside the pixels", pngOf(2, 1, append([]byte("zTXtx\x00\x00"), deflated("", 1<<25)...), deflated("IDAT", 3)), "", 1 << 20},
		{"bomb of a profile", pngOf(2, 1, append([]byte("iCCPx\x00\x00"), deflated("", 1<<25)...), deflated("IDAT", 3)), "", 1 << 20},
		{"no width", pngOf(0, 5), "is not a whole image", 1 << 20},
		{"cut PNG", half(read("rgba.png")), "is not a whole image: png: invalid format: not enough pixel data; copy it again", 1 << 20},
		{"cut JPEG", half(read("cmyk.jpg")), "is not a whole image", 1 << 20},
		{"cut GIF", half(read("moving.gif")), "", 1 << 20}, // its first frame is whole
		{"very cut GIF", read("moving.gif")[:100], "is not a whole image", 1 << 20},
		{"cut WebP", half(read("alpha.webp")), "is not a whole", 1 << 20},
		{"cut moving WebP", webp[:60], "is not a whole WebP", 1 << 20},
		{"cut TIFF", half(read("deflate.tif")), "is not a whole image", 1 << 20},
		{"WebP whose frame is larger than its canvas", lie, "is not a whole WebP", 1 << 20},
		{"WebP whose pixels are more than its frame's", inner, "is not a whole WebP", 1 << 20},
	} {
		var err error
		if got := allocated(func() { _, err = decodeImage(c.data) }); got > c.room {
			t.Errorf("%s: made room for %d bytes, of a file of %d", c.name, got, len(c.data))
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestExifOrientation(t *testing.T) {
	tiff := func(order binary.AppendByteOrder, mark string, tag, value uint16) []byte {
		b := append([]byte("Exif\x00\x00"), mark...)
		b = order.AppendUint32(order.AppendUint16(b, 42), 8)
		b = order.AppendUint16(order.AppendUint16(b, 1), tag)
		b = order.AppendUint32(order.AppendUint16(b, 3), 1)
		return append(order.AppendUint16(b, value), 0, 0, 0, 0, 0, 0)
	}
	for name, c := range map[string]struct {
		data []byte
		want uint16
		ok   bool
	}{
		"little":       {tiff(binary.LittleEndian, "II", 0x112, 6), 6, true},
		"big":          {tiff(binary.BigEndian, "MM", 0x112, 8), 8, true},
		"another tag":  {tiff(binary.BigEndian, "MM", 0x110, 8), 0, false},
		"no mark":      {tiff(binary.BigEndian, "XX", 0x112, 8), 0, false},
		"cut":          {tiff(binary.BigEndian, "MM", 0x112, 8)[:20], 0, false},
		"nothing":      {nil, 0, false},
		"far away":     {append([]byte("Exif\x00\x00MM\x00\x2a"), 0xff, 0xff, 0xff, 0xff, 0, 0), 0, false},
		"not of Exif":  {[]byte("http://ns.adobe.com/xap/1.0/\x00"), 0, false},
		"very far off": {append([]byte("Exif\x00\x00II\x2a\x00"), 0xfe, 0xff, 0xff, 0xff, 0, 0), 0, false},
	} {
		if got, ok := exifOrientation(c.data); got != c.want || ok != c.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
}

// Whatever is decoded has the size that its head says; nothing panics.
func FuzzImage(f *testing.F) {
	seeds(f, "testdata/odd/*")
	seeds(f, "testdata/images/*")
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	f.Add(b.Bytes())
	f.Add(pngOf(9000, 9000, deflated("IDAT", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readHead(bytes.NewReader(data), int64(len(data)))
		if err != nil || h.width > 1<<10 || h.height > 1<<10 { // the rest of the time is for parsing
			return
		}
		img, err := decodeImage(data)
		if err != nil {
			return
		}
		if b := img.Bounds(); b.Dx() != h.width || b.Dy() != h.height {
			t.Errorf("%s: %v, its head says %d×%d", h.format, b, h.width, h.height)
		}
		img.At(img.Bounds().Min.X, img.Bounds().Min.Y)
	})
}
