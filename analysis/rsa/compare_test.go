package rsa_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/rsa"
	"fusiform/internal/realdata"
)

// comparators are all measures of RDMs, by the names that rsatoolbox gives.
var comparators = map[string]*analysis.Measure{
	"corr": analysis.Pearson, "cosine": analysis.Cosine, "spearman": analysis.Spearman, "rho-a": analysis.RhoA,
	"tau-a": analysis.TauA, "tau-b": analysis.TauB, "cosine_cov": rsa.WhitenedCosine, "corr_cov": rsa.WhitenedPearson,
}

// expected are the values of internal/reference/comparators.py.
type expected struct {
	Sizes []struct {
		N      int
		Data   []float64
		Models [][]float64
		Values []map[string]float64
	}
	Simulated struct {
		People   [][]float64
		Ceilings map[string][2]float64
		Draws    []struct {
			Counts []float64
			Values map[string]float64
		}
	}
	HIT struct {
		Ceilings map[string][2]float64
		Against  map[string]map[string]float64
	} `json:"hIT"`
}

func readExpected(t *testing.T) (e expected) {
	t.Helper()
	b, err := os.ReadFile("testdata/comparators.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Sizes) == 0 || len(e.Simulated.Ceilings) != len(comparators) || len(e.HIT.Ceilings) != len(comparators) {
		t.Fatal("values are missing")
	}
	return e
}

// fromUpper makes an RDM of the cells above its diagonal.
func fromUpper(t testing.TB, source string, s analysis.Stimuli, cells []float64) *rsa.RDM {
	t.Helper()
	v := mat.NewSymDense(s.Len(), nil)
	at := 0
	for i := range s.Len() {
		for j := i + 1; j < s.Len(); j++ {
			v.SetSym(i, j, cells[at])
			at++
		}
	}
	return must(rsa.FromDistances(source, s, v, rsa.CrossnobisDistance))(t)
}

// Every measure, with ties and without, from three stimuli on.
func TestComparators(t *testing.T) {
	for _, c := range readExpected(t).Sizes {
		s := stimuli(t, make([]string, c.N)...)
		data := fromUpper(t, "data", s, c.Data)
		models := make([]*rsa.RDM, len(c.Models))
		for k, cells := range c.Models {
			models[k] = fromUpper(t, fmt.Sprint("model ", k), s, cells)
		}
		for name, m := range comparators {
			scores := must(rsa.CompareAll(m)(data, models))(t)
			for k, got := range scores {
				if want := c.Values[k][name]; math.Abs(got.Value-want) > 1e-13 || got.N != len(c.Data) {
					t.Errorf("%s, %d stimuli, model %d: %v, want %v", m.Name, c.N, k, got.Value, want)
				}
				if one := must(rsa.Compare(m)(data, models[k]))(t); cmp.Diff(texts(one.Warnings), texts(got.Warnings)) != "" || one.Value != got.Value || one.Lo != got.Lo || one.Hi != got.Hi || one.N != got.N || one.Measure != got.Measure {
					t.Errorf("%s, %d stimuli, model %d: %+v, alone %+v", m.Name, c.N, k, got, one)
				}
			}
		}
	}
}

// The ceilings of simulated people are those of rsatoolbox in every measure.
func TestPool(t *testing.T) {
	want := readExpected(t).Simulated
	s := stimuli(t, make([]string, 14)...)
	people := make([]*rsa.RDM, len(want.People))
	for k, cells := range want.People {
		people[k] = fromUpper(t, fmt.Sprint("S", k+1), s, cells)
	}
	sameCeilings(t, people, want.Ceilings)

	// Who is the first, and in which order a person's stimuli stand, does not
	// matter.
	items := make([]analysis.Stimulus, s.Len())
	for i, p := range rand.New(rand.NewPCG(1, 2)).Perm(s.Len()) {
		items[i] = s.At(p)
	}
	people[1] = must(people[1].On(must(analysis.NewStimuli(items))(t)))(t)
	people[0], people[3] = people[3], people[0]
	sameCeilings(t, people, want.Ceilings)
}

