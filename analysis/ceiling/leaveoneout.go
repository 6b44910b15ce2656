package ceiling

import (
	"fmt"
	"reflect"

	"fusiform/analysis"
)

// fewPeople is the number of people below which a result carries a warning:
// with four, one person is a third of the others' mean.
const fewPeople = 5

// A Person is how well one of several people is predicted by the group.
type Person struct {
	Label string         // the Label of the subject, or "person 3"
	Lo    analysis.Score // the person against the mean of the others
	Hi    analysis.Score // the person against the mean of all
}

// LeaveOneOut returns the noise ceiling of K people:
//
//	Lo = Σₖ compare(person k, mean of the others) / K
//	Hi = Σₖ compare(person k, mean of all) / K
//
// The true model, were it known, is expected between them: Lo is too low, for
// K−1 people do not give the true mean, Hi too high, for the mean of all holds
// the noise of the person that it predicts. Nili et al. (2014),
// doi:10.1371/journal.pcbi.1003553. Their Hi is one that no model can exceed,
// which asks for a mean that suits the measure (of z-scores for Pearson, of
// ranks for Spearman): tuning.Pool(m), rsa.Pool(m). Under the plain tuning.Mean
// or rsa.Mean, which weighs people by their variance, a model may exceed Hi by a
// little.
//
// The functions to hand over are tuning.Pool(m) and tuning.Compare(m), or
// rsa.Pool(m) and rsa.Compare(m); mean must not depend on the order of subjects.
// A subject is a person: average sessions first. Where subjects have a Label,
// two of the same label are refused, for a person in both the test and the
// mean would raise Lo.
//
// How far either bound hangs on who took part and what was shown, inference.Run
// tells: it draws people, stimuli or both anew.
//
// It fails with fewer than two subjects and with the error of mean or compare,
// naming the person. With fewer than five subjects a Warning says so.
func LeaveOneOut[T any](subjects []T, mean func([]T) (T, error), compare func(a, b T) (analysis.Score, error)) (analysis.Ceiling, error) {
	people, err := PerPerson(subjects, mean, compare)
	if err != nil {
		return analysis.Ceiling{}, err
	}
	c := analysis.Ceiling{Measure: people[0].Lo.Measure, Subjects: len(people)}
	var doubts doubts
	for _, p := range people {
		c.Lo += p.Lo.Value / float64(len(people))
		c.Hi += p.Hi.Value / float64(len(people))
		doubts.add(p.Lo.Warnings...)
		doubts.add(p.Hi.Warnings...)
	}
	if c.Lo > c.Hi+1e-12 { // more than rounding
		doubts.add(fmt.Errorf("ceiling: the lower bound %.3g exceeds the upper %.3g: the mean does not suit %s", c.Lo, c.Hi, c.Measure.Name))
	}
	doubts.few(len(people))
	c.Warnings = doubts
	return c, nil
}

// PerPerson returns the terms of LeaveOneOut, one per subject in order. It
// fails like LeaveOneOut.
func PerPerson[T any](subjects []T, mean func([]T) (T, error), compare func(a, b T) (analysis.Score, error)) ([]Person, error) {
	if len(subjects) < 2 {
		return nil, fmt.Errorf("ceiling: needs at least 2 people, who predict each other; got %d", len(subjects))
	}
	labels, err := labelsOf(subjects)
	if err != nil {
		return nil, err
	}
	all, err := mean(subjects)
	if err != nil {
		return nil, fmt.Errorf("ceiling: mean of all %d people: %w", len(subjects), err)
	}
	people := make([]Person, len(subjects))
	for k, s := range subjects {
		rest := append(append(make([]T, 0, len(subjects)), subjects[:k]...), subjects[k+1:]...)
		others, err := mean(rest)
		if err != nil {
			return nil, fmt.Errorf("ceiling: mean without %s: %w", labels[k], err)
		}
		p := Person{Label: labels[k]}
		if p.Lo, err = compare(s, others); err != nil {
			return nil, fmt.Errorf("ceiling: %s with the mean of the others: %w", labels[k], err)
		}
		if p.Hi, err = compare(s, all); err != nil {
			return nil, fmt.Errorf("ceiling: %s with the mean of all: %w", labels[k], err)
		}
		people[k] = p
	}
	return people, nil
}

// labelsOf names the subjects and refuses one that stands there twice.
func labelsOf[T any](subjects []T) ([]string, error) {
	labels := make([]string, len(subjects))
	first := map[any]int{}
	same := func(k int, key any) error {
		if j, dup := first[key]; dup {
			return fmt.Errorf("ceiling: subjects %d and %d are both %s; average a person's sessions first, or give people names of their own (Responses.Named): one who stands on both sides raises the ceiling", j+1, k+1, labels[k])
		}
		first[key] = k
		return nil
	}
	for k, s := range subjects {
		labels[k] = fmt.Sprintf("person %d", k+1)
		if l, ok := any(s).(interface{ Label() string }); ok && l.Label() != "" {
			labels[k] = l.Label()
			if err := same(k, labels[k]); err != nil {
				return nil, err
			}
		} else if reflect.TypeFor[T]().Kind() == reflect.Pointer {
			if err := same(k, any(s)); err != nil {
				return nil, err
			}
		}
	}
	return labels, nil
}

// doubts are warnings, each kept once: see analysis.Fold.
type doubts []error

func (d *doubts) add(errs ...error) { *d = analysis.Fold(append(*d, errs...)) }

func (d *doubts) few(people int) {
	if people < fewPeople {
		d.add(fmt.Errorf("%d people are too few to stand for others: need >= %d", people, fewPeople))
	}
}
