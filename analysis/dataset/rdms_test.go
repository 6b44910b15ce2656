package dataset_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

const upperTable = `i,j,S1,S2
1,2,.5,-1
1,3,.25,2
3,2,.75,1e-3
`

func TestUpperRDMs(t *testing.T) {
	path := filepath.Join(write(t, "x", map[string]string{"r.csv": upperTable}), "r.csv")
	rdms, err := dataset.UpperRDMs(path, analysis.Stimuli{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rdms) != 2 || rdms[0].Name != "S1" || rdms[1].Name != "S2" {
		t.Fatalf("%+v", rdms)
	}
	source, s, v := rdms[1].Dissimilarity()
	want := mat.NewSymDense(3, []float64{0, -1, 2, 0, 0, 1e-3, 0, 0, 0})
	if diff := cmp.Diff([]string{"1", "2", "3"}, s.IDs()); source != "S2" || diff != "" || !mat.Equal(v, want) {
		t.Errorf("%q of %s: %v", source, diff, mat.Formatted(v))
	}
	named, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	rdms, err = dataset.UpperRDMs(path, named)
	if err != nil || !rdms[0].Stimuli.Same(named) || rdms[0].Values.At(1, 2) != .75 {
		t.Errorf("%+v, %v", rdms, err)
	}
}

func TestUpperRDMsBad(t *testing.T) {
	four, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		s    analysis.Stimuli
		want string
	}{
		"no i":      {"a,j,S1\n1,2,.5\n", analysis.Stimuli{}, `line 1: there is no column "i"`},
		"no RDM":    {"i,j\n1,2\n", analysis.Stimuli{}, "line 1: there is no RDM"},
		"no rows":   {"i,j,S1\n", analysis.Stimuli{}, "has no pairs of stimuli"},
		"zero":      {"i,j,S1\n0,1,.5\n", analysis.Stimuli{}, `line 2, column 1 ("i"): "0" is not the number of a stimulus; they are counted from 1`},
		"fraction":  {"i,j,S1\n1,1.5,.5\n", analysis.Stimuli{}, `line 2, column 2 ("j"): "1.5" is not the number`},
		"huge":      {"i,j,S1\n1,99999999,.5\n", analysis.Stimuli{}, "stimulus 99999999 is more than the 100000"},
		"beyond":    {upperTable, two, `line 3, column 2 ("j"): there is no stimulus 3; the stimuli given are 2`},
		"too few":   {upperTable, four, "4 stimuli have 6 pairs, and the table 3: the first that is missing is 1, 4"},
		"missing":   {"i,j,S1\n1,2,.5\n1,3,.5\n", analysis.Stimuli{}, "the first that is missing is 2, 3"},
		"itself":    {"i,j,S1\n1,2,.5\n2,2,.5\n", analysis.Stimuli{}, "line 3, column 2 (\"j\"): stimulus 2 stands beside itself; leave the diagonal out"},
		"twice":     {"i,j,S1\n1,2,.5\n2,1,.5\n", analysis.Stimuli{}, "the pair 1, 2 stands in line 2 already"},
		"NaN":       {"i,j,S1\n1,2,nan\n", analysis.Stimuli{}, `line 2, column 3 ("S1"): is nan`},
		"a text":    {"i,j,S1\n1,2,near\n", analysis.Stimuli{}, `"near" is not a number`},
		"two names": {"i,j,S1,S1\n1,2,1,1\n", analysis.Stimuli{}, "column 3 has the same name"},
	} {
		path := filepath.Join(write(t, "x", map[string]string{"r.csv": c.text}), "r.csv")
		_, err := dataset.UpperRDMs(path, c.s)
		var p *dataset.ParseError
		if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dataset.UpperRDMs("nowhere.csv", analysis.Stimuli{}); err == nil {
		t.Error("no file")
	}
}

// The three tables of Kriegeskorte et al. (2008), on their images.
func TestRealUpperRDMs(t *testing.T) {
	images, err := dataset.Images(realdata.Folder(t, "images/kriegeskorte92"))
	if err != nil {
		t.Fatal(err)
	}
	dir := realdata.Folder(t, "brain/kriegeskorte2008_hIT_92")
	for file, want := range map[string]struct {
		rdms        int
		first, last string
		d           float64
	}{
		"hit_rdms_upper.csv":       {10, "hIT_S1_ses1", "hITvisStim_316vx", .828783},
		"behaviour_rdms_upper.csv": {16, "simJudge_subject1", "simJudge_subject16", .02538},
		"model_rdms_upper.csv":     {8, "animacy", "RADON", 0},
	} {
		rdms, err := dataset.UpperRDMs(filepath.Join(dir, file), images)
		if err != nil {
			t.Fatal(err)
		}
		n := len(rdms)
		if n != want.rdms || rdms[0].Name != want.first || rdms[n-1].Name != want.last || rdms[0].Values.At(0, 1) != want.d || rdms[0].Stimuli.Len() != 92 {
			t.Errorf("%s: %d RDMs, %q to %q, first cell %v", file, n, rdms[0].Name, rdms[n-1].Name, rdms[0].Values.At(0, 1))
		}
	}
}