func sameCeilings(t *testing.T, people []*rsa.RDM, want map[string][2]float64) {
	t.Helper()
	for name, m := range comparators {
		c, err := ceiling.LeaveOneOut(people, rsa.Pool(m), rsa.Compare(m))
		if err != nil || math.Abs(c.Lo-want[name][0]) > 1e-12 || math.Abs(c.Hi-want[name][1]) > 1e-12 || c.Measure != m {
			t.Errorf("%s: [%v, %v], %v; rsatoolbox %v", m.Name, c.Lo, c.Hi, err, want[name])
		}
	}
}

// Four people, each the mean of two sessions, a monkey and eight models on the
// 92 images of Kriegeskorte et al. (2008): every ceiling and every score is
// that of rsatoolbox.
func TestRealCeilings(t *testing.T) {
	dir := realdata.Folder(t, "brain/kriegeskorte2008_hIT_92")
	images := must(dataset.Images(realdata.Folder(t, "images/kriegeskorte92")))(t)
	read := func(name string) map[string]*rsa.RDM {
		rdms := must(rsa.RDMsOf(must(dataset.UpperRDMs(filepath.Join(dir, name), images))(t), rsa.CorrelationDistance))(t)
		byName := map[string]*rsa.RDM{}
		for _, d := range rdms {
			byName[d.Source] = d
		}
		return byName
	}
	hit, models := read("hit_rdms_upper.csv"), read("model_rdms_upper.csv")
	var people []*rsa.RDM
	for k := 1; k <= 4; k++ {
		person := must(rsa.Mean([]*rsa.RDM{hit[fmt.Sprintf("hIT_S%d_ses1", k)], hit[fmt.Sprintf("hIT_S%d_ses2", k)]}))(t)
		person.Source = fmt.Sprint("S", k)
		people = append(people, person)
	}
	want := readExpected(t).HIT
	sameCeilings(t, people, want.Ceilings)
	for name, c := range map[string][2]float64{"spearman": {.372313, .665721}, "tau-a": {.253944, .476654}, "cosine_cov": {.664685, .817319}} {
		if math.Abs(want.Ceilings[name][0]-c[0]) > 2e-6 || math.Abs(want.Ceilings[name][1]-c[1]) > 1e-6 {
			t.Errorf("%s: %v, stated %v", name, want.Ceilings[name], c)
		}
	}

	models["mIT_674neurons"] = hit["mIT_674neurons"]
	for source, values := range want.Against {
		for name, v := range values {
			m := comparators[name]
			s, err := ceiling.Against(models[source], people, rsa.Compare(m))
			if err != nil || math.Abs(s.Value-v) > 1e-12 {
				t.Errorf("%s, %s against people: %v, %v; rsatoolbox %v", m.Name, source, s.Value, err, v)
			}
		}
	}
	monkey := want.Against["mIT_674neurons"]
	if math.Abs(monkey["spearman"]-.296325) > 5e-7 || math.Abs(monkey["corr"]-.333537) > 5e-7 {
		t.Errorf("monkey against human IT: %v", monkey)
	}
}

