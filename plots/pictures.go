package plots

import (
	"container/list"
	"image"
	"image/color"
	"math"
	"sync"

	"fusiform/analysis"

	"gonum.org/v1/plot/vg"
)

// pictureDPI is the resolution of thumbnails in a format without pixels of
// its own.
const pictureDPI = 144

// picture draws the thumbnail of a stimulus inside r, in its middle, as large
// as it fits with its aspect ratio kept, and returns where it stands. A
// stimulus without an image, or whose image fails to decode, is a pale box
// with the glyph of its category. A canvas that only listens has the whole of
// r and nothing decoded.
func (p pen) picture(s analysis.Stimulus, r vg.Rectangle, l look) vg.Rectangle {
	return p.coarse(s, r, l, pictureDPI)
}

// coarse is picture with another resolution in a format without pixels, for
// figures of many pictures.
func (p pen) coarse(s analysis.Stimulus, r vg.Rectangle, l look, vector float64) vg.Rectangle {
	if _, ok := p.canvas().(*deaf); ok {
		return r
	}
	dpi := p.dpi()
	if dpi == 0 {
		dpi = vector
	}
	size := r.Size()
	w, h := int(math.Round(size.X.Dots(dpi))), int(math.Round(size.Y.Dots(dpi)))
	img := thumbnails.get(s, w, h)
	if img == nil {
		p.box(r.Min.X, r.Min.Y, r.Max.X, r.Max.Y, mix(toLab(l.fill), white, 0.6).rgba())
		p.frame(r.Min.X, r.Min.Y, r.Max.X, r.Max.Y, thin, l.edge)
		p.point((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2, min(size.X, size.Y)*0.25, l)
		return r
	}
	b := img.Bounds()
	iw, ih := vg.Length(float64(b.Dx())*72/dpi), vg.Length(float64(b.Dy())*72/dpi)
	x, y := p.snap(r.Min.X+(size.X-iw)/2), p.snap(r.Min.Y+(size.Y-ih)/2)
	at := vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + iw, Y: y + ih}}
	p.DrawImage(at, img)
	return at
}

// thumbnails are those of this process, decoded once for each size.
var thumbnails = pictureCache{most: 32 << 20}

// A pictureCache keeps the small pictures used last, up to so many bytes.
type pictureCache struct {
	most int

	mu    sync.Mutex
	size  int
	order list.List // of *thumbnail, the one used last in front
	known map[pictureKey]*list.Element
}

// A pictureKey is the content of a picture and the size that it was fitted to.
type pictureKey struct {
	digest [32]byte
	w, h   int
}

type thumbnail struct {
	key pictureKey
	img *image.RGBA
}

// get returns the picture of a stimulus, fitted into w×h pixels; nil if there
// is none. Without a digest of its content it is decoded each time.
func (c *pictureCache) get(s analysis.Stimulus, w, h int) *image.RGBA {
	if s.Image == nil || w < 1 || h < 1 {
		return nil
	}
	var key pictureKey
	keyed := false
	if s.Digest != nil {
		if d, err := s.Digest(); err == nil {
			key, keyed = pictureKey{d, w, h}, true
			if img := c.look(key); img != nil {
				return img
			}
		}
	}
	full, err := s.Image()
	if err != nil || full == nil || full.Bounds().Empty() {
		return nil
	}
	img := reduce(full, w, h)
	if keyed {
		c.keep(key, img)
	}
	return img
}

func (c *pictureCache) look(key pictureKey) *image.RGBA {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.known[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*thumbnail).img
}

func (c *pictureCache) keep(key pictureKey, img *image.RGBA) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.known[key]; ok || len(img.Pix) > c.most {
		return
	}
	if c.known == nil {
		c.known = map[pictureKey]*list.Element{}
	}
	c.known[key] = c.order.PushFront(&thumbnail{key, img})
	for c.size += len(img.Pix); c.size > c.most; {
		t := c.order.Remove(c.order.Back()).(*thumbnail)
		delete(c.known, t.key)
		c.size -= len(t.img.Pix)
	}
}

// reduce fits a picture into w×h pixels, its aspect ratio kept to the pixel,
// on white where it is transparent. A pixel is the mean of the area that it
// covers, in the values of sRGB.
func reduce(img image.Image, w, h int) *image.RGBA {
	b := img.Bounds()
	k := math.Min(float64(w)/float64(b.Dx()), float64(h)/float64(b.Dy()))
	w = min(max(1, int(math.Round(float64(b.Dx())*k))), w)
	h = min(max(1, int(math.Round(float64(b.Dy())*k))), h)
	at := func(x, y int) color.RGBA64 { return color.RGBA64Model.Convert(img.At(x, y)).(color.RGBA64) }
	if fast, ok := img.(image.RGBA64Image); ok {
		at = fast.RGBA64At
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	xs, ys := covers(b.Dx(), w), covers(b.Dy(), h)
	for y, rows := range ys {
		sums := make([][3]float64, w)
		for _, row := range rows {
			for x, cols := range xs {
				for _, col := range cols {
					c := at(b.Min.X+col.i, b.Min.Y+row.i)
					k := row.share * col.share
					paper := 0xffff - float64(c.A)
					sums[x][0] += k * (float64(c.R) + paper)
					sums[x][1] += k * (float64(c.G) + paper)
					sums[x][2] += k * (float64(c.B) + paper)
				}
			}
		}
		for x, s := range sums {
			eight := func(v float64) uint8 { return uint8(math.Min(math.Round(v/257), 255)) }
			out.SetRGBA(x, y, color.RGBA{eight(s[0]), eight(s[1]), eight(s[2]), 255})
		}
	}
	return out
}

// A cover is a pixel that another, larger one covers, and its share of it.
type cover struct {
	i     int
	share float64
}

// covers returns what each of the pixels of a row covers of the from pixels of
// another; shares sum to 1.
func covers(from, pixels int) [][]cover {
	out := make([][]cover, pixels)
	step := float64(from) / float64(pixels)
	for p := range out {
		lo, hi := float64(p)*step, float64(p+1)*step
		for i := int(lo); i < from && float64(i) < hi-1e-9; i++ {
			share := (math.Min(hi, float64(i+1)) - math.Max(lo, float64(i))) / step
			if share > 1e-9 {
				out[p] = append(out[p], cover{i, share})
			}
		}
	}
	return out
}
