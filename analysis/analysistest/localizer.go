package analysistest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Selector is anything that selects channels by a contrast.
type Selector interface {
	Localize(r *analysis.Responses, c analysis.Contrast) (*analysis.FROI, error)
}

// multiple is a Selector that finds the fROIs of several contrasts at once.
type multiple interface {
	Selector
	LocalizeAll(r *analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error)
}

// tolerance is how far a law may be missed by rounding, relative to the value.
const tolerance = 1e-9

// Localizer tests that l keeps the laws of every localizer:
//
//   - the fROI has a value for each channel, finite statistics, p and q between
//     0 and 1, and says its source, its contrast and its rule;
//   - it is defined on just the stimuli that the contrast compares: measuring it
//     on them is circular, on others it is not, and what the responses to
//     other stimuli are does not matter;
//   - dead channels have statistic 0, p 1, q 1, are counted and never selected,
//     and neither is a channel that prefers the others;
//   - permuting stimuli changes nothing, permuting channels permutes the fROI,
//     scaling a channel by a positive constant changes nothing, the same input
//     gives the same fROI, and the input is not modified;
//   - an unknown category is an *analysis.CategoryError, all-dead responses
//     are analysis.ErrDead;
//   - where there is LocalizeAll, it is Localize contrast by contrast.
func Localizer(t *testing.T, l Selector) {
	t.Helper()
	r := responses(t)
	f := localize(t, l, r)
	t.Run("shape", func(t *testing.T) { shape(t, f, r) })
	t.Run("dead", func(t *testing.T) { dead(t, l, f) })
	t.Run("circular", func(t *testing.T) { circular(t, l, f, r) })
	t.Run("deterministic", func(t *testing.T) {
		before := mat.DenseCopyOf(r.Matrix())
		same(t, f, localize(t, l, r), 0, nil)
		if !mat.Equal(before, r.Matrix()) {
			t.Error("Localize modified the responses")
		}
	})
	t.Run("permutation of stimuli", func(t *testing.T) {
		s := r.Stimuli()
		items := make([]analysis.Stimulus, s.Len())
		for i, j := range rng(2).Perm(s.Len()) {
			items[i] = s.At(j)
		}
		p, err := r.On(stimuli(t, items))
		if err != nil {
			t.Fatal(err)
		}
		same(t, f, localize(t, l, p), tolerance, nil)
	})
	t.Run("permutation of channels", func(t *testing.T) {
		order := rng(3).Perm(channels)
		p, err := r.Columns(r.Source(), order)
		if err != nil {
			t.Fatal(err)
		}
		same(t, f, localize(t, l, p), tolerance, order)
	})
	t.Run("scaling of channels", func(t *testing.T) {
		v := mat.DenseCopyOf(r.Matrix())
		v.Apply(func(_, j int, x float64) float64 { return x * math.Pow(1.7, float64(j%40-20)) }, v)
		same(t, f, localize(t, l, build(t, r.Stimuli(), v)), tolerance, nil)
	})
	t.Run("stimuli outside the contrast", func(t *testing.T) {
		v := mat.DenseCopyOf(r.Matrix())
		for i := range r.Stimuli().Len() {
			if r.Stimuli().At(i).Category == analysis.Scrambled {
				for j := range channels {
					v.Set(i, j, float64(100+i*j))
				}
			}
		}
		same(t, f, localize(t, l, build(t, r.Stimuli(), v)), 0, nil)
	})
	t.Run("faults", func(t *testing.T) { faults(t, l, r) })
	if a, ok := l.(multiple); ok {
		t.Run("several contrasts", func(t *testing.T) { several(t, a, r) })
	}
}

// Stricter tests that strict, which shares its statistic with loose but has a
// higher cut, selects some of the channels of loose and no others.
func Stricter(t *testing.T, loose, strict Selector) {
	t.Helper()
	r := responses(t)
	f, g := localize(t, loose, r), localize(t, strict, r)
	if !slices.Equal(f.Stat, g.Stat) {
		t.Error("the statistics differ: only the cut may")
	}
	for j := range channels {
		if g.Keep[j] && !f.Keep[j] {
			t.Errorf("channel %d (statistic %v): selected by %q and not by %q", j, f.Stat[j], g.Rule, f.Rule)
		}
	}
}

