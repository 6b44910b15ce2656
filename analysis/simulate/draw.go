package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"fusiform/analysis"
)

// A Style is a way of drawing. The two share what there is to draw, but no
// picture: each has its own lines or surfaces, backgrounds and light, so that
// what holds in both is about the things, not about the manner.
type Style int

const (
	Outline Style = iota // lines on paper, parts covered with ink
	Shaded               // lit surfaces before blurred clutter, no lines
)

func (s Style) String() string {
	switch s {
	case Outline:
		return "outline"
	case Shaded:
		return "shaded"
	}
	return fmt.Sprintf("Style(%d)", int(s))
}

// Drawings is a set of stimuli drawn by a program: grey pictures of Side×Side
// pixels in five categories,
//
//	face       adult, child                           hair, features, turn of the head, glasses, beard …
//	body       body, limb                             headless, as in fLoc: poses, clothes; arms and legs
//	scene      corridor, house, landscape             they fill the picture
//	object     car, instrument, furniture, vessel
//	scrambled  (none)                                 objects cut into 64 tiles and shuffled
//
// whose place, size, tilt, proportions and tones vary at random. Subcategories
// take turns. IDs are "<Name>/face-001".
//
// Without further wish the pictures are controlled, each by itself, so that
// neither luminance nor contrast nor spatial frequency can tell categories
// apart: the Fourier amplitude is set to f^−1.2 at every frequency f, in all
// directions (what the drawings have on average), only the phases remain;
// half of the outlines are turned into light on dark; and luminance has mean
// 127.5 and standard deviation 24 grey levels. (With more, thin bright lines
// would be cut at 255, and those of bodies most of all.) Compare SHINE, Willenbockel et al. (2010),
// doi:10.3758/BRM.42.3.671.
//
// Picture k of a category depends on Seed, Style, category and k alone: a
// larger PerCategory adds pictures and changes none, and the raw, the
// controlled and the phase-scrambled picture show the same thing. (Go may
// round differently on processors with fused multiply-add; there a pixel may
// differ by one grey level.)
//
// The zero value is 100 controlled outlines per category of seed 0.
type Drawings struct {
	Name        string // starts the IDs; empty means "drawn"
	Style       Style
	PerCategory int // 0 means 100
	Seed        uint64

	// Raw leaves the pictures as they are drawn: ink on light paper, any
	// luminance, contrast and spectrum. With these, units of a random
	// network pass for selective: the cautionary case.
	Raw bool

	// PhaseScrambled keeps the amplitude of each picture and draws its
	// phases at random: what is depicted is gone, and all that a network
	// could still go by is what the control should have removed. Any unit
	// that passes for selective here is a false one.
	PhaseScrambled bool
}

// drawingVersion is raised whenever a change of the code changes a pixel:
// caches go by it.
const drawingVersion = 1

// kind is a category and its subcategories.
type kind struct {
	name string
	subs []string
	draw func(h *hand, sub string)
}

func kinds() []kind {
	return []kind{
		{"face", []string{"adult", "child"}, (*hand).face},
		{"body", []string{"body", "limb"}, (*hand).body},
		{"scene", []string{"corridor", "house", "landscape"}, (*hand).scene},
		{"object", []string{"car", "instrument", "furniture", "vessel"}, (*hand).object},
		{analysis.Scrambled, nil, (*hand).scrambled},
	}
}

// Stimuli returns the set, category by category: 5·PerCategory stimuli that
// are drawn when their Image is asked for. It fails if PerCategory is
// negative or Style is neither Outline nor Shaded.
func (d Drawings) Stimuli() (analysis.Stimuli, error) {
	if d.Style != Outline && d.Style != Shaded {
		return analysis.Stimuli{}, fmt.Errorf("simulate: drawings %q: unknown style %v; use Outline or Shaded", d.Name, d.Style)
	}
	if d.PerCategory < 0 {
		return analysis.Stimuli{}, fmt.Errorf("simulate: drawings %q: %d pictures per category", d.Name, d.PerCategory)
	}
	if d.PerCategory == 0 {
		d.PerCategory = 100
	}
	if d.Name == "" {
		d.Name = "drawn"
	}
	var items []analysis.Stimulus
	for c, kind := range kinds() {
		for k := range d.PerCategory {
			s := analysis.Stimulus{
				ID:       fmt.Sprintf("%s/%s-%03d", d.Name, kind.name, k+1),
				Category: kind.name,
				Image:    func() (image.Image, error) { return d.image(c, k), nil },
				Digest:   func() ([32]byte, error) { return d.digest(c, k), nil },
			}
			if n := len(kind.subs); n > 0 {
				s.Subcategory = kind.subs[k%n]
			}
			items = append(items, s)
		}
	}
	return analysis.NewStimuli(items)
}

// digest hashes what decides the pixels.
func (d Drawings) digest(category, k int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "fusiform drawing %d: %d %d %d %d %t %t", drawingVersion, d.Seed, d.Style, category, k, d.Raw, d.PhaseScrambled))
}

// image draws picture k of a category.
func (d Drawings) image(category, k int) *image.Gray {
	key := sha256.Sum256(fmt.Appendf(nil, "fusiform drawing: %d %d %d %d", d.Seed, d.Style, category, k))
	rng := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])))
	h := newHand(d.Style, rng)
	kind := kinds()[category]
	sub := ""
	if n := len(kind.subs); n > 0 {
		sub = kind.subs[k%n]
	}
	kind.draw(h, sub)

	picture := h.canvas
	if d.Style == Outline && h.chance(.5) && !d.Raw {
		for i, v := range picture {
			picture[i] = 1 - v
		}
	}
	switch {
	case d.PhaseScrambled && d.Raw:
		picture = picture.phaseScrambled(rng)
	case d.PhaseScrambled:
		controlled := picture.controlled()
		picture = controlled.phaseScrambled(rng)
	case !d.Raw:
		picture = picture.controlled()
	}
	g := image.NewGray(image.Rect(0, 0, Side, Side))
	for i, v := range picture {
		g.Pix[i] = uint8(math.Round(255 * max(0, min(1, v))))
	}
	return g
}
