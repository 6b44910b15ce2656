package glm

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// What internal/reference/glm.py wrote: nilearn's numbers.
type reference struct {
	Kernels map[string][]float64 `json:"kernels"`
	Designs []referenceRun       `json:"designs"`
	Fits    []referenceRun       `json:"fits"`
	Maps    []struct {
		Noise            string
		Raw              bool
		Effect, Variance []float64
		T                []float64
		P                []float64 `json:"p_one_sided"`
		DF               float64
		Betas            [][][]float64
		Rho              [][]float64
	} `json:"maps"`
	Derivatives []struct {
		referenceRun
		T []float64
	}
	FTests []struct {
		Noise string
		Rows  []string
		Each  []referenceF
		Both  referenceF
	} `json:"f_tests"`
	ARMA11 []struct {
		Phi, Lambda, Effect, Variance, DF []float64
		FBoth                             []float64 `json:"f_both"`
		DFBoth                            []float64 `json:"df_both"`
	}
	Tails    [][3]float64 `json:"tails"`
	Clusters struct {
		Shape [3]int
		Keep  []bool
		Size  []int
	} `json:"clusters"`
}

type referenceF struct {
	F, P []float64
	DF   float64
}

type referenceRun struct {
	Name    string
	Volumes int
	TR      float64
	Events  []struct {
		Onset, Duration, Modulation float64
		Type                        string `json:"trial_type"`
	}
	HRF       string
	HighPass  float64 `json:"high_pass"`
	SliceTime float64 `json:"slice_time"`
	Confounds [][]float64
	Names     []string `json:"confound_names"`
	Columns   []string
	X, Y      [][]float64
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/glm.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func dense(rows [][]float64) *mat.Dense {
	if rows == nil {
		return nil
	}
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

func (r referenceRun) run() Run {
	out := Run{Name: r.Name, TR: r.TR, Confounds: dense(r.Confounds), ConfoundNames: r.Names}
	for _, e := range r.Events {
		out.Events = append(out.Events, analysis.Event{Onset: e.Onset, Duration: e.Duration, Type: e.Type, Modulation: e.Modulation})
	}
	if r.Y != nil {
		out.Data = InMemory{dense(r.Y)}
	}
	return out
}

func (r referenceRun) model() FirstLevel {
	m := FirstLevel{HighPass: r.HighPass, SliceTime: r.SliceTime}
	if strings.HasPrefix(r.HRF, "spm") {
		m.HRF = SPM
	}
	m.HRF.Derivatives = Derivatives(strings.Count(r.HRF, "+"))
	return m
}

// near fails unless a and b agree to a part in 1/tol of the scale.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale := 0.0
	for _, x := range want {
		scale = math.Max(scale, math.Abs(x))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*scale) {
			t.Errorf("%s[%d] = %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// TestTails: p far out, against scipy.
func TestTails(t *testing.T) {
	for _, c := range readReference(t).Tails {
		if p := twoSided(c[0], c[1]); math.Abs(p-c[2]) > 1e-10*c[2] {
			t.Errorf("t %v, df %v: %v, want %v", c[0], c[1], p, c[2])
		}
	}
}

func TestKernels(t *testing.T) {
	for name, h := range map[string]HRF{"glover": {}, "spm": SPM} {
		k := h.kernels(2.0 / oversampling)[0]
		var tenth []float64
		for i := 0; i < len(k); i += 10 {
			tenth = append(tenth, k[i])
		}
		near(t, name, tenth, readReference(t).Kernels[name], 1e-12)
	}
}

func TestDesignsAsNilearn(t *testing.T) {
	r := readReference(t)
	for _, want := range append(r.Designs, r.Fits...) {
		d, err := want.model().Design(want.run(), want.Volumes)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Columns) != len(want.Columns) {
			t.Fatalf("%s: columns %v, want %v", want.Name, d.Columns, want.Columns)
		}
		for j, c := range want.Columns {
			if d.Columns[j] != c {
				t.Errorf("%s: column %d is %q, want %q", want.Name, j, d.Columns[j], c)
			}
			near(t, want.Name+" "+c, mat.Col(nil, j, d.X), mat.Col(nil, j, dense(want.X)), 1e-10)
		}
	}
}

// TestMapsAsNilearn fits two simulated runs whose noise is correlated
// differently in each voxel, in blocks of every size.
func TestMapsAsNilearn(t *testing.T) {
	r := readReference(t)
	var runs []Run
	for _, f := range r.Fits {
		runs = append(runs, f.run())
	}
	for _, want := range r.Maps {
		for _, block := range []int{0, 1, 5} {
			m := FirstLevel{Raw: want.Raw, Block: block}
			if want.Noise == "ols" {
				m.Noise = White
			}
			res, err := m.Fit(t.Context(), "person", runs...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := res.Contrast(analysis.Contrast{Name: "houses", Prefer: []string{"house"}, Over: []string{"face"}})
			if err != nil {
				t.Fatal(err)
			}
			what := want.Noise
			near(t, what+" effect", got.Effect, want.Effect, 1e-9)
			near(t, what+" variance", got.Variance, want.Variance, 1e-9)
			near(t, what+" t", got.T, want.T, 1e-9)
			one := make([]float64, len(got.P))
			for j, p := range got.P {
				one[j] = p / 2
				if got.T[j] < 0 {
					one[j] = 1 - p/2
				}
				if q := want.P[j]; got.T[j] > 0 && math.Abs(one[j]/q-1) > 1e-8 {
					t.Errorf("%s: p[%d] = %v, want %v", what, j, one[j], q)
				}
			}
			near(t, what+" p", one, want.P, 1e-9)
			if got.DF != want.DF || got.Runs != 2 {
				t.Errorf("%s: df %v of %d runs, want %v", what, got.DF, got.Runs, want.DF)
			}
			betas, err := res.Responses()
			if err != nil {
				t.Fatal(err)
			}
			for k := range runs {
				for c, name := range []string{"face", "house"} {
					i, ok := betas.Stimuli().Index(runs[k].Name + "/" + name)
					if !ok {
						t.Fatal(betas.Stimuli().IDs())
					}
					near(t, what+" beta", betas.Row(i), want.Betas[k][c], 1e-9)
				}
				if want.Noise == "ar1" {
					for j, b := range res.runs[k].bin {
						if float64(b)/100 != want.Rho[k][j] {
							t.Errorf("ρ[%d] = %v, want %v", j, float64(b)/100, want.Rho[k][j])
						}
					}
				}
			}
		}
	}
}

// TestFactor: Q stays orthonormal, and QR the design, where columns nearly
// repeat each other.
func TestFactor(t *testing.T) {
	x := mat.NewDense(40, 6, nil)
	for i := range 40 {
		u := float64(i) / 40
		for j := range 6 {
			x.Set(i, j, 1+1e-4*math.Pow(u, float64(j)))
		}
	}
	f, j := factorise(x)
	if f == nil {
		t.Fatal(j)
	}
	var qq, qr mat.Dense
	qq.Mul(f.q.T(), f.q)
	qr.Mul(f.q, f.r)
	for i := range 6 {
		for j := range 6 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(qq.At(i, j)-want) > 1e-13 {
				t.Errorf("QᵀQ[%d,%d] = %v", i, j, qq.At(i, j))
			}
		}
	}
	if !mat.EqualApprox(&qr, x, 1e-14) {
		t.Error("QR is not X")
	}
	for i := range 40 {
		x.Set(i, 5, x.At(i, 1)-2*x.At(i, 3))
	}
	if f, j := factorise(x); f != nil || j != 5 {
		t.Errorf("column 5 is a sum of others: %v, %d", f, j)
	}
}

// TestClusters: sizes as scipy.ndimage.label finds them, for all voxels and for
// a model that has some of them.
func TestClusters(t *testing.T) {
	want := readReference(t).Clusters
	size, err := Grid{Shape: want.Shape}.Clusters(want.Keep)
	if diff := cmp.Diff(want.Size, size); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var places, sizes []int
	var keep []bool
	for p, k := range want.Keep {
		if k || p%3 == 0 {
			places, keep, sizes = append(places, p), append(keep, k), append(sizes, want.Size[p])
		}
	}
	size, err = Grid{want.Shape, places}.Clusters(keep)
	if diff := cmp.Diff(sizes, size); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for name, g := range map[string]Grid{"shape": {}, "negative": {Shape: [3]int{-1, 1, 1}}, "voxels": {Shape: [3]int{7, 6, 4}}, "place": {[3]int{2, 1, 1}, []int{0, 2}}, "twice": {[3]int{2, 1, 1}, []int{1, 1}}} {
		if _, err := g.Clusters(make([]bool, 2)); err == nil {
			t.Errorf("%s: %+v is accepted", name, g)
		}
	}
}
