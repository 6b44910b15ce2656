package localizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// reference is testdata/localizer.json: see internal/reference/localizer.py.
type reference struct {
	Category, Subcategory []string
	Dead                  []int
	Responses             [][]float64
	Cases                 []struct {
		Contrast            string
		Pooled, Conjunction bool
		T, P, BH, BY        []float64
	}
	Student [][3]float64
}

func load(t *testing.T) (reference, *analysis.Responses) {
	t.Helper()
	b, err := os.ReadFile("testdata/localizer.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	items := make([]analysis.Stimulus, len(ref.Category))
	v := mat.NewDense(len(items), len(ref.Responses[0]), nil)
	for i := range items {
		items[i] = analysis.Stimulus{ID: fmt.Sprintf("ref/%d", i), Category: ref.Category[i], Subcategory: ref.Subcategory[i]}
		v.SetRow(i, ref.Responses[i])
	}
	return ref, responses(t, items, v)
}

func responses(t testing.TB, items []analysis.Stimulus, v *mat.Dense) *analysis.Responses {
	t.Helper()
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	r, err := analysis.NewResponses("net/fc", s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func relative(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a-b) / math.Max(math.Abs(a), math.Abs(b))
}

// TestSciPy compares with scipy.stats.ttest_ind and false_discovery_control.
// Channel 16 has a mean of 10⁴ standard deviations, so that its difference of
// means itself is known to 1e-11 only.
func TestSciPy(t *testing.T) {
	ref, r := load(t)
	worst := 0.0
	for _, c := range ref.Cases {
		contrast, err := Named(c.Contrast, r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		for _, yekutieli := range []bool{false, true} {
			f, err := TTest{Pooled: c.Pooled, Conjunction: c.Conjunction, Yekutieli: yekutieli}.Localize(r, contrast)
			if err != nil {
				t.Fatal(err)
			}
			if f.Dead != len(ref.Dead) {
				t.Errorf("%s: %d dead, want %d", c.Contrast, f.Dead, len(ref.Dead))
			}
			q := c.BH
			if yekutieli {
				q = c.BY
			}
			for j := range c.T {
				e := max(relative(f.Stat[j], c.T[j]), relative(f.P[j], c.P[j]), relative(f.Q[j], q[j]))
				if j != 16 {
					worst = max(worst, e)
				}
				if e > 1e-11 && !(j == 16 && e < 1e-9) {
					t.Errorf("%s, pooled %v, conjunction %v, BY %v, channel %d: t %v p %v q %v, scipy %v %v %v",
						c.Contrast, c.Pooled, c.Conjunction, yekutieli, j, f.Stat[j], f.P[j], f.Q[j], c.T[j], c.P[j], q[j])
				}
				if f.Keep[j] != (c.T[j] > 0) {
					t.Errorf("%s, channel %d: selected %v at t %v by the zero TTest", c.Contrast, j, f.Keep[j], c.T[j])
				}
			}
		}
	}
	t.Logf("largest relative difference of t, p and q: %.1e", worst)
}

// TestCuts: what is kept is what the documentation says, by scipy's q.
func TestCuts(t *testing.T) {
	ref, r := load(t)
	c := ref.Cases[0] // Welch, faces
	for _, l := range []TTest{{FDR: 0.05}, {FDR: 0.05, Yekutieli: true}, {FDR: 0.05, MinT: 4}, {MinT: 2}} {
		f, err := l.Localize(r, Faces)
		if err != nil {
			t.Fatal(err)
		}
		q := c.BH
		if l.Yekutieli {
			q = c.BY
		}
		differ := 0
		for j, keep := range f.Keep {
			if keep != (c.T[j] > l.MinT && (l.FDR == 0 || q[j] < l.FDR)) {
				t.Errorf("%+v, channel %d: selected %v at t %v, q %v", l, j, keep, c.T[j], q[j])
			}
			if keep != (c.T[j] > l.MinT && (l.FDR == 0 || c.P[j] < l.FDR)) {
				differ++
			}
		}
		if l.FDR > 0 && l.MinT == 0 && differ == 0 {
			t.Errorf("%+v: p and q select the same, the test says nothing", l)
		}
	}
}

// TestBlocks: a channel's numbers do not depend on where it stands, at the
// borders of blocks least of all.
func TestBlocks(t *testing.T) {
	_, r := load(t)
	want, err := TTest{}.Localize(r, Bodies)
	if err != nil {
		t.Fatal(err)
	}
	_, channels := r.Dims()
	order := make([]int, 2*blockSize+channels/2)
	for j := range order {
		order[j] = j % channels
	}
	wide, err := r.Columns(r.Source(), order)
	if err != nil {
		t.Fatal(err)
	}
	got, err := TTest{}.Localize(wide, Bodies)
	if err != nil {
		t.Fatal(err)
	}
	for j, k := range order {
		if got.Stat[j] != want.Stat[k] || got.P[j] != want.P[k] {
			t.Fatalf("channel %d of %d: t %v, p %v; alone %v, %v", j, len(order), got.Stat[j], got.P[j], want.Stat[k], want.P[k])
		}
	}
}

func TestStudent(t *testing.T) {
	ref, _ := load(t)
	worst := 0.0
	for _, s := range ref.Student {
		e := relative(twoSided(s[0], s[1]), s[2])
		if worst = max(worst, e); e > 2e-12 {
			t.Errorf("t %v, df %v: p %v, scipy %v", s[0], s[1], twoSided(s[0], s[1]), s[2])
		}
	}
	t.Logf("%d values from %.0e to 1: largest relative difference %.1e", len(ref.Student), ref.Student[len(ref.Student)-2][2], worst)
	// Closed forms: df 1 is Cauchy, df 2 is algebraic; far tails do not vanish.
	for _, x := range []float64{1e-9, 1e-3, 1, 30, 1e5} {
		if p, want := twoSided(x, 1), 2/math.Pi*math.Atan2(1, x); relative(p, want) > 1e-13 {
			t.Errorf("t %v, df 1: p %v, want %v", x, p, want)
		}
		q := math.Sqrt(2 + x*x)
		if p, want := twoSided(x, 2), 2/(q*(q+x)); relative(p, want) > 1e-13 {
			t.Errorf("t %v, df 2: p %v, want %v", x, p, want)
		}
	}
	if p := twoSided(-40, 998); !(p > 0 && p < 1e-200) || p != twoSided(40, 998) {
		t.Errorf("t −40, df 998: p %v", p)
	}
	if p := twoSided(1e15, 998); p != 0 {
		t.Errorf("t 1e15: p %v", p)
	}
}

// TestSign: exchanging the sides, or the sign of the responses, changes the
// sign of t and nothing else.
func TestSign(t *testing.T) {
	_, r := load(t)
	v := mat.DenseCopyOf(r.Matrix())
	v.Scale(-1, v)
	there := analysis.Contrast{Name: "there", Prefer: []string{"face"}, Over: []string{"scene", "limb"}}
	back := analysis.Contrast{Name: "back", Prefer: there.Over, Over: there.Prefer}
	for _, l := range []TTest{{}, {Pooled: true}} {
		f, err := l.LocalizeAll(r, there, back)
		if err != nil {
			t.Fatal(err)
		}
		flipped, err := analysis.NewResponses("net/fc", r.Stimuli(), v)
		if err != nil {
			t.Fatal(err)
		}
		g, err := l.Localize(flipped, there)
		if err != nil {
			t.Fatal(err)
		}
		for j, x := range f[0].Stat {
			if f[1].Stat[j] != -x || f[1].P[j] != f[0].P[j] || g.Stat[j] != -x || g.P[j] != f[0].P[j] {
				t.Errorf("channel %d: t %v p %v; sides exchanged %v %v, sign changed %v %v", j, x, f[0].P[j], f[1].Stat[j], f[1].P[j], g.Stat[j], g.P[j])
			}
		}
	}
}

// TestConjunction is the definition, by hand: the smallest t over separate
// contrasts with each other category.
func TestConjunction(t *testing.T) {
	_, r := load(t)
	f, err := TTest{Conjunction: true, MinT: 1, FDR: 0.2}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"body", "scene", "object", "character"}
	var each []analysis.Contrast
	for _, n := range names {
		each = append(each, analysis.Contrast{Name: n, Prefer: []string{"face"}, Over: []string{n}})
	}
	g, err := TTest{MinT: 1, FDR: 0.2}.LocalizeAll(r, each...)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for j := range f.Keep {
		keep, least := true, math.Inf(1)
		for _, h := range g {
			keep = keep && h.Keep[j]
			least = min(least, h.Stat[j])
		}
		if f.Keep[j] != keep || f.Stat[j] != least {
			t.Errorf("channel %d: selected %v, t %v; by hand %v, %v", j, f.Keep[j], f.Stat[j], keep, least)
		}
		if keep {
			kept++
		}
	}
	if kept == 0 || kept == len(f.Keep) {
		t.Errorf("%d of %d channels selected: the test says nothing", kept, len(f.Keep))
	}
	// Naming the others, by subcategory even, is the same comparison.
	named := Faces
	named.Over = []string{"scene", "limb"}
	h, err := TTest{Conjunction: true}.Localize(r, named)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Welch t > 0, each time (n = 9 against 9 scene, 2 limb)"; h.Rule != want {
		t.Errorf("rule %q, want %q", h.Rule, want)
	}
}

func TestRules(t *testing.T) {
	_, r := load(t)
	for want, l := range map[string]TTest{
		"Welch t > 0 (n = 9 against 30)":                                 {},
		"Welch t > 7 (n = 9 against 30)":                                 {MinT: 7},
		"pooled t > 2.5, Benjamini–Hochberg q < 0.05 (n = 9 against 30)": {MinT: 2.5, Pooled: true, FDR: .05},
		"pooled t > 0, Benjamini–Yekutieli q < 0.05, each time (n = 9 against 7 body, 9 scene, 7 object, 7 character)": {Pooled: true, FDR: .05, Yekutieli: true, Conjunction: true},
	} {
		f, err := l.Localize(r, Faces)
		if err != nil {
			t.Fatal(err)
		}
		if !sameWords(f.Rule, want) {
			t.Errorf("rule %q, want %q", f.Rule, want)
		}
	}
}

// sameWords compares without regard to the order in which categories appear.
func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, w := range strings.FieldsFunc(a, func(r rune) bool { return strings.ContainsRune(" ,()", r) }) {
		count[w]++
	}
	for _, w := range strings.FieldsFunc(b, func(r rune) bool { return strings.ContainsRune(" ,()", r) }) {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func items(counts map[string]int, order ...string) []analysis.Stimulus {
	var out []analysis.Stimulus
	for _, c := range order {
		for i := range counts[c] {
			out = append(out, analysis.Stimulus{ID: fmt.Sprintf("%s-%d", c, i), Category: c})
		}
	}
	return out
}

// TestPerfect: sides that do not vary, and two stimuli on each.
func TestPerfect(t *testing.T) {
	four := items(map[string]int{"face": 2, "body": 2}, "face", "body")
	r := responses(t, four, mat.NewDense(4, 5, []float64{
		1, 0.1, -3, 5, 1,
		1, 0.1, -3, 5, 3,
		0, 0.2, -4, 5, 0,
		0, 0.2, -4, 5, 2,
	}))
	for _, l := range []TTest{{}, {Pooled: true}, {Conjunction: true}} {
		f, err := l.Localize(r, Faces)
		if err != nil {
			t.Fatal(err)
		}
		for j, want := range []float64{0x1p52, -0x1p51, 0x1p50, 0, 1 / math.Sqrt2} {
			if relative(f.Stat[j], want) > 1e-12 {
				t.Errorf("%+v, channel %d: t %v, want %v", l, j, f.Stat[j], want)
			}
		}
		if diff := cmp.Diff([]bool{true, false, true, false, true}, f.Keep); diff != "" || f.Dead != 1 {
			t.Errorf("%+v: %d dead, selected (-want +got):\n%s", l, f.Dead, diff)
		}
		if p := f.P[0]; !(p > 0 && p < 1e-30) {
			t.Errorf("%+v: p %v", l, p)
		}
	}
}

// TestConjunctionDeadPair: a channel that varies, though not between the
// preferred and one other category, passes no conjunction but is not dead.
func TestConjunctionDeadPair(t *testing.T) {
	six := items(map[string]int{"face": 2, "body": 2, "scene": 2}, "face", "body", "scene")
	f, err := TTest{Conjunction: true}.Localize(responses(t, six, mat.NewDense(6, 1, []float64{1, 1, 1, 1, 0, 0.5})), Faces)
	if err != nil {
		t.Fatal(err)
	}
	if f.Dead != 0 || f.Keep[0] || f.Stat[0] != 0 || f.P[0] != 1 {
		t.Errorf("dead %d, selected %v, t %v, p %v", f.Dead, f.Keep[0], f.Stat[0], f.P[0])
	}
}

func TestFaults(t *testing.T) {
	mixed := items(map[string]int{"face": 1, "body": 3, "scene": 1, "scrambled": 2}, "face", "body", "scene", "scrambled")
	v := mat.NewDense(7, 1, []float64{1, 2, 3, 4, 5, 6, 7})
	big := mat.NewDense(7, 2, []float64{1, 1e200, 2, -1e200, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0})
	ofBodies := analysis.Contrast{Name: "bodies", Prefer: []string{"body"}}
	for _, c := range []struct {
		name string
		l    TTest
		c    analysis.Contrast
		v    *mat.Dense
		want string
	}{
		{"one preferred", TTest{}, Faces, v, `contrast "faces" compares 1 preferred stimuli with 4 of the others; a t-test needs at least 2`},
		{"one other", TTest{}, analysis.Contrast{Name: "b-s", Prefer: []string{"body"}, Over: []string{"scene"}}, v, `compares 3 preferred stimuli with 1 of the others`},
		{"one of a category", TTest{Conjunction: true}, ofBodies, v, `with 1 of face`},
		{"negative cut", TTest{MinT: -1}, ofBodies, v, "MinT is -1"},
		{"NaN cut", TTest{MinT: math.NaN()}, ofBodies, v, "MinT is NaN"},
		{"infinite cut", TTest{MinT: math.Inf(1)}, ofBodies, v, "MinT is +Inf"},
		{"FDR of 1", TTest{FDR: 1}, ofBodies, v, "FDR is 1,"},
		{"NaN FDR", TTest{FDR: math.NaN()}, ofBodies, v, "FDR is NaN"},
		{"overflow", TTest{}, ofBodies, big, "variance of channel 1 (of 2)"},
		{"no preference", TTest{}, analysis.Contrast{Name: "none"}, v, `contrast "none" prefers no category`},
		{"dead", TTest{}, ofBodies, mat.NewDense(7, 2, nil), `each of the 2 channels of "net/fc" gives all 5 stimuli of contrast "bodies" the same response`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := c.l.Localize(responses(t, mixed, c.v), c.c)
			if err == nil || f != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	s, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "1", Category: "face", Subcategory: "adult"}, {ID: "2", Category: "scenes"}, {ID: "3", Category: "scene"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]analysis.Contrast{
		"faces":  Faces,
		"face":   {Name: "face", Prefer: []string{"face"}},
		"adult":  {Name: "adult", Prefer: []string{"adult"}},
		"scenes": {Name: "scenes", Prefer: []string{"scenes"}},
	} {
		if got, err := Named(name, s); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"bodies": `contrast "bodies" names "body", which no stimulus has; the stimuli have: face, scenes, scene, adult`,
		"Faces":  `contrast "Faces" names "Faces", which no stimulus has; the stimuli have: face, scenes, scene, adult`,
		"":       `contrast "" names "", which`,
	} {
		_, err := Named(name, s)
		var category *analysis.CategoryError
		if !errors.As(err, &category) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	got, _ := Named("faces", s)
	got.Prefer[0] = "changed"
	if Faces.Prefer[0] != "face" {
		t.Error("Named lends out the contrast's own slice")
	}
}

// TestThreads: the fROI does not depend on how many processors there are, nor
// LocalizeAll on which contrasts stand together.
func TestThreads(t *testing.T) {
	r := noise(t, 60, 3*blockSize+77)
	contrasts := []analysis.Contrast{Faces, Bodies, Scenes, Objects, Characters}
	many, err := TTest{MinT: 2}.LocalizeAll(r, contrasts...)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for i, c := range contrasts {
		one, err := TTest{MinT: 2}.Localize(r, c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, many[i], cmp.Comparer(analysis.Stimuli.Same)); diff != "" {
			t.Errorf("%s: (-one +many)\n%s", c.Name, diff[:min(len(diff), 1000)])
		}
	}
}

func noise(t testing.TB, n, channels int) *analysis.Responses {
	rng := rand.New(rand.NewPCG(7, 20260529))
	names := []string{"face", "body", "scene", "object", "character"}
	it := make([]analysis.Stimulus, n)
	for i := range it {
		it[i] = analysis.Stimulus{ID: fmt.Sprintf("noise/%d", i), Category: names[i*len(names)/n]}
	}
	v := mat.NewDense(n, channels, nil)
	for i := range n {
		row := v.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
			if i*len(names)/n == 0 && j < channels/100 {
				row[j]++
			}
		}
	}
	return responses(t, it, v)
}

// BenchmarkTMaps: five contrasts over 1000 stimuli and 100 000 channels.
func BenchmarkTMaps(b *testing.B) {
	r := noise(b, 1000, 100_000)
	for _, c := range []struct {
		name string
		l    TTest
	}{{"Welch", TTest{FDR: 0.05}}, {"Pooled", TTest{FDR: 0.05, Pooled: true}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.l.LocalizeAll(r, Faces, Bodies, Scenes, Objects, Characters); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
