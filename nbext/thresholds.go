package nbext

import (
	"fmt"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"
)

// Thresholds returns a frame for each step of a localizer's sweep: tuning and
// geometry of r within the channels that pass, and in the note their number
// and the step's score beside its ceiling (nil where there is none):
//
//	nb.Explore("threshold", nb.Must(nb.Thresholds(steps, test, &bound))...)
//
// A step that no channel passes has no figure and says so; geometry is left
// out where fewer than two channels respond. It fails if r is not of the
// source that the steps are of, and with analysis.ErrCircular if its stimuli
// defined them.
func Thresholds(steps []localizer.Step, r *analysis.Responses, ceiling *analysis.Ceiling) ([]Frame, error) {
	var out []Frame
	for _, s := range steps {
		f, err := threshold(s, r, ceiling)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func threshold(s localizer.Step, r *analysis.Responses, ceiling *analysis.Ceiling) (Frame, error) {
	out := Frame{Label: "> " + number(s.Cut)}
	if s.Empty {
		out.Note = "no channel passes"
		return out, nil
	}
	pass := "channels pass"
	if s.Count == 1 {
		pass = "channel passes"
	}
	notes := []string{fmt.Sprintf("%d %s (%.3g %%)", s.Count, pass, 100*s.Fraction)}
	in, err := r.Within(s.FROI)
	if err != nil {
		return Frame{}, err
	}
	p, err := tuning.New(in)
	if err != nil {
		return Frame{}, err
	}
	t := plots.Tuning{Profiles: []*tuning.Profile{p}}
	if s.Score != nil {
		t.Scores, t.Ceiling = []analysis.Score{*s.Score}, ceiling
		notes = append(notes, s.Score.String())
		if ceiling != nil {
			notes = append(notes, fmt.Sprintf("ceiling %.3f to %.3f", ceiling.Lo, ceiling.Hi))
		}
	}
	out.Note = strings.Join(notes, "; ")
	out.Figure = t
	if _, channels := in.Dims(); channels < 2 {
		return out, nil
	}
	m, err := rsa.New(in, analysis.Pearson)
	if err != nil { // a row without variance, say
		return out, nil
	}
	out.Figure = plots.Grid{Figures: []plots.Figure{t, plots.RSM{Matrix: m.Grouped()}}, Columns: 1}
	return out, nil
}
