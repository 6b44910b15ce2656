package analysis_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// Two people with a right FFA of different size, one of them scanned twice, and
// one who has none.
func ExampleCohort() {
	s := stimuli("face1", "face2", "body1")
	ffa := func(person, session string, voxels int, v ...float64) analysis.Recording[*analysis.Responses] {
		r, err := analysis.NewResponses(person+" rh FFA", s, mat.NewDense(3, voxels, v))
		if err != nil {
			panic(err)
		}
		return analysis.Recording[*analysis.Responses]{Where: analysis.Where{Person: person, Hemisphere: "rh", Region: "FFA", Session: session}, Answer: r}
	}
	c, err := analysis.NewCohort([]analysis.Recording[*analysis.Responses]{
		ffa("S1", "monday", 2, 9, 8, 7, 6, 1, 2),
		ffa("S1", "friday", 2, 7, 8, 5, 6, 3, 2),
		ffa("S2", "monday", 1, 4, 5, 2),
		{Where: analysis.Where{Person: "S3", Hemisphere: "rh", Region: "FFA"}, Absent: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	right, err := c.In(analysis.Where{Hemisphere: "rh", Region: "FFA"})
	if err != nil {
		fmt.Println(err)
		return
	}
	people, err := right.Averaged(analysis.Mean)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range people {
		fmt.Println(r.Source(), r.Row(0))
	}
	fmt.Println("without:", right.Missing())
	// Output:
	// S1 rh FFA [8 8]
	// S2 rh FFA [4]
	// without: [S3]
}
