package ceiling

import (
	"errors"

	"fusiform/analysis"
)

// Cohort returns a Recording of every region of every person of c, for Matrix:
// their sessions are the Repeats. The region is called with its hemisphere, "rh
// pFus_faces", and the recording "S1 rh pFus_faces"; those that a person does
// not have are left out. Regions stand together in order of first appearance,
// and in each of them people in the order of c.People.
//
// Matrix needs two sessions of everybody: hand over c.AtLeast(2), whose Missing
// counts those who have one. A network's Recording may be appended. For the
// bounds of LeaveOneOut hand over c.Averaged.
//
// It fails if everything in c is absent.
func Cohort(c *analysis.Cohort[*analysis.Responses]) ([]Recording, error) {
	repeats := map[analysis.Where][]*analysis.Responses{}
	for _, r := range c.Recordings() {
		if w := r.Where; !r.Absent {
			w.Session = ""
			repeats[w] = append(repeats[w], r.Answer.Named(w.String()))
		}
	}
	var out []Recording
	for _, w := range c.Regions() {
		region := w.String()
		for _, w.Person = range c.People() {
			if rs := repeats[w]; rs != nil {
				out = append(out, Recording{System: System{Label: w.String(), Person: w.Person, Region: region}, Repeats: rs})
			}
		}
	}
	if out == nil {
		return nil, errors.New("ceiling: nobody of the cohort has any of its regions; lower the localizer's threshold")
	}
	return out, nil
}
