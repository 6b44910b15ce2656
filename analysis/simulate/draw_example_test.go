package simulate_test

import (
	"fmt"
	"log"

	"fusiform/analysis/simulate"
)

// A localizer in one style, and an independent set in the other.
func ExampleDrawings() {
	for _, d := range []simulate.Drawings{
		{Name: "localizer", Style: simulate.Outline, PerCategory: 40, Seed: 1},
		{Name: "test", Style: simulate.Shaded, PerCategory: 40, Seed: 2},
	} {
		s, err := d.Stimuli()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.Len(), "stimuli,", s.At(0).ID, "to", s.At(s.Len()-1).ID)
		fmt.Println(s.Categories())
	}
	// Output:
	// 200 stimuli, localizer/face-001 to localizer/scrambled-040
	// [face body scene object scrambled]
	// 200 stimuli, test/face-001 to test/scrambled-040
	// [face body scene object scrambled]
}
