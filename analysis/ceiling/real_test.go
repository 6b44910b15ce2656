package ceiling_test

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

// The leave-one-person-out facts of data/README.md.
func TestVPNLProfiles(t *testing.T) {
	table := must(dataset.VPNLProfiles(realdata.Folder(t, "brain/vpnl_toonCat_floc_profiles")))(t)
	for region, want := range map[string]float64{"rh pFus_faces": .77, "rh OTS_bodies": .78, "rh CoS_places": .94, "lh pOTS_words": .73} {
		hemi, roi, _ := strings.Cut(region, " ")
		profiles := must(tuning.All(must(table.People(hemi, roi))(t)))(t)
		c := must(ceiling.LeaveOneOut(profiles, tuning.Mean, tuning.Compare(analysis.Pearson)))(t)
		t.Logf("%s: %.3f to %.3f, %d people", region, c.Lo, c.Hi, c.Subjects)
		if math.Abs(c.Lo-want) > .005 {
			t.Errorf("%s: %.4f, want %.2f", region, c.Lo, want)
		}
	}
}

// vpnl returns the RDMs of people's right lateral VTC from one set of voxels.
func vpnl(t *testing.T, set string) []*rsa.RDM {
	t.Helper()
	table := must(dataset.VPNLRSMs(filepath.Join(realdata.Folder(t, "brain/vpnl_floc_rsms"), "floc_rsm_"+set+".csv")))(t)
	return must(rsa.RDMsFrom(must(table.People("rh", "vtc_lateral"))(t), analysis.Pearson))(t)
}

// Selective voxels against the others, each beside its ceiling: what selective
// voxels of a person tell of the others' non-selective ones, and the reverse,
// against what either set tells of itself.
func TestSelectiveAgainstNonselective(t *testing.T) {
	compare := rsa.Compare(analysis.Pearson)
	sets := map[string][]*rsa.RDM{}
	ceilings := map[string]float64{}
	for set, want := range map[string]float64{"allvoxels": .83, "selective_latmed": .86, "nonselective_latmed": .70} {
		sets[set] = vpnl(t, set)
		c := must(ceiling.LeaveOneOut(sets[set], rsa.Mean, compare))(t)
		ceilings[set] = c.Lo
		t.Logf("%s: ceiling %.4f to %.4f, %d people", set, c.Lo, c.Hi, c.Subjects)
		if math.Abs(c.Lo-want) > .005 || c.Subjects != 29 {
			t.Errorf("%s: %.4f of %d people, want %.2f of 29", set, c.Lo, c.Subjects, want)
		}
	}
	selective, rest := sets["selective_latmed"], sets["nonselective_latmed"]
	forth := must(ceiling.Across(selective, rest, rsa.Mean, compare))(t)
	back := must(ceiling.Across(rest, selective, rsa.Mean, compare))(t)
	low, high := ceilings["nonselective_latmed"], ceilings["selective_latmed"]
	t.Logf("selective of a person, non-selective of the others: %v, under %.3f and %.3f", forth, high, low)
	t.Logf("non-selective of a person, selective of the others: %v, under %.3f and %.3f", back, low, high)
	// By numpy: internal/reference/ceilings.py prints them where there are data.
	const wantForth, wantBack = .819912, .675836
	if math.Abs(forth.Value-wantForth) > 1e-6 || math.Abs(back.Value-wantBack) > 1e-6 || forth.N != 29 {
		t.Errorf("selective against the rest %.6f, the rest against selective %.6f of %d people, want %.6f and %.6f of 29", forth.Value, back.Value, forth.N, wantForth, wantBack)
	}
	// A set against itself is its ceiling.
	if self := must(ceiling.Across(rest, rest, rsa.Mean, compare))(t); math.Abs(self.Value-low) > 1e-12 {
		t.Errorf("a set against itself is %v, its ceiling %v", self.Value, low)
	}
}
