package rsa

import (
	"context"
	"errors"
	"fmt"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// MDS makes a map of an RDM: a point in the plane for each stimulus, so that
// distances on the map are the dissimilarities, as nearly as a plane allows.
// It is metric multidimensional scaling by SMACOF, which lowers
//
//	σ(X) = Σ (D[i,j] − d[i,j](X))²   over the pairs i < j
//
// with every step, from the classical solution on (see Classical): the same RDM
// gives the same map. What it finds is a minimum near that start: in the tests,
// the best of 200 random starts had at most 2 % less stress.
//
// de Leeuw (1977), Applications of convex analysis to multidimensional scaling;
// Borg & Groenen (2005), Modern Multidimensional Scaling, chapter 8.
type MDS struct {
	// Steps is how many steps are taken at most; 0 means 3000.
	Steps int

	// Tolerance ends the steps when one lowers σ by less than this share of
	// Σ d²; 0 means 1e-10.
	Tolerance float64
}

// An Embedding is a map of n stimuli in the plane. Only distances on it mean
// something: it may be turned and mirrored. It is drawn with its widest extent
// along the first axis, its centre at 0, and of each axis the farthest point
// on the positive side.
type Embedding struct {
	Source  string
	Kind    string // what distances on the map stand for: "1 − Pearson r", "√ crossnobis distance"
	Stimuli analysis.Stimuli
	Points  *mat.Dense // n×2

	// Stress is Kruskal's stress-1, √(σ/Σ d²): 0 for a map that shows every
	// dissimilarity as it is; .05 is good, .2 poor by Kruskal's (1964,
	// doi:10.1007/BF02289565) rule of thumb, which many stimuli exceed.
	Stress float64

	// R is the Pearson correlation over pairs of the dissimilarities with the
	// distances on the map; 0 where either are all equal, of which there is
	// none.
	R float64

	Steps    int // taken
	Warnings []error
}

// Defaults of MDS.
const (
	mdsSteps     = 3000
	mdsTolerance = 1e-10
	mdsPoor      = 0.2 // stress from which a map carries a warning
)

// Embed returns the map of d. Where the cells of d are squares of distances
// (Distance.Squared), it shows their roots; values below 0, as cross-validated
// ones may be, count as 0, and a Warning says how many. Two stimuli lie on a
// line. A map that shows distances poorly (stress above .2) carries a Warning,
// and so does one that still moved when Steps were taken.
//
// It fails without values, with fewer than two stimuli, if a dissimilarity is
// NaN or infinite, with analysis.ErrConstant if all are 0, and with ctx.Err()
// when ctx ends. Steps are reported by analysis.ReportProgress.
func (m MDS) Embed(ctx context.Context, d *RDM) (*Embedding, error) {
	delta, cut, err := d.lengths()
	if err != nil {
		return nil, err
	}
	if m.Steps < 0 || m.Tolerance < 0 || math.IsNaN(m.Tolerance) {
		return nil, fmt.Errorf("rsa: MDS with %d steps and a tolerance of %v; 0 means %d and %g", m.Steps, m.Tolerance, mdsSteps, mdsTolerance)
	}
	if m.Steps == 0 {
		m.Steps = mdsSteps
	}
	if m.Tolerance == 0 {
		m.Tolerance = mdsTolerance
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x, err := classical(delta)
	if err != nil {
		return nil, fmt.Errorf("rsa: the map of %q: %w", d.Source, err)
	}
	out := &Embedding{Source: d.Source, Kind: d.Kind(), Stimuli: d.Stimuli}
	if d.Distance != nil && d.Distance.Squared {
		out.Kind = "√ " + out.Kind
	}
	s := smacof{delta: delta}
	if x, out.Steps, err = s.run(ctx, x, m.Steps, m.Tolerance); err != nil {
		return nil, err
	}
	principal(x)
	out.Points = x
	out.Stress, out.R = s.fit(x)
	out.Warnings = append(out.Warnings, d.Warnings...)
	if cut > 0 {
		out.Warnings = append(out.Warnings, fmt.Errorf("%s: %d of %d dissimilarities are below 0 and are mapped as 0", d.Source, cut, d.Stimuli.Len()*(d.Stimuli.Len()-1)/2))
	}
	if out.Steps == m.Steps {
		out.Warnings = append(out.Warnings, fmt.Errorf("%s: the map still moved after %d steps; allow more", d.Source, m.Steps))
	}
	if out.Stress > mdsPoor {
		out.Warnings = append(out.Warnings, fmt.Errorf("%s: a plane shows these dissimilarities poorly: stress %.2f, more than %.1f; read groups from it, not single distances", d.Source, out.Stress, mdsPoor))
	}
	return out, nil
}

// Classical returns the map of classical scaling, from which Embed starts: the
// coordinates of the two largest eigenvalues of −½ J D² J, with J = I − 1/n.
// Where D are distances in a plane it is exact. It fails like Embed. Torgerson
// (1952), doi:10.1007/BF02288916.
func (m MDS) Classical(d *RDM) (*mat.Dense, error) {
	delta, _, err := d.lengths()
	if err != nil {
		return nil, err
	}
	x, err := classical(delta)
	if err != nil {
		return nil, fmt.Errorf("rsa: the map of %q: %w", d.Source, err)
	}
	principal(x)
	return x, nil
}

// lengths returns what a map of d is to show, with a diagonal of 0, and how
// many cells were below 0.
func (d *RDM) lengths() (delta *mat.SymDense, cut int, err error) {
	if d == nil || d.Values == nil || d.Values.IsEmpty() {
		return nil, 0, errors.New("rsa: no RDM to map")
	}
	n := d.Values.SymmetricDim()
	if n != d.Stimuli.Len() {
		return nil, 0, &analysis.AlignmentError{What: fmt.Sprintf("rsa: the RDM of %q is %d×%d for %d stimuli", d.Source, n, n, d.Stimuli.Len())}
	}
	if n < 2 {
		return nil, 0, fmt.Errorf("rsa: the RDM of %q is of 1 stimulus; a map needs at least 2", d.Source)
	}
	delta = mat.NewSymDense(n, nil)
	most := 0.0
	for i := range n {
		for j := i + 1; j < n; j++ {
			v := d.Values.At(i, j)
			if !finite(v) {
				return nil, 0, fmt.Errorf("rsa: the %s of %q between %q and %q is %v; there is no map of it", d.Kind(), d.Source, d.Stimuli.At(i).ID, d.Stimuli.At(j).ID, v)
			}
			if v < 0 {
				v = 0
				cut++
			}
			if d.Distance != nil && d.Distance.Squared {
				v = math.Sqrt(v)
			}
			most = math.Max(most, v)
			delta.SetSym(i, j, v)
		}
	}
	switch {
	case most == 0:
		return nil, 0, fmt.Errorf("rsa: %w: no dissimilarity of %q is above 0, so all stimuli lie in one place and there is no map", analysis.ErrConstant, d.Source)
	case most > 1e100 || most < 1e-100:
		return nil, 0, fmt.Errorf("rsa: the dissimilarities of %q are up to %g; rescale the responses", d.Source, most)
	}
	return delta, cut, nil
}
