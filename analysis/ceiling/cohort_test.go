package ceiling_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/internal/realdata"
)

type responses = *analysis.Responses

// scanned returns a cohort: S1 and S2 with two sessions of rh faces and rh
// scenes of different sizes, S3 with two of rh faces, S4 with one.
func scanned(t testing.TB) []analysis.Recording[responses] {
	rng := rand.New(rand.NewPCG(3, 8))
	var out []analysis.Recording[responses]
	add := func(person, region, session string, voxels int) {
		v := mat.NewDense(5, voxels, nil)
		v.Apply(func(i, j int, _ float64) float64 { return float64(i*i%7) + rng.NormFloat64() }, v)
		w := analysis.Where{Person: person, Hemisphere: "rh", Region: region, Session: session}
		out = append(out, analysis.Recording[responses]{Where: w, Answer: must(analysis.NewResponses(person+" rh "+region, stimuli(t, 5), v))(t)})
	}
	for _, session := range []string{"1", "2"} {
		add("S1", "faces", session, 2)
		add("S2", "faces", session, 3)
		add("S2", "scenes", session, 1)
		add("S1", "scenes", session, 4)
		add("S3", "faces", session, 5)
	}
	add("S4", "faces", "1", 2)
	return out
}

// The matrix of a cohort is that of recordings put together by hand.
func TestCohortMatrix(t *testing.T) {
	rs := scanned(t)
	for i, r := range rs { // whatever a session's source is called
		rs[i].Answer = r.Answer.Named("session " + r.Session)
	}
	c := must(analysis.NewCohort(rs))(t)
	pearson := tuning.Compare(analysis.Pearson)
	if _, err := ceiling.Matrix(t.Context(), must(ceiling.Cohort(c))(t), tuning.New, pearson); err == nil || !strings.Contains(err.Error(), "S4 rh faces has one repeat") {
		t.Errorf("one session: %v", err)
	}
	twice := c.AtLeast(2)
	if d := cmp.Diff([]string{"S4"}, twice.Missing()); d != "" {
		t.Error(d)
	}
	got := must(ceiling.Matrix(t.Context(), must(ceiling.Cohort(twice))(t), tuning.New, pearson))(t)
	var hand []ceiling.Recording
	for _, at := range [][2]int{{0, 5}, {1, 6}, {4, 9}, {2, 7}, {3, 8}} {
		w := rs[at[0]].Where
		w.Session = ""
		hand = append(hand, ceiling.Recording{System: ceiling.System{Label: w.String(), Person: w.Person, Region: "rh " + w.Region}, Repeats: []responses{rs[at[0]].Answer.Named("x"), rs[at[1]].Answer.Named("x")}})
	}
	hand[3], hand[4] = hand[4], hand[3] // in each region people stand in the order of the cohort
	want := must(ceiling.Matrix(t.Context(), hand, tuning.New, pearson))(t)
	if d := cmp.Diff(want.Systems, got.Systems); d != "" {
		t.Error(d)
	}
	if !mat.Equal(want.Values, got.Values) {
		t.Errorf("%v, by hand %v", mat.Formatted(got.Values), mat.Formatted(want.Values))
	}
	if _, err := ceiling.Cohort(c.AtLeast(3)); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("nothing: %v", err)
	}
}

// bounds are those of people's profiles in one region, sessions averaged.
func boundsOf(t testing.TB, rs []analysis.Recording[responses], w analysis.Where) (analysis.Ceiling, error) {
	t.Helper()
	profiles := must(analysis.CohortOf(must(analysis.NewCohort(rs))(t), tuning.New))(t)
	people := must(must(profiles.In(w))(t).Averaged(tuning.Mean))(t)
	return ceiling.LeaveOneOut(people, tuning.Pool(analysis.Pearson), tuning.Compare(analysis.Pearson))
}

// The order of people and of sessions does not matter, nor do people without
// the region; one person has no ceiling, two have.
func TestCohortLeaveOneOut(t *testing.T) {
	rs := scanned(t)
	faces := analysis.Where{Hemisphere: "rh", Region: "faces"}
	want := must(boundsOf(t, rs, faces))(t)
	if want.Subjects != 4 {
		t.Errorf("%d people", want.Subjects)
	}
	rng := rand.New(rand.NewPCG(8, 3))
	for range 20 {
		rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
		got := must(boundsOf(t, rs, faces))(t)
		if math.Abs(got.Lo-want.Lo) > 1e-12 || math.Abs(got.Hi-want.Hi) > 1e-12 {
			t.Fatalf("in another order %v, was %v", got, want)
		}
	}
	without := append(rs, analysis.Recording[responses]{Where: analysis.Where{Person: "S5", Hemisphere: "rh", Region: "faces"}, Absent: true})
	if got := must(boundsOf(t, without, faces))(t); got.Subjects != 4 || math.Abs(got.Lo-want.Lo) > 1e-12 {
		t.Errorf("with somebody who has none: %v, was %v", got, want)
	}
	if two := must(boundsOf(t, rs, analysis.Where{Region: "scenes"}))(t); two.Subjects != 2 || len(two.Warnings) == 0 {
		t.Errorf("two people: %+v", two)
	}
	if _, err := boundsOf(t, rs, analysis.Where{Person: "S3"}); err == nil || !strings.Contains(err.Error(), "at least 2 people") {
		t.Errorf("one person: %v", err)
	}
	if one := must(boundsOf(t, rs, analysis.Where{Region: "faces", Session: "2"}))(t); one.Subjects != 3 {
		t.Errorf("session 2: %d people", one.Subjects)
	}
}

