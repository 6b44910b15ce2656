package dataset_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
)

// Betas of 36 trials become the repeats of twelve pictures, session by session
// in standard deviations. Voxels that are NaN in a trial or constant in a session
// are left out; of the others, those are taken whose answers come again.
func ExampleBetas() {
	ctx := context.Background()
	shown, err := dataset.ReadTrials("testdata/betas/trials.csv")
	if err != nil {
		log.Fatal(err)
	}
	file, err := dataset.OpenBetas("testdata/betas/betas.nii.gz", "", len(shown.Rows))
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	betas := dataset.Betas{Source: "S1", Parts: []dataset.BetaBlocks{file}, Trials: shown.Rows, Scale: 300, ZScore: true}
	signal, err := ceiling.FromBlocks(betas.Blocks(ctx))
	if err != nil {
		log.Fatal(err)
	}
	reliable, err := betas.Only(signal.Above(0.2))
	if err != nil {
		log.Fatal(err)
	}
	set, err := reliable.Repeats(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for k, r := range set.Responses {
		stimuli, voxels := r.Dims()
		fmt.Printf("repeat %d: %d stimuli, %d voxels\n", k+1, stimuli, voxels)
	}
	_, all := file.Dims()
	fmt.Println("of", all)
	// Output:
	// repeat 1: 12 stimuli, 19 voxels
	// repeat 2: 12 stimuli, 19 voxels
	// repeat 3: 12 stimuli, 19 voxels
	// of 24
}