// slowWhitened is the definition: V is made and solved with.
func slowWhitened(t *testing.T, x, y []float64, centred bool) float64 {
	var pairs [][2]int
	for i := 0; len(pairs) < len(x); i++ {
		pairs = nil
		for a := range i {
			for b := a + 1; b < i; b++ {
				pairs = append(pairs, [2]int{a, b})
			}
		}
	}
	v := mat.NewSymDense(len(x), nil)
	for a, p := range pairs {
		for b, q := range pairs {
			c := 0.0 // of the differences of two patterns, before squaring
			for _, s := range [4][3]int{{p[0], q[0], 1}, {p[0], q[1], -1}, {p[1], q[0], -1}, {p[1], q[1], 1}} {
				if s[0] == s[1] {
					c += float64(s[2])
				}
			}
			v.SetSym(a, b, c*c)
		}
	}
	u, w := mat.NewVecDense(len(x), append([]float64(nil), x...)), mat.NewVecDense(len(x), append([]float64(nil), y...))
	if centred {
		for _, z := range []*mat.VecDense{u, w} {
			m := mat.Sum(z) / float64(len(x))
			for i := range x {
				z.SetVec(i, z.AtVec(i)-m)
			}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(v) {
		t.Fatal("V is not positive definite")
	}
	var vu, vw mat.VecDense
	if err := errors.Join(chol.SolveVecTo(&vu, u), chol.SolveVecTo(&vw, w)); err != nil {
		t.Fatal(err)
	}
	return mat.Dot(u, &vw) / math.Sqrt(mat.Dot(u, &vu)*mat.Dot(w, &vw))
}

func TestWhitened(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 12))
	for _, n := range []int{3, 4, 5, 17, 40} {
		x, y := make([]float64, n*(n-1)/2), make([]float64, n*(n-1)/2)
		for i := range x {
			x[i] = 1 + .3*rng.NormFloat64()
			y[i] = x[i] + .3*rng.NormFloat64()
		}
		for centred, m := range map[bool]*analysis.Measure{false: rsa.WhitenedCosine, true: rsa.WhitenedPearson} {
			want := slowWhitened(t, x, y, centred)
			for _, scale := range []float64{1, 1e-300, 1e-160, 1e160, 1e300} {
				a, b := make([]float64, len(x)), make([]float64, len(x))
				for i := range x {
					a[i], b[i] = x[i]*scale, y[i]*-scale
				}
				if got := must(m.Compare(a, b))(t).Value; math.Abs(got+want) > 1e-12 {
					t.Errorf("%s, %d stimuli, scale %g: %v, want %v", m.Name, n, scale, got, -want)
				}
			}
			if s := must(m.Compare(x, x))(t).Value; math.Abs(s-1) > 1e-15 {
				t.Errorf("%s with itself: %v", m.Name, s)
			}
			if a, b := must(m.Compare(x, y))(t).Value, must(m.CompareTo(y)(x))(t).Value; a != b {
				t.Errorf("%s is not symmetric: %v, %v", m.Name, a, b)
			}
		}
		// A constant added to the cells counts for the cosine alone.
		z := make([]float64, len(y))
		for i := range z {
			z[i] = y[i] + 5
		}
		if a, b := must(rsa.WhitenedPearson.Compare(x, y))(t).Value, must(rsa.WhitenedPearson.Compare(x, z))(t).Value; math.Abs(a-b) > 1e-12 {
			t.Errorf("whitened Pearson: %v, shifted %v", a, b)
		}
		if a, b := must(rsa.WhitenedCosine.Compare(x, y))(t).Value, must(rsa.WhitenedCosine.Compare(x, z))(t).Value; n > 3 && a == b {
			t.Errorf("whitened cosine: %v, shifted %v", a, b)
		}
	}
}

// cellCounts are how often cells stand where stimuli stand so often.
func cellCounts(counts []float64) (w []float64) {
	for i, c := range counts {
		for _, d := range counts[i+1:] {
			w = append(w, c*d)
		}
	}
	return w
}

// Every measure on draws of stimuli, as rsatoolbox compares them.
func TestDraws(t *testing.T) {
	want := readExpected(t).Simulated
	x, y := want.People[0], want.People[1]
	for _, d := range want.Draws {
		w := cellCounts(d.Counts)
		for name, m := range comparators {
			got, err := m.Resampled(x, y, w)
			if err != nil || math.Abs(got-d.Values[name]) > 1e-12 {
				t.Errorf("%s of %v: %v, %v; rsatoolbox %v", m.Name, d.Counts, got, err, d.Values[name])
			}
			if again := must(m.Resampler(x, y)(w))(t); again != got {
				t.Errorf("%s of %v: %v, prepared %v", m.Name, d.Counts, got, again)
			}
		}
	}
}

