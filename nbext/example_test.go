package nbext_test

import (
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
