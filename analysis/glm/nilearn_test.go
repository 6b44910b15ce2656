package glm

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// TestDerivativesAsNilearn: the same columns as nilearn's, in our order.
func TestDerivativesAsNilearn(t *testing.T) {
	for _, want := range readReference(t).Derivatives {
		run := want.run()
		d, err := want.model().Design(run, want.Volumes)
		if err != nil {
			t.Fatal(err)
		}
		if d.Conditions != 3 || len(d.Columns) != len(want.Columns) {
			t.Errorf("%s: %d conditions, columns %v, want %v", want.Name, d.Conditions, d.Columns, want.Columns)
		}
		for j, c := range want.Columns {
			k := slices.Index(d.Columns, c)
			if k < 0 {
				t.Fatalf("%s: no column %q: %v", want.Name, c, d.Columns)
			}
			near(t, want.Name+" "+c, mat.Col(nil, k, d.X), mat.Col(nil, j, dense(want.X)), 1e-10)
		}
		if want.T == nil {
			continue
		}
		m := want.model()
		m.Raw = true
		res, err := m.Fit(t.Context(), "person", run)
		if err != nil {
			t.Fatal(err)
		}
		c, err := res.Contrast(analysis.Contrast{Name: "a", Prefer: []string{"a"}, Over: []string{"b"}})
		if err != nil {
			t.Fatal(err)
		}
		near(t, want.Name+" t", c.T, want.T, 1e-9)
	}
	// Derivatives alone stand for those of Glover's response.
	a, b := HRF{Derivatives: TimeAndDispersion}, Glover
	b.Derivatives = TimeAndDispersion
	for k := range 3 {
		near(t, "kernel", a.kernels(.03)[k], b.kernels(.03)[k], 0)
	}
}

