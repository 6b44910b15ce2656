// Package encoding predicts responses from responses: a person's voxels from
// the units of a network, or the voxels of one person from those of another.
//
// A Fitter turns features X (n stimuli × p channels) and targets Y (n × t)
// into a Model; Ridge is the one that chooses its penalty for each target by
// cross-validation. Evaluate fits on some stimuli and predicts others that
// the fit has never seen, penalty included, until every stimulus has been
// predicted once; the Result compares these predictions with what was
// observed. Subsets asks which features the prediction needs: with all of
// them, without the selective ones (are they necessary?), with these only
// (are they sufficient?), and with equally many drawn at random, which is
// what the others are to be compared with.
//
// Features are centred, not scaled: a unit that varies much counts for much,
// as in the network itself. X and Y are aligned by stimulus ID, and everything
// random follows from a Seed and the IDs, so the order of the stimuli does not
// matter.
//
// Solvers (design.go, solve.go) know matrices only; estimators above them
// (ridge.go, evaluate.go, subsets.go) know stimuli, sources and doubts.
package encoding
