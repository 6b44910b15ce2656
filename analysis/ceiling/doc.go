// Package ceiling says how well any model could do, given how well people
// predict each other and themselves.
//
// LeaveOneOut bounds it by people against people, for anything that can be
// averaged and compared: profiles (tuning.Mean, tuning.Compare), geometry
// (rsa.Mean, rsa.Compare), and Against gives the score of a model that belongs beside it.
// SplitHalf measures how well one person's
// measurement repeats. Pairs holds the noise-corrected similarity of every two people and
// networks; a person's ceiling there is the median over the other people.
// Ceilings stand beside a raw score and never replace it.
package ceiling
