package native_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
	"fusiform/nbext/models/native"
)

// A few steps of training, and what each checkpoint knows of faces. (With 600
// steps, the default, it takes half a minute and ends above 90 %.)
func ExampleTraining() {
	dir, err := os.MkdirTemp("", "training")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	test, err := simulate.Drawings{Name: "test", PerCategory: 20, Seed: 1}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	training := native.Training{
		Network: native.SmallNet{}, Pictures: native.Drawings{}, Test: test,
		Batch: 20, Steps: 10, Folder: dir,
	}
	trained, err := training.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(trained.Curve), "steps,", trained.Tested, "pictures to test with, categories", trained.Categories)

	networks, err := training.Networks()
	if err != nil {
		log.Fatal(err)
	}
	for _, net := range networks {
		r, err := net.Responses(context.Background(), "relu_fc", test)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := (localizer.TTest{MinT: 7}).Localize(r, localizer.Faces); err != nil {
			log.Fatal(err)
		}
		_, units := r.Dims()
		fmt.Println(net.Name(), "has", units, "units")
	}
	// Output:
	// 10 steps, 100 pictures to test with, categories [face body scene object scrambled]
	// smallnet (step 0) has 256 units
	// smallnet (step 1) has 256 units
	// smallnet (step 2) has 256 units
	// smallnet (step 5) has 256 units
	// smallnet (step 10) has 256 units
}

// Wider and shallower than torchvision's: the fields are the architecture.
func ExampleUntrained() {
	net, err := native.Untrained(native.ResNet{Classes: 10, Blocks: [4]int{1, 1, 1, 1}, Width: 8, Side: 64}, 1)
	if err != nil {
		log.Fatal(err)
	}
	layers, err := net.Layers()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(net.Name())
	for _, l := range layers {
		if l.Op == "AdaptiveAvgPool" || l.Op == "Gemm" {
			fmt.Println(l.Name, l.Units)
		}
	}
	// Output:
	// resnet 1-1-1-1 (untrained, seed 1)
	// avgpool 64
	// fc 10
}
