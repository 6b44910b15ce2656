// Package simulate makes stimuli and people whose truth is known, so that a
// method can be seen to find it: Drawings are pictures of faces, bodies,
// scenes and objects, drawn by a program in two independent styles; a
// Cohort is a group of people who answer any such stimuli with voxels of
// known selectivity, shared tuning and noise; a Scanner measures them in runs,
// volume by volume, with drift, motion and noise; and a World is a network and
// people of whom it is known whether its selective units are what their
// selective voxels need. Everything follows from a seed:
// nothing is stored, nothing is downloaded, and the same seed gives the same
// pictures and people everywhere.
package simulate
