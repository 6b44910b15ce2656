package localizer

import (
	"fmt"

	"fusiform/analysis"
)

// Domains are the three domains of the paper: faces, bodies and scenes.
var Domains = []analysis.Contrast{Faces, Bodies, Scenes}

// A Replication says how many channels of one source an independent set of
// stimuli finds again: a unit is selective only if it is so for images that did
// not choose it. It is a row of a table.
//
// The method Replicate of a localizer finds the regions of the contrasts in
// the responses of one source to two sets of stimuli. It fails if the two
// share a stimulus (analysis.ErrCircular), if they are not of the same source
// and channels, if there is no contrast, and like Localize.
type Replication struct {
	Source     string
	Region     string
	Channels   int     // of the source
	Dead       int     // channels without variance in the first set
	First      int     // selected by the first set
	Second     int     // selected by the second
	Replicated int     // selected by both
	Chance     float64 // expected of Replicated if the two were unrelated: First·Second/(Channels − Dead)
}

// Replicated returns how many channels of the first fROI the second has, too;
// both are of the same channels, by independent sets of stimuli. Chance leaves
// dead channels out, which cannot be selected and would make it seem lower; it
// is 0 where all are dead.
func Replicated(first, second *analysis.FROI) Replication {
	r := Replication{Source: first.Source, Region: first.Contrast.Name, Channels: len(first.Keep), Dead: first.Dead, First: first.Count(), Second: second.Count()}
	for j, k := range first.Keep {
		if k && second.Keep[j] {
			r.Replicated++
		}
	}
	if alive := r.Channels - r.Dead; alive > 0 {
		r.Chance = float64(r.First) * float64(r.Second) / float64(alive)
	}
	return r
}

func replicate(l Localizer, first, second *analysis.Responses, contrasts []analysis.Contrast) ([]Replication, error) {
	_, c := first.Dims()
	if _, d := second.Dims(); c != d || first.Source() != second.Source() {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("localizer: %q (%d channels) cannot replicate %q (%d channels)", second.Source(), d, first.Source(), c)}
	}
	if ids := first.Stimuli().Shared(second.Stimuli()); len(ids) > 0 {
		return nil, fmt.Errorf("localizer: %w: %d stimuli are in both sets (%s); replication needs other images", analysis.ErrCircular, len(ids), analysis.Few(ids, 2))
	}
	if len(contrasts) == 0 {
		return nil, fmt.Errorf("localizer: no contrast to replicate in %q; pass localizer.Domains... for faces, bodies and scenes", first.Source())
	}
	a, err := l.LocalizeAll(first, contrasts...)
	if err != nil {
		return nil, err
	}
	b, err := l.LocalizeAll(second, contrasts...)
	if err != nil {
		return nil, err
	}
	rows := make([]Replication, len(contrasts))
	for i, f := range a {
		rows[i] = Replicated(f, b[i])
	}
	return rows, nil
}
