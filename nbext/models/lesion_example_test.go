package models_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
	"fusiform/nbext/models"
)

// Find the units of drawnet that prefer faces, silence them, and count the new
// drawings of which the network still says what they are.
func ExampleLesionEffects() {
	net, err := models.Open("drawnet")
	if err != nil {
		log.Fatal(err)
	}
	drawn, err := simulate.Drawings{Name: "drawn", PerCategory: 100, Seed: 101}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	r, err := net.Responses(context.Background(), "relu_fc", drawn)
	if err != nil {
		log.Fatal(err)
	}
	faces, err := localizer.TTest{MinT: 7}.Localize(r, localizer.Faces)
	if err != nil {
		log.Fatal(err)
	}
	lesioned, err := models.Lesioned(net, "relu_fc", faces)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(lesioned.Name())

	others, err := simulate.Drawings{Name: "others", PerCategory: 24, Seed: 303}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	e := models.LesionEffects{Layer: "relu_fc", Output: "logits", Draws: 19,
		Tasks: []*models.Task{models.Accuracy("face", "body", "scene", "object", "scrambled")}}
	effects, err := e.Measure(context.Background(), net, faces, others)
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range effects.Rows[:1] {
		fmt.Printf("%s: %.1f right, %.1f without the units, %.1f without as many others\n", row.Category, row.Intact, row.Lesioned, row.Random)
	}
	// Output:
	// drawnet (relu_fc faces lesioned)
	// face: 1.0 right, 0.5 without the units, 1.0 without as many others
}
