package glm_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// The face voxels of two people, chosen in either run and read in the other.
// Every second of nine voxels answers faces; the second person's mask has none
// of them.
func ExampleRegions() {
	var people []*glm.Result
	for seed, name := range []string{"S1", "S2"} {
		r, err := glm.FirstLevel{}.Fit(context.Background(), name, simulated("run-1", uint64(seed), 90, 9), simulated("run-2", uint64(10+seed), 90, 9))
		if err != nil {
			log.Fatal(err)
		}
		people = append(people, r)
	}
	right := map[string][]bool{
		"S1": {true, true, true, true, true, false, false, false, false},
		"S2": {false, true, false, true, false, true, false, true, false},
	}
	found, err := glm.Regions{
		Localizer:  glm.Localizer{MinT: 5},
		Contrasts:  []analysis.Contrast{{Name: "faces", Prefer: []string{"face"}}},
		Parcels:    []glm.Parcel{{Name: "FFA", Hemisphere: "rh", Masks: right, Contrast: "faces"}},
		Thresholds: []float64{5, 500},
	}.Find(context.Background(), people...)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range found.Counts {
		fmt.Printf("%s %s %s: t > %v in %d of %d voxels, %d and %d by either half\n", n.Person, n.Hemisphere, n.Region, n.T, n.All, n.Of, n.First, n.Second)
	}
	for _, r := range found.Cohort.Recordings() {
		if r.Absent {
			fmt.Println(r.Where, "is absent")
			continue
		}
		conditions, channels := r.Answer.Dims()
		fmt.Printf("%s: %d channels, %d conditions: %v\n", r.Answer.Source(), channels, conditions, found.Conditions.IDs())
	}
	// Output:
	// S1 rh FFA: t > 5 in 3 of 5 voxels, 3 and 3 by either half
	// S1 rh FFA: t > 500 in 0 of 5 voxels, 0 and 0 by either half
	// S2 rh FFA: t > 5 in 0 of 4 voxels, 0 and 0 by either half
	// S2 rh FFA: t > 500 in 0 of 4 voxels, 0 and 0 by either half
	// S1 rh FFA: 6 channels, 2 conditions: [face house]
	// S2 rh FFA is absent
}