// The responses of the tests: of 80 channels the first ten prefer faces, more
// and more; the next ten prefer anything else; the rest are noise of very
// different scale, some of it rectified, and the last five are dead.
const (
	channels  = 80
	forFaces  = 10
	against   = 20
	deadFrom  = 75
	perFamily = 10
)

var faces = analysis.Contrast{Name: "faces", Prefer: []string{"face"}}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20260529)) }

func responses(t *testing.T) *analysis.Responses {
	t.Helper()
	var items []analysis.Stimulus
	for _, k := range [...][2]string{
		{"face", "adult"}, {"body", "body"}, {"scene", "house"}, {"face", "child"}, {"body", "limb"},
		{"scene", "corridor"}, {"object", "car"}, {analysis.Scrambled, ""},
	} {
		for i := range perFamily {
			items = append(items, analysis.Stimulus{ID: fmt.Sprintf("laws/%s-%s-%d", k[0], k[1], i), Category: k[0], Subcategory: k[1]})
		}
	}
	g := rng(1)
	v := mat.NewDense(len(items), channels, nil)
	for i, it := range items {
		for j := range channels {
			x := g.NormFloat64()
			switch face := it.Category == "face"; {
			case j < forFaces && face:
				x += float64(j) / 2
			case j >= forFaces && j < against && !face:
				x += 3
			case j >= deadFrom:
				x = float64(j - deadFrom)
			case j >= 60:
				x = max(x, 0)
			case j >= 50:
				x = 1000 + x
			}
			v.Set(i, j, x)
		}
	}
	return build(t, stimuli(t, items), v)
}

