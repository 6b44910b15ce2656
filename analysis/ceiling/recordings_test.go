package ceiling_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/tuning"
)

// shown returns responses of a source with three channels to stimuli 0 … 4,
// which the seed decides.
func shown(t testing.TB, source string, seed float64) *analysis.Responses {
	v := mat.NewDense(5, 3, nil)
	for i := range 5 {
		for j := range 3 {
			v.Set(i, j, seed*float64(i*i)+float64((i*7+j*3+int(10*seed))%5))
		}
	}
	return must(analysis.NewResponses(source, stimuli(t, 5), v))(t)
}

func region(source string, prefer string, keep ...bool) *analysis.FROI {
	return &analysis.FROI{Source: source, Contrast: analysis.Contrast{Name: prefer + "s", Prefer: []string{prefer}}, Keep: keep, Stat: make([]float64, len(keep))}
}

// People and Networks are Record of each fROI, matched by source.
func TestRecordings(t *testing.T) {
	frois := []*analysis.FROI{
		region("S1", "face", true, true, false), region("S1", "scene", false, true, true),
		region("S2", "face", false, false, false), region("S2", "scene", true, false, true),
		region("S3", "face", false, true, false),
	}
	showings := [][]*analysis.Responses{ // in another order than the fROIs
		{shown(t, "S2", 1), shown(t, "S2", 1.5)},
		{shown(t, "S1", 2), shown(t, "S1", 2.5)},
		{shown(t, "S3", 4), shown(t, "S3", 4.5)},
	}
	got := must(ceiling.People(frois, showings))(t)
	var systems []ceiling.System
	for _, r := range got {
		systems = append(systems, r.System)
	}
	if d := cmp.Diff([]ceiling.System{{Label: "S1 faces", Person: "S1", Region: "faces"}, {Label: "S3 faces", Person: "S3", Region: "faces"}, {Label: "S1 scenes", Person: "S1", Region: "scenes"}, {Label: "S2 scenes", Person: "S2", Region: "scenes"}}, systems); d != "" {
		t.Error(d)
	}
	want := must(ceiling.Record("S2", "scenes", frois[3], showings[0]))(t)
	for k, r := range got[3].Repeats {
		if !mat.Equal(r.Matrix(), want.Repeats[k].Matrix()) {
			t.Errorf("repeat %d differs from Record's", k)
		}
	}

	net := must(ceiling.Networks([]*analysis.FROI{region("net/fc", "face", true, false, true)}, []*analysis.Responses{shown(t, "net/fc", 3)}))(t)
	if d := cmp.Diff(ceiling.System{Label: "net/fc", Region: "face units"}, net[0].System); d != "" || len(net[0].Repeats) != 1 {
		t.Error(d, len(net[0].Repeats))
	}
	// Together they are what Matrix takes.
	p := must(ceiling.Matrix(t.Context(), slices.Concat(got, net), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	if len(p.Systems) != 5 {
		t.Errorf("%v", p.Systems)
	}

	var align *analysis.AlignmentError
	for what, c := range map[string]struct {
		frois    []*analysis.FROI
		showings [][]*analysis.Responses
		align    bool
	}{
		"no such source": {frois, showings[:1], true},
		"twice":          {frois, append(slices.Clone(showings), showings[0]), true},
		"no repeats":     {frois, [][]*analysis.Responses{{}}, false},
		"all empty":      {frois[2:3], showings, false},
		"none":           {nil, showings, false},
	} {
		if _, err := ceiling.People(c.frois, c.showings); err == nil || errors.As(err, &align) != c.align {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A Scorer is Against of what is made of responses.
func TestScorer(t *testing.T) {
	s := stimuli(t, 5)
	people := []*tuning.Profile{profile("S1", s, []float64{1, 2, 3, 4, 6}), profile("S2", s, []float64{2, 1, 4, 3, 5})}
	model := shown(t, "net/fc", 1)
	pearson := tuning.Compare(analysis.Pearson)
	got := must(ceiling.Scorer(tuning.New, people, pearson)(model))(t)
	want := must(ceiling.Against(must(tuning.New(model))(t), people, pearson))(t)
	if got.Value != want.Value || got.Lo != want.Lo || got.N != 2 {
		t.Errorf("%v, want %v", got, want)
	}
	all := must(ceiling.AgainstAll([]*tuning.Profile{must(tuning.New(model))(t), must(tuning.New(shown(t, "net/fc", 2)))(t)}, people, pearson))(t)
	if len(all) != 2 || all[0].Value != want.Value || all[1].Value == want.Value {
		t.Errorf("%v, the first should be %v", all, want)
	}
	if _, err := ceiling.AgainstAll(people, people, pearson); err == nil {
		t.Error("people against themselves: no error")
	}
	flat := must(analysis.NewResponses("flat", s, mat.NewDense(5, 2, nil)))(t)
	if _, err := ceiling.Scorer(tuning.New, people, pearson)(flat); !errors.Is(err, analysis.ErrDead) {
		t.Errorf("dead: %v", err)
	}
}
