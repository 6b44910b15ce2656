package dataset_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

func TestFLocConditions(t *testing.T) {
	s := dataset.FLocConditions()
	want := [][3]string{
		{"floc/adult_faces", "face", "adult"}, {"floc/child_faces", "face", "child"},
		{"floc/bodies", "body", "body"}, {"floc/limbs", "body", "limb"},
		{"floc/cars", "object", "car"}, {"floc/guitars", "object", "instrument"},
		{"floc/corridors", "scene", "corridor"}, {"floc/houses", "scene", "house"},
		{"floc/words", "character", "word"}, {"floc/numbers", "character", "number"},
	}
	if diff := cmp.Diff(want, summary(s)); diff != "" {
		t.Error(diff)
	}
}

// The columns of this table are in another order than FLocConditions.
const profileTable = `session,person,group,hemi,roi,numbers,words,houses,corridors,guitars,cars,limbs,bodies,child_faces,adult_faces
a1,A,kids,rh,pFus,10,9,8,7,6,5,4,3,2,1
b1,B,,rh,pFus,0,0,0,0,0,0,0,0,0,1
a2,A,adults,rh,pFus,20,9,8,7,6,5,4,3,2,5
a1,A,kids,lh,pFus,1,1,1,1,1,1,1,1,1,2
c1,C,kids,rh,pFus,nan,NaN,nan,nan,nan,nan,nan,nan,nan,nan
`

func TestProfiles(t *testing.T) {
	dir := write(t, "x", map[string]string{"floc_roi_mean_t.csv": profileTable})
	p, err := dataset.VPNLProfiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p.Absent != 1 || len(p.Rows) != 4 {
		t.Errorf("%d rows, %d absent", len(p.Rows), p.Absent)
	}
	want := dataset.FLocProfile{Person: "A", Session: "a1", Group: "kids", Hemi: "rh", ROI: "pFus", Values: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}
	if diff := cmp.Diff(want, p.Rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rh pFus", "lh pFus"}, p.ROIs()); diff != "" {
		t.Error(diff)
	}
	people, err := p.People("rh", "pFus")
	if err != nil {
		t.Fatal(err)
	}
	if len(people) != 2 || people[0].Source() != "A rh pFus" || people[1].Source() != "B rh pFus" {
		t.Fatalf("%d people", len(people))
	}
	if !people[0].Stimuli().Same(dataset.FLocConditions()) {
		t.Errorf("stimuli %v", people[0].Stimuli().IDs())
	}
	if diff := cmp.Diff([][]float64{{3}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {15}}, rows(people[0])); diff != "" {
		t.Error(diff)
	}
	if _, err := p.People("rh", "FFA"); err == nil || !strings.Contains(err.Error(), "nobody has the region rh FFA; there are: rh pFus, lh pFus") {
		t.Error(err)
	}
	// Rows may be filtered.
	p.Rows = p.Rows[1:2]
	if people, err := p.People("rh", "pFus"); err != nil || len(people) != 1 {
		t.Errorf("%d people, %v", len(people), err)
	}
}

func TestBetas(t *testing.T) {
	text := strings.NewReplacer("person", "subject", "hemi,roi", "roi,x", "rh,pFus", "rh_pFus_a,", "lh,pFus", "lh_pFus_a,", "group", "y").Replace(profileTable)
	p, err := dataset.VPNLBetas(filepath.Join(write(t, "x", map[string]string{"b.csv": text}), "b.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Rows[0]; r.Hemi != "rh" || r.ROI != "pFus_a" || r.Person != "A" || r.Group != "" || p.Absent != 1 {
		t.Errorf("%+v", r)
	}
}

// rsmTable is a table of one column order, with the given cells for each row.
func rsmTable(rows ...func(i, j int) string) string {
	names := []string{"numbers", "words", "limbs", "bodies", "adult_faces", "child_faces", "cars", "guitars", "houses", "corridors"}
	var b strings.Builder
	b.WriteString("roi,subject,session,n_voxels_included")
	for _, a := range names {
		for _, c := range names {
			fmt.Fprintf(&b, ",%s|%s", a, c)
		}
	}
	for k, cell := range rows {
		fmt.Fprintf(&b, "\nrh_vtc_lateral,A,s%d,%d", k, 100+k)
		for i := range names {
			for j := range names {
				b.WriteString("," + cell(i, j))
			}
		}
	}
	return b.String() + "\n"
}

func cells(diagonal, step float64) func(i, j int) string {
	return func(i, j int) string {
		if i == j {
			return fmt.Sprint(diagonal)
		}
		return fmt.Sprint(step * float64(i+j))
	}
}

func nans(int, int) string { return "nan" }

func TestRSMs(t *testing.T) {
	path := filepath.Join(write(t, "x", map[string]string{"r.csv": rsmTable(cells(.5, .01), nans, cells(.25, .03))}), "r.csv")
	m, err := dataset.VPNLRSMs(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Rows) != 2 || m.Absent != 1 || m.Rows[1].Voxels != 102 || m.Rows[1].Session != "s2" {
		t.Errorf("%d rows, %d absent, %+v", len(m.Rows), m.Absent, m.Rows[1])
	}
	people, err := m.People("rh", "vtc_lateral")
	if err != nil {
		t.Fatal(err)
	}
	if len(people) != 1 || people[0].Person != "A" || people[0].Source != "A rh vtc_lateral" || people[0].Sessions != 2 {
		t.Fatalf("%+v", people)
	}
	// numbers × words stand first in the table and last in FLocConditions.
	s := dataset.FLocConditions()
	words, _ := s.Index("floc/words")
	numbers, _ := s.Index("floc/numbers")
	houses, _ := s.Index("floc/houses")
	for _, c := range []struct {
		i, j int
		want float64
	}{{words, numbers, .02 * 1}, {houses, words, .02 * 9}, {numbers, houses, .02 * 8}, {words, words, .375}} {
		if got := people[0].Values.At(c.i, c.j); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("(%d, %d): %v, want %v", c.i, c.j, got, c.want)
		}
	}
	if diff := cmp.Diff([]string{"rh vtc_lateral"}, m.ROIs()); diff != "" {
		t.Error(diff)
	}
	if _, err := m.People("lh", "vtc_lateral"); err == nil {
		t.Error("nobody has the region")
	}
}

