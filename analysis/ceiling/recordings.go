package ceiling

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fusiform/analysis"
)

// People returns a Recording of every region of every person, for Matrix: the
// channels of each fROI in each showing that its source answered, the region
// called by the fROI's contrast, the person by the fROI's source. showings
// holds a list of repeats for each person; they are found by the name of their
// source, never by position. A region that a person does not have (an empty
// fROI) is left out. Regions stand together, in order of first appearance, and
// the people of one region in the order of the fROIs, as plots.AllPairs draws
// them.
//
// It fails with an *analysis.AlignmentError if a fROI's source has no showings
// or several lists of them, if there is no fROI with a channel, and like Record.
func People(frois []*analysis.FROI, showings [][]*analysis.Responses) ([]Recording, error) {
	return recordings(frois, showings, func(f *analysis.FROI) (person, region string) { return f.Source, f.Contrast.Name })
}

// Networks returns a Recording of the selective units of every network, as
// People does for people. Their region is called by what the fROI's contrast
// prefers, "face units", so that Medians and Ceiling tell networks' units from
// people's faces. answers holds the responses of each network to the same
// stimuli, of the layer that the fROI was defined in.
func Networks(frois []*analysis.FROI, answers []*analysis.Responses) ([]Recording, error) {
	each := make([][]*analysis.Responses, len(answers))
	for i, r := range answers {
		each[i] = []*analysis.Responses{r}
	}
	return recordings(frois, each, func(f *analysis.FROI) (person, region string) {
		return "", strings.Join(f.Contrast.Prefer, "/") + " units"
	})
}

func recordings(frois []*analysis.FROI, repeats [][]*analysis.Responses, names func(*analysis.FROI) (person, region string)) ([]Recording, error) {
	of := map[string][]*analysis.Responses{}
	for i, rs := range repeats {
		if len(rs) == 0 {
			return nil, fmt.Errorf("ceiling: source %d has no responses", i+1)
		}
		source := rs[0].Source()
		if of[source] != nil {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("ceiling: %q stands twice among those that answered", source)}
		}
		of[source] = rs
	}
	var out []Recording
	for _, f := range frois {
		if f.Count() == 0 {
			continue
		}
		rs := of[f.Source]
		if rs == nil {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("ceiling: there are %s of %q, but no responses", f.Contrast.Name, f.Source)}
		}
		person, region := names(f)
		r, err := Record(person, region, f, rs)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	var regions []string
	for _, r := range out {
		if !slices.Contains(regions, r.Region) {
			regions = append(regions, r.Region)
		}
	}
	slices.SortStableFunc(out, func(a, b Recording) int {
		return slices.Index(regions, a.Region) - slices.Index(regions, b.Region)
	})
	if len(out) == 0 {
		return nil, errors.New("ceiling: no source has a channel in any of the fROIs; lower the localizer's threshold")
	}
	return out, nil
}
