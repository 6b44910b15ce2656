package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fusiform/analysis"
)

// BetasIn reads the betas of people in the regions that a localizer found in
// them, as a cohort whose sessions are the repeats "1", "2" and so on: what
// ceiling.Cohort and, averaged, ceiling.LeaveOneOut take.
//
//	found, err := glm.Regions{…}.Find(ctx, people...)      // by the runs of the localizer
//	cohort, err := dataset.BetasIn(ctx, found.FROIs, s1, s2) // in the trials of the experiment
//
// A fROI is of the person whose Source it has, over the voxels of the parts, and
// the region is called by its contrast ("rh FFA": FFA of the hemisphere rh). An
// empty one is Absent, and so is one of which no voxel can be read (see BetaSet).
//
// It fails with analysis.ErrCircular if a stimulus of a person's trials defined
// the fROI, unless it has AllowCircular; with an *analysis.AlignmentError if a
// person has no fROI or a fROI is not of the voxels of the betas; if two are of
// one name; and like Betas.
func BetasIn(ctx context.Context, frois []*analysis.FROI, people ...Betas) (*analysis.Cohort[*analysis.Responses], error) {
	var out []analysis.Recording[*analysis.Responses]
	for _, b := range people {
		some, err := b.within(ctx, frois)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	c, err := analysis.NewCohort(out)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return c, nil
}

// within reads the regions of one person, all in one pass.
func (b Betas) within(ctx context.Context, frois []*analysis.FROI) ([]analysis.Recording[*analysis.Responses], error) {
	r, err := b.reader()
	if err != nil {
		return nil, err
	}
	shown, err := analysis.NewStimuli(r.items)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	_, voxels := b.Parts[0].Dims()
	any := make([]bool, voxels)
	var mine []*analysis.FROI
	for _, f := range frois {
		if f.Source != b.Source {
			continue
		}
		if len(f.Keep) != voxels {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: fROI %q of %q has %d voxels, the betas %d; fit the localizer on the voxels of the betas", f.Contrast.Name, f.Source, len(f.Keep), voxels)}
		}
		if ids := f.DefinedOn.Shared(shown); len(ids) > 0 && !f.AllowCircular {
			return nil, fmt.Errorf("dataset: %w: fROI %q of %q was defined on %d of the %d stimuli that it is to be measured on (%s); measure on other stimuli, or set AllowCircular if you mean it",
				analysis.ErrCircular, f.Contrast.Name, f.Source, len(ids), shown.Len(), analysis.Few(ids, 2))
		}
		for v, k := range f.Keep {
			any[v] = any[v] || k
		}
		mine = append(mine, f)
	}
	if mine == nil {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: there are betas of %q, and none of the %d fROIs is of that name; call the model's result and the betas alike", b.Source, len(frois))}
	}
	set := &BetaSet{}
	if slices.ContainsFunc(r.voxels, func(v int) bool { return any[v] }) {
		b.Within = append(slices.Clip(slices.Clone(b.Within)), any)
		if set, err = b.Repeats(ctx); err != nil {
			return nil, err
		}
	}
	var out []analysis.Recording[*analysis.Responses]
	for _, f := range mine {
		w := analysis.Where{Person: b.Source, Region: f.Contrast.Name}
		if side, name, ok := strings.Cut(w.Region, " "); ok && (side == "lh" || side == "rh") {
			w.Hemisphere, w.Region = side, name
		}
		var channels []int
		for j, v := range set.Voxels {
			if f.Keep[v] {
				channels = append(channels, j)
			}
		}
		if channels == nil {
			out = append(out, analysis.Recording[*analysis.Responses]{Where: w, Absent: true})
			continue
		}
		name := w.String()
		for k, repeat := range set.Responses {
			one, err := repeat.Columns(name, channels)
			if err != nil {
				return nil, fmt.Errorf("dataset: %w", err)
			}
			w.Session = fmt.Sprint(k + 1)
			out = append(out, analysis.Recording[*analysis.Responses]{Where: w, Answer: one})
		}
	}
	return out, nil
}
