package glm_test

import (
	"fmt"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
	"fusiform/analysis/localizer"
)

// TestRegionsAsOfUnits: the localizer that finds the units of a network finds the
// same voxels in the betas of single trials as the first-level model does in the
// time courses. The two t rank voxels alike and differ in size: the betas of
// neighbouring trials, which share their scans, err in opposite directions. In
// the mean of a block this cancels, and between trials it counts as variance. So
// one threshold is stricter for trials.
func TestRegionsAsOfUnits(t *testing.T) {
	world := world(t, 4)
	for p, runs := range world.runs {
		var single []glm.Run
		category := map[string]string{}
		for _, run := range runs {
			run.Events = slices.Clone(run.Events)
			for k := range run.Events {
				id := fmt.Sprintf("%03d", k)
				category[run.Name+"/"+id] = run.Events[k].Type
				run.Events[k].Type = id
			}
			single = append(single, run)
		}
		r, err := glm.FirstLevel{Noise: glm.White}.Fit(t.Context(), world.truth[p].Person, single...)
		if err != nil {
			t.Fatal(err)
		}
		betas, err := r.Responses()
		if err != nil {
			t.Fatal(err)
		}
		var items []analysis.Stimulus
		for _, id := range betas.Stimuli().IDs() {
			items = append(items, analysis.Stimulus{ID: id, Category: category[id]})
		}
		s, err := analysis.NewStimuli(items)
		if err != nil {
			t.Fatal(err)
		}
		if betas, err = betas.On(s); err != nil {
			t.Fatal(err)
		}
		for _, c := range localizer.Domains {
			model, err := glm.Localizer{MinT: 5}.Localize(world.results[p], c)
			if err != nil {
				t.Fatal(err)
			}
			trials, err := localizer.TTest{MinT: 5}.Localize(betas, c)
			if err != nil {
				t.Fatal(err)
			}
			o, err := localizer.Compare(model, trials)
			if err != nil {
				t.Fatal(err)
			}
			_, slope := stat.LinearRegression(trials.Stat, model.Stat, nil, false)
			rt := stat.Correlation(model.Stat, trials.Stat, nil)
			t.Logf("%s %s: r of t %.3f, model's t = %.2f of the trials'; %d and %d voxels, Dice %.2f", model.Source, c.Name, rt, slope, o.A, o.B, o.Dice)
			if rt < .95 || o.Dice < .7 || slope < 1.3 || slope > 1.8 {
				t.Errorf("%s %s: r of t %.3f, slope %.2f, Dice %.2f", model.Source, c.Name, rt, slope, o.Dice)
			}
		}
	}
}