// TestFAsNilearn: F of two conditions and of their difference, in each run and
// in both.
func TestFAsNilearn(t *testing.T) {
	r := readReference(t)
	var runs []Run
	for _, f := range r.Fits {
		runs = append(runs, f.run())
	}
	for _, want := range r.FTests {
		m := FirstLevel{}
		if want.Noise == "ols" {
			m.Noise = White
		}
		res, err := m.Fit(t.Context(), "person", runs...)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(r *Result) *FMap {
			f, err := r.Any("any")
			if len(want.Rows) == 1 {
				f, err = r.F("difference", analysis.Contrast{Name: "faces", Prefer: []string{"face"}})
			}
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		compare := func(what string, got *FMap, want referenceF) {
			near(t, what+" F", got.F, want.F, 1e-9)
			if got.DF != want.DF {
				t.Errorf("%s: df %v, want %v", what, got.DF, want.DF)
			}
			for j, p := range want.P {
				if math.Abs(got.P[j]/p-1) > 1e-7 {
					t.Errorf("%s: p[%d] = %v, want %v", what, j, got.P[j], p)
				}
			}
		}
		compare(want.Noise, ask(res), want.Both)
		for k, w := range want.Each {
			one, err := res.Only(runs[k].Name)
			if err != nil {
				t.Fatal(err)
			}
			f := ask(one)
			compare(want.Noise+" "+runs[k].Name, f, w)
			if len(want.Rows) > 1 {
				continue
			}
			c, err := one.Contrast(analysis.Contrast{Prefer: []string{"face"}})
			if err != nil {
				t.Fatal(err)
			}
			for j, x := range f.F {
				if math.Abs(c.T[j]*c.T[j]/x-1) > 1e-9 || math.Abs(c.P[j]/f.P[j]-1) > 1e-7 {
					t.Errorf("t[%d]² = %v, F = %v; p %v, %v", j, c.T[j]*c.T[j], x, c.P[j], f.P[j])
				}
			}
		}
	}
}

// TestPartialR2: what the conditions explain of what drift and confounds leave,
// from two fits by least squares.
func TestPartialR2(t *testing.T) {
	run := readReference(t).Fits[0].run()
	m := FirstLevel{Noise: White, Raw: true}
	res, err := m.Fit(t.Context(), "person", run)
	if err != nil {
		t.Fatal(err)
	}
	f, err := res.Any("any")
	if err != nil {
		t.Fatal(err)
	}
	x := res.Designs()[0].X
	y := run.Data.(InMemory).Values
	n, k := x.Dims()
	rest := func(x mat.Matrix) float64 {
		var b, p mat.Dense
		if err := b.Solve(x, y.ColView(3)); err != nil {
			t.Fatal(err)
		}
		p.Mul(x, &b)
		p.Sub(y.ColView(3), &p)
		return mat.Norm(&p, 2) * mat.Norm(&p, 2)
	}
	full, reduced := rest(x), rest(x.Slice(0, n, 2, k))
	if want := 1 - full/reduced; math.Abs(f.R2()[3]-want) > 1e-9 {
		t.Errorf("R² %v, want %v", f.R2()[3], want)
	}
	if _, err := res.F("twice", analysis.Contrast{Name: "faces", Prefer: []string{"face"}}, analysis.Contrast{Name: "houses", Prefer: []string{"house"}}); err == nil {
		t.Error("a contrast and its opposite are no two contrasts")
	}
	if _, err := res.F("none"); err == nil {
		t.Error("no contrasts")
	}
	if _, err := res.Any("cats", "cat"); err == nil {
		t.Error("no cats")
	}
}

// TestARMA11: φ, λ, effect, variance and degrees of freedom of each run, against
// dense matrices in Python; and how runs are put together.
func TestARMA11(t *testing.T) {
	r := readReference(t)
	var runs []Run
	for _, f := range r.Fits {
		runs = append(runs, f.run())
	}
	m := FirstLevel{Noise: ARMA11, Raw: true}
	for _, block := range []int{0, 3} {
		m.Block = block
		res, err := m.Fit(t.Context(), "person", runs...)
		if err != nil {
			t.Fatal(err)
		}
		c := analysis.Contrast{Name: "houses", Prefer: []string{"house"}, Over: []string{"face"}}
		v := len(res.Dead)
		variance, share := make([]float64, v), make([]float64, v)
		rho := res.Autocorrelation()
		for k, want := range r.ARMA11 {
			one, err := res.Only(runs[k].Name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := one.Contrast(c)
			if err != nil {
				t.Fatal(err)
			}
			for j, b := range res.runs[k].bin {
				if a := armaGrid[b]; a.phi != want.Phi[j] || a.lambda != want.Lambda[j] || rho[k][j] != a.phi*a.lambda {
					t.Errorf("voxel %d: %+v, want φ %v, λ %v", j, a, want.Phi[j], want.Lambda[j])
				}
				variance[j] += want.Variance[j] / 4
				share[j] += want.Variance[j] * want.Variance[j] / 16 / want.DF[j]
			}
			near(t, "effect", got.Effect, want.Effect, 1e-9)
			near(t, "variance", got.Variance, want.Variance, 1e-9)
			near(t, "df", got.VoxelDF, want.DF, 3e-3)
			for j, x := range got.P {
				if p := twoSided(got.T[j], got.VoxelDF[j]); x != p {
					t.Errorf("p %v, want %v", x, p)
				}
			}
			any, err := one.Any("any")
			if err != nil {
				t.Fatal(err)
			}
			near(t, "F of both", any.F, want.FBoth, 1e-9)
			near(t, "df of both", any.VoxelDF, want.DFBoth, 3e-3)
			f, err := one.F("same", c)
			if err != nil {
				t.Fatal(err)
			}
			for j := range v {
				if math.Abs(f.P[j]/got.P[j]-1) > 1e-6 {
					t.Errorf("p of F %v, of t %v", f.P[j], got.P[j])
				}
			}
		}
		both, err := res.Contrast(c)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "variance of both", both.Variance, variance, 1e-9)
		for j := range v {
			share[j] = variance[j] * variance[j] / share[j]
		}
		near(t, "df of both", both.VoxelDF, share, 3e-3)
	}
}
