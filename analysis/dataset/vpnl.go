package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A FLocProfile is how one region of one person answered the ten conditions
// of fLoc in one session: the mean over its voxels, t-values in the table
// that VPNLProfiles reads, betas in that of VPNLBetas.
type FLocProfile struct {
	Person, Session string
	Group           string    // "adults", "kids", or empty where the table does not say
	Hemi            string    // "lh" or "rh"
	ROI             string    // "pFus_faces"
	Values          []float64 // in the order of FLocConditions
}

// FLocProfiles are the rows of a table of profiles, in its order. To read
// some of the people only, filter Rows.
type FLocProfiles struct {
	Rows   []FLocProfile
	Absent int // rows left out because all their values are NaN: the person has no such region

	Missing []analysis.Where // whose they were; Cohort counts these people
}

// VPNLProfiles reads the table floc_roi_mean_t.csv, or the folder that holds
// it: mean t per region for each condition of fLoc, by person, session and
// hemisphere (VPNL/toonCat @ 7fe3ccca). Columns are found by name. The regions
// were chosen by contrasts of fLoc: that a profile is highest for its own
// category is no finding, how it orders the others is.
//
// It fails with a *ParseError on a row that is NaN in part, and on two rows
// for one person, session, hemisphere and region.
func VPNLProfiles(path string) (*FLocProfiles, error) {
	return readProfiles(path, "floc_roi_mean_t.csv", []string{"person", "session", "hemi", "roi", "group"})
}

// VPNLBetas reads the table floc_roi_betas.csv, or the folder that holds it:
// mean beta per region for each condition of fLoc, by person and session
// (VPNL/corticalRecycling @ c5a42623). It is like VPNLProfiles; the
// hemisphere is the first part of the region's name: "rh_pFus…" is read as
// "rh" and "pFus…".
func VPNLBetas(path string) (*FLocProfiles, error) {
	return readProfiles(path, "floc_roi_betas.csv", []string{"subject", "session", "", "roi", ""})
}

func readProfiles(path, file string, columns []string) (*FLocProfiles, error) {
	t, f, err := openTable(within(path, file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseProfiles(t, columns)
}

// within returns the file in the folder, where path is one.
func within(path, file string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, file)
	}
	return path
}

