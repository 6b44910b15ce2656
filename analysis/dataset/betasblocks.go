package dataset

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A narrower reads some of its voxels alone, which must rise.
type narrower interface {
	only(voxels []int) BetaBlocks
}

// narrowed returns the voxels of b that are listed, in rising order. What cannot
// leave voxels out itself is read in whole stretches of at most width voxels.
func narrowed(b BetaBlocks, voxels []int, width int) BetaBlocks {
	if _, n := b.Dims(); len(voxels) == n {
		return b
	}
	if n, ok := b.(narrower); ok {
		return n.only(voxels)
	}
	return &stretches{b, voxels, width}
}

func (s *VoxelSeries) only(voxels []int) BetaBlocks {
	return &VoxelSeries{image: s.image, voxels: through(s.voxels, voxels)}
}

func (s *SurfaceSeries) only(vertices []int) BetaBlocks {
	return &SurfaceSeries{surface: s.surface, vertices: through(s.vertices, vertices)}
}

// through returns the listed positions of a list; nil is the list of all.
func through(list, at []int) []int {
	if list == nil {
		return slices.Clone(at)
	}
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = list[k]
	}
	return out
}

// stretches are some voxels of blocks.
type stretches struct {
	of     BetaBlocks
	voxels []int
	width  int
}

func (s *stretches) Dims() (trials, voxels int) {
	n, _ := s.of.Dims()
	return n, len(s.voxels)
}

func (s *stretches) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	if err := inRange(lo, hi, len(s.voxels)); err != nil {
		return nil, err
	}
	n, _ := s.of.Dims()
	out := mat.NewDense(n, hi-lo, nil)
	for k := lo; k < hi; {
		first := s.voxels[k]
		end := k
		for end < hi && s.voxels[end] < first+s.width {
			end++
		}
		m, err := s.of.Block(ctx, first, s.voxels[end-1]+1)
		if err != nil {
			return nil, err
		}
		for t := range n {
			row, to := m.RawRowView(t), out.RawRowView(t)
			for i := k; i < end; i++ {
				to[i-lo] = row[s.voxels[i]-first]
			}
		}
		k = end
	}
	return out, nil
}

func inRange(lo, hi, n int) error {
	if lo < 0 || hi > n || lo >= hi {
		return fmt.Errorf("dataset: voxels %d to %d are asked for of %d", lo, hi, n)
	}
	return nil
}

// An arrayTrials is an Array as betas.
type arrayTrials struct {
	a      *Array
	first  bool // whether trials are the first axis
	trials int
	axes   []int // lengths of the voxels' axes, slowest first
	voxels []int // nil: all
}

// Trials returns an array as betas, whose trials are the first or the last axis:
// axis 0 or len(Shape)−1. The other axes are voxels, of which that which is
// farthest from the trials varies fastest: x of (x, y, z, trials), as GLMsingle
// and nibabel have them, and of (trials, z, y, x), as h5py shows the files of NSD
// and of MATLAB. So voxels stand as in an image (NIfTI), and masks of images fit.
//
// It fails if there is no such axis, or no value.
func (a *Array) Trials(axis int) (BetaBlocks, error) {
	b, err := a.asTrials(axis)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (a *Array) asTrials(axis int) (*arrayTrials, error) {
	last := len(a.Shape) - 1
	if axis < 0 || axis > last || axis != 0 && axis != last {
		return nil, fmt.Errorf("dataset: %s is %s: trials must be along its first or last axis, not axis %d (counted from 0)", a.Name, times(a.Shape), axis)
	}
	if len(a.Values) == 0 {
		return nil, fmt.Errorf("dataset: %s has no values: it is %s", a.Name, times(a.Shape))
	}
	b := &arrayTrials{a: a, first: axis == 0, trials: a.Shape[axis]}
	if b.first {
		b.axes = slices.Clone(a.Shape[1:])
	} else {
		b.axes = slices.Clone(a.Shape[:last])
		slices.Reverse(b.axes)
	}
	return b, nil
}

func (b *arrayTrials) all() int { return volume(b.axes) }

func volume(axes []int) int {
	n := 1
	for _, l := range axes {
		n *= l
	}
	return n
}

func (b *arrayTrials) Dims() (trials, voxels int) {
	if b.voxels != nil {
		return b.trials, len(b.voxels)
	}
	return b.trials, b.all()
}

func (b *arrayTrials) only(voxels []int) BetaBlocks {
	c := *b
	c.voxels = through(b.voxels, voxels)
	return &c
}

func (b *arrayTrials) Block(_ context.Context, lo, hi int) (*mat.Dense, error) {
	_, n := b.Dims()
	if err := inRange(lo, hi, n); err != nil {
		return nil, err
	}
	out := mat.NewDense(b.trials, hi-lo, nil)
	at := make([]int, hi-lo)
	for k := range at {
		v := lo + k
		if b.voxels != nil {
			v = b.voxels[v]
		}
		if at[k] = v; !b.first {
			at[k] = reversed(v, b.axes) * b.trials
		}
	}
	if b.first {
		all := b.all()
		for t := range b.trials {
			row, from := out.RawRowView(t), b.a.Values[t*all:]
			for k, v := range at {
				row[k] = from[v]
			}
		}
		return out, nil
	}
	for k0 := 0; k0 < len(at); k0 += stripe {
		few := at[k0:min(k0+stripe, len(at))]
		for t := range b.trials {
			row := out.RawRowView(t)[k0:]
			for k, v := range few {
				row[k] = b.a.Values[v+t]
			}
		}
	}
	return out, nil
}

// stripe is how many voxels are turned from columns to rows at once: their
// trials stay in the cache.
const stripe = 16

// reversed returns the position of a voxel where its axes stand in the reverse
// order: axes are the lengths, slowest first.
func reversed(v int, axes []int) int {
	at := 0
	for k := len(axes) - 1; k >= 0; k-- { // the fastest becomes the slowest
		at = at*axes[k] + v%axes[k]
		v /= axes[k]
	}
	return at
}
