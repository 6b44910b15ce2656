package rsa

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// Pool returns a function that averages the RDMs of several people in the way
// that suits m, over the stimuli of the first and in their order:
//
//	D = Σₖ m.Normalize(Dₖ) / K
//
// of z-scores for Pearson, of ranks for Spearman, Kendall's τ and ρ-a, of RDMs
// divided by their root mean square for cosine; a plain Mean where m has no
// Normalize. So a person whose cells vary more does not count more, and no
// model can do better than about the mean of all. Hand it to package ceiling:
//
//	ceiling.LeaveOneOut(people, rsa.Pool(m), rsa.Compare(m))
//
// is Nili et al. (2014), doi:10.1371/journal.pcbi.1003553, and the
// boot_noise_ceiling of rsatoolbox. What it returns has lost the unit of the
// cells, which may be negative: it is for comparing, not for showing.
//
// The function fails with no RDM, with RDMs of different measures or distances,
// with an *analysis.AlignmentError if they do not cover the same stimuli, and
// where m cannot compare one, with analysis.ErrConstant if its cells are all
// equal, as the one cell of two stimuli is.
func Pool(m *analysis.Measure) func(ds []*RDM) (*RDM, error) {
	if m.Normalize == nil {
		return Mean
	}
	return func(ds []*RDM) (*RDM, error) {
		if len(ds) == 0 {
			return nil, errors.New("rsa: no RDMs to pool")
		}
		n := ds[0].Stimuli.Len()
		names, sum := make([]string, len(ds)), make([]float64, n*(n-1)/2)
		out := &RDM{Stimuli: ds[0].Stimuli}
		for k, d := range ds {
			if d.Measure != ds[0].Measure || d.Distance != ds[0].Distance {
				return nil, fmt.Errorf("rsa: the RDMs of %q and %q are of different measures (%s, %s) and cannot be pooled", ds[0].Source, d.Source, ds[0].Kind(), d.Kind())
			}
			e, err := match(ds[0], d)
			if err != nil {
				return nil, err
			}
			x := e.Upper()
			if err := m.Refuses(x); err != nil {
				if n < 3 {
					return nil, fmt.Errorf("rsa: %w: the RDM of %q has %d cell, for %d stimuli; pooling for %s needs at least 3 stimuli", analysis.ErrConstant, d.Source, len(x), n, m.Name)
				}
				return nil, fmt.Errorf("rsa: the RDM of %q cannot be pooled for %s: %w", d.Source, m.Name, err)
			}
			for i, v := range m.Normalize(x, nil) {
				sum[i] += v
			}
			out.Warnings = append(out.Warnings, d.Warnings...)
			names[k] = d.Source
		}
		out.Values = mat.NewSymDense(n, nil)
		at := 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				out.Values.SetSym(i, j, sum[at]/float64(len(ds)))
				at++
			}
		}
		out.Warnings = analysis.Fold(out.Warnings)
		out.Source = analysis.MeanOf(names)
		return out, nil
	}
}
