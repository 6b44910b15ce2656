package models

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/draw"

	"fusiform/nbext/catalog"
)

// maxSide bounds the size that images are brought to.
const maxSide = 1 << 13

// A preparer turns images into the network's input.
type preparer struct {
	in  catalog.Input
	lut [3][256]float32 // channel, pixel → x

	canvases sync.Pool // *image.RGBA of the network's size
}

// checkInput says what is wrong with a pre-processing.
func checkInput(in catalog.Input) error {
	switch {
	case in.Width < 1 || in.Height < 1 || in.Width > maxSide || in.Height > maxSide:
		return fmt.Errorf("the size in Input is %d×%d; give the width and the height that the network takes", in.Width, in.Height)
	case in.Channels != 1 && in.Channels != 3:
		return fmt.Errorf("there are %d channels in Input; images have 1 (grey) or 3 (colour)", in.Channels)
	}
	for _, v := range []struct {
		name string
		v    []float32
	}{{"Mean", in.Mean}, {"Std", in.Std}} {
		if len(v.v) != 0 && len(v.v) != in.Channels {
			return fmt.Errorf("the list Input.%s has %d values for %d channels", v.name, len(v.v), in.Channels)
		}
		for _, x := range v.v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) || v.name == "Std" && x == 0 {
				return fmt.Errorf("the list Input.%s has the value %v", v.name, x)
			}
		}
	}
	return nil
}

func newPreparer(in catalog.Input) *preparer {
	p := &preparer{in: in}
	for c := range in.Channels {
		mean, std := float32(0), float32(1)
		if len(in.Mean) > 0 {
			mean = in.Mean[c]
		}
		if len(in.Std) > 0 {
			std = in.Std[c]
		}
		for v := range 256 {
			p.lut[c][v] = (float32(v) - mean) / std
		}
	}
	return p
}

// dims is the shape of the network's input.
func dims(in catalog.Input, batch int) []int {
	if in.NHWC {
		return []int{batch, in.Height, in.Width, in.Channels}
	}
	return []int{batch, in.Channels, in.Height, in.Width}
}

// size is the number of values of one image.
func (p *preparer) size() int { return p.in.Channels * p.in.Height * p.in.Width }

// fill writes the image into dst, of p.size() values:
//
//	dst = (pixel − Mean)/Std
//
// in float32, pixels being 0–255. The whole image is brought to Width×Height,
// whatever its aspect, by bilinear interpolation that averages when it
// shrinks; an image of that size is taken as it is. Transparent parts show
// white. A grey image goes to all three channels; a colour image becomes its
// luma (Rec. 601) where the network takes one channel. 16-bit images lose
// their lower byte.
func (p *preparer) fill(dst []float32, img image.Image) error {
	b := img.Bounds()
	if b.Empty() {
		return errors.New("the image has no pixels")
	}
	w, h := p.in.Width, p.in.Height
	if g, ok := img.(*image.Gray); ok && b.Dx() == w && b.Dy() == h {
		p.grey(dst, g)
		return nil
	}
	rgba, ok := p.canvases.Get().(*image.RGBA)
	if !ok {
		rgba = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	defer p.canvases.Put(rgba)
	rgba.Pix[0] = 255
	for n := 1; n < len(rgba.Pix); n *= 2 {
		copy(rgba.Pix[n:], rgba.Pix[:n])
	}
	if b.Dx() == w && b.Dy() == h {
		draw.Draw(rgba, rgba.Rect, img, b.Min, draw.Over)
	} else {
		draw.BiLinear.Scale(rgba, rgba.Rect, img, b, draw.Over, nil)
	}
	n := w * h
	if p.in.Channels == 1 {
		for i := range n {
			px := rgba.Pix[4*i : 4*i+3 : 4*i+3]
			y := color.GrayModel.Convert(color.RGBA{px[0], px[1], px[2], 255}).(color.Gray).Y
			dst[i] = p.lut[0][y]
		}
		return nil
	}
	channel, pixel := n, 1
	if p.in.NHWC {
		channel, pixel = 1, 3
	}
	first, last := 0, 2
	if p.in.BGR {
		first, last = 2, 0
	}
	for i := range n {
		px := rgba.Pix[4*i : 4*i+3 : 4*i+3]
		d := dst[i*pixel:]
		d[0] = p.lut[0][px[first]]
		d[channel] = p.lut[1][px[1]]
		d[2*channel] = p.lut[2][px[last]]
	}
	return nil
}

// grey is fill for a grey image of the network's size.
func (p *preparer) grey(dst []float32, g *image.Gray) {
	w, h := p.in.Width, p.in.Height
	channel, pixel := w*h, 1
	if p.in.NHWC {
		channel, pixel = 1, p.in.Channels
	}
	for c := range p.in.Channels {
		lut, out := &p.lut[c], dst[c*channel:]
		for y := range h {
			row := g.Pix[g.PixOffset(g.Rect.Min.X, g.Rect.Min.Y+y):][:w]
			for x, v := range row {
				out[(y*w+x)*pixel] = lut[v]
			}
		}
	}
}

// ImageNet's statistics on 0–255 pixels, as torchvision states them on 0–1.
var (
	imageNetMean = []float32{123.675, 116.28, 103.53}
	imageNetStd  = []float32{58.395, 57.12, 57.375}
)

// guessInput reads the pre-processing from the shape of the graph's input:
// the size and the order of the axes; mean and scale cannot be seen there.
func guessInput(p port) (catalog.Input, error) {
	in := catalog.Input{Name: p.name, Mean: slices.Clone(imageNetMean), Std: slices.Clone(imageNetStd)}
	colours := func(d int) bool { return d == 1 || d == 3 }
	switch d := p.dims; {
	case colours(d[1]):
		in.Channels, in.Height, in.Width = d[1], d[2], d[3]
	case colours(d[3]):
		in.NHWC, in.Channels, in.Height, in.Width = true, d[3], d[1], d[2]
	case d[1] == 0:
		in.Channels, in.Height, in.Width = 3, d[2], d[3]
	default:
		return in, fmt.Errorf("the graph's input %q has shape %s, which is no image: neither axis 1 nor axis 3 is 1 or 3", p.name, shapeText(d))
	}
	if in.Channels == 1 {
		// The luma of ImageNet's mean; the scale of all channels together.
		in.Mean, in.Std = []float32{117.04}, []float32{57.63}
	}
	// 224 is what most networks trained on ImageNet take.
	if in.Height == 0 {
		in.Height = 224
	}
	if in.Width == 0 {
		in.Width = 224
	}
	return in, checkInput(in)
}

// fits checks a pre-processing against the graph's input.
func fits(in catalog.Input, p port) error {
	for i, d := range dims(in, p.dims[0])[1:] {
		if want := p.dims[i+1]; want != 0 && want != d {
			return fmt.Errorf("the shape from Input is %s, but the graph takes %s", shapeText(dims(in, 0)), shapeText(p.dims))
		}
	}
	return nil
}

func shapeText(dims []int) string {
	s := make([]string, len(dims))
	for i, d := range dims {
		if s[i] = fmt.Sprint(d); d == 0 {
			s[i] = "n"
		}
	}
	return "[" + strings.Join(s, " ") + "]"
}

func describe(in catalog.Input) string {
	order := "RGB"
	switch {
	case in.Channels == 1:
		order = "grey"
	case in.BGR:
		order = "BGR"
	}
	return fmt.Sprintf("%d×%d %s, mean %v, std %v", in.Width, in.Height, order, in.Mean, in.Std)
}
