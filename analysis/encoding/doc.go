// Package encoding predicts responses from responses: a person's voxels from
// the units of a network, or the voxels of one person from those of another.
//
// A Fitter turns features X (n stimuli × p channels) and targets Y (n × t)
// into a Model. Ridge chooses its penalty for each target by cross-validation,
// by folds or leaving out one stimulus at a time; SparsePositive and NNLS have
// weights that are not negative, and PLS a few components that all targets
// share. Evaluate fits on some stimuli and predicts others that the fit has
// never seen, penalty included, until every stimulus has been predicted once;
// the Result compares these predictions with what was observed.
//
// Subsets asks which features the prediction needs: with all of them, without
// the selective ones (are they necessary?), with these only (are they
// sufficient?), and with these cut out of the read-out after fitting. Random
// features take the place of the selective ones for comparison: a Control draws
// as many of them, of the same layers, or of the same effect sizes, and a
// Comparison says how extreme the selective ones are among the draws. Scores
// come by region, and divided by the ceiling of the voxels, for all of these.
//
// Features are centred, not scaled: a unit that varies much counts for much,
// as in the network itself. X and Y are aligned by stimulus ID, and everything
// random follows from a Seed and the IDs, so the order of the stimuli does not
// matter.
//
// Solvers (gram.go, design.go, factor.go, family.go, search.go, solve.go) know
// matrices only; estimators above them (ridge.go, evaluate.go, subsets.go) know
// stimuli, sources and doubts. What would take more than 4 GiB of memory
// besides its inputs is refused before it begins.
package encoding
