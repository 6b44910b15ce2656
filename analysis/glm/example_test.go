package glm_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

// Two runs of a person, each with two voxels: one that answers faces more than
// houses, one that answers houses. The face voxels are chosen by the first run and read in the
// second.
func ExampleFirstLevel() {
	events := []analysis.Event{{Onset: 10, Duration: 15, Type: "face"}, {Onset: 40, Duration: 15, Type: "house"}, {Onset: 70, Duration: 15, Type: "face"}, {Onset: 100, Duration: 15, Type: "house"}}
	var runs []glm.Run
	for _, name := range []string{"run-1", "run-2"} {
		run := glm.Run{Name: name, TR: 2, Events: events}
		design, err := glm.FirstLevel{}.Design(run, 70)
		if err != nil {
			log.Fatal(err)
		}
		y := mat.NewDense(70, 2, nil) // volumes × voxels
		for t := range 70 {
			flicker := float64(t*t%7) - 3
			y.SetRow(t, []float64{500 + 10*design.X.At(t, 0) + 3*design.X.At(t, 1) + flicker, 500 + 10*design.X.At(t, 1) - flicker})
		}
		run.Data = glm.InMemory{Values: y}
		runs = append(runs, run)
	}
	result, err := glm.FirstLevel{}.Fit(context.Background(), "S1", runs...)
	if err != nil {
		log.Fatal(err)
	}
	halves, err := result.Halves()
	if err != nil {
		log.Fatal(err)
	}
	faces, err := glm.Localizer{MinT: 3}.Localize(halves[0], analysis.Contrast{Name: "faces", Prefer: []string{"face"}, Over: []string{"house"}})
	if err != nil {
		log.Fatal(err)
	}
	betas, err := halves[1].Responses()
	if err != nil {
		log.Fatal(err)
	}
	region, err := betas.Within(faces)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("voxels:", faces.Channels())
	for i, s := range region.Stimuli().IDs() {
		fmt.Printf("%s %.1f %%\n", s, region.Row(i)[0])
	}
	// Output:
	// voxels: [0]
	// run-2/face 2.0 %
	// run-2/house 0.6 %
}
