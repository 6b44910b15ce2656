package glm

// Noise is what is assumed of a voxel's noise.
type Noise int

const (
	// AR1: each volume's noise holds ρ of that before, ρ of each voxel being
	// estimated from the residuals of ordinary least squares by Yule and
	// Walker's equation, ρ = (Σ e[t]e[t+1]/(n−1)) / (Σ e[t]²/n), and cut to
	// hundredths. Data and design are whitened by it and fitted again. This is
	// what nilearn does. Residuals are less correlated than the noise, since the
	// model takes the slowest of it, and noise of the scanner is more than AR(1),
	// so p is too small: see the documentation of the package.
	AR1 Noise = iota
	// White: no volume's noise tells of another's: ordinary least squares. Its
	// t is too large where noise is correlated, as it is in every scanner.
	White
	// ARMA11: a part of the noise, λ of its variance, is AR(1) with φ, the rest
	// is new in each volume, so that volumes l apart correlate by λφˡ: what the
	// body and what the scanner adds (Purdon & Weisskoff 1998,
	// doi:10.1002/(SICI)1097-0193(1998)6:4<239::AID-HBM4>3.0.CO;2-4). Each voxel
	// gets those φ and λ, of 31 pairs, that make its residuals likeliest when
	// what the design takes of them is allowed for (restricted maximum
	// likelihood: Patterson & Thompson 1971, doi:10.1093/biomet/58.3.545), as in
	// AFNI's 3dREMLfit; and the degrees of freedom of each voxel and contrast are
	// what is left when φ and λ are not known but estimated (Satterthwaite 1946,
	// doi:10.2307/3002019). It takes some seven times as long as AR1. Use it where
	// p, or a false-discovery rate, is to be believed.
	ARMA11
)

// Autocorrelation returns, per run and voxel, the correlation of the noise of a
// volume with that of the next which the fit assumed: ρ of AR1, λφ of ARMA11.
func (r *Result) Autocorrelation() [][]float64 {
	out := make([][]float64, len(r.runs))
	for i, f := range r.runs {
		out[i] = make([]float64, len(f.bin))
		for j, b := range f.bin {
			out[i][j] = f.metric(b).rho
		}
	}
	return out
}

// metric returns that of a bin of the noise.
func (r *runFit) metric(bin int16) *metric {
	if r.candidates != nil {
		return r.candidates[bin].metric
	}
	return r.whitener.metric(bin)
}

// contrastIn returns, in a bin of the noise, the variance of a contrast for a
// dispersion of 1, and its degrees of freedom.
func (r *runFit) contrastIn(bin int16, c []float64) (unit, freedom float64) {
	z := r.whitener.solved(c)
	unit, freedom = r.metric(bin).product(z, z), float64(r.dof())
	if r.candidates != nil {
		freedom = r.candidates[bin].freedom(r.whitener.q, r.design.drift, z)
	}
	return unit, freedom
}
