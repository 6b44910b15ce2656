package dataset

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A FLocRSM is the similarity of the ten conditions of fLoc in one region of
// one person in one session.
type FLocRSM struct {
	Person, Session string
	Hemi            string        // "lh" or "rh"
	ROI             string        // "vtc_lateral"
	Voxels          int           // how many went into it; 0 where the table does not say
	Values          *mat.SymDense // 10×10 correlations, in the order of FLocConditions
}

// FLocRSMs are the rows of a table of RSMs, in its order.
type FLocRSMs struct {
	Rows   []FLocRSM
	Absent int // rows left out because all their values are NaN: no voxel passed

	Missing []analysis.Where // whose they were; Cohort counts these people
}

// A PersonRSM is the mean RSM of one person.
type PersonRSM struct {
	Person   string
	Source   string        // "subj1 rh vtc_lateral"
	Sessions int           // how many it is the mean of
	Values   *mat.SymDense // 10×10, in the order of FLocConditions
}

// Similarity returns the matrix with what its rows are: rsa.RDMsFrom takes a
// slice of such tables.
func (p PersonRSM) Similarity() (source string, s analysis.Stimuli, v *mat.SymDense) {
	return p.Source, FLocConditions(), p.Values
}

// VPNLRSMs reads one of the tables floc_rsm_*.csv: the correlations between
// the response patterns to the ten conditions of fLoc, by person, session and
// region (VPNL/distributedVTCDevelopment @ dbc91063). Cells are found by their
// names, "adult_faces|cars" and so on. The patterns come from independent
// runs, so the diagonal is a reliability, not 1: it says how well a condition
// correlates with itself.
//
// It fails with a *ParseError on a row that is NaN in part, on a correlation
// beyond ±1, on a matrix that is not symmetric, and on two rows for one
// person, session and region.
func VPNLRSMs(path string) (*FLocRSMs, error) {
	t, f, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseRSMs(t)
}

func parseRSMs(t *table) (*FLocRSMs, error) {
	key, err := newSessionKey(t, []string{"subject", "session", "", "roi", ""})
	if err != nil {
		return nil, err
	}
	var cells []string
	for _, a := range conditions {
		for _, b := range conditions {
			cells = append(cells, a.name+"|"+b.name)
		}
	}
	cols, err := t.need(cells...)
	if err != nil {
		return nil, err
	}
	voxels, hasVoxels := t.column["n_voxels_included"]
	m := &FLocRSMs{}
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		k, err := key.read(t)
		if err != nil {
			return nil, err
		}
		if t.absent(cols) {
			m.Absent++
			m.Missing = append(m.Missing, k.where())
			continue
		}
		row := FLocRSM{Person: k.person, Session: k.session, Hemi: k.hemi, ROI: k.roi}
		if hasVoxels && !t.absent([]int{voxels}) {
			n, err := t.number(voxels)
			if err != nil {
				return nil, err
			}
			if n < 0 || n > 1e9 || n != math.Trunc(n) {
				return nil, t.fail(voxels, errors.New("is no count of voxels"))
			}
			row.Voxels = int(n)
		}
		if row.Values, err = t.symmetric(cols); err != nil {
			return nil, err
		}
		m.Rows = append(m.Rows, row)
	}
	if len(m.Rows) == 0 {
		return nil, &ParseError{File: t.file, Err: fmt.Errorf("has no RSMs (%d rows are NaN)", m.Absent)}
	}
	return m, nil
}

// symmetric reads the cells of a square matrix of correlations, row by row.
func (t *table) symmetric(cols []int) (*mat.SymDense, error) {
	n := len(conditions)
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range n {
			c := cols[i*n+j]
			v, err := t.number(c)
			if err != nil {
				return nil, err
			}
			if math.Abs(v) > 1 {
				return nil, t.fail(c, fmt.Errorf("%v is no correlation", v))
			}
			if j < i && v != s.At(j, i) {
				return nil, t.fail(c, fmt.Errorf("the matrix is not symmetric: %v here, %v in column %d (%q)", v, s.At(j, i), cols[j*n+i]+1, t.header[cols[j*n+i]]))
			}
			if j >= i {
				s.SetSym(i, j, v)
			}
		}
	}
	return s, nil
}

// ROIs returns the regions, "rh vtc_lateral" and so on, in order of first
// appearance.
func (m *FLocRSMs) ROIs() []string {
	return regions(m.Rows, func(r FLocRSM) (string, string) { return r.Hemi, r.ROI })
}

// Cohort returns the rows and Missing as a cohort of tables of one session
// each, which rsa.RDMsFrom takes. It fails on a matrix that is not 10×10.
func (m *FLocRSMs) Cohort() (*analysis.Cohort[PersonRSM], error) {
	return cohort(m.Rows, m.Missing, func(r FLocRSM) (analysis.Where, PersonRSM, error) {
		w := analysis.Where{Person: r.Person, Hemisphere: r.Hemi, Region: r.ROI, Session: r.Session}
		if r.Values == nil || r.Values.SymmetricDim() != len(conditions) {
			return w, PersonRSM{}, fmt.Errorf("RSM of %s in %s is not %d×%d", r.Person, r.Session, len(conditions), len(conditions))
		}
		return w, PersonRSM{Person: r.Person, Source: r.Person + " " + r.Hemi + " " + r.ROI, Sessions: 1, Values: r.Values}, nil
	})
}

// People returns the RSM of each person who has the region, the mean of the
// correlations over the person's sessions, in order of first appearance.
//
// It fails if nobody has the region; the error lists those that there are.
func (m *FLocRSMs) People(hemi, roi string) ([]PersonRSM, error) {
	c, err := m.Cohort()
	if err != nil {
		return nil, err
	}
	return people(c, hemi, roi, meanRSM)
}

// meanRSM returns the mean of one person's sessions.
func meanRSM(sessions []PersonRSM) (PersonRSM, error) {
	out := PersonRSM{Person: sessions[0].Person, Source: sessions[0].Source}
	sum := mat.NewSymDense(len(conditions), nil)
	for _, r := range sessions {
		sum.AddSym(sum, r.Values)
		out.Sessions += r.Sessions
	}
	sum.ScaleSym(1/float64(len(sessions)), sum)
	out.Values = sum
	return out, nil
}
