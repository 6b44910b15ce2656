// Package localizer finds the channels of a source that prefer one category
// of stimuli: the voxels of a face area, the face units of a layer.
//
// A localizer takes responses and a contrast (Faces, Bodies, Scenes, … or one
// from Named) and returns an *analysis.FROI: the statistic of every channel,
// which channels pass, and which stimuli decided it, so that the fROI cannot
// be measured on them by accident. TTest is the localizer of nearly every fMRI
// study. It works from the mean and the variance of each category alone, so
// responses too large to keep can be fed row by row into an Accumulator, which
// gives the same fROI.
package localizer
