package analysis

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Where says whose, where and when something was recorded. What a data set
// does not tell is empty: a region of both hemispheres has no Hemisphere.
type Where struct {
	Person     string // "S1"
	Hemisphere string // "lh", "rh"
	Region     string // "pFus_faces"
	Session    string // or run, or repeat: "ses-1"
}

// String returns what is told, in words: "S1 rh pFus_faces ses-1".
func (w Where) String() string {
	return strings.Join(strings.Fields(w.Person+" "+w.Hemisphere+" "+w.Region+" "+w.Session), " ")
}

// holds reports whether o is one of those that w asks for: an empty field asks
// for all.
func (w Where) holds(o Where) bool {
	return (w.Person == "" || w.Person == o.Person) && (w.Hemisphere == "" || w.Hemisphere == o.Hemisphere) &&
		(w.Region == "" || w.Region == o.Region) && (w.Session == "" || w.Session == o.Session)
}

// A Recording is what one region of one person answered in one session.
type Recording[T any] struct {
	Where
	Answer T    // *Responses, or what was made of them: *tuning.Profile, *rsa.RDM
	Absent bool // the person has no such region, or no channel of it passed; Answer is the zero T
}

// A Cohort is what was recorded from several people, who may differ in their
// voxels, in their sessions and in the regions that they have. T is
// *Responses, or what was made of them:
//
//	c.In(Where{Hemisphere: "rh", Region: "pFus_faces"})   a view; people without are kept as Missing
//	CohortOf(c, tuning.New)                               the same recordings as profiles
//	c.Averaged(tuning.Mean)                               one per person, sessions averaged: what package ceiling compares
//
// A list of Responses has no place for a region that a person lacks, nor does
// it tell two sessions of one person from two people: people who are compared
// with themselves raise every ceiling. Nothing is aligned by position: means
// and comparisons find stimuli by ID. A Cohort is immutable. For people made
// up, see simulate.Cohort.
type Cohort[T any] struct{ recordings []Recording[T] }

// NewCohort returns a cohort of the recordings, kept in their order.
//
// It fails without recordings, if one has no Person, if two are of the same
// person, region and session, and if one that is not Absent has a nil Answer.
func NewCohort[T any](recordings []Recording[T]) (*Cohort[T], error) {
	if len(recordings) == 0 {
		return nil, errors.New("analysis: a cohort of no recordings")
	}
	seen := make(map[Where]int, len(recordings))
	c := &Cohort[T]{slices.Clone(recordings)}
	for i, r := range c.recordings {
		if r.Person == "" {
			return nil, fmt.Errorf("analysis: recording %d (%s) has no person; sessions could not be told from people", i+1, r.Where)
		}
		if j, twice := seen[r.Where]; twice {
			return nil, fmt.Errorf("analysis: recordings %d and %d are both %s; give each session a name of its own", j+1, i+1, r.Where)
		}
		seen[r.Where] = i
		switch v := reflect.ValueOf(&c.recordings[i].Answer).Elem(); {
		case r.Absent:
			v.SetZero()
		case v.Kind() == reflect.Pointer && v.IsNil():
			return nil, fmt.Errorf("analysis: recording %d (%s) has no answer; where the person has no such region, set Absent", i+1, r.Where)
		}
	}
	return c, nil
}

// Recordings returns all recordings in order, absent ones too.
func (c *Cohort[T]) Recordings() []Recording[T] { return slices.Clone(c.recordings) }

// People returns everybody in order of first appearance, also those who have
// nothing.
func (c *Cohort[T]) People() []string {
	return c.distinct(func(r Recording[T]) string { return r.Person })
}

// Sessions returns the names of all sessions in order of first appearance.
func (c *Cohort[T]) Sessions() []string {
	return c.distinct(func(r Recording[T]) string { return r.Session })
}

// Regions returns the regions of each hemisphere in order of first appearance,
// also those that nobody has: c.In takes each of them.
func (c *Cohort[T]) Regions() []Where {
	var out []Where
	seen := map[Where]bool{}
	for _, r := range c.recordings {
		w := Where{Hemisphere: r.Hemisphere, Region: r.Region}
		if nowhere := r.Absent && r.Region == ""; !nowhere && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// Missing returns the people of whom nothing is there: who have no such
// region, in a view of one. They are counted, and are in no mean.
func (c *Cohort[T]) Missing() []string {
	has := map[string]bool{}
	for _, r := range c.recordings {
		has[r.Person] = has[r.Person] || !r.Absent
	}
	var out []string
	for _, p := range c.People() {
		if !has[p] {
			out = append(out, p)
		}
	}
	return out
}

func (c *Cohort[T]) distinct(of func(Recording[T]) string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, r := range c.recordings {
		if s := of(r); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
