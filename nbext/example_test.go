package nbext_test

import (
	"context"

	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
	nb "fusiform/nbext"
)

func ExampleTable() {
	type counts struct {
		Region string
		Units  int
		Share  float64
	}
	nb.Table([]counts{{"faces", 39, 39. / 256}, {"bodies", 9, 9. / 256}})
	// Output:
	// Region  Units    Share
	// faces      39   0.1523
	// bodies      9  0.03516
}

func ExampleMust() {
	drawn := nb.Must(nb.Data("drawn"))
	nb.Table([][]any{{"category"}, {drawn.At(0).Category}})
	// Output:
	// category
	// face
}

// How many voxels prefer faces, and what they do, hangs on the threshold: go
// through t > 3 to t > 11.
func ExampleExplore() {
	cohort := simulate.Cohort{}
	define := nb.Must(cohort.Respond(nb.Must(nb.Data("drawn"))))[0]
	measure := nb.Must(cohort.Respond(nb.Must(nb.Data("drawn-test"))))[0]
	steps := nb.Must(localizer.Sweep{}.Steps(context.Background(), localizer.Faces, define, measure, nil))
	nb.Explore("faces > others: t", nb.Must(nb.Thresholds(steps, measure, nil))...)
}

// Below the figures of a cell: what they come from.
func ExampleMade() {
	nb.Table(nb.Made())
}
