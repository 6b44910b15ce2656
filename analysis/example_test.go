package analysis_test

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

func stimuli(ids ...string) analysis.Stimuli {
	items := make([]analysis.Stimulus, len(ids))
	for i, id := range ids {
		items[i] = analysis.Stimulus{ID: id, Category: id[:4]}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		panic(err)
	}
	return s
}

// Rows are found by the ID of the stimulus, never by position.
func ExampleResponses_On() {
	r, err := analysis.NewResponses("S1", stimuli("face1", "face2", "body1"), mat.NewDense(3, 2, []float64{
		9, 1,
		8, 2,
		1, 7,
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := r.On(stimuli("body1", "face1"))
	fmt.Println(other.Row(0), other.Row(1), err)

	_, err = r.On(stimuli("body1", "body2"))
	fmt.Println(err)
	// Output:
	// [1 7] [9 1] <nil>
	// analysis: "S1" does not cover all of the 2 stimuli asked for: 1 missing: body2
}

// A fROI remembers the stimuli that defined it.
func ExampleResponses_Within() {
	s := stimuli("face1", "body1")
	r, err := analysis.NewResponses("S1", s, mat.NewDense(2, 2, []float64{9, 1, 1, 7}))
	if err != nil {
		fmt.Println(err)
		return
	}
	f := &analysis.FROI{Source: "S1", Contrast: analysis.Contrast{Name: "faces"}, Keep: []bool{true, false}, DefinedOn: s}
	_, err = r.Within(f)
	fmt.Println(errors.Is(err, analysis.ErrCircular))

	again, err := analysis.NewResponses("S1", stimuli("face2", "body2"), mat.NewDense(2, 2, []float64{8, 2, 2, 6}))
	if err != nil {
		fmt.Println(err)
		return
	}
	voxels, err := again.Within(f)
	fmt.Println(voxels.Source(), voxels.Row(0), err)
	// Output:
	// true
	// S1 faces [8] <nil>
}

func ExampleMeasure_Compare() {
	s, err := analysis.Spearman.Compare([]float64{1, 2, 3, 4, 5}, []float64{2, 1, 4, 3, 50})
	fmt.Println(s, err)
	fmt.Println(s.Warnings[0])
	// Output:
	// ρ = 0.800 [-0.457, 0.991], n = 5 <nil>
	// Spearman ρ over 5 values is unreliable: need >= 10
}

func ExampleContrast_Split() {
	s := stimuli("face1", "body1", "face2", "hand1")
	prefer, over, err := analysis.Contrast{Name: "faces", Prefer: []string{"face"}}.Split(s)
	fmt.Println(prefer, over, err)
	_, _, err = analysis.Contrast{Name: "feet", Prefer: []string{"feet"}}.Split(s)
	fmt.Println(err)
	// Output:
	// [0 2] [1 3] <nil>
	// analysis: contrast "feet" names "feet", which no stimulus has; the stimuli have: face, body, hand
}
