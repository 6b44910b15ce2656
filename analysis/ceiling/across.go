package ceiling

import (
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Across returns how well one thing of K people (the geometry of their
// selective voxels, say) is predicted by another of the other people (that of
// all their other voxels):
//
//	Σₖ compare(one of person k, mean of the other of all but k) / K
//
// Nobody is compared with themselves, so noise that the two share, measured in
// the same sessions, does not count as likeness. Hold it against the lower
// bound of LeaveOneOut for one: what the others' one tells of a person's. The
// interval is that of Against, over people.
//
// People are matched by their Label; it fails with an *analysis.AlignmentError
// that names those who have one thing and not the other, with fewer than two
// people, and with the error of mean or compare, naming the person.
func Across[T interface{ Label() string }](one, other []T, mean func([]T) (T, error), compare func(a, b T) (analysis.Score, error)) (analysis.Score, error) {
	labels, err := labelsOf(one)
	if err != nil {
		return analysis.Score{}, err
	}
	if _, err := labelsOf(other); err != nil {
		return analysis.Score{}, err
	}
	at := map[string]int{}
	for k, l := range labels {
		at[l] = k
	}
	var missing []string
	for _, t := range other {
		if _, there := at[t.Label()]; there {
			delete(at, t.Label())
		} else {
			missing = append(missing, t.Label())
		}
	}
	for _, l := range labels {
		if _, left := at[l]; left {
			missing = append(missing, l)
		}
	}
	if missing != nil {
		return analysis.Score{}, &analysis.AlignmentError{What: "ceiling: one thing and another of the same people", Missing: missing}
	}
	if len(one) < 2 {
		return analysis.Score{}, errors.New("ceiling: needs at least 2 people, who predict each other")
	}
	scores := make([]analysis.Score, len(one))
	for k, t := range one {
		var rest []T
		for _, o := range other {
			if o.Label() != labels[k] {
				rest = append(rest, o)
			}
		}
		others, err := mean(rest)
		if err != nil {
			return analysis.Score{}, fmt.Errorf("ceiling: mean without %s: %w", labels[k], err)
		}
		if scores[k], err = compare(t, others); err != nil {
			return analysis.Score{}, fmt.Errorf("ceiling: %s with the mean of the others: %w", labels[k], err)
		}
	}
	return overPeople(scores), nil
}
