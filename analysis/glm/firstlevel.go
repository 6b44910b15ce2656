package glm

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// FirstLevel fits the model of each run to each voxel. The zero value does what
// nilearn's FirstLevelModel does by default: Glover's response, cosine drift
// below 0.01 Hz, AR(1) noise, each voxel in percent of its mean.
type FirstLevel struct {
	HRF      HRF     // zero: Glover
	HighPass float64 // the frequency in Hz up to which drift is modelled; 0 means 0.01, negative none
	Noise    Noise   // zero: AR1

	// SliceTime says when within TR a volume counts as measured, from 0, its
	// beginning, to 1.
	SliceTime float64

	// Raw leaves values as they are (nilearn's signal_scaling=False). Otherwise
	// each voxel of each run is 100·(y/mean − 1), a mean below 1 counting as 1.
	// It changes t only where runs are combined, since voxels then weigh in by
	// their change in percent.
	Raw bool

	// Block is how many voxels are held in memory at once; 0 means so many that
	// their time courses take 64 MiB.
	Block int
}

// A Series is the measured time courses of a run: volumes × voxels. A
// *dataset.VoxelSeries is one.
type Series interface {
	Dims() (volumes, voxels int)
	// Block returns the voxels from lo to hi: a matrix of volumes × (hi − lo).
	Block(ctx context.Context, lo, hi int) (*mat.Dense, error)
}

// InMemory is a Series whose values are at hand.
type InMemory struct{ Values *mat.Dense }

// Dims returns the number of volumes and of voxels.
func (m InMemory) Dims() (volumes, voxels int) {
	if m.Values == nil {
		return 0, 0
	}
	return m.Values.Dims()
}

// Block returns the voxels from lo to hi; it is not a copy.
func (m InMemory) Block(_ context.Context, lo, hi int) (*mat.Dense, error) {
	n, _ := m.Values.Dims()
	return m.Values.Slice(0, n, lo, hi).(*mat.Dense), nil
}

// A Run is one run of one person.
type Run struct {
	Name          string  // "run-01": names the run in the responses' stimuli
	TR            float64 // from volume to volume, in seconds
	Data          Series
	Events        []analysis.Event
	Confounds     *mat.Dense // a row for each volume, a column for each regressor; nil: none
	ConfoundNames []string   // of its columns
}

// Fit fits the model to the runs of one person, whose voxels must be the same.
// Memory is that of one block, and for each run and voxel one number for each
// regressor. It reports progress in voxels and ends early with ctx.
//
// A voxel that is constant in a run, or that the model explains without rest, is
// dead: it has no t. Fit fails as Design does, with an *analysis.AlignmentError
// if runs differ in voxels, if their TR differs by more than a hundredth, and if a value is NaN or infinite: leave such
// voxels out.
func (m FirstLevel) Fit(ctx context.Context, source string, runs ...Run) (*Result, error) {
	if len(runs) == 0 {
		return nil, errors.New("glm: no runs to fit")
	}
	if m.Noise < AR1 || m.Noise > ARMA11 {
		return nil, fmt.Errorf("glm: Noise is %d, must be AR1, White or ARMA11", m.Noise)
	}
	names := map[string]bool{}
	var fits []*runFit
	voxels := 0
	for i, run := range runs {
		if run.Name == "" || names[run.Name] {
			return nil, fmt.Errorf("glm: run %d is called %q; give every run a name of its own", i, run.Name)
		}
		names[run.Name] = true
		if run.Data == nil {
			return nil, fmt.Errorf("glm: run %q has no data", run.Name)
		}
		n, v := run.Data.Dims()
		if v == 0 {
			return nil, fmt.Errorf("glm: run %q has no voxels", run.Name)
		}
		if i == 0 {
			voxels = v
		}
		if v != voxels {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("glm: run %q has %d voxels, run %q %d; read the same voxels of every run", run.Name, v, runs[0].Name, voxels)}
		}
		if math.Abs(run.TR-runs[0].TR) > 0.01*runs[0].TR {
			return nil, fmt.Errorf("glm: TR of run %q is %v s, of run %q %v s; runs of one model are measured alike: mend the TR, or fit them apart", run.Name, run.TR, runs[0].Name, runs[0].TR)
		}
		d, err := m.Design(run, n)
		if err != nil {
			return nil, err
		}
		fits = append(fits, newRunFit(run.Name, d, m.Noise, voxels))
	}
	dead := make([]bool, voxels)
	silent := analysis.WithProgress(ctx, func(int, int) {})
	for i, run := range runs {
		n, _ := run.Data.Dims()
		block := m.Block
		if block <= 0 {
			block = max(1, (64<<20)/(8*n))
		}
		for lo := 0; lo < voxels; lo += block {
			hi := min(lo+block, voxels)
			y, err := run.Data.Block(silent, lo, hi)
			if err != nil {
				return nil, fmt.Errorf("glm: run %q: %w", run.Name, err)
			}
			if r, c := y.Dims(); r != n || c != hi-lo {
				return nil, &analysis.AlignmentError{What: fmt.Sprintf("glm: run %q gave %d×%d values for %d volumes of %d voxels", run.Name, r, c, n, hi-lo)}
			}
			done := i*voxels + lo
			err = fits[i].fitAll(ctx, m, y, lo, dead, func(n int) {
				done += n
				analysis.ReportProgress(ctx, done, len(runs)*voxels)
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return newResult(source, fits, dead)
}
