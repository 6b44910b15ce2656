package glm_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// TestRegionsWithinAll: a region lies in its parcel, in the masks of the
// Localizer and in clusters of the person's own grid; what is left over lives,
// too, and is counted by the same masks.
func TestRegionsWithinAll(t *testing.T) {
	// Even voxels answer faces, odd ones houses; the last of 13 is constant.
	fitted := func(source string, seed uint64) *glm.Result {
		r, err := glm.FirstLevel{}.Fit(t.Context(), source, simulated("a", seed, 90, 13), simulated("b", seed+1, 90, 13))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	mask := func(voxels ...int) []bool {
		m := make([]bool, 13)
		for _, v := range voxels {
			m[v] = true
		}
		return m
	}
	preferHouse := analysis.Contrast{Name: "houses", Prefer: []string{"house"}}
	either := analysis.Contrast{Name: "faces again", Prefer: []string{"face"}}
	g := glm.Regions{
		Localizer: glm.Localizer{MinT: 5, Within: [][]bool{mask(0, 1, 2, 3, 4, 5, 6, 7, 8, 12)}},
		Contrasts: []analysis.Contrast{preferFace, preferHouse, either},
		Parcels:   []glm.Parcel{{Name: "p", Hemisphere: "rh", Mask: mask(2, 3, 4, 5, 6, 9, 10, 12)}},
		Remainder: "rest", Thresholds: []float64{1e6},
	}
	channels := func(f *glm.Found) (out [][]int) {
		for _, x := range f.FROIs {
			out = append(out, x.Channels())
		}
		return out
	}
	found := find(t, g, fitted("S1", 11))
	if diff := cmp.Diff([][]int{{2, 4, 6}, {3, 5}, {2, 4, 6}, nil}, channels(found)); diff != "" {
		t.Error(diff)
	}
	want := []glm.Count{
		{Person: "S1", Hemisphere: "rh", Region: "p faces", T: 5, Of: 5, All: 3, First: 3, Second: 3, Both: 3, Dice: 1, Shared: 3},
		{Person: "S1", Hemisphere: "rh", Region: "p houses", T: 5, Of: 5, All: 2, First: 2, Second: 2, Both: 2, Dice: 1},
		{Person: "S1", Hemisphere: "rh", Region: "p faces again", T: 5, Of: 5, All: 3, First: 3, Second: 3, Both: 3, Dice: 1, Shared: 3},
		{Person: "S1", Hemisphere: "rh", Region: "p rest", T: 5, Of: 5},
		{Person: "S1", Hemisphere: "rh", Region: "p faces", T: 1e6, Of: 5},
		{Person: "S1", Hemisphere: "rh", Region: "p houses", T: 1e6, Of: 5},
		{Person: "S1", Hemisphere: "rh", Region: "p faces again", T: 1e6, Of: 5},
		{Person: "S1", Hemisphere: "rh", Region: "p rest", T: 1e6, Of: 5, All: 5, First: 5, Second: 5, Both: 5, Dice: 1},
	}
	if diff := cmp.Diff(want, found.Counts); diff != "" {
		t.Error(diff)
	}
	// The rest at a threshold that nothing reaches: what lives in all masks.
	g.Localizer.MinT = 1e6
	if diff := cmp.Diff([][]int{nil, nil, nil, {2, 3, 4, 5, 6}}, channels(find(t, g, fitted("S1", 11)))); diff != "" {
		t.Error(diff)
	}
	// In a line every second voxel answers faces; S2's grid puts them side by side.
	line := glm.Grid{Shape: [3]int{13, 1, 1}}
	side := glm.Grid{Shape: [3]int{13, 1, 1}, Voxels: []int{0, 7, 1, 8, 2, 9, 3, 10, 4, 11, 5, 12, 6}}
	g.Localizer.MinT, g.Localizer.MinCluster, g.Localizer.Grid, g.Grids = 5, 3, line, map[string]glm.Grid{"S2": side}
	g.Contrasts, g.Remainder = g.Contrasts[:1], ""
	found = find(t, g, fitted("S1", 11), fitted("S2", 11))
	if diff := cmp.Diff([][]int{nil, {2, 4, 6}}, channels(found)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"S1"}, found.Cohort.Missing()); diff != "" {
		t.Error(diff)
	}
	// One half alone: a voxel that answers in the runs of one half only.
	loud := simulated("a", 21, 90, 13)
	quiet := simulated("b", 22, 90, 13)
	for i := range quiet.Events {
		quiet.Events[i].Type = map[string]string{"face": "house", "house": "face"}[quiet.Events[i].Type]
	}
	r, err := glm.FirstLevel{}.Fit(t.Context(), "S3", loud, quiet)
	if err != nil {
		t.Fatal(err)
	}
	g.Localizer.MinCluster, g.Grids = 0, nil
	g.Localizer.Within = [][]bool{mask(0, 2, 4)}
	g.Parcels = nil
	found = find(t, g, r)
	if len(found.Warnings) != 2 || !strings.Contains(found.Warnings[0].Error(), "1 region is found by one half of the runs only, and read in the other half alone: S3 faces") {
		t.Error(found.Warnings)
	}
	// And there it prefers houses, as it should when it is read where it was not chosen.
	if a := found.Cohort.Recordings()[0].Answer; a.Row(0)[0] > a.Row(1)[0] {
		t.Errorf("%v: %v", a.Stimuli().IDs(), rowsOf(a))
	}
}

func rowsOf(r *analysis.Responses) (out [][]float64) {
	for i := range r.Stimuli().Len() {
		out = append(out, r.Row(i))
	}
	return out
}