// The facts of data/README.md, from the tables through the cohort. Those
// without two decimals there are by numpy 2.4.6.
func TestCohortCeilings(t *testing.T) {
	brain := realdata.Folder(t, "brain")
	check := func(what string, got analysis.Ceiling, want, within float64, people, missing, without int) {
		t.Helper()
		t.Logf("%s: %.6f, %d people, %d without", what, got.Lo, got.Subjects, missing)
		if math.Abs(got.Lo-want) > within || got.Subjects != people || missing != without {
			t.Errorf("%s: %v of %d people and %d without; want %v of %d and %d", what, got.Lo, got.Subjects, missing, want, people, without)
		}
	}
	pFus, bodies, places, words := analysis.Where{Hemisphere: "rh", Region: "pFus_faces"}, analysis.Where{Hemisphere: "rh", Region: "OTS_bodies"}, analysis.Where{Hemisphere: "rh", Region: "CoS_places"}, analysis.Where{Hemisphere: "lh", Region: "pOTS_words"}
	profiles := must(must(dataset.VPNLProfiles(filepath.Join(brain, "vpnl_toonCat_floc_profiles")))(t).Cohort())(t)
	betas := must(must(dataset.VPNLBetas(filepath.Join(brain, "vpnl_floc_roi_betas")))(t).Cohort())(t)
	const end = "_initialEndDiffDomainDep"
	for _, f := range []struct {
		c               *analysis.Cohort[responses]
		w               analysis.Where
		want, within    float64
		people, without int
	}{
		{profiles, pFus, .77, .005, 30, 4},
		{profiles, bodies, .78, .005, 26, 8},
		{profiles, places, .94, .005, 33, 1},
		{profiles, words, .73, .005, 33, 1},
		{betas, analysis.Where{Hemisphere: "lh", Region: "OTS_limb" + end}, .879874613334157, 1e-12, 26, 3},
		{betas, analysis.Where{Hemisphere: "lh", Region: "pFus_faceadultfacechild" + end}, .8686655349949185, 1e-12, 22, 7},
		{betas, analysis.Where{Hemisphere: "lh", Region: "pOTS_word" + end}, .8873184072918635, 1e-12, 24, 5},
		{betas, analysis.Where{Hemisphere: "rh", Region: "OTS_limb" + end}, .8445036314976269, 1e-12, 21, 8},
		{betas, analysis.Where{Hemisphere: "rh", Region: "pFus_faceadultfacechild" + end}, .8897946694984176, 1e-12, 21, 8},
	} {
		view := must(f.c.In(f.w))(t)
		people := must(must(analysis.CohortOf(view, tuning.New))(t).Averaged(tuning.Mean))(t)
		got := must(ceiling.LeaveOneOut(people, tuning.Mean, tuning.Compare(analysis.Pearson)))(t)
		check(f.w.String(), got, f.want, f.within, f.people, len(view.Missing()), f.without)
	}
	for set, want := range map[string]float64{"allvoxels": .83, "selective_latmed": .86, "nonselective_latmed": .70} {
		c := must(must(dataset.VPNLRSMs(filepath.Join(brain, "vpnl_floc_rsms", "floc_rsm_"+set+".csv")))(t).Cohort())(t)
		rdms := must(analysis.CohortOf(c, func(p dataset.PersonRSM) (*rsa.RDM, error) {
			d, err := rsa.RDMsFrom([]dataset.PersonRSM{p}, analysis.Pearson)
			return append(d, nil)[0], err
		}))(t)
		view := must(rdms.In(analysis.Where{Hemisphere: "rh", Region: "vtc_lateral"}))(t)
		got := must(ceiling.LeaveOneOut(must(view.Averaged(rsa.Mean))(t), rsa.Mean, rsa.Compare(analysis.Pearson)))(t)
		check("rh vtc_lateral "+set, got, want, .005, 29, len(view.Missing()), 0)
	}
	columns := must(dataset.UpperRDMs(filepath.Join(brain, "kriegeskorte2008_hIT_92", "hit_rdms_upper.csv"), analysis.Stimuli{}))(t)
	sessions := must(analysis.CohortOf(must(dataset.RDMSessions(columns))(t), func(c dataset.RDMColumn) (*rsa.RDM, error) {
		d, err := rsa.RDMsOf([]dataset.RDMColumn{c}, rsa.CorrelationDistance)
		return append(d, nil)[0], err
	}))(t)
	got := must(ceiling.LeaveOneOut(must(sessions.Averaged(rsa.Mean))(t), rsa.Pool(analysis.Spearman), rsa.Compare(analysis.Spearman)))(t)
	check("hIT, 92 images", got, .37231407637833486, 1e-12, 4, len(sessions.Missing()), 0) // scipy 1.17.1; rsatoolbox 0.3.2: rsa.TestRealCeilings
	if got.Lo < .365 || got.Lo > .385 {
		t.Error("not .37 to .38, as data/README.md has it")
	}
}

// Every person of the betas by pairs, noise corrected by their own sessions.
func TestCohortPairs(t *testing.T) {
	c := must(must(dataset.VPNLBetas(realdata.Folder(t, "brain/vpnl_floc_roi_betas")))(t).Cohort())(t)
	twice := must(c.In(analysis.Where{Hemisphere: "rh", Region: "pFus_faceadultfacechild_initialEndDiffDomainDep"}))(t).AtLeast(2)
	p := must(ceiling.Matrix(t.Context(), must(ceiling.Cohort(twice))(t), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	got := must(p.Ceiling("rh pFus_faceadultfacechild_initialEndDiffDomainDep"))(t)
	t.Logf("%.4f, %d people, %d without two sessions of it", got.Lo, got.Subjects, len(twice.Missing()))
	if got.Subjects+len(twice.Missing()) != 29 || got.Lo < .8 || got.Lo > 1.1 {
		t.Errorf("%+v, %v missing", got, twice.Missing())
	}
}
