package tuning

import (
	"fmt"

	"fusiform/analysis"
)

// Preference returns by how much more a profile answers the preferred stimuli
// of a contrast than the others,
//
//	mean over Prefer − mean over Over
//
// in the profile's unit. On the stimuli that chose the channels it is biased
// upwards. It fails like c.Split.
func (p *Profile) Preference(c analysis.Contrast) (float64, error) {
	prefer, over, err := c.Split(p.Stimuli)
	if err != nil {
		return 0, fmt.Errorf("tuning: %s: %w", p.Source, err)
	}
	mean := func(of []int) float64 {
		sum := 0.0
		for _, i := range of {
			sum += p.Values[i]
		}
		return sum / float64(len(of))
	}
	return mean(prefer) - mean(over), nil
}
