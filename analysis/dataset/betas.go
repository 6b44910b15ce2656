package dataset

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// BetaBlocks are betas of single trials, read in blocks of voxels: what
// OpenBetas opens, a VoxelSeries (of a 4-D image whose volumes are the trials), a
// SurfaceSeries, Array.Trials.
type BetaBlocks interface {
	// Dims returns the number of trials and of voxels.
	Dims() (trials, voxels int)
	// Block returns the voxels from lo to hi: trials × (hi − lo).
	Block(ctx context.Context, lo, hi int) (*mat.Dense, error)
}

// Betas are the betas of one person, trial by trial: of GLMsingle, of the
// Natural Scenes Dataset, or of a model of one's own.
//
//	file, err := dataset.OpenBetas("betas.npy", "", len(shown.Rows))
//	set, err := dataset.Betas{Source: "S1", Parts: []dataset.BetaBlocks{file}, Trials: shown.Rows}.Repeats(ctx)
//
// Each of its methods reads them block by block: in memory are a few times one
// block, and what is returned. Sizes of blocks change no bit of it.
//
// They fail with an *analysis.AlignmentError if the parts do not have as many
// trials as Trials or differ in voxels, or a mask in length; on a trial without
// a stimulus, and a stimulus with two categories; with ZScore, on a session of one
// trial; with analysis.ErrDead if no voxel is left; with what Block fails with;
// and with ctx. They report progress in voxels.
type Betas struct {
	Source string // of the responses: "S1"

	// Parts hold the trials one after the other, those of the first part
	// first: a single file, or one for each session. All have the same voxels.
	Parts  []BetaBlocks
	Trials []Trial

	// Scale is what stored values are divided by; 0 means 1, and NSD's are 300.
	Scale float64

	// Within are masks over the voxels of the parts: only voxels in all of
	// them are read.
	Within [][]bool

	// ZScore takes off each voxel's mean over the trials of a session, and
	// divides by its standard deviation (n−1), before repetitions are averaged:
	// what a session shifts or scales as a whole is then no difference between
	// repeats. Users of NSD do so. Numbers are those of ceiling.ZScored.
	ZScore bool

	// Block is how many voxels are held at once; 0 means so many that they take
	// 64 MiB.
	Block int
}

// A BetaSet is what was read of betas.
type BetaSet struct {
	// Responses are one for each session, or for each repeat, or one alone, by
	// which method was asked. All have the same channels.
	Responses []*analysis.Responses

	Voxels   []int // of each channel, its place among the voxels of the parts
	Invalid  int   // voxels within the masks that are left out: NaN or infinite in some trial
	Constant int   // and those without any variance in a session of several trials, or in all
	Warnings []error
}

// Averaged returns the mean over all showings of each stimulus: one Responses,
// stimuli in order of first appearance.
func (b Betas) Averaged(ctx context.Context) (*BetaSet, error) {
	return b.read(ctx, func(r *betaReader) [][][]int {
		return [][][]int{r.showings(func(int) bool { return true })}
	})
}

// Sessions returns the mean over the showings of each stimulus within each
// session, one Responses for each, in order of first appearance. Not every
// session need have every stimulus.
func (b Betas) Sessions(ctx context.Context) (*BetaSet, error) {
	return b.read(ctx, func(r *betaReader) (out [][][]int) {
		for k := range r.sessions {
			out = append(out, r.showings(func(t int) bool { return r.session[t] == k }))
		}
		return out
	})
}

// Repeats returns the first showing of every stimulus, the second of those that
// were shown twice, and so on: what ceiling.FromRepeats, ceiling.Record and
// rsa.Covariance.Repeats take. Stimuli that were shown once are in the first
// alone, and a warning counts them.
func (b Betas) Repeats(ctx context.Context) (*BetaSet, error) {
	return b.read(ctx, (*betaReader).repeats)
}

// Blocks gives the Repeats of one block of voxels after the other, so that the
// reliability of every voxel of a whole brain is told in bounded memory:
//
//	signal, err := ceiling.FromBlocks(betas.Blocks(ctx))
//	reliable, err := betas.Only(signal.Above(0.2))
//
// Each voxel within the masks is a channel; one that cannot be read (see
// BetaSet) is 0 throughout, and so has no signal.
func (b Betas) Blocks(ctx context.Context) iter.Seq2[[]*analysis.Responses, error] {
	return func(yield func([]*analysis.Responses, error) bool) {
		r, err := b.reader()
		if err != nil {
			yield(nil, err)
			return
		}
		groups := r.repeats()
		stimuli, err := r.stimuli(groups)
		if err != nil {
			yield(nil, err)
			return
		}
		for lo := 0; lo < len(r.voxels); lo += r.width {
			v, bad, err := r.block(ctx, lo)
			if err != nil {
				yield(nil, err)
				return
			}
			for j, x := range bad {
				if x != good {
					for t := range len(b.Trials) {
						v.Set(t, j, 0)
					}
				}
			}
			out := make([]*analysis.Responses, len(groups))
			for k, g := range groups {
				m := mat.NewDense(len(g), len(bad), nil)
				means(m, 0, v, g, bad, true)
				if out[k], err = analysis.NewResponses(b.Source, stimuli[k], m); err != nil {
					yield(nil, fmt.Errorf("dataset: %w", err))
					return
				}
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// Only returns the betas of the voxels for which keep is true, of those within
// the masks. It fails with an *analysis.AlignmentError if keep has not one
// value for each of these, and if none is left.
func (b Betas) Only(keep []bool) (Betas, error) {
	r, err := b.reader()
	if err != nil {
		return b, err
	}
	if len(keep) != len(r.voxels) {
		return b, &analysis.AlignmentError{What: fmt.Sprintf("dataset: %d voxels of %q are within its masks, and %d are chosen from", len(r.voxels), b.Source, len(keep))}
	}
	if !slices.Contains(keep, true) {
		return b, fmt.Errorf("dataset: %w: none of the %d voxels of %q is chosen; ask for less", analysis.ErrDead, len(keep), b.Source)
	}
	_, n := b.Parts[0].Dims()
	mask := make([]bool, n)
	for j, v := range r.voxels {
		mask[v] = keep[j]
	}
	b.Within = append(slices.Clip(slices.Clone(b.Within)), mask)
	return b, nil
}
