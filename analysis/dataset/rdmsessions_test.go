package dataset_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/rsa"
	"fusiform/internal/realdata"
)

func TestPeople(t *testing.T) {
	path := filepath.Join(write(t, "x", map[string]string{"r.csv": "i,j,h_S1_ses1,model,h_S1_ses2,h_S2_ses1\n1,2,.5,9,.7,1\n1,3,1,9,2,2\n2,3,0,9,1,3\n"}), "r.csv")
	columns, err := dataset.UpperRDMs(path, analysis.Stimuli{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := dataset.People(columns)
	if err != nil || len(people) != 2 || people[0].Name != "h_S1" || people[1].Name != "h_S2" {
		t.Fatalf("%v, %v", people, err)
	}
	cells := func(c dataset.RDMColumn) []float64 {
		return []float64{c.Values.At(0, 1), c.Values.At(0, 2), c.Values.At(1, 2), c.Values.At(2, 2)}
	}
	if d := cmp.Diff([][]float64{{.6, 1.5, .5, 0}, {1, 2, 3, 0}}, [][]float64{cells(people[0]), cells(people[1])}); d != "" {
		t.Error(d)
	}
	if columns[0].Values.At(0, 1) != .5 {
		t.Error("the table was changed")
	}
	if _, err := dataset.People(columns[1:2]); err == nil {
		t.Error("no sessions: no error")
	}
}

// data/README.md: Spearman leave-one-out .37 to .38.
func TestPeopleOfKriegeskorte(t *testing.T) {
	columns, err := dataset.UpperRDMs(filepath.Join(realdata.Folder(t, "brain/kriegeskorte2008_hIT_92"), "hit_rdms_upper.csv"), analysis.Stimuli{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := dataset.People(columns)
	if err != nil || len(people) != 4 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	rdms, err := rsa.RDMsOf(people, rsa.CorrelationDistance)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := ceiling.LeaveOneOut(rdms, rsa.Pool(analysis.Spearman), rsa.Compare(analysis.Spearman))
	if err != nil || math.Abs(bound.Lo-.375) > .01 {
		t.Errorf("leave-one-out %v, %v", bound.Lo, err)
	}
}
