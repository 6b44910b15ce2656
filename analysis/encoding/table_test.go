package encoding

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
)

// TestTable: the numbers are those that TestComparison has worked out by hand.
func TestTable(t *testing.T) {
	result := func(v float64) *Result {
		return &Result{Measure: analysis.Pearson, Stimuli: shown(t, 12), Scores: []float64{v}}
	}
	many := func(v ...float64) (out []*Result) {
		for _, v := range v {
			out = append(out, result(v))
		}
		return out
	}
	r := &SubsetResult{Without: result(.4), Only: result(.3), Controls: []*ControlResult{
		{Control: MatchedNumber{}, Without: many(.5, .4, .45, .3), Only: many(.1, .2, .3, .35), Cut: many(.1)},
		{Control: MatchedEffect{}}, // without draws
	}}
	// The quantile p of 4 values lies 4p values from below, between neighbours
	// in proportion, but not below the first: of −.1, −.05, 0 and .1 at 3.9.
	want := []ControlRow{
		{Control: "matched in number", Claim: "necessary", FROI: .4, Random: .4125, Difference: -.0125, Lo: -.1, Hi: .09, P: .6},
		{Control: "matched in number", Claim: "sufficient", FROI: .3, Random: .2375, Difference: .0625, Lo: -.05, Hi: .19, P: .6},
	}
	if diff := cmp.Diff(want, r.Table(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.Cut = result(0)
	if rows := r.Table(); len(rows) != 3 || rows[2].Claim != "relied on" || rows[2].Random != .1 || rows[2].P != .5 {
		t.Errorf("with a cut: %+v", rows)
	}
	if got, want := (Spread{Value: -.7, Lo: -.9, Hi: -.1}).String(), "-0.700 (95 % of draws -0.900 to -0.100)"; got != want {
		t.Errorf("difference %s, want %s", got, want)
	}
}

// TestUnreliableTargets: a channel of reliability 0 has no score over √0, and
// is left out of all results alike.
func TestUnreliableTargets(t *testing.T) {
	x, y := linear(t, 2, 40, 30, 6, 1)
	y = with(t, y, 2, 3) // dead
	r, err := Subsets{Draws: 3}.Evaluate(x, y, region(x, 6))
	must(t, r, err)
	raw, warnings := slices.Clone(r.All.Scores), len(r.All.Warnings)
	got, err := r.NoiseNormalized([]float64{1, 0, 0, .64, 0, .36})
	must(t, got, err)
	for _, of := range []*Result{got.All, got.Without, got.Only, got.Cut, got.Random[1], got.Controls[0].Cut[2]} {
		if diff := cmp.Diff([]int{0, 3, 5}, of.Targets); diff != "" || len(of.Scores) != 3 || of.Dead != 3 || of.Y != r.All.Y {
			t.Errorf("%s: targets %v, %d scores, %d dead", of.Y, of.Targets, len(of.Scores), of.Dead)
		}
		if last := of.Warnings[len(of.Warnings)-1].Error(); last != "2 of 5 targets of S1 FFA left out: their reliability is 0, so there is no noise-normalised score" {
			t.Errorf("warning %s", last)
		}
		if of.Score().HasInterval() || of.Measure.Symbol != "r/√rel" {
			t.Errorf("score %v", of.Score())
		}
	}
	// Targets 0, 3 and 5 are the scores 0, 2 and 4.
	if diff := cmp.Diff([]float64{raw[0], raw[2] / .8, raw[4] / .6}, got.All.Scores, cmpopts.EquateApprox(1e-14, 0)); diff != "" {
		t.Error(diff)
	}
	if d := mat.Col(nil, 1, got.All.Predicted); !slices.Equal(d, mat.Col(nil, 2, r.All.Predicted)) {
		t.Error("the predictions are not those of the targets left")
	}
	if len(r.All.Warnings) != warnings || !slices.Equal(r.All.Scores, raw) || len(r.All.Targets) != 5 {
		t.Error("the raw result has changed")
	}
	parts, err := got.ByRegion([]string{"FFA", "PPA", "PPA", "FFA", "PPA", "FFA"})
	if must(t, parts, err); len(parts) != 1 || parts[0].Name != "FFA" || len(parts[0].Result.All.Scores) != 3 {
		t.Errorf("regions %v", parts)
	}
	for want, bad := range map[string][]float64{
		"none of the 5 targets":                                  {0, 0, 1, 0, 0, 0},
		"reliability -0.1 of channel 3 of \"S1 FFA\"":            {1, 1, 1, -.1, 1, 1},
		"reliability NaN of channel 3":                           {1, 1, 1, math.NaN(), 1, 1},
		"encoding: 2 reliabilities for the 6 channels":           {1, 1},
		"give one for each channel, those that were dropped inc": {1},
	} {
		if _, err := r.NoiseNormalized(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", bad, err, want)
		}
	}
}

// TestPredictingItself: responses are not predicted from themselves, whatever
// the order of their stimuli; other runs of the same source are.
func TestPredictingItself(t *testing.T) {
	x, y := linear(t, 4, 24, 6, 3, .5)
	ids := y.Stimuli().IDs()
	slices.Reverse(ids)
	cats := make([]string, len(ids))
	for i := range cats {
		cats[i] = "face"
	}
	back, err := y.On(stimuli(t, ids, cats))
	must(t, back, err)
	_, err = Evaluate(nil, back, y, nil)
	const want = `features and targets are the same responses of "S1 FFA"`
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Responses.Named") {
		t.Errorf("y from y: %v", err)
	}
	if _, err := (Subsets{Draws: 2}).Evaluate(x, x, region(x, 2)); err == nil || !strings.Contains(err.Error(), "features and targets are the same") {
		t.Errorf("subsets of x from x: %v", err)
	}
	other := responses(t, y.Source(), x.Stimuli(), x.Matrix())
	if _, err := Evaluate(nil, other, y, nil); err != nil {
		t.Errorf("other values of the same source: %v", err)
	}
	if _, err := Evaluate(nil, y.Named("again"), y, nil); err != nil {
		t.Errorf("under another name: %v", err)
	}
}

// TestListsPerChannel: a list that does not fit says what would.
func TestListsPerChannel(t *testing.T) {
	x, y := linear(t, 4, 24, 6, 3, .5)
	f := region(x, 2)
	for want, c := range map[string]Control{
		`encoding: 3 layer names for the 6 channels of "net/pool"; give the layer of each channel`:   MatchedLayer{Layer: make([]string, 3)},
		`encoding: 3 effect sizes for the 6 channels of "net/pool"; give one for each channel, dead`: MatchedEffect{Size: make([]float64, 3)},
	} {
		_, err := Subsets{Draws: 2, Controls: []Control{c}}.Evaluate(x, y, f)
		var align *analysis.AlignmentError
		if !errors.As(err, &align) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
