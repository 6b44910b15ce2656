package dataset_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/internal/realdata"
)

// The human ceilings as a notebook computes them, from the tables through
// tuning, rsa and ceiling, against numpy.
func TestHumanCeilings(t *testing.T) {
	want := readReference(t).People
	table, err := dataset.VPNLProfiles(realdata.Folder(t, "brain/vpnl_toonCat_floc_profiles"))
	if err != nil {
		t.Fatal(err)
	}
	for region, w := range want.Profiles {
		hemi, roi, _ := strings.Cut(region, " ")
		people, err := table.People(hemi, roi)
		if err != nil {
			t.Fatal(err)
		}
		profiles, err := tuning.All(people)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ceiling.LeaveOneOut(profiles, tuning.Mean, tuning.Compare(analysis.Pearson))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(c.Lo-w.LeaveOneOut) > 1e-9 || c.Subjects != w.People {
			t.Errorf("%s: %v of %d people, want %v of %d", region, c.Lo, c.Subjects, w.LeaveOneOut, w.People)
		}
	}
	for kind, w := range want.RSMs {
		table, err := dataset.VPNLRSMs(filepath.Join(realdata.Folder(t, "brain/vpnl_floc_rsms"), "floc_rsm_"+kind+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		people, err := table.People("rh", "vtc_lateral")
		if err != nil {
			t.Fatal(err)
		}
		rdms, err := rsa.RDMsFrom(people, analysis.Pearson)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ceiling.LeaveOneOut(rdms, rsa.Mean, rsa.Compare(analysis.Pearson))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(c.Lo-w.LeaveOneOut) > 1e-9 || c.Subjects != w.People {
			t.Errorf("%s: %v of %d people, want %v of %d", kind, c.Lo, c.Subjects, w.LeaveOneOut, w.People)
		}
	}
}
