package inference_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/inference"
)

func TestResultRows(t *testing.T) {
	r := &inference.Result{
		Measure: analysis.Pearson, People: []string{"S1", "S2"}, Stimuli: 20,
		Models: []inference.Model{
			{Label: "a", Score: analysis.Estimate{Value: .5, Lo: .4, Hi: .6, SE: .05}},
			{Label: "b", Score: analysis.Estimate{Value: .2, Lo: .1, Hi: .3, SE: .04}},
		},
		Lo: analysis.Estimate{Value: .8, Lo: .7, Hi: .9, SE: .03}, Hi: analysis.Estimate{Value: .85, Lo: .8, Hi: .9, SE: .02},
	}
	want := []inference.Row{
		{"a", .5, .4, .6, .05, 2, 20}, {"b", .2, .1, .3, .04, 2, 20},
		{"noise ceiling, lower bound", .8, .7, .9, .03, 2, 20}, {"noise ceiling, upper bound", .85, .8, .9, .02, 2, 20},
	}
	if d := cmp.Diff(want, r.Rows()); d != "" {
		t.Error(d)
	}
	s := r.Scores()
	if len(s) != 2 || s[1].Value != r.ScoreOf(1).Value || s[1].Lo != .1 || s[1].N != 2 {
		t.Errorf("%+v", s)
	}
}
