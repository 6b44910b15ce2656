package plots_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/localizer"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"
)

// Every two of eight people's regions and of twelve networks' units: tuning above
// the diagonal, geometry below it. Pairs come from ceiling.Matrix, or from a
// published table by ceiling.Systems(paper.Rows()) and ceiling.NewPairs.
func ExampleAllPairs() {
	dir, remove := folder()
	defer remove()
	tuning := pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .62, 1)
	geometry := pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .35, 2)
	figure := plots.AllPairs{Pairs: tuning, Below: geometry, Names: []string{"univariate", "multivariate"}}
	if err := plots.Save(figure, filepath.Join(dir, "allpairs.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	people, err := tuning.Ceiling("FFA")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("FFA of %d people: %.2f\n", people.Subjects, people.Lo)
	// Output:
	// FFA of 8 people: 0.98
}

// How far are networks from people? Pairs come from ceiling.Matrix, or are
// published.
func ExampleGap() {
	dir, remove := folder()
	defer remove()
	tuning := pairsOf(8, []string{"FFA", "PPA"}, 12, .62, 1)
	geometry := pairsOf(8, []string{"FFA", "PPA"}, 12, .35, 2)
	regions := [][2]string{{"FFA units", "FFA"}, {"PPA units", "PPA"}}
	ctx := context.Background()
	univariate, err := tuning.Gaps(ctx, analysis.Bootstrap{}, regions...)
	if err != nil {
		log.Fatal(err)
	}
	multivariate, err := geometry.Gaps(ctx, analysis.Bootstrap{}, regions...)
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Gap{Univariate: univariate, Multivariate: multivariate}
	if err := plots.Save(figure, filepath.Join(dir, "gap.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: people %.2f, networks %.2f, gap %.2f\n", univariate[0].Region,
		univariate[0].People.Median(), univariate[0].Networks.Median(), univariate[0].Over.Gap.Value)
	// Output:
	// FFA: people 0.96, networks 0.62, gap -0.34
}

// How much hangs on the localizer's threshold?
func ExampleSweep() {
	dir, remove := folder()
	defer remove()
	floc := stimuli(kind{"face", 40}, kind{"body", 40}, kind{"scene", 40}, kind{"object", 40})
	images := stimuli(kind{"face", 25}, kind{"body", 50}, kind{"other scene", 50})
	person, err := tuning.New(simulate("S1 FFA", images, 200, "face", 5))
	if err != nil {
		log.Fatal(err)
	}
	steps, err := localizer.Sweep{}.Steps(context.Background(), localizer.Faces,
		simulate("mobilenet_v2/pool", renamed(floc), 42, "face", 6), simulate("mobilenet_v2/pool", images, 42, "face", 7),
		ceiling.Scorer(tuning.New, []*tuning.Profile{person}, tuning.Compare(analysis.Pearson)))
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Sweep{
		Steps:    [][]localizer.Step{steps},
		Ceilings: []analysis.Ceiling{{Measure: analysis.Pearson, Lo: .92, Hi: .95, Subjects: 8}},
	}
	if err := plots.Save(figure, filepath.Join(dir, "sweep.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(steps[0].Cut, steps[0].Count, steps[4].Cut, steps[4].Count)
	// Output:
	// 3 35 11 2
}

// renamed are other stimuli of the same categories.
func renamed(s analysis.Stimuli) analysis.Stimuli {
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		items[i] = s.At(i)
		items[i].ID = "floc/" + items[i].ID
	}
	return must(analysis.NewStimuli(items))
}

// How alike the geometry of each layer and that of a person are.
func ExampleLayers() {
	dir, remove := folder()
	defer remove()
	images := stimuli(murty...)
	person, err := rsa.Euclidean(simulate("S1 FFA", images, 200, "face", 5))
	if err != nil {
		log.Fatal(err)
	}
	layers := []string{"conv1", "conv2", "conv3", "fc"}
	var scores []analysis.Score
	for i, l := range layers {
		layer, err := rsa.Euclidean(simulate("alexnet/"+l, images, 4<<(2*i), "face", 6))
		if err != nil {
			log.Fatal(err)
		}
		score, err := rsa.Compare(analysis.Spearman)(person, layer)
		if err != nil {
			log.Fatal(err)
		}
		scores = append(scores, score)
	}
	figure := plots.Layers{Layers: layers, Curves: []plots.LayerCurve{{Name: "alexnet", Scores: scores}}}
	if err := plots.Save(figure, filepath.Join(dir, "layers.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// Spearman ρ, layer by layer (95 % intervals). alexnet, 4 layers: from 0.26 (0.12 to 0.40) at conv1 to 0.50 (0.37 to 0.60) at fc; highest 0.50 (0.37 to 0.60) at fc. No ceiling is given.
}

// Does training make the units selective? In a notebook the rows are those of
// models.Twins.Survey.
func ExampleSelective() {
	dir, remove := folder()
	defer remove()
	rows := rowsOf([]string{"conv1", "conv2", "conv3", "fc"}, "faces", "scenes") // five twins
	figure := plots.Selective{Rows: rows, Responses: responsesOf()}
	if err := plots.Save(figure, filepath.Join(dir, "selective.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(rows), rows[6].Source, rows[6].Region, rows[6].Replicated)
	// Output:
	// 48 drawnet/fc faces 15
}
