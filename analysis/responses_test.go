package analysis

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// answer makes responses of c channels: stimulus i, channel j is 10(i+1) + j.
func answer(t testing.TB, s Stimuli, c int) *Responses {
	t.Helper()
	v := mat.NewDense(s.Len(), c, nil)
	v.Apply(func(i, j int, _ float64) float64 { return float64(10*(i+1) + j) }, v)
	r, err := NewResponses("net/fc", s, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func region(s Stimuli, keep ...bool) *FROI {
	stat := make([]float64, len(keep))
	for j := range stat {
		stat[j] = float64(j) - 3.5
	}
	return &FROI{Source: "net/fc", Contrast: Contrast{Name: "faces"}, Rule: "t > 7", Keep: keep, Stat: stat, DefinedOn: s, Dead: 1}
}

func TestNewResponses(t *testing.T) {
	s := set(t, "face-1", "face-2")
	for want, v := range map[string]*mat.Dense{
		`responses of "net" have no values`:                                nil,
		`responses of "net" have no values;`[:33]:                          {},
		`responses of "net" have 3 rows for 2 stimuli`:                     mat.NewDense(3, 1, nil),
		`response of "net" to "face-2" in channel 1 (of 3) is NaN; remove`: mat.NewDense(2, 3, []float64{1, 2, 3, 4, math.NaN(), math.Inf(1)}),
		`response of "net" to "face-1" in channel 2 (of 3) is -Inf`:        mat.NewDense(2, 3, []float64{1, 2, math.Inf(-1), 4, math.NaN(), 6}),
	} {
		_, err := NewResponses("net", s, v)
		fails(t, err, want)
	}
	var align *AlignmentError
	if _, err := NewResponses("net", s, mat.NewDense(3, 1, nil)); !errors.As(err, &align) {
		t.Errorf("wrong number of rows: %T", err)
	}
	r := answer(t, s, 3)
	if n, c := r.Dims(); n != 2 || c != 3 || r.Source() != "net/fc" || !r.Stimuli().Same(s) || r.Row(1)[2] != 22 {
		t.Errorf("%d×%d, %q, %v", n, c, r.Source(), r.Row(1))
	}
	if o := r.Named("S1"); o.Source() != "S1" || r.Source() != "net/fc" || o.Matrix() != r.Matrix() {
		t.Error("Named must rename a copy that shares the values")
	}
}

// TestOn: rows follow their stimulus, whatever the order, and carry the
// categories of the stimuli asked for.
func TestOn(t *testing.T) {
	s := set(t, "a-0", "b-1", "c-2", "d-3", "e-4")
	r := answer(t, s, 2)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		order := rng.Perm(5)[:1+rng.IntN(5)]
		var items []Stimulus
		for _, i := range order {
			items = append(items, Stimulus{ID: s.At(i).ID, Category: "other"})
		}
		want, err := NewStimuli(items)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.On(want)
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range order {
			if got.Row(k)[1] != r.Row(i)[1] || got.Stimuli().At(k).Category != "other" {
				t.Errorf("order %v: row %d is %v", order, k, got.Row(k))
			}
		}
	}
	_, err := r.On(set(t, "a-0", "x-1", "e-4", "x-2"))
	var align *AlignmentError
	if !errors.As(err, &align) || !cmp.Equal(align.Missing, []string{"x-1", "x-2"}) {
		t.Errorf("missing stimuli: %v", err)
	}
	fails(t, err, `"net/fc" does not cover all of the 4 stimuli asked for: 2 missing: x-1, x-2`)
	_, err = r.On(Stimuli{})
	fails(t, err, `no stimuli to read "net/fc" on`)
}

func TestRegions(t *testing.T) {
	defined, s := set(t, "face-1", "body-1"), set(t, "face-2", "body-2")
	r := answer(t, s, 4)
	f := region(defined, false, true, false, true)
	if f.Count() != 2 || !cmp.Equal(f.Channels(), []int{1, 3}) {
		t.Errorf("%d channels: %v", f.Count(), f.Channels())
	}
	for _, c := range []struct {
		source string
		do     func(*FROI) (*Responses, error)
		want   []float64
	}{
		{"net/fc faces", r.Within, []float64{21, 23}},
		{"net/fc without faces", r.Without, []float64{20, 22}},
		{"net/fc faces lesioned", r.Lesion, []float64{20, 0, 22, 0}},
	} {
		got, err := c.do(f)
		if err != nil {
			t.Fatal(err)
		}
		if got.Source() != c.source || !got.Stimuli().Same(s) {
			t.Errorf("source %q, want %q", got.Source(), c.source)
		}
		if diff := cmp.Diff(c.want, got.Row(1)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.source, diff)
		}
	}
	if diff := cmp.Diff([]float64{20, 21, 22, 23}, r.Row(1)); diff != "" {
		t.Errorf("the responses were modified: %s", diff)
	}
}

