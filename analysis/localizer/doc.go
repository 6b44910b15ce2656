// Package localizer finds the channels of a source that prefer one category
// of stimuli: the voxels of a face area, the face units of a layer.
//
// A localizer takes responses and a contrast (Faces, Bodies, Scenes, … or one
// from Named) and returns an *analysis.FROI: the statistic of every channel,
// which channels pass, and which stimuli decided it, so that the fROI cannot
// be measured on them by accident. TTest is the localizer of nearly every fMRI
// study, and its Conjunction that of Prince et al.; RankSum (AUC) goes by order
// alone, DPrime and SelectivityIndex by the size of the effect, RatioRule by
// "twice as much as for anything else", and TopFraction takes the best so many
// by any of them. All but RankSum work from the mean and the variance of each
// category alone, so responses too large to keep can be fed row by row into an
// Accumulator, which gives the same fROI.
//
// How much of a finding is the localizer's own? Compare says how far two fROIs
// overlap, Agreement how alike their profiles are, a Sweep what becomes of
// both count and score as the threshold rises, and Replicate what other images
// find again.
package localizer
