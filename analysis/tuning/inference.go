package tuning

import "fusiform/analysis"

// Cells returns the stimuli and the values, each of which belongs to one
// stimulus. Package inference resamples it so.
func (p *Profile) Cells() (s analysis.Stimuli, values []float64, each int) {
	return p.Stimuli, p.Values, 1
}

// Doubts returns the Warnings, for package inference.
func (p *Profile) Doubts() []error { return p.Warnings }