// A draw of every stimulus once is none, one of some is the RDM On them, and
// one stimulus may stand for half of all or more.
func TestWhitenedDraws(t *testing.T) {
	s := stimuli(t, make([]string, 14)...)
	people := readExpected(t).Simulated.People
	a, b := fromUpper(t, "a", s, people[0]), fromUpper(t, "b", s, people[1])
	ones, some := make([]float64, 14), make([]float64, 14)
	var kept []analysis.Stimulus
	for i := range ones {
		ones[i] = 1
		if i%3 != 1 {
			some[i] = 1
			kept = append(kept, s.At(i))
		}
	}
	part := must(analysis.NewStimuli(kept))(t)
	for _, m := range []*analysis.Measure{rsa.WhitenedCosine, rsa.WhitenedPearson} {
		if got, want := must(m.Resampled(people[0], people[1], cellCounts(ones)))(t), must(m.Compare(people[0], people[1]))(t).Value; math.Abs(got-want) > 1e-13 {
			t.Errorf("%s: %v, every stimulus once %v", m.Name, want, got)
		}
		want := must(rsa.Compare(m)(must(a.On(part))(t), must(b.On(part))(t)))(t).Value
		if got := must(m.Resampled(people[0], people[1], cellCounts(some)))(t); math.Abs(got-want) > 1e-13 {
			t.Errorf("%s: %v, drawn %v", m.Name, want, got)
		}
		for _, counts := range [][]float64{{4, 1, 1}, {5, 1, 1}, {1, 9, 2}, {2, 2, 1}, {3, 0, 1, 2}, {1, 1, 5, 1}} {
			cells := len(counts) * (len(counts) - 1) / 2
			x, y := people[0][:cells], people[1][:cells]
			got, want := must(m.Resampled(x, y, cellCounts(counts)))(t), slowDraw(t, x, y, counts, m == rsa.WhitenedPearson)
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("%s of %v: %v, want %v", m.Name, counts, got, want)
			}
		}
	}
}

// slowDraw writes the copies out: the rows and columns of what two RDMs have
// in common are taken off by least squares over the cells that are there.
func slowDraw(t *testing.T, x, y, counts []float64, centred bool) float64 {
	var copies []int
	for i, c := range counts {
		for range int(c) {
			copies = append(copies, i)
		}
	}
	n := len(copies)
	var design, u, v []float64 // a row per cell and per place of the diagonal
	var off int
	for p := range n {
		for q := p + 1; q < n; q++ {
			if i, j := copies[p], copies[q]; i != j {
				at := i*len(counts) - i*(i+1)/2 + j - i - 1
				u, v = append(u, x[at]), append(v, y[at])
				row := make([]float64, n)
				row[p], row[q] = .5, .5
				design = append(design, row...)
				off++
			}
		}
	}
	weight := make([]float64, off, off+n)
	for i := range weight {
		weight[i] = math.Sqrt2
	}
	if centred {
		for _, z := range [][]float64{u, v} {
			m := 0.0
			for _, c := range z {
				m += c / float64(off)
			}
			for i := range z {
				z[i] -= m
			}
		}
	}
	for p := range n {
		u, v, weight = append(u, 0), append(v, 0), append(weight, 1)
		row := make([]float64, n)
		row[p] = 1
		design = append(design, row...)
	}
	d := mat.NewDense(off+n, n, design)
	for i, w := range weight {
		for p := range n {
			d.Set(i, p, w*d.At(i, p))
		}
		u[i] *= w
		v[i] *= w
	}
	left := func(z []float64) *mat.VecDense {
		var b, fit mat.VecDense
		r := mat.NewVecDense(len(z), z)
		if err := b.SolveVec(d, r); err != nil {
			t.Fatal(err)
		}
		fit.MulVec(d, &b)
		r.SubVec(r, &fit)
		return r
	}
	ru, rv := left(u), left(v)
	return mat.Dot(ru, rv) / math.Sqrt(mat.Dot(ru, ru)*mat.Dot(rv, rv))
}

