package native

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/simulate"
)

// Pictures are what a network is trained on: a set that is gone through again
// and again (Shuffled), or new ones in every step (Drawings).
type Pictures interface {
	// Categories names the logits, in order.
	Categories() []string

	// Batch returns n pictures for a step, the first being 0. They depend on
	// the seed, the step and n alone.
	Batch(seed uint64, step, n int) ([]analysis.Stimulus, error)

	// Key is a hash of what decides the pictures.
	Key() (string, error)
}

// Shuffled goes through stimuli epoch by epoch, each time in another order that
// the seed decides. The network learns to tell their categories.
type Shuffled struct{ Stimuli analysis.Stimuli }

// Categories are those of the stimuli, in the order in which they appear.
func (s Shuffled) Categories() []string { return s.Stimuli.Categories() }

// Batch returns the n stimuli after those of the steps before; a batch may lie in
// two epochs.
func (s Shuffled) Batch(seed uint64, step, n int) ([]analysis.Stimulus, error) {
	all := s.Stimuli.Len()
	if all == 0 {
		return nil, errors.New("there are no stimuli to train on")
	}
	out := make([]analysis.Stimulus, n)
	epoch, order := -1, []int(nil)
	for i := range out {
		at := step*n + i
		if e := at / all; e != epoch {
			epoch = e
			order = rand.New(rand.NewPCG(seed, uint64(e))).Perm(all)
		}
		out[i] = s.Stimuli.At(order[at%all])
	}
	return out, nil
}

// Key is made of the IDs, the categories and, where stimuli have one, their digest.
func (s Shuffled) Key() (string, error) {
	h := sha256.New()
	for i := range s.Stimuli.Len() {
		it := s.Stimuli.At(i)
		fmt.Fprintf(h, "%q %q\n", it.ID, it.Category)
		if it.Digest != nil {
			d, err := it.Digest()
			if err != nil {
				return "", fmt.Errorf("stimulus %q: %w", it.ID, err)
			}
			h.Write(d[:])
		}
	}
	return "shuffled " + hex.EncodeToString(h.Sum(nil)), nil
}

// Drawings draws new controlled pictures of faces, bodies, scenes, objects and
// scrambled objects for every step (simulate.Drawings), as many of each category
// in each style: a network that never sees a picture twice cannot learn them by
// heart. Their seeds are 2⁶³ and more, so that no set that a person draws with a
// smaller one shares a picture with them.
type Drawings struct {
	Styles []simulate.Style // none means outlines and shaded pictures
}

func (d Drawings) styles() []simulate.Style {
	if len(d.Styles) == 0 {
		return []simulate.Style{simulate.Outline, simulate.Shaded}
	}
	return d.Styles
}

// Categories are face, body, scene, object and scrambled.
func (Drawings) Categories() []string {
	return []string{"face", "body", "scene", "object", analysis.Scrambled}
}

// drawnSeeds is the least seed of a picture for training.
const drawnSeeds = 1 << 63

// Batch draws n pictures; n must be a multiple of five times the number of styles.
// With 12 pictures of each category (n = 120 for two styles) all subcategories are
// there equally often.
func (d Drawings) Batch(seed uint64, step, n int) ([]analysis.Stimulus, error) {
	styles := d.styles()
	each := len(d.Categories()) * len(styles)
	if n%each != 0 {
		return nil, fmt.Errorf("a batch of %d drawings cannot have as many of 5 categories in %d styles; make it a multiple of %d", n, len(styles), each)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(step)))
	var out []analysis.Stimulus
	for _, style := range styles {
		s, err := simulate.Drawings{Style: style, PerCategory: n / each, Seed: drawnSeeds | rng.Uint64()}.Stimuli()
		if err != nil {
			return nil, err
		}
		for i := range s.Len() {
			out = append(out, s.At(i))
		}
	}
	return out, nil
}

// Key is made of the styles and of the version of the drawing code, as the digest
// of a drawing tells it.
func (d Drawings) Key() (string, error) {
	var digests [][32]byte
	for _, style := range d.styles() {
		s, err := simulate.Drawings{Style: style, PerCategory: 1, Seed: drawnSeeds}.Stimuli()
		if err != nil {
			return "", err
		}
		if it := s.At(0); it.Digest != nil {
			g, err := it.Digest()
			if err != nil {
				return "", err
			}
			digests = append(digests, g)
		}
	}
	return fmt.Sprintf("drawings %v %x", d.styles(), digests), nil
}

// targets are the categories of stimuli, one-hot.
func targets(items []analysis.Stimulus, categories []string) ([]float32, error) {
	y := make([]float32, len(items)*len(categories))
	for i, it := range items {
		k := slices.Index(categories, it.Category)
		if k < 0 {
			return nil, fmt.Errorf("stimulus %q is of category %q, and the network learns %s", it.ID, it.Category, analysis.Few(categories, 8))
		}
		y[i*len(categories)+k] = 1
	}
	return y, nil
}
