// Package inference says what may be claimed of models, people and noise
// ceilings beyond the stimuli that were shown and the people who took part.
//
// Run resamples stimuli, people, or both, and gives each model's score and
// both bounds of the ceiling their intervals; the Result tests each model
// against zero, against the lower bound, and against each other model, with
// the false-discovery rate held over all of them. Related asks by relabelling
// the stimuli whether two sources have anything in common. All of it is
// written once for whatever has values that belong to stimuli: a profile
// (*tuning.Profile), a geometry (*rsa.RDM).
//
// A draw is never copied out: a stimulus that is drawn twice counts twice, a
// cell of an RDM as often as the product of its two stimuli, and copies of one
// stimulus have no cell between them. To rounding that is what explicit
// resampling gives, as in rsatoolbox, at a fraction of the work. Schütt et al.
// (2023), doi:10.7554/eLife.82566; Nili et al. (2014),
// doi:10.1371/journal.pcbi.1003553.
package inference
