package dataset

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/internal/realdata"
)

func TestPaperMedians(t *testing.T) {
	p := &PaperTables{Ceilings: []PaperCeiling{
		{ROI: "FFA", MinT: 3, Subject: 1, Univariate: .9, Multivariate: .1},
		{ROI: "FFA", MinT: 3, Subject: 2, Absent: true},
		{ROI: "FFA", MinT: 3, Subject: 3, Univariate: .7, Multivariate: .5},
		{ROI: "FFA", MinT: 5, Subject: 1, Univariate: .2, Multivariate: .3},
		{ROI: "OFA", MinT: 5, Subject: 1, Absent: true},
	}}
	want := []PaperMedian{{"FFA", 3, 2, 1, .8, .3}, {"FFA", 5, 1, 0, .2, .3}}
	if diff := cmp.Diff(want, p.Medians()); diff != "" {
		t.Error(diff)
	}
	if got := new(PaperTables).Medians(); got != nil {
		t.Errorf("of no ceilings: %v", got)
	}
}

// At t = 7 the medians are those of the matrix (methods.md).
func TestPaperMediansReal(t *testing.T) {
	p, err := Paper(realdata.Folder(t, "paper"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]float64{"FFA": {.981, .997}, "EBA": {.992, 1.091}, "PPA": {1.006, 1.022}}
	found := 0
	for _, m := range p.Medians() {
		if w, ok := want[m.ROI]; ok && m.MinT == 7 {
			found++
			if math.Abs(m.Univariate-w[0]) > .00051 || math.Abs(m.Multivariate-w[1]) > .00051 {
				t.Errorf("%s: %.4f, %.4f; the paper has %v", m.ROI, m.Univariate, m.Multivariate, w)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d of 3 regions at t = 7", found)
	}
}
