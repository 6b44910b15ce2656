package dataset_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/tuning"
)

// TestBetasIn: regions that a localizer found are read in betas as the whole is,
// and go on to a ceiling.
func TestBetasIn(t *testing.T) {
	s1 := betas(t, "c.npy", "")
	s1.ZScore = true
	s2 := betas(t, "nsd.hdf5", "betas")
	s2.ZScore, s2.Source, s2.Block = true, "S2", 3
	floc, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "run-1/face"}, {ID: "run-1/house"}})
	if err != nil {
		t.Fatal(err)
	}
	region := func(source, name string, voxels ...int) *analysis.FROI {
		f := &analysis.FROI{Source: source, Contrast: analysis.Contrast{Name: name}, Keep: make([]bool, 24), DefinedOn: floc}
		for _, v := range voxels {
			f.Keep[v] = true
		}
		return f
	}
	// 9 and 15 are constant in either, 18 is NaN in the first.
	frois := []*analysis.FROI{region("S1", "rh FFA", 3, 9, 14, 18), region("S1", "EBA", 9, 15), region("S2", "rh FFA", 0, 18, 20), region("S2", "EBA"), region("S3", "EBA", 1)}
	c, err := dataset.BetasIn(t.Context(), frois, s1, s2)
	if err != nil {
		t.Fatal(err)
	}
	ffa, err := c.In(analysis.Where{Hemisphere: "rh", Region: "FFA"})
	if err != nil {
		t.Fatal(err)
	}
	var channels []int
	for _, r := range ffa.Recordings() {
		_, n := r.Answer.Dims()
		channels = append(channels, n)
		if want := r.Person + " rh FFA"; r.Answer.Source() != want {
			t.Errorf("%q, want %q", r.Answer.Source(), want)
		}
	}
	if diff := cmp.Diff([]int{2, 2, 2, 3, 3, 3}, channels); diff != "" {
		t.Error(diff)
	}
	if eba, err := c.In(analysis.Where{Region: "EBA"}); err != nil || len(eba.Missing()) != 2 || len(eba.Recordings()) != 2 {
		t.Errorf("%+v: %v", eba, err)
	}
	whole, err := s1.Repeats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range whole.Responses {
		want, err := r.Columns("", []int{3, 13}) // voxels 3 and 14: 9 is left out
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows(want), rows(ffa.Recordings()[k].Answer)); diff != "" {
			t.Errorf("repeat %d: %s", k, diff)
		}
	}
	each, err := ceiling.Cohort(ffa.AtLeast(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ceiling.Matrix(t.Context(), each, tuning.New, tuning.Compare(analysis.Pearson)); err != nil {
		t.Error(err)
	}

	circular := region("S1", "FFA", 3)
	circular.DefinedOn = whole.Responses[0].Stimuli()
	if _, err := dataset.BetasIn(t.Context(), []*analysis.FROI{circular}, s1); !errors.Is(err, analysis.ErrCircular) || !strings.Contains(err.Error(), "12 of the 12 stimuli") {
		t.Error(err)
	}
	circular.AllowCircular = true
	if _, err := dataset.BetasIn(t.Context(), []*analysis.FROI{circular}, s1); err != nil {
		t.Error(err)
	}
	short := region("S1", "FFA")
	short.Keep = short.Keep[:3]
	bad := s1
	bad.Source = ""
	for want, c := range map[string]struct {
		frois []*analysis.FROI
		b     dataset.Betas
	}{
		"has 3 voxels, the betas 24":           {[]*analysis.FROI{short}, s1},
		"none of the 1 fROIs is of that":       {[]*analysis.FROI{region("S3", "x", 1)}, s1},
		"no Source":                            {frois, bad},
		"recordings 1 and 4 are both S1 FFA 1": {[]*analysis.FROI{region("S1", "FFA", 1), region("S1", "FFA", 2)}, s1},
	} {
		if _, err := dataset.BetasIn(t.Context(), c.frois, c.b); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := dataset.BetasIn(t.Context(), frois); err == nil {
		t.Error("a cohort of nobody")
	}
}
