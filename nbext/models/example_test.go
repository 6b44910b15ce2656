package models_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis/simulate"
	"fusiform/nbext/models"
)

// Open the embedded network, look at its layers, and show it drawings.
func Example() {
	net, err := models.Open("drawnet")
	if err != nil {
		log.Fatal(err)
	}
	layers, err := net.Layers()
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range layers {
		if l.Op == "Conv" {
			fmt.Println(l.Name, l.Shape, l.Units)
		}
	}
	drawings, err := simulate.Drawings{Name: "drawn", PerCategory: 2, Seed: 1}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	r, err := net.Responses(context.Background(), "fc", drawings)
	if err != nil {
		log.Fatal(err)
	}
	stimuli, _ := r.Dims()
	fmt.Println(r.Source(), stimuli)
	// Output:
	// conv1 [8 32 32] 8192
	// conv2 [16 16 16] 4096
	// conv3 [32 8 8] 2048
	// drawnet/fc 10
}

// An untrained twin has the same layers and another name and key.
func ExampleUntrained() {
	net, err := models.Open("drawnet")
	if err != nil {
		log.Fatal(err)
	}
	twin, err := models.Untrained(net, 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(twin.Name(), twin.Key() != net.Key())
	// Output: drawnet (untrained, seed 3) true
}
