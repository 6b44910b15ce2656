package ceiling

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fusiform/analysis"
)

// Against returns the score of a model that stands beside the ceiling of
// LeaveOneOut: its mean over the K people one by one,
//
//	Σₖ compare(person k, model) / K
//
// Do not hold the score of a model with the mean of people against that
// ceiling: a mean has less noise than a person and correlates higher. The
// interval is that of the mean over people, ± t·s/√K with t of K−1 degrees of
// freedom, cut at the range of the measure; for one person it is the range. N
// is K.
//
// It fails with nobody, with two people of the same label, with a model that has
// the label of one, who would predict themselves, and with the error of compare,
// naming the person. With fewer than five people a Warning says so.
func Against[T any](model T, people []T, compare func(a, b T) (analysis.Score, error)) (analysis.Score, error) {
	if len(people) == 0 {
		return analysis.Score{}, errors.New("ceiling: nobody to hold the model against")
	}
	labels, err := labelsOf(people)
	if err != nil {
		return analysis.Score{}, err
	}
	for k, p := range people {
		if same(p, model) {
			return analysis.Score{}, fmt.Errorf("ceiling: the model is %s, one of the people, and would predict itself; leave that person out, or give the model a name of its own", labels[k])
		}
	}
	scores := make([]analysis.Score, len(people))
	for k, p := range people {
		if scores[k], err = compare(p, model); err != nil {
			return analysis.Score{}, fmt.Errorf("ceiling: %s with the model: %w", labels[k], err)
		}
	}
	return overPeople(scores), nil
}

// same reports whether two subjects have one label, or none and are one.
func same[T any](a, b T) bool {
	la, labelled := any(a).(interface{ Label() string })
	lb, _ := any(b).(interface{ Label() string })
	if labelled && lb != nil && la.Label()+lb.Label() != "" {
		return la.Label() == lb.Label()
	}
	return reflect.TypeFor[T]().Kind() == reflect.Pointer && any(a) == any(b)
}

// overPeople returns the mean of the people's scores and its interval.
func overPeople(people []analysis.Score) analysis.Score {
	var doubts doubts
	values := make([]float64, len(people))
	for k, s := range people {
		values[k] = s.Value
		doubts.add(s.Warnings...)
	}
	doubts.few(len(people))
	measure := people[0].Measure
	out := analysis.Score{Measure: measure, Value: stat.Mean(values, nil), Lo: measure.Min, Hi: measure.Max, N: len(people), Warnings: doubts}
	if len(people) > 1 {
		k := float64(len(people))
		half := distuv.StudentsT{Sigma: 1, Nu: k - 1}.Quantile(.975) * stat.StdDev(values, nil) / math.Sqrt(k)
		out.Lo, out.Hi = math.Max(out.Lo, out.Value-half), math.Min(out.Hi, out.Value+half)
	}
	return out
}
