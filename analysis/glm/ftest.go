package glm

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"fusiform/analysis"
)

// An FMap is a test of several contrasts at once in each voxel, runs combined.
// In a dead voxel F is 0 and p is 1.
type FMap struct {
	Name     string
	F        []float64
	P        []float64 // P(F ≥ f) by the survival function of Fisher's and Snedecor's distribution
	DFNum    int       // the number of contrasts
	DF       float64   // the sum over runs of volumes − regressors
	VoxelDF  []float64 // under ARMA11 those of each voxel; nil otherwise
	Runs     int       // how many have all contrasts
	Warnings []error   // as Map.Warnings
}

// R2 returns the share, per voxel, that the contrasts explain of what all other
// regressors leave: DFNum·F / (DFNum·F + DF). In one run this is the partial R²,
// of whitened data where the noise is not White.
func (m *FMap) R2() []float64 {
	out := make([]float64, len(m.F))
	for j, f := range m.F {
		x := float64(m.DFNum) * f
		out[j] = x / (x + m.DF)
	}
	return out
}

// F asks whether any of the contrasts differs from 0: with each of three
// conditions against a fourth, say, whether the four differ at all. Per run and
// voxel, C being a row of weights for each of the q contrasts,
//
//	w = (C (XᵀX)⁻¹ Cᵀ)^−½ C β,  F = |Σ w / runs|² / (q Σ σ² / runs²)
//
// which is as nilearn combines runs. In one run it is the F of textbooks, and
// t² if q is 1. It fails as Contrast does, and if a contrast is a sum of those
// before it.
func (r *Result) F(name string, contrasts ...analysis.Contrast) (*FMap, error) {
	if len(contrasts) == 0 {
		return nil, fmt.Errorf("glm: F test %q of %q has no contrasts", name, r.Source)
	}
	rows, warnings, err := r.rows(contrasts)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range contrasts {
		names = append(names, c.Name)
	}
	return r.fTest(name, names, rows, warnings)
}

// Any asks whether any of the conditions evokes a response, as compared with
// the baseline: F with a weight of 1 for one condition in each row. No
// condition named stands for all that the first run has.
func (r *Result) Any(name string, conditions ...string) (*FMap, error) {
	if len(conditions) == 0 {
		d := r.runs[0].design
		conditions = d.Columns[:d.Conditions]
	}
	rows := make([][][]float64, len(r.runs))
	var warnings []error
	have := 0
	for i, f := range r.runs {
		d := f.design
		for _, c := range conditions {
			w := make([]float64, len(d.Columns))
			k := slices.Index(d.Columns[:d.Conditions], c)
			if k < 0 {
				err := fmt.Errorf("glm: run %q of %q has no %q", f.name, r.Source, c)
				warnings, rows[i] = append(warnings, fmt.Errorf("%w; the run is left out of the test", err)), nil
				break
			}
			w[k] = 1
			rows[i] = append(rows[i], w)
		}
		if rows[i] != nil {
			have++
		}
	}
	if have == 0 {
		return nil, fmt.Errorf("glm: F test %q: no run of %q has all of %s", name, r.Source, analysis.Few(conditions, 8))
	}
	return r.fTest(name, conditions, rows, warnings)
}

