package localizer_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// show makes three images of each of two categories and the responses of four
// units: one for faces, one for houses, one for neither, and one that is dead.
func show() *analysis.Responses {
	var items []analysis.Stimulus
	for _, category := range []string{"face", "scene"} {
		for i := range 3 {
			items = append(items, analysis.Stimulus{ID: fmt.Sprintf("demo/%s-%d", category, i), Category: category})
		}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		panic(err)
	}
	r, err := analysis.NewResponses("net/fc", s, mat.NewDense(6, 4, []float64{
		5.1, 1.0, 2, 0,
		4.9, 1.2, 3, 0,
		5.3, 0.9, 1, 0,
		1.2, 4.0, 1, 0,
		0.8, 4.4, 3, 0,
		1.1, 4.2, 2, 0,
	}))
	if err != nil {
		panic(err)
	}
	return r
}

func ExampleTTest() {
	f, err := localizer.TTest{MinT: 7}.Localize(show(), localizer.Faces)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %s: channels %v, %d dead\n", f.Contrast.Name, f.Rule, f.Channels(), f.Dead)
	fmt.Printf("t = %.2f\n", f.Stat)

	// Measuring the units on the images that chose them would be circular.
	_, err = show().Within(f)
	fmt.Println(err != nil)
	// Output:
	// faces, Welch t > 7 (n = 3 against 3): channels [0], 1 dead
	// t = [24.40 -21.79 0.00 0.00]
	// true
}

// An Accumulator needs one row at a time, as a network computes them.
func ExampleAccumulator() {
	r := show()
	a := localizer.NewAccumulator(4)
	for i := range r.Stimuli().Len() {
		if err := a.Add(r.Stimuli().At(i), r.Row(i)); err != nil {
			fmt.Println(err)
			return
		}
	}
	f, err := a.Localize(localizer.TTest{MinT: 7}, "net/fc", localizer.Scenes)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Contrast.Name, f.Channels())
	// Output: scenes [1]
}

func ExampleNamed() {
	_, err := localizer.Named("bodies", show().Stimuli())
	fmt.Println(err)
	// Output: analysis: contrast "bodies" names "body", which no stimulus has; the stimuli have: face, scene
}
