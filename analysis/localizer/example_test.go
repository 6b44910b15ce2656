package localizer_test

import (
	"context"
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

// Two localizers on the same units: how far do they agree?
func ExampleCompare() {
	t, err := localizer.TTest{MinT: 7}.Localize(show(), localizer.Faces)
	if err != nil {
		fmt.Println(err)
		return
	}
	auc, err := localizer.RankSum{MinAUC: 0.55}.Localize(show(), localizer.Faces)
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := localizer.Compare(t, auc)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Rule, t.Channels())
	fmt.Println(auc.Rule, auc.Channels())
	fmt.Printf("of %d living channels %d and %d, both %d: Jaccard %.2f, p %.2f\n", o.Channels, o.A, o.B, o.Both, o.Jaccard, o.P)
	// Output:
	// Welch t > 7 (n = 3 against 3) [0]
	// rank-sum AUC > 0.55 (n = 3 against 3) [0]
	// of 3 living channels 1 and 1, both 1: Jaccard 1.00, p 0.33
}

// How many channels pass, threshold by threshold.
func ExampleSweep() {
	steps, err := localizer.Sweep{Cuts: []float64{3, 20, 30}}.Steps(context.Background(), localizer.Faces, show(), nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range steps {
		fmt.Printf("t > %v: %d channels (%.0f %%), empty %v\n", s.Cut, s.Count, 100*s.Fraction, s.Empty)
	}
	// Output:
	// t > 3: 1 channels (25 %), empty false
	// t > 20: 1 channels (25 %), empty false
	// t > 30: 0 channels (0 %), empty true
}

// An index is for responses of 0 and more.
func ExampleSelectivityIndex() {
	f, err := localizer.SelectivityIndex{Min: 1.0 / 3}.Localize(show(), localizer.Faces)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: channels %v, SI = %.2f\n", f.Rule, f.Channels(), f.Stat)
	// Output: selectivity index > 0.333333 (n = 3 against 3): channels [0], SI = [0.66 -0.61 0.00 0.00]
}

func ExampleNamed() {
	_, err := localizer.Named("bodies", show().Stimuli())
	fmt.Println(err)
	// Output: analysis: contrast "bodies" names "body", which no stimulus has; the stimuli have: face, scene
}
