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

// People returns the profile of each person who has the region: 10×1
// responses to FLocConditions, the mean over the person's sessions, under the
// source "P07 rh pFus_faces". People stand in order of first appearance.
//
// It fails if nobody has the region; the error lists those that there are.
func (p *FLocProfiles) People(hemi, roi string) ([]*analysis.Responses, error) {
	people, byPerson, err := group(p.Rows, hemi, roi, func(r FLocProfile) (string, string, string) { return r.Person, r.Hemi, r.ROI })
	if err != nil {
		return nil, err
	}
	s := FLocConditions()
	out := make([]*analysis.Responses, len(people))
	for i, person := range people {
		mean := make([]float64, s.Len())
		for _, r := range byPerson[person] {
			if len(r.Values) != len(mean) {
				return nil, fmt.Errorf("dataset: profile of %s in %s has %d values, expected %d", person, r.Session, len(r.Values), len(mean))
			}
			for j, v := range r.Values {
				mean[j] += v / float64(len(byPerson[person]))
			}
		}
		out[i], err = analysis.NewResponses(person+" "+hemi+" "+roi, s, mat.NewDense(len(mean), 1, mean))
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
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

// group collects the rows of one region by person.
func group[T any](rows []T, hemi, roi string, of func(T) (person, hemi, roi string)) (people []string, byPerson map[string][]T, err error) {
	byPerson = map[string][]T{}
	for _, r := range rows {
		person, h, name := of(r)
		if h != hemi || name != roi {
			continue
		}
		if byPerson[person] == nil {
			people = append(people, person)
		}
		byPerson[person] = append(byPerson[person], r)
	}
	if people == nil {
		have := regions(rows, func(r T) (string, string) { _, h, name := of(r); return h, name })
		return nil, nil, fmt.Errorf("dataset: nobody has the region %s %s; there are: %s", hemi, roi, analysis.Few(have, 40))
	}
	return people, byPerson, nil
}
