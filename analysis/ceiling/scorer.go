package ceiling

import "fusiform/analysis"

// Scorer returns the function that holds the responses of a model against
// people: what Against gives of what is made of them. It is what
// localizer.Sweep and localizer.Try ask for, to see the gap to the ceiling at
// each threshold or rule:
//
//	ceiling.Scorer(tuning.New, profiles, tuning.Compare(analysis.Pearson))
//	ceiling.Scorer(rsa.RDMBy(analysis.Pearson), rdms, rsa.Compare(analysis.Pearson))
//
// The function fails with the errors of of and Against.
func Scorer[T any](of func(*analysis.Responses) (T, error), people []T, compare func(a, b T) (analysis.Score, error)) func(*analysis.Responses) (analysis.Score, error) {
	return func(r *analysis.Responses) (analysis.Score, error) {
		model, err := of(r)
		if err != nil {
			return analysis.Score{}, err
		}
		return Against(model, people, compare)
	}
}

// AgainstAll returns Against for each of several models: the scores that stand
// beside one ceiling. It fails with the error of the first that has one.
func AgainstAll[T any](models, people []T, compare func(a, b T) (analysis.Score, error)) ([]analysis.Score, error) {
	scores := make([]analysis.Score, len(models))
	for i, m := range models {
		var err error
		if scores[i], err = Against(m, people, compare); err != nil {
			return nil, err
		}
	}
	return scores, nil
}
