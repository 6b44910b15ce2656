package rsa

import (
	"fmt"
	"slices"

	"fusiform/analysis"
)

// folds returns the rows of the runs in the order of the first one's stimuli.
func folds(runs []*analysis.Responses) ([][][]float64, error) {
	if len(runs) < 2 {
		return nil, fmt.Errorf("rsa: cross-validation over %s; it needs at least 2: split the trials by run, or take Mahalanobis, which noise makes larger", count(len(runs)))
	}
	first := runs[0]
	n, c := first.Dims()
	if n < 2 {
		return nil, fmt.Errorf("rsa: %q answered %d stimulus; an RDM needs at least 2", first.Source(), n)
	}
	out := make([][][]float64, len(runs))
	for k, r := range runs {
		if _, channels := r.Dims(); channels != c {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("run %d (%q) has %d channels, run 1 (%q) has %d", k+1, r.Source(), channels, first.Source(), c)}
		}
		if err := sameSource(k, r, first); err != nil {
			return nil, err
		}
		at, err := first.Stimuli().In(r.Stimuli(), fmt.Sprintf("run %d (%q)", k+1, r.Source()))
		if err == nil && r.Stimuli().Len() != n {
			_, err = r.Stimuli().In(first.Stimuli(), fmt.Sprintf("run 1 (%q)", first.Source()))
		}
		if err != nil {
			return nil, fmt.Errorf("rsa: run %d (%q) and run 1 have different stimuli; take all runs On those that they share: %w", k+1, r.Source(), err)
		}
		out[k] = make([][]float64, n)
		for i, p := range at {
			out[k][i] = r.Row(p)
		}
	}
	return out, nil
}

// sameSource refuses run k if it is not of the first one's source: two people
// may have equally many channels, which are not the same voxels.
func sameSource(k int, r, first *analysis.Responses) error {
	if r.Source() == first.Source() {
		return nil
	}
	return &analysis.AlignmentError{What: fmt.Sprintf("run %d is of %q, run 1 of %q; they must be of one source: give the runs of one person one name (Responses.Named), and take different people one by one", k+1, r.Source(), first.Source())}
}

// copies returns analysis.ErrCircular if two of the aligned runs are the same,
// and warnings that name those of which some stimuli are. What is equal in all
// channels, such as the zeros of a silent stimulus, does not count for these.
func copies(runs [][][]float64, s analysis.Stimuli) (warnings []error, err error) {
	for k, b := range runs {
		for l, a := range runs[:k] {
			alike, telling := 0, []string(nil)
			for i, row := range b {
				if !slices.Equal(row, a[i]) {
					continue
				}
				alike++
				if !analysis.Constant(row) {
					telling = append(telling, s.At(i).ID)
				}
			}
			switch {
			case alike == len(b):
				return nil, fmt.Errorf("rsa: %w: runs %d and %d are the same, so nothing is cross-validated; give runs that were measured apart", analysis.ErrCircular, l+1, k+1)
			case len(telling) > 0:
				warnings = append(warnings, fmt.Errorf("runs %d and %d have the very same responses to %d of %d stimuli (%s); if they were copied, their distances are not cross-validated", l+1, k+1, len(telling), len(b), analysis.Few(telling, 2)))
			}
		}
	}
	return warnings, nil
}

// count says how many runs there are.
func count(runs int) string {
	if runs == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", runs)
}
