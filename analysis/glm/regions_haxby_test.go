package glm_test

import (
	"testing"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// TestRegionsHaxby: regions of a person's slice, chosen in six of the twelve
// runs and read in the other six, both ways, keep their preferences. Twelve runs
// find 65 voxels of houses and 7 of faces at t > 3.1, as data/README.md says.
func TestRegionsHaxby(t *testing.T) {
	r, err := glm.FirstLevel{Raw: true}.Fit(t.Context(), "sub001", haxbyRuns(t)...)
	if err != nil {
		t.Fatal(err)
	}
	g := glm.Regions{Localizer: glm.Localizer{MinT: 3.1}, Contrasts: []analysis.Contrast{houses, faces}, Remainder: "neither"}
	found := find(t, g, r)
	for _, n := range found.Counts {
		if n.T == 3.1 {
			if want := map[string]int{"houses": 65, "faces": 7, "neither": 530 - 72}[n.Region]; n.All != want || n.Of != 530 {
				t.Errorf("%s: %d of %d, want %d of 530", n.Region, n.All, n.Of, want)
			}
		}
	}
	face, _ := found.Conditions.Index("face")
	house, _ := found.Conditions.Index("house")
	for _, x := range found.Cohort.Recordings() {
		if x.Absent {
			t.Errorf("%s is absent", x.Where)
			continue
		}
		f, h := stat.Mean(x.Answer.Row(face), nil), stat.Mean(x.Answer.Row(house), nil)
		_, c := x.Answer.Dims()
		t.Logf("%s: %d channels, face %.2f, house %.2f", x.Where, c, f, h)
		if x.Region == "houses" && h <= f || x.Region == "faces" && f <= h {
			t.Errorf("%s: face %v, house %v", x.Where, f, h)
		}
	}
}