func TestHumanTablesBad(t *testing.T) {
	profiles := func(path string) error { _, err := dataset.VPNLProfiles(path); return err }
	rsms := func(path string) error { _, err := dataset.VPNLRSMs(path); return err }
	at := func(i, j int, value string, else_ func(i, j int) string) func(i, j int) string {
		return func(a, b int) string {
			if a == i && b == j {
				return value
			}
			return else_(a, b)
		}
	}
	ok := cells(.5, .01)
	for name, c := range map[string]struct {
		read func(string) error
		text string
		want string
	}{
		"no column":     {profiles, strings.Replace(profileTable, "guitars", "lutes", 1), `line 1: there is no column "guitars"`},
		"twice":         {profiles, profileTable + "a1,A,kids,rh,pFus,1,2,3,4,5,6,7,8,9,10\n", `line 7, column 2 ("person"): A rh pFus in session a1 stands in line 2 already`},
		"NaN in part":   {profiles, profileTable + "a3,A,kids,rh,pFus,1,2,3,4,nan,6,7,8,9,10\n", `line 7, column 10 ("guitars"): is nan`},
		"no hemisphere": {profiles, profileTable + "a3,A,kids,both,pFus,1,2,3,4,5,6,7,8,9,10\n", `line 7, column 5 ("roi"): expected a region in lh or rh`},
		"no person":     {profiles, profileTable + "a3,,kids,rh,pFus,1,2,3,4,5,6,7,8,9,10\n", `line 7, column 2 ("person"): is empty`},
		"all absent":    {profiles, profileTable[:strings.Index(profileTable, "\n")] + "\na,A,,rh,x" + strings.Repeat(",nan", 10), "has no profiles (1 rows are NaN)"},
		"rsm column":    {rsms, strings.Replace(rsmTable(ok), "cars|guitars", "cars|lutes", 1), `there is no column "cars|guitars"`},
		"rsm NaN":       {rsms, rsmTable(at(2, 3, "nan", ok)), `("limbs|bodies"): is nan`},
		"rsm beyond 1":  {rsms, rsmTable(at(2, 3, "1.5", ok)), `("limbs|bodies"): 1.5 is no correlation`},
		"asymmetric":    {rsms, rsmTable(at(2, 3, "0.9", ok)), `the matrix is not symmetric`},
		"rsm twice":     {rsms, rsmTable(ok) + strings.SplitN(rsmTable(ok), "\n", 2)[1], `line 3, column 2 ("subject")`},
		"rsm voxels":    {rsms, strings.Replace(rsmTable(ok), ",100,", ",1.5,", 1), "is no count of voxels"},
		"rsm absent":    {rsms, rsmTable(nans), "has no RSMs (1 rows are NaN)"},
	} {
		path := filepath.Join(write(t, "x", map[string]string{"t.csv": c.text}), "t.csv")
		err := c.read(path)
		var p *dataset.ParseError
		if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// leaveOneOut is the mean over people of r(person, mean of the others).
func leaveOneOut(t *testing.T, people [][]float64) float64 {
	t.Helper()
	sum := 0.0
	for i := range people {
		others := make([]float64, len(people[i]))
		for j, p := range people {
			for k, v := range p {
				if j != i {
					others[k] += v
				}
			}
		}
		s, err := analysis.Pearson.Compare(people[i], others)
		if err != nil {
			t.Fatal(err)
		}
		sum += s.Value
	}
	return sum / float64(len(people))
}

// The leave-one-person-out r of the human tables, to two decimals as data's
// README states them and to twelve as numpy computes them.
func TestRealProfiles(t *testing.T) {
	p, err := dataset.VPNLProfiles(realdata.Folder(t, "brain/vpnl_toonCat_floc_profiles"))
	if err != nil {
		t.Fatal(err)
	}
	persons := map[string]bool{}
	for _, r := range p.Rows {
		persons[r.Person] = true
	}
	if len(p.Rows) != 911 || p.Absent != 0 || len(persons) != 34 || len(p.ROIs()) != 30 {
		t.Errorf("%d rows, %d absent, %d people, %d regions", len(p.Rows), p.Absent, len(persons), len(p.ROIs()))
	}
	stated := map[string]float64{"rh pFus_faces": .77, "rh OTS_bodies": .78, "rh CoS_places": .94, "lh pOTS_words": .73}
	for region, want := range readReference(t).People.Profiles {
		hemi, roi, _ := strings.Cut(region, " ")
		people, err := p.People(hemi, roi)
		if err != nil {
			t.Fatal(err)
		}
		var values [][]float64
		mean := make([]float64, 10)
		for _, r := range people {
			v := mat.Col(nil, 0, r.Matrix())
			values = append(values, v)
			for k := range v {
				mean[k] += v[k] / float64(len(people))
			}
		}
		loo := leaveOneOut(t, values)
		if len(people) != want.People || math.Abs(loo-want.LeaveOneOut) > 1e-12 || math.Abs(loo-stated[region]) > .005 {
			t.Errorf("%s: %d people, r = %v, want %d, %v (stated %v)", region, len(people), loo, want.People, want.LeaveOneOut, stated[region])
		}
		for k := range mean {
			if math.Abs(mean[k]-want.Mean[k]) > 1e-12 {
				t.Errorf("%s, %s: mean t %v, want %v", region, dataset.FLocConditions().At(k).ID, mean[k], want.Mean[k])
			}
		}
	}
}

func TestRealRSMs(t *testing.T) {
	stated := map[string]float64{"allvoxels": .83, "selective_latmed": .86, "nonselective_latmed": .70}
	for kind, want := range readReference(t).People.RSMs {
		m, err := dataset.VPNLRSMs(filepath.Join(realdata.Folder(t, "brain/vpnl_floc_rsms"), "floc_rsm_"+kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Rows) != 512 || m.Absent != 0 {
			t.Errorf("%s: %d rows, %d absent", kind, len(m.Rows), m.Absent)
		}
		people, err := m.People("rh", "vtc_lateral")
		if err != nil {
			t.Fatal(err)
		}
		var cells [][]float64
		sessions := 0
		diagonal := make([]float64, 10)
		for _, p := range people {
			var upper []float64
			for i := range 10 {
				diagonal[i] += p.Values.At(i, i) / float64(len(people))
				for j := i + 1; j < 10; j++ {
					upper = append(upper, p.Values.At(i, j))
				}
			}
			cells = append(cells, upper)
			sessions += p.Sessions
		}
		loo := leaveOneOut(t, cells)
		if len(people) != want.People || sessions != want.Sessions || math.Abs(loo-want.LeaveOneOut) > 1e-12 || math.Abs(loo-stated[kind]) > .005 {
			t.Errorf("%s: %d people, %d sessions, r = %v, want %+v (stated %v)", kind, len(people), sessions, loo, want, stated[kind])
		}
		for i := range diagonal {
			if math.Abs(diagonal[i]-want.Diagonal[i]) > 1e-12 {
				t.Errorf("%s: reliability of %s %v, want %v", kind, dataset.FLocConditions().At(i).ID, diagonal[i], want.Diagonal[i])
			}
		}
	}
	for kind, want := range map[string][2]int{"selective_t1": {512, 0}, "selective_t5": {510, 2}, "selective_t3_varmatched": {256, 0}, "nonselective_t3_varmatched": {256, 0}} {
		m, err := dataset.VPNLRSMs(filepath.Join(realdata.Folder(t, "brain/vpnl_floc_rsms"), "floc_rsm_"+kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{len(m.Rows), m.Absent}; got != want {
			t.Errorf("%s: %v rows and absent, want %v", kind, got, want)
		}
	}
}

func TestRealBetas(t *testing.T) {
	want := readReference(t).People.Betas
	p, err := dataset.VPNLBetas(realdata.Folder(t, "brain/vpnl_floc_roi_betas"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 535 || p.Absent != 105 || len(p.Rows) != want.Rows || p.Absent != want.Absent {
		t.Errorf("%d rows, %d absent", len(p.Rows), p.Absent)
	}
	mean, n := make([]float64, 10), 0.0
	for _, r := range p.Rows {
		if r.Hemi == "rh" && strings.HasPrefix(r.ROI, "pFus") {
			for k, v := range r.Values {
				mean[k] += v
			}
			n++
		}
	}
	for k := range mean {
		mean[k] /= n
		if math.Abs(mean[k]-want.RHPFus[k]) > 1e-12 {
			t.Errorf("%s: %v, want %v", dataset.FLocConditions().At(k).ID, mean[k], want.RHPFus[k])
		}
		if k > 1 && (mean[k] >= mean[0] || mean[k] >= mean[1]) {
			t.Errorf("%s: %v is above faces", dataset.FLocConditions().At(k).ID, mean[k])
		}
	}
	if math.Abs(mean[0]-.94) > .005 || math.Abs(mean[1]-1.49) > .005 {
		t.Errorf("adult %v, child %v; stated .94 and 1.49", mean[0], mean[1])
	}
}
