package nbext

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"image"
	"image/draw"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

// A Network answers stimuli with the activations of its layers.
// *models.Model is one; anything else that has these methods is one too.
type Network interface {
	// Name is what figures call it.
	Name() string

	// Key is a hash of all that decides its numbers but the stimuli and
	// the layer: weights, architecture, pre-processing, code.
	Key() string

	// Responses returns the activations of a layer, flattened, one row
	// per stimulus. It reports progress through ctx
	// (analysis.ReportProgress) and ends soon after ctx does.
	Responses(ctx context.Context, layer string, s analysis.Stimuli) (*analysis.Responses, error)
}

// runVersion is part of every key. Raise it when cached numbers would differ
// although nothing else in the key does.
const runVersion = 1

var errInterrupted = errors.New("interrupted")

// Run returns the responses of a layer of n to s, from the cache if they are
// there, else from the network, with a progress bar, and then keeps them.
// Their source is n.Name()+"/"+layer.
//
// The key of an entry is content: n.Key(), the layer, and for each stimulus
// its ID and its pixels (or its Digest), in order. An entry is written to a
// temporary file and renamed, so that a killed run leaves none half-written
// and two processes do not disturb each other; it carries a checksum, and a
// damaged entry is computed again. If the cache cannot be written (a full
// disk), a line says so and the responses are returned all the same.
//
// An interrupt ends the network within a batch.
func Run(n Network, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	dir, err := catalog.CacheDir()
	if err != nil {
		return nil, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := run(ctx, filepath.Join(dir, "responses"), n, layer, s)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", errInterrupted, err)
	}
	return r, err
}

func run(ctx context.Context, dir string, n Network, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	key, err := runKey(n, layer, s)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, key[:2], key+entrySuffix)
	source := n.Name() + "/" + layer
	v, err := readEntry(path, s.Len())
	if err == nil {
		return analysis.NewResponses(source, s, v)
	}
	if !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "cache: %v; computing it again\n", err)
	}
	ctx = analysis.WithProgress(ctx, Progress(source))
	r, err := n.Responses(ctx, layer, s)
	if err != nil {
		return nil, err
	}
	if !r.Stimuli().Same(s) {
		return nil, &analysis.AlignmentError{What: source + " answered other stimuli than it was asked"}
	}
	if err := writeEntry(path, r.Matrix()); err != nil {
		fmt.Fprintf(os.Stderr, "cache: could not keep %s: %v\n", source, err)
	}
	return r.Named(source), nil
}

// runKey hashes what decides the responses. Each part is written with its
// length, so that no two lists of parts run together to the same bytes.
func runKey(n Network, layer string, s analysis.Stimuli) (string, error) {
	if s.Len() == 0 {
		return "", errors.New("nbext: no stimuli to run")
	}
	h := sha256.New()
	part(h, fmt.Sprintf("fusiform responses %d", runVersion))
	part(h, n.Key())
	part(h, layer)
	for i := range s.Len() {
		it := s.At(i)
		d, err := digest(it)
		if err != nil {
			return "", fmt.Errorf("nbext: stimulus %q: %w", it.ID, err)
		}
		part(h, it.ID)
		h.Write(d[:])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func part(h hash.Hash, s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

// digest returns the stimulus's own digest, or else a hash of its size and
// pixels.
func digest(it analysis.Stimulus) ([32]byte, error) {
	if it.Digest != nil {
		return it.Digest()
	}
	if it.Image == nil {
		return [32]byte{}, errors.New("has no image to show")
	}
	img, err := it.Image()
	if err != nil {
		return [32]byte{}, err
	}
	b := img.Bounds()
	px := image.NewNRGBA64(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(px, px.Rect, img, b.Min, draw.Src)
	h := sha256.New()
	part(h, fmt.Sprintf("pixels %d×%d", b.Dx(), b.Dy()))
	h.Write(px.Pix)
	var d [32]byte
	h.Sum(d[:0])
	return d, nil
}
