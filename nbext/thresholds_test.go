package nbext

import (
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/plots"

	"github.com/google/go-cmp/cmp"
)

// TestThresholds: as many channels pass as are built to, and the frames say so.
func TestThresholds(t *testing.T) {
	const n = 20
	respond := func(set string) *analysis.Responses {
		var items []analysis.Stimulus
		v := mat.NewDense(n, 4, nil)
		for i := range n {
			c := []string{"face", "body"}[i%2]
			items = append(items, analysis.Stimulus{ID: set + string(rune('a'+i)), Category: c})
			for j, gain := range []float64{10, 5, .2, .3} { // channels prefer faces ever less
				v.Set(i, j, float64((i*7+j*3)%5)/4+gain*float64(1-i%2))
			}
		}
		s, err := analysis.NewStimuli(items)
		if err != nil {
			t.Fatal(err)
		}
		r, err := analysis.NewResponses("net/fc", s, v)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	define, on := respond("define/"), respond("on/")
	score := func(*analysis.Responses) (analysis.Score, error) {
		return analysis.Score{Measure: analysis.Pearson, Value: .5, Lo: .4, Hi: .6, N: n}, nil
	}
	steps, err := localizer.Sweep{Cuts: []float64{-.5, 5, 40, 1e6}}.Steps(t.Context(), localizer.Faces, define, on, score)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := Thresholds(steps, on, &analysis.Ceiling{Measure: analysis.Pearson, Lo: .7, Hi: .8, Subjects: 5})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range frames {
		kind := "nothing"
		switch g := f.Figure.(type) {
		case plots.Grid:
			kind = "tuning and geometry"
			if len(g.Figures) != 2 {
				t.Errorf("%d panels", len(g.Figures))
			}
		case plots.Tuning:
			kind = "tuning"
			if g.Ceiling == nil || len(g.Scores) != 1 {
				t.Error("a score without its ceiling")
			}
		}
		if f.Figure != nil {
			if _, err := drawPicture(f.Figure, 96); err != nil {
				t.Errorf("%s: %v", f.Label, err)
			}
		}
		got = append(got, f.Label+"; "+f.Note+"; "+kind)
	}
	said := "; r = 0.500 [0.400, 0.600], n = 20; ceiling 0.700 to 0.800; "
	want := []string{
		"> −0.5; 4 channels pass (100 %)" + said + "tuning and geometry",
		"> 5; 2 channels pass (50 %)" + said + "tuning and geometry",
		"> 40; 1 channel passes (25 %)" + said + "tuning",
		"> 1000000; no channel passes; nothing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Thresholds(steps, define, nil); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("on the stimuli that chose the channels: %v", err)
	}
	if start, err := check(frames); err != nil || start != 1 {
		t.Errorf("start %d, %v", start, err)
	}
	if err := explore("t", frames[3:]); err == nil || !strings.Contains(err.Error(), "nothing to explore") {
		t.Errorf("a frame without a figure: %v", err)
	}
	if err := explore("t", nil); err == nil {
		t.Error("no frames: no error")
	}
}