// parseProfiles reads profiles; columns names those of person, session,
// hemisphere, region and group, empty where there is none.
func parseProfiles(t *table, columns []string) (*FLocProfiles, error) {
	key, err := newSessionKey(t, columns)
	if err != nil {
		return nil, err
	}
	cols, err := t.need(conditionNames()...)
	if err != nil {
		return nil, err
	}
	p := &FLocProfiles{}
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		k, err := key.read(t)
		if err != nil {
			return nil, err
		}
		if t.absent(cols) {
			p.Absent++
			p.Missing = append(p.Missing, k.where())
			continue
		}
		row := FLocProfile{Person: k.person, Session: k.session, Group: key.group(t), Hemi: k.hemi, ROI: k.roi, Values: make([]float64, len(cols))}
		for i, c := range cols {
			if row.Values[i], err = t.number(c); err != nil {
				return nil, err
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if len(p.Rows) == 0 {
		return nil, &ParseError{File: t.file, Err: fmt.Errorf("has no profiles (%d rows are NaN)", p.Absent)}
	}
	return p, nil
}

// ROIs returns the regions, "rh pFus_faces" and so on, in order of first
// appearance.
func (p *FLocProfiles) ROIs() []string {
	return regions(p.Rows, func(r FLocProfile) (string, string) { return r.Hemi, r.ROI })
}

// Cohort returns the rows and Missing as a cohort: 10×1 responses to
// FLocConditions under the source "P07 rh pFus_faces", people and sessions in
// the order of Rows. It fails on values that are not ten finite numbers.
func (p *FLocProfiles) Cohort() (*analysis.Cohort[*analysis.Responses], error) {
	s := FLocConditions()
	return cohort(p.Rows, p.Missing, func(r FLocProfile) (analysis.Where, *analysis.Responses, error) {
		w := analysis.Where{Person: r.Person, Hemisphere: r.Hemi, Region: r.ROI, Session: r.Session}
		if len(r.Values) != s.Len() {
			return w, nil, fmt.Errorf("profile of %s in %s has %d values, expected %d", r.Person, r.Session, len(r.Values), s.Len())
		}
		one, err := analysis.NewResponses(r.Person+" "+r.Hemi+" "+r.ROI, s, mat.NewDense(s.Len(), 1, slices.Clone(r.Values)))
		return w, one, err
	})
}

// People returns the profile of each person who has the region: 10×1
// responses to FLocConditions, the mean over the person's sessions, under the
// source "P07 rh pFus_faces". People stand in order of first appearance.
//
// It fails if nobody has the region; the error lists those that there are.
func (p *FLocProfiles) People(hemi, roi string) ([]*analysis.Responses, error) {
	c, err := p.Cohort()
	if err != nil {
		return nil, err
	}
	return people(c, hemi, roi, analysis.Mean)
}

// cohort returns rows, and those that were left out as absent, as a cohort.
func cohort[R, T any](rows []R, absent []analysis.Where, of func(R) (analysis.Where, T, error)) (*analysis.Cohort[T], error) {
	var out []analysis.Recording[T]
	for _, r := range rows {
		w, answer, err := of(r)
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
		out = append(out, analysis.Recording[T]{Where: w, Answer: answer})
	}
	for _, w := range absent {
		out = append(out, analysis.Recording[T]{Where: w, Absent: true})
	}
	c, err := analysis.NewCohort(out)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return c, nil
}

// people returns what each person has in a region, the mean over sessions.
func people[T any](c *analysis.Cohort[T], hemi, roi string, mean func([]T) (T, error)) ([]T, error) {
	in, err := c.In(analysis.Where{Hemisphere: hemi, Region: roi})
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	out, err := in.Averaged(mean)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return out, nil
}

// A sessionKey reads which session of whom a row is, and sees to it that no
// two rows are the same.
type sessionKey struct {
	cols []int // person, session, hemi, roi, group; −1 where there is none
	seen map[session]int
}

type session struct{ person, session, hemi, roi string }

func (s session) where() analysis.Where {
	return analysis.Where{Person: s.person, Hemisphere: s.hemi, Region: s.roi, Session: s.session}
}

func newSessionKey(t *table, columns []string) (*sessionKey, error) {
	k := &sessionKey{seen: map[session]int{}}
	for _, name := range columns {
		if name == "" {
			k.cols = append(k.cols, -1)
			continue
		}
		c, err := t.need(name)
		if err != nil {
			return nil, err
		}
		k.cols = append(k.cols, c[0])
	}
	return k, nil
}

func (k *sessionKey) read(t *table) (session, error) {
	var s session
	for i, field := range []*string{&s.person, &s.session, &s.hemi, &s.roi} {
		if k.cols[i] < 0 {
			continue
		}
		var err error
		if *field, err = t.word(k.cols[i]); err != nil {
			return s, err
		}
	}
	roi := k.cols[3]
	if k.cols[2] < 0 {
		s.hemi, s.roi, _ = strings.Cut(s.roi, "_")
	}
	if s.hemi != "lh" && s.hemi != "rh" || s.roi == "" {
		return s, t.fail(roi, errors.New("expected a region in lh or rh"))
	}
	if first, dup := k.seen[s]; dup {
		return s, t.fail(k.cols[0], fmt.Errorf("%s %s %s in session %s stands in line %d already", s.person, s.hemi, s.roi, s.session, first))
	}
	k.seen[s] = t.line()
	return s, nil
}

func (k *sessionKey) group(t *table) string {
	if k.cols[4] < 0 {
		return ""
	}
	return strings.Clone(strings.TrimSpace(t.row[k.cols[4]]))
}

// regions lists the distinct regions of rows.
func regions[T any](rows []T, of func(T) (hemi, roi string)) []string {
	var out []string
	for _, r := range rows {
		hemi, roi := of(r)
		if name := hemi + " " + roi; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