func TestRegionFaults(t *testing.T) {
	defined, s := set(t, "face-1", "body-1"), set(t, "face-2", "body-2", "face-1")
	r, fresh := answer(t, s, 4), answer(t, set(t, "face-3"), 4)
	verbs := func(r *Responses) []func(*FROI) (*Responses, error) {
		return []func(*FROI) (*Responses, error){r.Within, r.Without, r.Lesion}
	}
	for _, do := range verbs(r) {
		f := region(defined, true, false, false, true)
		_, err := do(f)
		if !errors.Is(err, ErrCircular) {
			t.Errorf("measured where it was defined: %v", err)
		}
		fails(t, err, `fROI "faces" of "net/fc" was defined on 1 of the 3 stimuli that it is to be measured on (face-1)`)
		f.AllowCircular = true
		if _, err := do(f); err != nil {
			t.Errorf("AllowCircular: %v", err)
		}
	}
	for _, do := range verbs(fresh.Named("S1")) {
		_, err := do(region(defined, true, false, false, true))
		var align *AlignmentError
		if !errors.As(err, &align) {
			t.Errorf("another source: %v", err)
		}
		fails(t, err, `fROI "faces" was defined in "net/fc" and cannot be applied to "S1"`)
	}
	for _, do := range verbs(fresh) {
		_, err := do(region(defined, true, false))
		fails(t, err, `has 2 channels, the responses have 4`)
	}
	none, all := region(defined, false, false, false, false), region(defined, true, true, true, true)
	for _, do := range []func(*FROI) (*Responses, error){fresh.Within, fresh.Lesion} {
		_, err := do(none)
		if !errors.Is(err, ErrEmpty) {
			t.Errorf("empty fROI: %v", err)
		}
		fails(t, err, `no channel of "net/fc" is selective for faces by t > 7 (4 channels, 1 dead, largest statistic -0.5)`)
	}
	if got, err := fresh.Without(none); err != nil || len(got.Row(0)) != 4 {
		t.Errorf("without nothing: %v", err)
	}
	_, err := fresh.Without(all)
	if !errors.Is(err, ErrEmpty) {
		t.Errorf("without everything: %v", err)
	}
	fails(t, err, `every channel of "net/fc" is in fROI "faces"`)
	if got, err := fresh.Lesion(all); err != nil || mat.Norm(got.Matrix(), 1) != 0 {
		t.Errorf("everything lesioned: %v", err)
	}
}

func TestColumns(t *testing.T) {
	r := answer(t, set(t, "a-1", "a-2"), 3)
	got, err := r.Columns("part", []int{2, 0, 2})
	if err != nil || got.Source() != "part" || !cmp.Equal(got.Row(1), []float64{22, 20, 22}) {
		t.Errorf("%v, %v", got, err)
	}
	for want, cols := range map[string][]int{
		`no channels of "net/fc" chosen`:        nil,
		`"net/fc" has no channel 3 (it has 3)`:  {0, 3},
		`"net/fc" has no channel -1 (it has 3)`: {-1},
	} {
		_, err := r.Columns("part", cols)
		fails(t, err, want)
	}
}

func TestDead(t *testing.T) {
	s := set(t, "a-1", "a-2", "a-3")
	r, err := NewResponses("net", s, mat.NewDense(3, 4, []float64{
		0, 1, -2, 5,
		0, 1, -2, 5,
		0, 1 + 0x1p-52, -2, 4,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, false, true, false}, r.Dead()); diff != "" {
		t.Error(diff)
	}
	one := answer(t, set(t, "a-1"), 2)
	if diff := cmp.Diff([]bool{true, true}, one.Dead()); diff != "" {
		t.Errorf("one stimulus: %s", diff)
	}
}

func TestProgress(t *testing.T) {
	ReportProgress(context.Background(), 1, 2) // nobody listens
	var got [][2]int
	ctx := WithProgress(context.Background(), func(done, total int) { got = append(got, [2]int{done, total}) })
	ReportProgress(ctx, 1, 2)
	ReportProgress(ctx, 2, 2)
	if diff := cmp.Diff([][2]int{{1, 2}, {2, 2}}, got); diff != "" {
		t.Error(diff)
	}
}
