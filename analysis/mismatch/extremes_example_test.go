package mismatch_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

// Where do a network and people disagree most, and do other people say so too?
// In this world the network's face units prefer human faces, and people's face
// voxels do not. Eight people suggest the stimuli; only eight others may test
// them.
func ExampleResiduals_Extremes() {
	world := simulate.World{People: 16, Preferences: []simulate.Preference{{Group: "face", Subcategory: "human", Network: 1}}}
	var shown [2][]*analysis.Responses // people, then the network: to the localizer, to other stimuli
	var test analysis.Stimuli
	for k, name := range []string{"localizer", "test"} {
		s, err := world.Stimuli(name, 40)
		if err != nil {
			log.Fatal(err)
		}
		if shown[k], err = world.Respond(s); err != nil {
			log.Fatal(err)
		}
		network, err := world.Network(s)
		if err != nil {
			log.Fatal(err)
		}
		shown[k], test = append(shown[k], network), s
	}
	faces, err := localizer.TTest{MinT: 7}.Regions(localizer.Faces, shown[0], shown[1])
	if err != nil {
		log.Fatal(err)
	}
	profiles, err := tuning.All(faces.Found)
	if err != nil {
		log.Fatal(err)
	}
	seen, others, network := profiles[:8], profiles[8:16], profiles[16:]

	residuals, err := mismatch.New(seen, network)
	if err != nil {
		log.Fatal(err)
	}
	found, err := residuals.Extremes(10)
	if err != nil {
		log.Fatal(err)
	}
	human := 0
	for _, id := range found.A.IDs {
		if i, _ := test.Index(id); test.At(i).Subcategory == "human" {
			human++
		}
	}
	fmt.Printf("%d of the 10 stimuli that the network answers most too much are human faces\n", human)

	ctx := context.Background()
	_, err = mismatch.Test{Seed: 1}.Compare(ctx, seen, network, found)
	fmt.Println("on the people who suggested them:", errors.Is(err, analysis.ErrCircular))
	results, err := mismatch.Test{Seed: 1}.Compare(ctx, others, network, found)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("in %d others: by more than half a standard deviation: %t\n", results[0].People, results[0].Mismatch.Lo > .5)
	// Output:
	// 10 of the 10 stimuli that the network answers most too much are human faces
	// on the people who suggested them: true
	// in 8 others: by more than half a standard deviation: true
}
