package dataset

import (
	"context"
	"iter"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// BetaBlocks are betas of single trials, read in blocks of voxels: those of an
// Array (Array.Trials), of a 4-D image (NIfTI.TimeCourses; the volumes are the
// trials), of a dataset of an HDF5 file.
type BetaBlocks interface {
	// Dims returns the number of trials and of voxels.
	Dims() (trials, voxels int)
	// Block returns the voxels from lo to hi: trials × (hi − lo).
	Block(ctx context.Context, lo, hi int) (*mat.Dense, error)
}

// Betas are the betas of one person, trial by trial: of GLMsingle, of the
// Natural Scenes Dataset, or of a model of one's own.
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
	// divides by its standard deviation (n−1), as NSD's users do before they
	// average repetitions.
	ZScore bool

	// Block is how many voxels are held at once; 0 means so many that they take
	// 256 MiB.
	Block int
}

// A BetaSet is what was read of betas.
type BetaSet struct {
	// Responses are one for each session, or for each repeat, or one alone, by
	// which method was asked. All have the same channels.
	Responses []*analysis.Responses

	Voxels   []int // of each channel, its place among the voxels of the parts
	Invalid  int   // voxels within the masks that are left out: NaN or infinite in some trial
	Constant int   // and those without any variance in some session
	Warnings []error
}

// Averaged returns the mean over all showings of each stimulus: one Responses.
func (b Betas) Averaged(ctx context.Context) (*BetaSet, error) { panic("dataset: not built yet") }

// Sessions returns the mean over the showings of each stimulus within each
// session, one Responses for each.
func (b Betas) Sessions(ctx context.Context) (*BetaSet, error) { panic("dataset: not built yet") }

// Repeats returns the first showing of every stimulus, the second of those that
// were shown twice, and so on: what ceiling.FromRepeats, ceiling.Record and
// rsa.Covariance.Repeats take.
func (b Betas) Repeats(ctx context.Context) (*BetaSet, error) { panic("dataset: not built yet") }

// Blocks gives the Repeats of one block of voxels after the other, so that the
// reliability of each voxel of a whole brain is told in bounded memory:
// ceiling.FromBlocks(betas.Blocks(ctx)). Voxels that cannot be read are in it, as
// zeros, so that every voxel has its place.
func (b Betas) Blocks(ctx context.Context) iter.Seq2[[]*analysis.Responses, error] {
	panic("dataset: not built yet")
}

// Trials returns an array as betas: the positions along the axis, counted from
// 0, are the trials; the other axes are voxels, of which the first varies
// fastest, as in an image (x, y, z).
func (a *Array) Trials(axis int) (BetaBlocks, error) { panic("dataset: not built yet") }
