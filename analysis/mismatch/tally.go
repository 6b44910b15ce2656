package mismatch

import "fmt"

// A Tally counts the verdicts of one entry over networks.
type Tally struct {
	Entry, Region                                              string
	Matches, Undecided, Opposite, TooWeak, TooStrong, Untested int
	Of                                                         int
}

// Tallies counts the verdicts of each entry over the reports on several
// networks by one battery: 10 of 10 too strong. It fails with no report, or if
// they are on different entries.
func Tallies(reports []*Report) ([]Tally, error) {
	if len(reports) == 0 {
		return nil, fmt.Errorf("mismatch: no reports to count")
	}
	out := make([]Tally, len(reports[0].Lines))
	for _, r := range reports {
		if len(r.Lines) != len(out) {
			return nil, fmt.Errorf("mismatch: the reports on %q and %q have %d and %d entries; count those of one battery", reports[0].Network, r.Network, len(out), len(r.Lines))
		}
		for k, l := range r.Lines {
			if first := reports[0].Lines[k]; l.Entry != first.Entry || l.Region != first.Region {
				return nil, fmt.Errorf("mismatch: entry %d of the report on %q is %q, on %q it is %q; count those of one battery", k+1, reports[0].Network, first.Entry, r.Network, l.Entry)
			}
			t := &out[k]
			t.Entry, t.Region = l.Entry, l.Region
			t.Of++
			*[]*int{Untested: &t.Untested, Matches: &t.Matches, Undecided: &t.Undecided, Opposite: &t.Opposite, TooWeak: &t.TooWeak, TooStrong: &t.TooStrong}[l.Verdict]++
		}
	}
	return out, nil
}
