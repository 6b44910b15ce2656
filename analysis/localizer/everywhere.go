package localizer

import (
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Everywhere returns the fROI of each contrast in each source, people or
// networks: source by source, contrasts in their order within one.
//
//	l.LocalizeAll(sources[k], contrasts...)
//
// Empty fROIs are among them. It is for those who go on with all regions of
// all sources (ceiling.People, ceiling.Networks); for one region see Regions.
// It fails like LocalizeAll, and if there is no source or no contrast.
func Everywhere(l Localizer, sources []*analysis.Responses, contrasts ...analysis.Contrast) ([]*analysis.FROI, error) {
	switch {
	case len(sources) == 0:
		return nil, errors.New("localizer: no source to localize in")
	case len(contrasts) == 0:
		return nil, fmt.Errorf("localizer: no contrast to localize in %q; pass localizer.Domains... for faces, bodies and scenes", sources[0].Source())
	}
	var all []*analysis.FROI
	for _, r := range sources {
		fs, err := l.LocalizeAll(r, contrasts...)
		if err != nil {
			return nil, err
		}
		all = append(all, fs...)
	}
	return all, nil
}

// ReplicateAll counts, in each source, what an independent set of stimuli
// finds again: the rows of Replicate, source by source. Sources of second are
// found by their names; those that first does not have are left alone.
//
// It fails with an *analysis.AlignmentError if second lacks a source or has one
// twice, and like Replicate.
func ReplicateAll(l Localizer, first, second []*analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error) {
	pairs, err := alongside(first, second, false)
	if err != nil {
		return nil, err
	}
	var rows []Replication
	for i, r := range first {
		some, err := replicate(l, r, pairs[i], contrasts)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// alongside returns, for each source, the responses of the same source in
// another list, found by name; nils if none are needed.
func alongside(sources, others []*analysis.Responses, none bool) ([]*analysis.Responses, error) {
	if len(sources) == 0 {
		return nil, errors.New("localizer: no source to localize in")
	}
	out := make([]*analysis.Responses, len(sources))
	if none {
		return out, nil
	}
	by := map[string]*analysis.Responses{}
	for _, r := range others {
		if by[r.Source()] != nil {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("localizer: %q stands twice among the second responses", r.Source())}
		}
		by[r.Source()] = r
	}
	for i, r := range sources {
		if out[i] = by[r.Source()]; out[i] == nil {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("localizer: %q has no second responses; those are of other sources", r.Source())}
		}
	}
	return out, nil
}
