package analysis

import (
	"fmt"
	"slices"
)

// In returns the recordings of a person, a hemisphere, a region, a session, or
// of several of these together; an empty field of w asks for all. Everybody
// stays in it (of w.Person, that person alone): whoever has nothing there gets
// an absent recording, and is Missing.
//
// It fails if w holds nobody's recording, not even an absent one; the error
// lists what there is.
func (c *Cohort[T]) In(w Where) (*Cohort[T], error) {
	out := &Cohort[T]{}
	has := map[string]bool{}
	for _, r := range c.recordings {
		if w.holds(r.Where) {
			has[r.Person] = true
			out.recordings = append(out.recordings, r)
		}
	}
	if len(out.recordings) == 0 {
		return nil, c.nowhere(w)
	}
	for _, p := range c.People() {
		if !has[p] && (w.Person == "" || w.Person == p) {
			out.recordings = append(out.recordings, Recording[T]{Where: Where{p, w.Hemisphere, w.Region, w.Session}, Absent: true})
		}
	}
	return out, nil
}

// nowhere says why w holds no recording.
func (c *Cohort[T]) nowhere(w Where) error {
	var regions []string
	for _, r := range c.Regions() {
		regions = append(regions, r.String())
	}
	switch {
	case w.Person != "" && !slices.Contains(c.People(), w.Person):
		return fmt.Errorf("analysis: the cohort has no person %q; there are: %s", w.Person, Few(c.People(), 40))
	case w.Session != "" && !slices.Contains(c.Sessions(), w.Session):
		return fmt.Errorf("analysis: the cohort has no session %q; there are: %s", w.Session, Few(c.Sessions(), 40))
	case w.Person == "" && w.Session == "":
		return fmt.Errorf("analysis: nobody has the region %s; there are: %s", w, Few(regions, 40))
	}
	return fmt.Errorf("analysis: there is no recording of %s; the regions are: %s", w, Few(regions, 40))
}

// AtLeast returns the cohort in which a region of a person that was recorded in
// fewer sessions is absent. Two sessions tell how reliable a person is, which
// ceiling.Matrix asks for.
func (c *Cohort[T]) AtLeast(sessions int) *Cohort[T] {
	n := map[Where]int{}
	for _, r := range c.recordings {
		if !r.Absent {
			n[r.place()]++
		}
	}
	out := &Cohort[T]{c.Recordings()}
	for i, r := range out.recordings {
		if n[r.place()] < sessions {
			out.recordings[i] = Recording[T]{Where: r.Where, Absent: true}
		}
	}
	return out
}

// place returns w without its session.
func (w Where) place() Where {
	w.Session = ""
	return w
}

// Averaged returns one T for everybody who has one, in the order of People: the
// mean over a person's sessions, or what there is where it is a single one. It
// is what ceiling.LeaveOneOut and the others of its package compare; sessions
// that are not averaged first would let people predict themselves.
//
//	*Responses        analysis.Mean
//	*tuning.Profile   tuning.Mean, or tuning.Pool(m)
//	*rsa.RDM          rsa.Mean, or rsa.Pool(m)
//
// A mean is called by the words that its sessions' sources end with in common,
// and package ceiling tells people apart by that: let the source be the person
// and the region, "S1 rh FFA", in every session. To keep sessions apart, take
// the one with In before.
//
// It fails if the view holds more than one region of a person, hemispheres
// counted apart, if all recordings are absent, and with the error of mean,
// naming the person.
func (c *Cohort[T]) Averaged(mean func([]T) (T, error)) ([]T, error) {
	sessions, of := map[string][]T{}, map[string]Where{}
	for _, r := range c.recordings {
		if r.Absent {
			continue
		}
		if w, there := of[r.Person]; there && w != r.place() {
			return nil, fmt.Errorf("analysis: %s and %s are two regions, not two sessions of one; choose one with In before averaging", w, r.place())
		}
		of[r.Person] = r.place()
		sessions[r.Person] = append(sessions[r.Person], r.Answer)
	}
	var out []T
	for _, p := range c.People() {
		switch s := sessions[p]; len(s) {
		case 0:
		case 1:
			out = append(out, s[0])
		default:
			one, err := mean(s)
			if err != nil {
				return nil, fmt.Errorf("analysis: the mean of the %d sessions of %s: %w", len(s), of[p], err)
			}
			out = append(out, one)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("analysis: %w: it is absent in all of the %d people", ErrEmpty, len(c.People()))
	}
	return out, nil
}

// CohortOf returns the cohort of what of makes of each recording's answer, the
// absent ones kept absent: CohortOf(c, tuning.New) of responses is one of
// profiles, whatever their voxels. It fails with the error of of, naming the
// recording.
func CohortOf[T, U any](c *Cohort[T], of func(T) (U, error)) (*Cohort[U], error) {
	out := &Cohort[U]{make([]Recording[U], len(c.recordings))}
	for i, r := range c.recordings {
		out.recordings[i] = Recording[U]{Where: r.Where, Absent: r.Absent}
		if r.Absent {
			continue
		}
		var err error
		if out.recordings[i].Answer, err = of(r.Answer); err != nil {
			return nil, fmt.Errorf("analysis: %s: %w", r.Where, err)
		}
	}
	return out, nil
}
