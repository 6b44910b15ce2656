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
// which remembers the runs that defined it and can be measured on others only. Regions
// does so for several people at once: from their Results to an analysis.Cohort.
//
// Numbers are those of nilearn's FirstLevelModel, within rounding: the zero
// value of FirstLevel is its default.
//
// # What p is worth
//
// nilearn's default, AR1, is not what noise is, and its ρ is too small. Of
// 10 000 simulated voxels that answer nothing so many in a hundred have p < .05
// for a difference of two conditions (± 0.2; TestCalibration):
//
//	noise                            White   AR1   ARMA11
//	blocks of 10 s, 150 volumes
//	  white                            5.2   6.6      4.2
//	  AR(1), ρ .2                     10.3   7.4      5.0
//	  AR(1), ρ .35                    15.0   8.4      5.5
//	  AR(1), ρ .5                     22.2   9.0      5.3
//	  half AR(1) .8, half white       19.2  11.2      6.3
//	  three tenths AR(1) .9           11.7  10.2      5.4
//	blocks of 20 s, 200 volumes
//	  white                            5.0   6.5      4.0
//	  AR(1), ρ .35                    15.9   8.1      4.8
//	  AR(1), ρ .5                     24.5   9.3      4.4
//	  half AR(1) .8, half white       21.3  12.7      6.0
//	  three tenths AR(1) .9           14.8  13.2      5.8
//	events every 4 s, 300 volumes
//	  white                            4.9   5.6      4.3
//	  AR(1), ρ .5                     19.9   6.8      5.5
//	  half AR(1) .8, half white       15.3   6.2      5.6
//
// In the noise of a real scanner (twelve runs of Haxby et al. 2001, one slice,
// two conditions whose names are exchanged in half of the runs, so that nothing
// is to be found) they are 12.9, 9.6 and 3.4 over 20 such draws, and 9.2, 6.7 and
// 3.3 over the four of TestHaxbyNull.
//
// So ARMA11 is a little strict where noise is white and up to a quarter too
// lax where it is half white, half persistent; the other two are far off. On
// noise of other kinds (1/f, AR(2), moving averages, steps) up to 8.1 in a
// hundred have p < .05, and 9.9 by F; by AR1 up to 13.3 and 15.4. A threshold on
// t, as localizers have, is moved by this as p is.
package glm
