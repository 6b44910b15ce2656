package plots_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/rsa"
	drawn "fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
	"fusiform/plots"
)

// folder makes a folder for the figures of an example, and a function that
// removes it. While the gallery is made (gallery_test.go) it is one that stays.
func folder() (dir string, remove func()) {
	if all := os.Getenv(galleryEnv); all != "" {
		pc, _, _, _ := runtime.Caller(1)
		_, name, _ := strings.Cut(runtime.FuncForPC(pc).Name(), ".Example")
		dir = filepath.Join(all, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			log.Fatal(err)
		}
		return dir, func() {}
	}
	dir, err := os.MkdirTemp("", "figures-")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// The geometry of a layer's units: one PNG for a page, one SVG for the web.
func ExampleRSM() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...) // 50 bodies, 25 faces, 60 objects, 50 scenes
	units := simulate("mobilenet_v2/pool62 faces", images, 42, "face", 3)
	matrix, err := rsa.New(units, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.RSM{Matrix: matrix}
	for _, name := range []string{"rsm.png", "rsm.svg"} {
		if err := plots.Save(figure, filepath.Join(dir, name), 0, 0); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(figure.Alt())
	// Output:
	// Representational similarity matrix of mobilenet_v2/pool62 faces: 185 stimuli, 42 channels. Colours show Pearson r from −1 to 1; off the diagonal it ranges from −0.58 to 0.85. Mean within categories: body 0.37, face 0.15, object 0.37, scene 0.31; between categories −0.01.
}

// A network's face units beside a person's fusiform face area, with the score
// of the one against the other and the ceiling that it is to be seen beside.
func ExampleTuning() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...)
	var profiles []*tuning.Profile
	for _, r := range []*analysis.Responses{
		simulate("S1 FFA", images, 200, "face", 5),
		simulate("mobilenet_v2/pool62 faces", images, 42, "face", 6),
	} {
		p, err := tuning.New(r)
		if err != nil {
			log.Fatal(err)
		}
		profiles = append(profiles, p)
	}
	score, err := tuning.Compare(analysis.Pearson)(profiles[0], profiles[1])
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Tuning{
		Profiles: profiles,
		Scores:   []analysis.Score{score},
		Ceiling:  &analysis.Ceiling{Measure: analysis.Pearson, Lo: 0.72, Hi: 0.78, Subjects: 8},
	}
	if err := plots.Save(figure, filepath.Join(dir, "tuning.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(score)
	// Output:
	// r = 0.624 [0.527, 0.705], n = 185
}

// How well the units of a layer predict voxels.
func ExampleEncoding() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...)
	units, voxels := simulate("mobilenet_v2/pool62", images, 60, "face", 2), simulate("S1 FFA", images, 40, "face", 9)
	result, err := encoding.Evaluate(encoding.Ridge{}, units, voxels, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Encoding{
		Result:  result,
		Ceiling: &analysis.Ceiling{Measure: analysis.Pearson, Lo: 0.55, Hi: 0.62, Subjects: 8},
	}
	if err := plots.Save(figure, filepath.Join(dir, "encoding.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Responses of S1 FFA predicted from mobilenet_v2/pool62, 185 stimuli held out, mean over 40 targets: predicted −0.086 to 2, observed −0.21 to 3.2. Median over targets: Pearson r 0.46 (95 % interval 0.34 to 0.57, n = 185). The noise ceiling is 0.55 to 0.62 from 8 people.
}

// Are the face units necessary, and are they sufficient, to predict voxels?
func ExampleSubsets() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...)
	units, voxels := simulate("mobilenet_v2/pool62", images, 60, "face", 2), simulate("S1 FFA", images, 40, "face", 9)
	faces := &analysis.FROI{Source: "mobilenet_v2/pool62", Contrast: analysis.Contrast{Name: "faces"}, Keep: make([]bool, 60)}
	for i := range 12 {
		faces.Keep[5*i] = true
	}
	result, err := encoding.Subsets{Draws: 5}.Evaluate(units, voxels, faces)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Subsets{
		Result:  result,
		Ceiling: &analysis.Ceiling{Measure: analysis.Pearson, Lo: 0.55, Hi: 0.62, Subjects: 8},
	}
	if err := plots.Save(figure, filepath.Join(dir, "subsets.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Responses of S1 FFA predicted from parts of mobilenet_v2/pool62. All features (60): Pearson r 0.46 (95 % interval 0.34 to 0.57, n = 185). Without the fROI's (48): Pearson r 0.45 (95 % interval 0.33 to 0.56, n = 185). Only the fROI's (12): Pearson r 0.41 (95 % interval 0.28 to 0.52, n = 185). As many at random (12): Pearson r 0.38 to 0.42 over 5 draws. The noise ceiling is 0.55 to 0.62 from 8 people.
}

// Pictures of the stimuli along the matrix: one of each category where there
// are many.
func ExampleRSM_icons() {
	dir, remove := folder()
	defer remove()
	images, err := drawn.Drawings{PerCategory: 16}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	matrix, err := rsa.New(simulate("mobilenet_v2/pool62 faces", images, 42, "face", 3), analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.RSM{Matrix: matrix, Icons: true, Title: "Face units, drawn images"}
	if err := plots.Save(figure, filepath.Join(dir, "icons.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	// What a reader who points at a cell is told:
	_, cells, err := plots.Marks(figure, 0, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cells[0].Text(0, 20))
	// Output:
	// face-001 (face) × body-005 (body): Pearson r −0.24
}

// A figure of several panels for a page of a journal, in the formats that
// journals take, with what made it in the files.
func ExampleGrid() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...)
	units, voxels := simulate("mobilenet_v2/pool62", images, 60, "face", 2), simulate("S1 FFA", images, 40, "face", 9)
	result, err := encoding.Evaluate(encoding.Ridge{}, units, voxels, analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	var panels []plots.Figure
	for _, r := range []*analysis.Responses{voxels, units} {
		matrix, err := rsa.New(r, analysis.Pearson)
		if err != nil {
			log.Fatal(err)
		}
		panels = append(panels, plots.RSM{Matrix: matrix})
	}
	figure := plots.Grid{Columns: 2, Figures: append(panels, plots.Encoding{
		Result:  result,
		Ceiling: &analysis.Ceiling{Measure: analysis.Pearson, Lo: 0.55, Hi: 0.62, Subjects: 8},
	})}
	print := plots.Print{Width: plots.Page, DPI: 300, Made: []plots.Fact{{Name: "network", Value: "mobilenet_v2"}, {Name: "seed", Value: "2"}}}
	for _, name := range []string{"figure1.pdf", "figure1.png"} {
		if err := print.Save(figure, filepath.Join(dir, name)); err != nil {
			log.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "figure1.pdf"))
	if err != nil {
		log.Fatal(err)
	}
	made, err := plots.MadeOf(data)
	fmt.Println(made, err)
	// Output:
	// [{network mobilenet_v2} {seed 2}] <nil>
}
