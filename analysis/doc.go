// Package analysis holds the nouns of Fusiform: what was shown (Stimuli), what
// answered (Responses), which comparison defines a region (Contrast), the
// region itself (FROI), how two things are compared (Measure), and what came
// of it (Score) beside the best that could have come of it (Ceiling).
//
// One idea carries all of it: a voxel of a brain and a unit of a network are
// both channels. A person and a layer are the same type, *Responses, an n×c
// matrix with a row for each stimulus and a column for each channel. Whatever
// localizes, correlates or predicts is therefore written once and runs on
// either.
//
// Several people, their hemispheres, regions and sessions, and who lacks which,
// are a Cohort.
//
// Values are immutable: every method that selects or alters returns a new
// value. Rows are aligned by stimulus ID, never by position. Faults of the
// data are errors that say what, which one and what to do; doubts about a
// result travel with it as Warnings.
package analysis