func (r *Result) fTest(name string, names []string, rows [][][]float64, warnings []error) (*FMap, error) {
	v, q := len(r.Dead), len(names)
	m := &FMap{Name: name, F: make([]float64, v), P: make([]float64, v), DFNum: q, Warnings: warnings}
	sum := mat.NewDense(q, v, nil)
	variance, share := make([]float64, v), make([]float64, v)
	estimated := false
	for i, f := range r.runs {
		if rows[i] == nil {
			continue
		}
		if k := f.addWhitened(sum, rows[i], share); k < q {
			return nil, fmt.Errorf("glm: F test %q in run %q of %q: row %d (%q) is a sum of those before it, as the last of all pairs is; leave it out", name, f.name, r.Source, k, names[k])
		}
		floats.Add(variance, f.dispersion)
		m.DF += float64(f.dof())
		m.Runs++
		estimated = estimated || f.candidates != nil
	}
	if estimated {
		m.VoxelDF = make([]float64, v)
	}
	for j, dead := range r.Dead {
		m.P[j] = 1
		if dead || !(variance[j] > 0) {
			continue
		}
		s := 0.0
		for k := range q {
			s += sum.At(k, j) * sum.At(k, j)
		}
		m.F[j] = s / (float64(q) * variance[j]) // the runs' number squared cancels
		df := m.DF
		if estimated {
			df = variance[j] * variance[j] / share[j]
			m.VoxelDF[j] = df
		}
		m.P[j] = fTail(m.F[j], float64(q), df)
	}
	return m, nil
}

// fTail returns P(F ≥ f), the tail itself: I(d2/(d2 + d1 f); d2/2, d1/2).
func fTail(f, d1, d2 float64) float64 { return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f)) }

// addWhitened adds (C (XᵀX)⁻¹ Cᵀ)^−½ C β of each voxel to sum, and the square
// of its dispersion over the degrees of freedom to share. It returns the number
// of rows, or that of a row which is a sum of those before it.
func (f *runFit) addWhitened(sum *mat.Dense, rows [][]float64, share []float64) int {
	q := len(rows)
	c := mat.NewDense(len(rows[0]), q, nil) // a column for each contrast
	for k, w := range rows {
		c.SetCol(k, w)
	}
	if full, k := factorise(c); full == nil {
		return k
	}
	type rooted struct {
		root    *mat.Dense // (C (XᵀX)⁻¹ Cᵀ)^−½ C, q × regressors
		freedom float64
	}
	seen := map[int16]rooted{}
	_, p := f.design.X.Dims()
	beta := make([]float64, p)
	for j, b := range f.bin {
		u, ok := seen[b]
		if !ok {
			u.root = f.root(b, rows)
			u.freedom = f.freedomOf(b, u.root)
			seen[b] = u
		}
		mat.Col(beta, j, f.beta)
		for k := range q {
			sum.Set(k, j, sum.At(k, j)+floats.Dot(u.root.RawRowView(k), beta))
		}
		share[j] += f.dispersion[j] * f.dispersion[j] / u.freedom
	}
	return q
}

// root returns (C (XᵀX)⁻¹ Cᵀ)^−½ C in a bin of the noise, the root being
// symmetric.
func (f *runFit) root(bin int16, rows [][]float64) *mat.Dense {
	q, p := len(rows), len(rows[0])
	m := f.metric(bin)
	c, v := mat.NewDense(q, p, nil), mat.NewSymDense(q, nil)
	for a := range q {
		c.SetRow(a, rows[a])
		for b := a; b < q; b++ {
			v.SetSym(a, b, m.product(f.whitener.solved(rows[a]), f.whitener.solved(rows[b])))
		}
	}
	var e mat.EigenSym
	e.Factorize(v, true)
	var u, root, out mat.Dense
	e.VectorsTo(&u)
	root.CloneFrom(&u)
	for k, x := range e.Values(nil) {
		for i := range q {
			root.Set(i, k, u.At(i, k)/math.Sqrt(x))
		}
	}
	root.Mul(&root, u.T())
	out.Mul(&root, c)
	return &out
}

// freedomOf returns the degrees of freedom of a test of several contrasts of
// one variance from those of each (Fai & Cornelius 1996,
// doi:10.1080/00949659608811740): 2E/(E − q), E = Σ df/(df − 2).
func (f *runFit) freedomOf(bin int16, root *mat.Dense) float64 {
	q, _ := root.Dims()
	e := 0.0
	for k := range q {
		_, df := f.contrastIn(bin, root.RawRowView(k))
		if q == 1 || f.candidates == nil {
			return df
		}
		if df <= 2 {
			return df
		}
		e += df / (df - 2)
	}
	return 2 * e / (e - float64(q))
}
