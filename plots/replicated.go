package plots

import (
	"fmt"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// Replicated returns a curve for each region of rows, over their sources in
// order: how many channels an independent set of stimuli found again. With it a
// Layers figure shows counts from layer to layer, or from one checkpoint of a
// training to the next. Names stand for the sources on the axis; nil: the
// sources themselves.
//
// It fails unless every source has each region once, and if there is not one
// name for each source.
func Replicated(rows []localizer.Replication, names []string) ([]LayerCurve, error) {
	var sources, regions []string
	at := map[[2]string]int{}
	for _, r := range rows {
		if !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
		if !slices.Contains(regions, r.Region) {
			regions = append(regions, r.Region)
		}
		k := [2]string{r.Region, r.Source}
		if _, twice := at[k]; twice {
			return nil, fmt.Errorf("plots: %q stands twice for %q", r.Region, r.Source)
		}
		at[k] = r.Replicated
	}
	if names == nil {
		names = sources
	}
	if len(names) != len(sources) {
		return nil, fmt.Errorf("plots: %d names for %d sources", len(names), len(sources))
	}
	var out []LayerCurve
	for _, region := range regions {
		c := LayerCurve{Name: region, Layers: names}
		for _, s := range sources {
			n, ok := at[[2]string{region, s}]
			if !ok {
				return nil, fmt.Errorf("plots: there is no count of %q in %q", region, s)
			}
			v := float64(n)
			c.Estimates = append(c.Estimates, analysis.Estimate{Value: v, Lo: v, Hi: v})
		}
		out = append(out, c)
	}
	return out, nil
}
