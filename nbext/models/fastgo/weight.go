package fastgo

import (
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"fusiform/internal/simd"
)

// A Weight is a constant whose numbers are read when a graph that needs them
// is compiled, one weight after the other: what stays is what kernels made of
// them. So a network takes about as much memory as its weights.
type Weight struct {
	Name  string
	Shape shapes.Shape

	// Key tells weights apart: those with the same key are the same numbers,
	// and are packed once.
	Key string

	// Read begins to read. What it returns writes the next numbers, row-major,
	// to a slice of the type of Shape, some or all of them. It may be called
	// any number of times, by several goroutines at once, and not at all. An
	// error with the last numbers says that those before are worth nothing.
	Read func() (next func(flat any) error)
}

// Fill reads all numbers of the weight.
func (w *Weight) Fill(flat any) error {
	if err := w.Read()(flat); err != nil {
		return errors.WithMessagef(err, "weight %q", w.Name)
	}
	return nil
}

// Later returns a buffer to make a constant of w of, in graphs of this backend
// alone:
//
//	t, err := tensors.FromBuffer(b.Later(w))
//	node := graph.ConstTensor(g, t)
//
// It is no input of an execution, and w has graph.MinConstValueSizeToKeep
// numbers at least: GoMLX keeps a copy of smaller constants.
func (b *Backend) Later(w *Weight) compute.Buffer { return &later{w: w, backend: b} }

// A later is the buffer of a weight.
type later struct {
	w       *Weight
	backend *Backend
}

func (l *later) Backend() compute.Backend              { return l.backend }
func (l *later) Finalize() error                       { return nil }
func (l *later) Shape() (shapes.Shape, error)          { return l.w.Shape, nil }
func (l *later) DeviceNum() (compute.DeviceNum, error) { return 0, nil }
func (l *later) ToFlatData(flat any) error             { return l.w.Fill(flat) }
func (l *later) Data() (any, error)                    { return l.w, nil } // function.Constant knows it
func (l *later) CopyToDevice(d compute.DeviceNum) (compute.Buffer, error) {
	return (&buffer{backend: l.backend}).CopyToDevice(d)
}

// flat reads the weight into memory of its own.
func (w *Weight) flat() (any, error) {
	flat := dtypes.MakeAnySlice(w.Shape.DType, w.Shape.Size())
	if err := w.Fill(flat); err != nil {
		return nil, err
	}
	return flat, nil
}

// widened returns the float32 numbers of a weight of 16-bit floats, nil for any
// other.
func (w *Weight) widened() *Weight {
	switch w.Shape.DType {
	case dtypes.Float16, dtypes.BFloat16:
	default:
		return nil
	}
	s := w.Shape.Clone()
	s.DType = dtypes.Float32
	return &Weight{Name: w.Name, Shape: s, Key: "widened " + w.Key, Read: func() func(flat any) error {
		next := w.Read()
		return func(flat any) error {
			dst := flat.([]float32)
			half := halves.Get().(*[]uint16)
			defer halves.Put(half)
			if cap(*half) < len(dst) {
				*half = make([]uint16, len(dst))
			}
			src := (*half)[:len(dst)]
			p := unsafe.Pointer(unsafe.SliceData(src))
			if w.Shape.DType == dtypes.Float16 {
				if err := next(unsafe.Slice((*float16.Float16)(p), len(src))); err != nil {
					return err
				}
				simd.FromFloat16(dst, src)
				return nil
			}
			if err := next(unsafe.Slice((*bfloat16.BFloat16)(p), len(src))); err != nil {
				return err
			}
			simd.FromBFloat16(dst, src)
			return nil
		}
	}}
}

var halves = sync.Pool{New: func() any { return new([]uint16) }}

// A failure is panicked with where a plan cannot go on.
type failure struct{ error }

// values returns the numbers of a constant, for as long as it is planned with,
// or, if a step reads it, run.
func (m *mem) values() []float32 {
	if m.data == nil && m.weight != nil {
		flat, err := m.weight.flat()
		if err != nil {
			panic(failure{err})
		}
		m.data = flat.([]float32)
	}
	return m.data
}

// weight returns the place of a weight.
func (p *planner) weight(w *Weight) *loc {
	if w.Shape.DType != dtypes.Float32 {
		return &loc{weight: w}
	}
	t := p.newConstant(nil, w.Shape.Dimensions)
	t.m.size, t.m.weight = w.Shape.Size(), w
	return &loc{t: t}
}

// largeScratch is the size, in numbers, above which memory for one weight is
// taken as needed, and given back at once.
const largeScratch = 4 << 20

// passing returns the numbers of a constant, until it is called again.
func (p *planner) passing(m *mem) []float32 {
	if m.data != nil || m.weight == nil {
		return m.data
	}
	if len(p.scratch) < m.size {
		p.scratch = make([]float32, max(m.size, min(p.largest, largeScratch)))
	}
	flat := p.scratch[:m.size]
	if err := m.weight.Fill(flat); err != nil {
		panic(failure{err})
	}
	return flat
}

// settle lets go of what was needed for planning alone, and reads the weights
// that steps use as they are.
func (p *planner) settle() {
	if len(p.scratch) > largeScratch {
		defer debug.FreeOSMemory() // before the arena takes as much again
	}
	p.scratch, p.turned = nil, nil
	read := map[*mem]bool{}
	for _, s := range p.steps {
		for _, m := range s.reads {
			read[m] = true
		}
	}
	for _, m := range p.mems {
		switch {
		case m.kind != constant:
		case !read[m]:
			m.data, m.weight = nil, nil
		case m.weight != nil:
			w := m.weight
			m.data, m.weight = nil, nil
			m.whole = allWhole.get(packKey{shape: [6]int{m.size}, weight: w.Key}, func() *[]float32 {
				flat, err := w.flat()
				if err != nil {
					panic(failure{err})
				}
				x := flat.([]float32)
				return &x
			})
			m.data = *m.whole
		}
	}
}