func stimuli(t *testing.T, items []analysis.Stimulus) analysis.Stimuli {
	t.Helper()
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func build(t *testing.T, s analysis.Stimuli, v *mat.Dense) *analysis.Responses {
	t.Helper()
	r, err := analysis.NewResponses("laws", s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func localize(t *testing.T, l Selector, r *analysis.Responses) *analysis.FROI {
	t.Helper()
	f, err := l.Localize(r, faces)
	if err != nil {
		t.Fatalf("Localize: %v", err)
	}
	return f
}

func shape(t *testing.T, f *analysis.FROI, r *analysis.Responses) {
	if len(f.Keep) != channels || len(f.Stat) != channels || len(f.P) != channels || len(f.Q) != channels {
		t.Fatalf("%d channels: Keep %d, Stat %d, P %d, Q %d", channels, len(f.Keep), len(f.Stat), len(f.P), len(f.Q))
	}
	for j := range channels {
		if math.IsNaN(f.Stat[j]) || math.IsInf(f.Stat[j], 0) {
			t.Errorf("channel %d: statistic %v", j, f.Stat[j])
		}
		if !(f.P[j] >= 0 && f.P[j] <= 1) || !(f.Q[j] >= 0 && f.Q[j] <= 1) {
			t.Errorf("channel %d: p %v, q %v", j, f.P[j], f.Q[j])
		}
	}
	if f.Source != r.Source() || f.Contrast.Name != faces.Name || f.Rule == "" {
		t.Errorf("source %q, contrast %q, rule %q", f.Source, f.Contrast.Name, f.Rule)
	}
	if f.AllowCircular {
		t.Error("a localizer must not allow circular measurement")
	}
}

func dead(t *testing.T, l Selector, f *analysis.FROI) {
	if f.Dead != channels-deadFrom {
		t.Errorf("Dead is %d, want %d", f.Dead, channels-deadFrom)
	}
	for j := deadFrom; j < channels; j++ {
		if f.Keep[j] || f.Stat[j] != 0 || f.P[j] != 1 || f.Q[j] != 1 {
			t.Errorf("dead channel %d: selected %v, statistic %v, p %v, q %v", j, f.Keep[j], f.Stat[j], f.P[j], f.Q[j])
		}
	}
	for j := forFaces; j < against; j++ {
		if f.Keep[j] {
			t.Errorf("channel %d prefers the others (statistic %v) and is selected", j, f.Stat[j])
		}
		if best := f.Stat[forFaces-1]; f.Stat[j] >= best {
			t.Errorf("channel %d prefers the others and has statistic %v, a face channel has %v", j, f.Stat[j], best)
		}
	}
}

func circular(t *testing.T, l Selector, f *analysis.FROI, r *analysis.Responses) {
	prefer, over, err := faces.Split(r.Stimuli())
	if err != nil {
		t.Fatal(err)
	}
	if n := f.DefinedOn.Len(); n != len(prefer)+len(over) {
		t.Errorf("defined on %d stimuli, the contrast compares %d", n, len(prefer)+len(over))
	}
	for _, i := range append(prefer, over...) {
		if id := r.Stimuli().At(i).ID; f.DefinedOn.Len() > 0 {
			if _, ok := f.DefinedOn.Index(id); !ok {
				t.Errorf("DefinedOn lacks %q", id)
			}
		}
	}
	halves, err := r.Stimuli().Halves()
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.On(halves[0])
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.On(halves[1])
	if err != nil {
		t.Fatal(err)
	}
	h, err := l.Localize(a, faces)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Within(h); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("measured on the stimuli that defined it: %v, want ErrCircular", err)
	}
	if _, err := b.Within(h); err != nil && !(h.Count() == 0 && errors.Is(err, analysis.ErrEmpty)) {
		t.Errorf("measured on the other half: %v", err)
	}
}

func faults(t *testing.T, l Selector, r *analysis.Responses) {
	var unknown *analysis.CategoryError
	if _, err := l.Localize(r, analysis.Contrast{Name: "hands", Prefer: []string{"hand"}}); !errors.As(err, &unknown) {
		t.Errorf("unknown category: %v, want an *analysis.CategoryError", err)
	}
	n, c := r.Dims()
	if _, err := l.Localize(build(t, r.Stimuli(), mat.NewDense(n, c, nil)), faces); !errors.Is(err, analysis.ErrDead) {
		t.Errorf("all channels dead: %v, want analysis.ErrDead", err)
	}
}

func several(t *testing.T, l multiple, r *analysis.Responses) {
	contrasts := []analysis.Contrast{
		{Name: "bodies", Prefer: []string{"body"}}, faces, {Name: "houses", Prefer: []string{"house"}, Over: []string{"body", "child"}}, faces,
	}
	all, err := l.LocalizeAll(r, contrasts...)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(contrasts) {
		t.Fatalf("%d fROIs of %d contrasts", len(all), len(contrasts))
	}
	for i, c := range contrasts {
		one, err := l.Localize(r, c)
		if err != nil {
			t.Fatal(err)
		}
		same(t, one, all[i], 0, nil)
		if all[i].Contrast.Name != c.Name || all[i].Rule != one.Rule || !all[i].DefinedOn.Same(one.DefinedOn) {
			t.Errorf("fROI %d is %q by %q, want %q by %q", i, all[i].Contrast.Name, all[i].Rule, c.Name, one.Rule)
		}
	}
	if f, err := l.LocalizeAll(r, faces, analysis.Contrast{Name: "hands", Prefer: []string{"hand"}}); err == nil || f != nil {
		t.Errorf("an unknown category among others: %d fROIs, %v", len(f), err)
	}
}

// same tests that g is f with its channels in that order (nil: as they are).
func same(t *testing.T, f, g *analysis.FROI, tol float64, order []int) {
	t.Helper()
	if f.Dead != g.Dead {
		t.Errorf("Dead is %d, was %d", g.Dead, f.Dead)
	}
	for j := range g.Keep {
		k := j
		if order != nil {
			k = order[j]
		}
		for _, v := range [...]struct {
			name   string
			is, at float64
		}{{"statistic", g.Stat[j], f.Stat[k]}, {"p", g.P[j], f.P[k]}, {"q", g.Q[j], f.Q[k]}} {
			if math.Abs(v.is-v.at) > tol*max(1, math.Abs(v.at)) {
				t.Errorf("channel %d: %s is %v, was %v", k, v.name, v.is, v.at)
			}
		}
		if g.Keep[j] != f.Keep[k] {
			t.Errorf("channel %d: selected is %v, was %v", k, g.Keep[j], f.Keep[k])
		}
	}
}
