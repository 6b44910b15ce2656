package plots_test

import (
	"fmt"
	"log"
	"path/filepath"

	"fusiform/plots"
)

// Where does a person's brain prefer faces, and which voxels are the regions?
// Values are a fROI's Stat or a contrast's T; Shape and Affine are the image's
// (dataset.OpenNIfTI), Voxels those of the series that was fitted.
func ExampleStatMap() {
	dir, remove := folder()
	defer remove()
	figure := brainMap(1)
	if err := plots.Save(figure, filepath.Join(dir, "map.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Regions[0].Count(), "voxels prefer faces")
	// Output:
	// 184 voxels prefer faces
}

// What a run is modelled by: glm.FirstLevel{}.Design(run, volumes), or the
// Designs of a fitted result.
func ExampleDesign() {
	dir, remove := folder()
	defer remove()
	figure := plots.Design{Design: blockDesign(), Title: "Run 1"}
	if err := plots.Save(figure, filepath.Join(dir, "design.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Design.Columns[:figure.Design.Conditions])
	// Output:
	// [body face house object]
}
