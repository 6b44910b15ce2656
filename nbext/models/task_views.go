package models

import (
	"image"
	"math/rand/v2"

	"golang.org/x/image/draw"

	"fusiform/analysis"
)

// Views are the views of Identify: mirrored; shifted by a tenth of its size to
// the right and down; nearer, the middle four fifths; with half the contrast;
// and with noise of 40 grey levels on every pixel.
var Views = []View{
	{"mirrored", func(img image.Image, _ *rand.Rand) image.Image {
		w := img.Bounds().Dx()
		return moved(img, func(x, y int) (int, int) { return w - 1 - x, y })
	}},
	{"shifted", func(img image.Image, _ *rand.Rand) image.Image {
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		return moved(img, func(x, y int) (int, int) { return x - w/10, y - h/10 })
	}},
	{"nearer", func(img image.Image, _ *rand.Rand) image.Image {
		b := img.Bounds()
		out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.BiLinear.Scale(out, out.Rect, img, image.Rect(b.Min.X+b.Dx()/10, b.Min.Y+b.Dy()/10, b.Max.X-b.Dx()/10, b.Max.Y-b.Dy()/10), draw.Src, nil)
		return out
	}},
	{"half the contrast", func(img image.Image, _ *rand.Rand) image.Image {
		return toned(img, func(v uint8) float64 { return 128 + (float64(v)-128)/2 })
	}},
	{"noisy", func(img image.Image, rng *rand.Rand) image.Image {
		return toned(img, func(v uint8) float64 { return float64(v) + 40*rng.NormFloat64() })
	}},
}

// moved takes every pixel from another place; beyond the edge, from the edge.
func moved(img image.Image, from func(x, y int) (int, int)) image.Image {
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			u, v := from(x, y)
			out.Set(x, y, img.At(b.Min.X+min(max(u, 0), b.Dx()-1), b.Min.Y+min(max(v, 0), b.Dy()-1)))
		}
	}
	return out
}

// toned changes every channel of every pixel, cut at 0 and 255.
func toned(img image.Image, tone func(uint8) float64) image.Image {
	b := img.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	_, grey := img.(*image.Gray)
	for i := range len(out.Pix) / 4 {
		px := out.Pix[4*i : 4*i+3]
		for k := range px {
			if grey && k > 0 { // a grey picture stays grey
				px[k] = px[0]
				continue
			}
			px[k] = uint8(min(255, max(0, tone(px[k])+.5)))
		}
	}
	return out
}

// viewed returns s and, after it, s under each of the views, all in one.
func viewed(s analysis.Stimuli, views []View) (analysis.Stimuli, error) {
	if len(views) == 0 {
		return s, nil
	}
	items := make([]analysis.Stimulus, 0, s.Len()*(1+len(views)))
	for i := range s.Len() {
		items = append(items, s.At(i))
	}
	for _, v := range views {
		for i := range s.Len() {
			it := s.At(i)
			id := it.ID + " (" + v.Name + ")"
			items = append(items, changed(it, id, "view "+v.Name, func(img image.Image) image.Image { return v.Change(img, rngOf(0, id)) }))
		}
	}
	return analysis.NewStimuli(items)
}

// Oval shows only what lies inside an upright oval in the middle of each
// picture: width .52 and height .7 of its sides, enlarged to fill the frame,
// everything else the middle grey. So faces are shown in experiments on who
// they are: else hair, clothes or the background tell it. The images of fLoc
// have a texture of their own behind each object, by which a network finds an
// image again, whatever is in front of it.
//
// They are other stimuli than those of s: their IDs end in " (oval)".
func Oval(s analysis.Stimuli) (analysis.Stimuli, error) {
	const width, height = .52, .7
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		it := s.At(i)
		items[i] = changed(it, it.ID+" (oval)", "oval 1", func(img image.Image) image.Image {
			b := img.Bounds()
			w, h := b.Dx(), b.Dy()
			out := image.NewNRGBA(image.Rect(0, 0, w, h))
			x0, y0 := int(float64(w)*(1-height)/2), int(float64(h)*(1-height)/2)
			draw.BiLinear.Scale(out, out.Rect, img, image.Rect(b.Min.X+x0, b.Min.Y+y0, b.Max.X-x0, b.Max.Y-y0), draw.Src, nil)
			for y := range h {
				for x := range w {
					u, v := (2*float64(x)+1-float64(w))/float64(w)*height/width, (2*float64(y)+1-float64(h))/float64(h)
					if u*u+v*v > 1 {
						px := out.Pix[out.PixOffset(x, y):]
						px[0], px[1], px[2], px[3] = 128, 128, 128, 255
					}
				}
			}
			return out
		})
		items[i].Image = once(items[i].Image)
	}
	return analysis.NewStimuli(items)
}
