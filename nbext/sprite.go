package nbext

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/image/draw"

	"fusiform/analysis"
)

// A sprite is the small pictures of stimuli in one JPEG, tile by tile, row by
// row: what a reader is shown who points at a stimulus.
type sprite struct {
	Source  string         `json:"src"` // data:image/jpeg;base64,…
	Tile    int            `json:"tile"`
	Columns int            `json:"columns"`
	tiles   map[string]int // by ID
}

const (
	// maxPictures and maxSprite bound the pictures of an output, and the
	// bytes of their data URL.
	maxPictures, maxSprite = 600, 300_000

	// spriteVersion is part of the name of a kept sprite.
	spriteVersion = 1
)

// tiles are the sides that are tried, in pixels, until the sprite is small
// enough.
var tiles = []int{64, 56, 48, 40, 32, 24, 16}

// pictures returns the sprite of the stimuli that have an image, the first
// maxPictures of them; nil if none has. It is kept by the hash of the stimuli
// beside the responses, since decoding photographs takes a second and more.
func pictures(stimuli []analysis.Stimulus) *sprite {
	sp := &sprite{tiles: map[string]int{}}
	var with []analysis.Stimulus
	for _, s := range stimuli {
		if s.Image == nil || len(with) == maxPictures {
			continue
		}
		if _, dup := sp.tiles[s.ID]; !dup {
			sp.tiles[s.ID] = len(with)
			with = append(with, s)
		}
	}
	if len(with) == 0 {
		return nil
	}
	path := spritePath(with)
	data, err := os.ReadFile(path)
	if err == nil {
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
		sp.Columns = columnsOf(len(with))
		if rows := (len(with) + sp.Columns - 1) / sp.Columns; err == nil && cfg.Width%sp.Columns == 0 && cfg.Height == rows*(cfg.Width/sp.Columns) {
			sp.Tile = cfg.Width / sp.Columns
			return sp.of(data)
		}
	}
	data = sp.draw(with)
	if data == nil {
		return nil
	}
	if path != "" && os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		keepFile(path, data) // else it is drawn again
	}
	return sp.of(data)
}

func (sp *sprite) of(data []byte) *sprite {
	sp.Source = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
	return sp
}

// columnsOf makes the sprite about a square.
func columnsOf(n int) int {
	c := 1
	for c*c < n {
		c++
	}
	return c
}

// draw returns the sprite as a JPEG, or nil if no picture can be decoded.
func (sp *sprite) draw(with []analysis.Stimulus) []byte {
	largest := make([]image.Image, len(with))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(len(with), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				if img, err := with[i].Image(); err == nil {
					largest[i] = fit(img, tiles[0])
				}
			}
		})
	}
	for i := range with {
		next <- i
	}
	close(next)
	wg.Wait()
	none := true
	for i, img := range largest {
		if img == nil {
			delete(sp.tiles, with[i].ID) // its tile stays white
		} else {
			none = false
		}
	}
	if none {
		return nil
	}
	sp.Columns = columnsOf(len(with))
	for _, sp.Tile = range tiles {
		out := image.NewRGBA(image.Rect(0, 0, sp.Columns*sp.Tile, (len(with)+sp.Columns-1)/sp.Columns*sp.Tile))
		draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
		for i, img := range largest {
			if img != nil {
				at := image.Rect(0, 0, sp.Tile, sp.Tile).Add(image.Pt(i%sp.Columns*sp.Tile, i/sp.Columns*sp.Tile))
				draw.BiLinear.Scale(out, at, img, img.Bounds(), draw.Src, nil)
			}
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 75}); err != nil {
			return nil
		}
		if base64.StdEncoding.EncodedLen(b.Len()) <= maxSprite {
			return b.Bytes()
		}
	}
	return nil
}

// fit scales an image into a white square, keeping its aspect.
func fit(img image.Image, side int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	b := img.Bounds()
	if b.Empty() {
		return out
	}
	w, h := side, side
	if b.Dx() > b.Dy() {
		h = max(1, side*b.Dy()/b.Dx())
	} else {
		w = max(1, side*b.Dx()/b.Dy())
	}
	at := image.Rect(0, 0, w, h).Add(image.Pt((side-w)/2, (side-h)/2))
	draw.BiLinear.Scale(out, at, img, b, draw.Over, nil)
	return out
}

// spritePath is where the sprite of these stimuli is kept; "" where that
// cannot be known.
func spritePath(with []analysis.Stimulus) string {
	dir, err := responsesDir()
	if err != nil {
		return ""
	}
	h := sha256.New()
	part(h, fmt.Sprintf("fusiform sprite %d %v %d %d", spriteVersion, tiles, maxPictures, maxSprite))
	for _, s := range with {
		if s.Digest == nil {
			return "" // drawn ones: fast
		}
		d, err := s.Digest()
		if err != nil {
			return ""
		}
		h.Write(d[:])
	}
	key := hex.EncodeToString(h.Sum(nil))
	return filepath.Join(dir, key[:2], key+picturesSuffix)
}

// keepFile writes a file whole or not at all.
func keepFile(path string, data []byte) {
	f, err := os.CreateTemp(filepath.Dir(path), "*"+tempSuffix)
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}
