// Package ceiling says how well any model could do, given how well people
// predict each other and themselves.
//
// LeaveOneOut bounds it by people against people, for anything that can be
// averaged and compared: profiles (tuning.Pool, tuning.Compare), geometry
// (rsa.Pool, rsa.Compare), and Against gives the score of a model that belongs
// beside it; package inference gives both their intervals. FromRepeats
// separates signal from noise in each channel (ncsnr), SplitHalf and SplitHalves
// measure how well a person's profile or geometry repeats. Matrix makes of that
// the noise-corrected similarity of every two people and networks; a person's
// ceiling there is the median over the other people, and OverStimuli and
// OverPeople say how sure it is, and how far a network is below it; Gaps puts
// people and networks side by side, as a figure shows them. Ceilings stand beside
// a raw score and never replace it. An analysis.Cohort gives either what it asks
// for: its means over sessions (Averaged), its sessions as repeats (Cohort).
package ceiling
