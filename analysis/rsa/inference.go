package rsa

import "fusiform/analysis"

// Cells returns the stimuli and the n(n−1)/2 cells of Upper, each of which
// belongs to two stimuli. Package inference resamples it so.
func (d *RDM) Cells() (s analysis.Stimuli, values []float64, each int) {
	return d.Stimuli, d.Upper(), 2
}

// Doubts returns the Warnings, for package inference.
func (d *RDM) Doubts() []error { return d.Warnings }
