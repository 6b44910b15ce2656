package encoding_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
)

// Are a network's face units what a person's face voxels need, more than as
// many other units of like effect size are, and is that so in each region? In
// this world it is, in the FFA and nowhere else. The order of the regions is that
// of the voxels.
func ExampleSubsetResult_ByRegion() {
	world := simulate.World{Units: 15, OtherUnits: 60, Voxels: 10, OtherVoxels: 0}
	defining, err := world.Stimuli("localizer", 30)
	if err != nil {
		log.Fatal(err)
	}
	test, err := world.Stimuli("test", 20)
	if err != nil {
		log.Fatal(err)
	}
	localized, err := world.Network(defining)
	if err != nil {
		log.Fatal(err)
	}
	faces, err := localizer.TTest{MinT: 5}.Localize(localized, localizer.Faces)
	if err != nil {
		log.Fatal(err)
	}
	units, err := world.Network(test)
	if err != nil {
		log.Fatal(err)
	}
	people, err := world.Respond(test)
	if err != nil {
		log.Fatal(err)
	}
	truth, err := world.Truth(test)
	if err != nil {
		log.Fatal(err)
	}
	region := make([]string, len(truth[0].Group)) // of your own people: an atlas, a localizer
	for v, group := range truth[0].Group {
		region[v] = map[string]string{"face": "FFA", "body": "EBA", "scene": "PPA"}[group]
	}
	result, err := encoding.Subsets{Draws: 19, Controls: []encoding.Control{encoding.MatchedEffect{}}}.Run(context.Background(), units, people[0], faces)
	if err != nil {
		log.Fatal(err)
	}
	halves, err := world.Halves(test)
	if err != nil {
		log.Fatal(err)
	}
	reliability, err := ceiling.Channels(halves[0][0], halves[1][0], analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	if result, err = result.NoiseNormalized(reliability); err != nil {
		log.Fatal(err)
	}
	regions, err := result.ByRegion(region)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range regions {
		c := r.Result.Controls[0]
		n, s := r.Result.Necessity(c), r.Result.Sufficiency(c)
		fmt.Printf("%s: necessary %t, sufficient %t\n", r.Name, n.P <= .05 && n.Difference.Value < -.1, s.P <= .05)
	}
	// Output:
	// EBA: necessary false, sufficient false
	// PPA: necessary false, sufficient false
	// FFA: necessary true, sufficient true
}
