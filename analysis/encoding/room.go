package encoding

// ridgeNumbers is about how many numbers a ridge regression of n stimuli and p
// features holds besides weights and predictions of t targets: Gram matrices
// or features of training sets, the H of a fold in both precisions, the targets
// in float32, and blocks of targets and features.
func ridgeNumbers(n, p, t, lambdas int) float64 {
	small := float64(min(n, p))
	size := float64(n)
	systems := 6*size*small + float64(lambdas)*size*small/2
	blocks := 4*size*float64(min(t, solveTargets)) + size*float64(min(p, blockFeatures)) + float64(lambdas)*size*float64(min(t, blockTargets))
	single := size * float64(t) / 2
	return systems + blocks + single + keptBytes/8
}