func TestComparatorFaults(t *testing.T) {
	s := stimuli(t, "face", "body", "scene")
	flat, zero := fromUpper(t, "flat", s, []float64{2, 2, 2}), fromUpper(t, "zero", s, []float64{0, 0, 0})
	d := fromUpper(t, "d", s, []float64{1, 2, 4})
	short := fromUpper(t, "short", must(s.Only("face", "body"))(t), []float64{1})
	plain := &analysis.Measure{Name: "plain", Min: -1, Max: 1, Func: analysis.Pearson.Func}
	compare := func(m *analysis.Measure, a, b *rsa.RDM) func() error {
		return func() error {
			_, err := rsa.Compare(m)(a, b)
			_, all := rsa.CompareAll(m)(a, []*rsa.RDM{b, b})
			if fmt.Sprint(err) != fmt.Sprint(all) {
				t.Errorf("%v; of many: %v", err, all)
			}
			return err
		}
	}
	pool := func(m *analysis.Measure, ds ...*rsa.RDM) func() error {
		return func() error { _, err := rsa.Pool(m)(ds); return err }
	}
	var alignment *analysis.AlignmentError
	for _, c := range []struct {
		name string
		call func() error
		is   error
		as   any
		says string
	}{
		{"7 cells", func() error {
			_, err := rsa.WhitenedCosine.Compare([]float64{1, 2, 3, 4, 5, 6, 7}, []float64{1, 2, 3, 4, 5, 6, 7})
			return err
		}, nil, nil, "whitened cosine: the first of the two: 7 values are not the cells of an RDM above its diagonal; 4 stimuli have 6, 5 have 10"},
		{"2 cells", func() error {
			_, err := rsa.WhitenedPearson.CompareTo([]float64{1, 2})([]float64{1, 2})
			return err
		}, nil, nil, "2 values are not the cells"},
		{"cells drawn", func() error {
			_, err := rsa.WhitenedCosine.Resampled([]float64{1, 2, 3}, []float64{1, 2, 4}, []float64{2, 1, 3})
			return err
		}, nil, nil, "cannot be drawn one by one; draw stimuli"},
		{"two drawn", func() error {
			_, err := rsa.WhitenedCosine.Resampled([]float64{1, 2, 3}, []float64{1, 2, 4}, []float64{2, 0, 0})
			return err
		}, analysis.ErrConstant, nil, "fewer than 3 different stimuli"},
		{"flat cosine", compare(rsa.WhitenedCosine, flat, d), nil, nil, ""},
		{"zero cosine", compare(rsa.WhitenedCosine, d, zero), analysis.ErrConstant, nil, `RDMs of "d" and "zero"`},
		{"flat Pearson", compare(rsa.WhitenedPearson, flat, d), analysis.ErrConstant, nil, "all 3 cells are 2"},
		{"flat Spearman", compare(analysis.Spearman, d, flat), analysis.ErrConstant, nil, `"flat"`},
		{"flat τ-a", compare(analysis.TauA, flat, d), nil, nil, ""},
		{"one cell", compare(analysis.TauA, short, short), nil, nil, ""},
		{"shorter", compare(analysis.Cosine, d, short), nil, &alignment, "test/002"},
		{"no RDMs", func() error { _, err := rsa.CompareAll(analysis.Pearson)(d, nil); return err }, nil, nil, `no RDMs to compare that of "d" with`},
		{"pool nobody", pool(analysis.Pearson), nil, nil, "no RDMs to pool"},
		{"pool flat", pool(analysis.Pearson, d, flat), analysis.ErrConstant, nil, `the RDM of "flat" cannot be pooled for Pearson r`},
		{"pool shorter", pool(analysis.TauA, d, short), nil, &alignment, "test/002"},
		{"pool kinds", pool(analysis.TauA, d, must(rsa.FromDistances("e", s, d.Values, rsa.EuclideanDistance))(t)), nil, nil, "of different measures (crossnobis distance, squared Euclidean distance)"},
		{"pool plainly", pool(plain, d, flat), nil, nil, ""},
		{"pool one", pool(rsa.WhitenedPearson, d), nil, nil, ""},
	} {
		err := c.call()
		if c.name == "one cell" {
			if err == nil || !strings.Contains(err.Error(), "stimuli") {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if c.is == nil && c.as == nil && c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	kept := append([]float64(nil), d.Upper()...)
	pooled := must(rsa.Pool(analysis.Spearman)([]*rsa.RDM{d, flat}[:1]))(t)
	if diff := cmp.Diff([]float64{1, 2, 3}, pooled.Upper()); diff != "" || cmp.Diff(kept, d.Upper()) != "" {
		t.Error(diff)
	}
	if _, err := pooled.RSM(); err == nil {
		t.Error("pooled ranks as similarities")
	}
}
