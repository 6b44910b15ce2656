package native

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
	"fusiform/nbext/models/fastgo"
)

// numbers are those of one parameter: each call begins to read them, and what it
// returns writes the next.
type numbers func() (next func(dst []float32) error)

// drawn are the numbers of an untrained network.
func drawn(p Parameter, seed uint64) numbers {
	return func() func([]float32) error {
		one := p.drawer(seed)
		return func(dst []float32) error {
			for i := range dst {
				dst[i] = one()
			}
			return nil
		}
	}
}

// held are numbers in memory.
func held(v []float32) numbers {
	return func() func([]float32) error {
		rest := v
		return func(dst []float32) error {
			rest = rest[copy(dst, rest):]
			return nil
		}
	}
}

// stored are numbers in a file.
func stored(s *Safetensors, name string) numbers {
	return func() func([]float32) error {
		from := 0
		return func(dst []float32) error {
			err := s.Read(dst, name, from)
			from += len(dst)
			return err
		}
	}
}

// all reads all numbers of p.
func (n numbers) all(p Parameter) ([]float32, error) {
	v := make([]float32, Tensor{Shape: p.Shape}.Elements())
	return v, n()(v)
}

// weight returns the numbers as a constant of graphs, and their hash. When they
// are read again and are others, that is an error.
func (n numbers) weight(p Parameter) (*fastgo.Weight, [sha256.Size]byte, error) {
	size := Tensor{Shape: p.Shape}.Elements()
	h, next, buf := newSum(p), n(), make([]float32, min(size, 1<<16))
	for left := size; left > 0; left -= len(buf) {
		buf = buf[:min(left, len(buf))]
		if err := next(buf); err != nil {
			return nil, h.sum(), err
		}
		h.add(buf)
	}
	sum := h.sum()
	w := &fastgo.Weight{Name: p.Name, Shape: shapes.Make(dtypes.Float32, p.Shape...), Key: fmt.Sprintf("native %x", sum)}
	w.Read = func() func(any) error {
		h, next, left := newSum(p), n(), size
		return func(flat any) error {
			dst, ok := flat.([]float32)
			if !ok || len(dst) > left {
				return fmt.Errorf("a weight of %d float32 numbers cannot be read into %T", left, flat)
			}
			if err := next(dst); err != nil {
				return err
			}
			h.add(dst)
			if left -= len(dst); left == 0 && h.sum() != sum {
				return errors.New("the file has changed since it was opened; open it again")
			}
			return nil
		}
	}
	return w, sum, nil
}

// A runningSum hashes a parameter: its name, its shape and the bits of its numbers.
type runningSum struct {
	h interface {
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
	buf []byte
}

func newSum(p Parameter) *runningSum {
	r := &runningSum{h: sha256.New(), buf: make([]byte, 0, 1<<14)}
	r.h.Write(fmt.Appendf(nil, "%q %v\n", p.Name, p.Shape))
	return r
}

func (r *runningSum) add(v []float32) {
	for part := range slices.Chunk(v, cap(r.buf)/4) {
		r.buf = r.buf[:0]
		for _, x := range part {
			r.buf = binary.LittleEndian.AppendUint32(r.buf, math.Float32bits(x))
		}
		r.h.Write(r.buf)
	}
}

func (r *runningSum) sum() [sha256.Size]byte { return [sha256.Size]byte(r.h.Sum(nil)) }

// A MismatchError reports a file whose tensors are not the parameters of an
// architecture.
type MismatchError struct {
	Path, Architecture string
	Missing            []string // parameters that the file does not have, each with the superfluous name most like it
	Superfluous        []string // tensors that the architecture does not have
	Shapes             []string // parameters of another shape, with both
}

func (e *MismatchError) Error() string {
	var parts []string
	for _, p := range []struct {
		what  string
		items []string
	}{{"missing", e.Missing}, {"superfluous", e.Superfluous}, {"of another shape", e.Shapes}} {
		if len(p.items) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", len(p.items), p.what, analysis.Few(p.items, 6)))
		}
	}
	return fmt.Sprintf("native: %s does not have the parameters of this %s: %s", e.Path, e.Architecture, strings.Join(parts, "; "))
}

// counters are what torch's batch norm counts and nobody needs.
const counters = ".num_batches_tracked"

// older are names that earlier versions of torchvision had.
var older = strings.NewReplacer(".mlp.linear_1.", ".mlp.0.", ".mlp.linear_2.", ".mlp.3.")

// from finds the parameters in a file.
func (p *plan) from(s *Safetensors, path string) ([]numbers, error) {
	have := map[string]Tensor{}
	for _, t := range s.tensors {
		if !strings.HasSuffix(t.Name, counters) {
			have[older.Replace(t.Name)] = t
		}
	}
	e := &MismatchError{Path: path, Architecture: p.arch.Name()}
	var all []numbers
	var missing []string
	for _, q := range p.parameters {
		t, ok := have[q.Name]
		delete(have, q.Name)
		switch {
		case !ok:
			missing = append(missing, q.Name)
		case !slices.Equal(t.Shape, q.Shape):
			e.Shapes = append(e.Shapes, fmt.Sprintf("%s %v, expected %v", t.Name, t.Shape, q.Shape))
		}
		all = append(all, stored(s, t.Name))
	}
	for _, t := range s.tensors { // in the file's order
		if _, ok := have[older.Replace(t.Name)]; ok {
			e.Superfluous = append(e.Superfluous, t.Name)
		}
	}
	for i, name := range missing {
		if i < 20 && len(e.Superfluous) > 0 && len(e.Superfluous) < 5000 { // for the reader
			name += fmt.Sprintf(" (nearest: %s)", catalog.Nearest(name, e.Superfluous, 1)[0])
		}
		e.Missing = append(e.Missing, name)
	}
	if len(e.Missing)+len(e.Superfluous)+len(e.Shapes) > 0 {
		return nil, e
	}
	return all, nil
}
