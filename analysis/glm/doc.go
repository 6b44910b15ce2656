// Package glm fits the first-level model of a scanner run: what each voxel's
// time course owes to each condition of a block or event localizer.
//
// A FirstLevel turns the events of a Run into a Design (each condition convolved
// with the response of the blood, confounds, slow drift, a constant) and fits
// it voxel by voxel, block by block, whitening the noise. The Result holds
// the betas of every run. A Contrast of it is an effect, its variance, t and p
// of each voxel, runs combined as fixed effects; Responses are the betas as any
// other responses, stimuli being conditions of runs, so that every localizer
// and every analysis works on them; and a Localizer makes a fROI of a contrast,
// which remembers the runs that defined it and can be measured on others only.
//
// Numbers are those of nilearn's FirstLevelModel, within rounding: the zero
// value of FirstLevel is its default.
package glm
