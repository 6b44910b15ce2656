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
	// per stimulus, which depends on that stimulus alone: Run asks for
	// many stimuli in parts. It reports progress through ctx
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
// its ID and its pixels (or its Digest), in order. More than 128 stimuli are
// shown, and kept, in blocks: after an interrupt or an error in the middle,
// the next call goes on from the blocks that were done. An entry is written to
// a temporary file and renamed, so that a killed run leaves none half-written
// and two processes do not disturb each other; it carries a checksum, and a
// damaged entry is computed again. If the cache cannot be written (a full
// disk), a line says so and the responses are returned all the same. The cache
// grows until somebody removes what is old: `fusiform cache`.
//
// An interrupt ends the call within a second. A network that does not end by
// then finishes its batch in the background, for nobody.
func Run(n Network, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	dir, err := responsesDir()
	if err != nil {
		return nil, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, dir, n, layer, s)
}

// responsesDir is the folder of the entries.
func responsesDir() (string, error) {
	dir, err := catalog.CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "responses"), nil
}

func run(ctx context.Context, dir string, n Network, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	ds, err := digests(s)
	if err != nil {
		return nil, err
	}
	source := n.Name() + "/" + layer
	key := contentKey(n, layer, s, ds)
	v := lookUp(entryPath(dir, key), s.Len()) // what an earlier version kept lies in one piece
	if v == nil {
		b := &blocks{dir: dir, n: n, layer: layer, source: source, s: s, digests: ds, key: key}
		v, err = b.run(analysis.WithProgress(ctx, Progress(source)))
		if err != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %s: %w", errInterrupted, b.kept(), err)
		}
		if err != nil {
			return nil, err
		}
	}
	used.network(n, layer, s, ds)
	return analysis.NewResponses(source, s, v)
}

// runKey hashes what decides the responses.
func runKey(n Network, layer string, s analysis.Stimuli) (string, error) {
	ds, err := digests(s)
	if err != nil {
		return "", err
	}
	return contentKey(n, layer, s, ds), nil
}

// digests returns what stands for the pixels of each stimulus.
func digests(s analysis.Stimuli) ([][32]byte, error) {
	if s.Len() == 0 {
		return nil, errors.New("nbext: no stimuli to run")
	}
	ds := make([][32]byte, s.Len())
	for i := range ds {
		it := s.At(i)
		var err error
		if ds[i], err = digest(it); err != nil {
			return nil, fmt.Errorf("nbext: stimulus %q: %w", it.ID, err)
		}
	}
	return ds, nil
}

// contentKey hashes what decides the responses. Each part is written with its
// length, so that no two lists of parts run together to the same bytes.
func contentKey(n Network, layer string, s analysis.Stimuli, ds [][32]byte) string {
	h := sha256.New()
	part(h, fmt.Sprintf("fusiform responses %d", runVersion))
	part(h, n.Key())
	part(h, layer)
	for i, d := range ds {
		part(h, s.At(i).ID)
		h.Write(d[:])
	}
	return hex.EncodeToString(h.Sum(nil))
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
