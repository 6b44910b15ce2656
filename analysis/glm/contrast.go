package glm

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"

	"fusiform/analysis"
)

// A Map is a contrast of each voxel, runs combined as fixed effects. In a dead
// voxel effect, variance and t are 0, and p is 1.
type Map struct {
	Contrast analysis.Contrast
	Effect   []float64 // the mean over runs of Σ c·β, in percent of the voxel's mean (or as measured: FirstLevel.Raw)
	Variance []float64 // of the effect: Σ over runs of σ² cᵀ(XᵀX)⁻¹c, over runs²
	T        []float64 // Effect / √Variance
	P        []float64 // two-sided: P(|T| ≥ |t|) by Student's survival function
	DF       float64   // the sum over runs of volumes − regressors
	VoxelDF  []float64 // under ARMA11 those of each voxel, which are fewer; nil otherwise
	Runs     int       // how many have the contrast

	// Warnings tell of runs that lack a condition and were left out, and of
	// runs that compare with other conditions than the first does.
	Warnings []error
}

// Contrast compares the mean of the preferred conditions with that of the
// others, in every run, and combines the runs as fixed effects, as nilearn's
// compute_contrast does:
//
//	effect = Σ effect[run] / runs,  variance = Σ variance[run] / runs²,  df = Σ df[run]
//
// but under ARMA11 df = (Σ variance)² / Σ (variance²/df) (Satterthwaite 1946).
// Over empty means all other conditions of a run but scrambled ones. nilearn's p
// is one-sided, half of ours where t > 0. A run that lacks a condition that is
// named is left out, and a warning says so; it fails with an
// *analysis.CategoryError if that leaves none.
func (r *Result) Contrast(c analysis.Contrast) (*Map, error) {
	rows, warnings, err := r.rows([]analysis.Contrast{c})
	if err != nil {
		return nil, err
	}
	v := len(r.Dead)
	m := &Map{Contrast: c, Effect: make([]float64, v), Variance: make([]float64, v), T: make([]float64, v), P: make([]float64, v), Warnings: warnings}
	effect, variance, freedom, share := make([]float64, v), make([]float64, v), make([]float64, v), make([]float64, v)
	estimated := false
	for i, f := range r.runs {
		if rows[i] == nil {
			continue
		}
		f.contrast(rows[i][0], effect, variance, freedom)
		estimated = estimated || f.candidates != nil
		for j, x := range variance {
			share[j] += x * x / freedom[j]
		}
		floats.Add(m.Effect, effect)
		floats.Add(m.Variance, variance)
		m.DF += float64(f.dof())
		m.Runs++
	}
	if estimated {
		m.VoxelDF = freedom
		for j, x := range m.Variance {
			freedom[j] = 0
			if !r.Dead[j] {
				freedom[j] = x * x / share[j]
			}
		}
	}
	n := float64(m.Runs)
	floats.Scale(1/n, m.Effect)
	floats.Scale(1/(n*n), m.Variance)
	for j, d := range r.Dead {
		if d {
			m.Effect[j], m.Variance[j], m.P[j] = 0, 0, 1
			continue
		}
		m.T[j] = tOf(m.Effect[j], m.Variance[j])
		if estimated {
			m.P[j] = twoSided(m.T[j], freedom[j])
		} else {
			m.P[j] = twoSided(m.T[j], m.DF)
		}
	}
	return m, nil
}

// rows returns, per run and contrast, the weights of the run's regressors: nil
// for a run that lacks a condition, of which a warning tells. It fails if no
// run has all contrasts.
func (r *Result) rows(contrasts []analysis.Contrast) (rows [][][]float64, warnings []error, err error) {
	rows = make([][][]float64, len(r.runs))
	var first []string // what the contrasts are over in the first run
	have := 0
	for i, f := range r.runs {
		var over []string
		for _, c := range contrasts {
			w, names, fault := f.weights(c)
			if fault != nil {
				fault = fmt.Errorf("glm: run %q of %q: %w", f.name, r.Source, fault)
				err = cmp.Or(err, fault)
				warnings = append(warnings, fmt.Errorf("%w; the run is left out of the contrast", fault))
				rows[i] = nil
				break
			}
			rows[i], over = append(rows[i], w), append(over, names...)
		}
		if rows[i] == nil {
			continue
		}
		if have++; have == 1 {
			first = over
		} else if !slices.Equal(first, over) {
			warnings = append(warnings, fmt.Errorf("glm: run %q of %q compares with %s, other runs with %s; name the conditions in Over", f.name, r.Source, analysis.Few(over, 8), analysis.Few(first, 8)))
		}
	}
	if have == 0 {
		return nil, nil, err
	}
	return rows, warnings, nil
}

// weights are those of the regressors in a contrast; over names the conditions
// that the preferred ones are compared with.
func (f *runFit) weights(c analysis.Contrast) (w []float64, names []string, err error) {
	s, err := analysis.NewStimuli(f.conditions())
	if err != nil {
		return nil, nil, err
	}
	prefer, over, err := c.Split(s)
	if err != nil {
		return nil, nil, err
	}
	w = make([]float64, len(f.design.Columns))
	for _, i := range prefer {
		w[i] = 1 / float64(len(prefer))
	}
	for _, i := range over {
		w[i] = -1 / float64(len(over))
		names = append(names, f.design.Columns[i])
	}
	return w, names, nil
}

// contrast writes the effect of weights in one run, its variance, and the
// degrees of freedom of that.
func (f *runFit) contrast(w, effect, variance, freedom []float64) {
	clear(effect)
	for i, x := range w {
		if x != 0 {
			floats.AddScaled(effect, x, f.beta.RawRowView(i))
		}
	}
	seen := map[int16][2]float64{}
	for j, b := range f.bin {
		u, ok := seen[b]
		if !ok {
			u[0], u[1] = f.contrastIn(b, w)
			seen[b] = u
		}
		variance[j], freedom[j] = u[0]*f.dispersion[j], u[1]
	}
}

// twoSided returns P(|T| ≥ |t|), the tail itself and never 1 − CDF.
func twoSided(t, df float64) float64 {
	return math.Min(1, 2*distuv.StudentsT{Sigma: 1, Nu: df}.Survival(math.Abs(t)))
}

func tOf(effect, variance float64) float64 {
	if !(variance > 0) {
		return 0
	}
	return effect / math.Sqrt(variance)
}
