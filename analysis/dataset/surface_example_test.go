package dataset_test

import (
	"context"
	"fmt"

	"fusiform/analysis/dataset"
)

// A run on the surface, only the vertices of one region: what glm.Run takes as
// Data.
func ExampleOpenSurface() {
	s, err := dataset.OpenSurface("testdata/surface/lh.f4.mgh")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	fmt.Println(s.Hemisphere, s.Vertices, "vertices,", s.Frames, "frames, TR", s.TR)

	areas, err := dataset.ReadParcellation("testdata/surface/lh.areas.label.gii", s.Vertices)
	if err != nil {
		fmt.Println(err)
		return
	}
	ffa, err := areas.Mask("FFA <1>")
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := s.TimeCourses(ffa)
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := run.Block(context.Background(), 0, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	frames, vertices := values.Dims()
	fmt.Println(frames, "frames of vertices", run.Vertices(), vertices)

	_, err = areas.Mask("PPA")
	fmt.Println(err)
	// Output:
	// lh 7 vertices, 3 frames, TR 2
	// 3 frames of vertices [1 2 6] 3
	// dataset: testdata/surface/lh.areas.label.gii: has no region "PPA"; there are: ???, FFA <1>, V1 & V2
}
