package simulate_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

// A cohort at a chosen ncsnr is measured to have it: the median voxel that
// which was asked for (give or take what the noise of voxels does to a median), each voxel that which its signal says, and mean
// responses the reliability that follows.
func TestNCSNRIsRecovered(t *testing.T) {
	pictures, err := simulate.Drawings{PerCategory: 30}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []float64{.4, 1} {
		c, err := simulate.Cohort{People: 1, Repeats: 4, Seed: 2}.AtNCSNR(pictures, want)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := c.Truth(pictures)
		if err != nil {
			t.Fatal(err)
		}
		showings, err := c.Showings(pictures)
		if err != nil {
			t.Fatal(err)
		}
		mean, err := c.Respond(pictures)
		if err != nil {
			t.Fatal(err)
		}
		var all, apart, reliability []float64
		for p, repeats := range showings {
			s, err := ceiling.FromRepeats(repeats)
			if err != nil {
				t.Fatal(err)
			}
			var sum mat.Dense
			sum.CloneFrom(repeats[0].Matrix())
			for _, r := range repeats[1:] {
				sum.Add(&sum, r.Matrix())
			}
			sum.Scale(.25, &sum)
			if !mat.EqualApprox(&sum, mean[p].Matrix(), 1e-12) {
				t.Error("the mean of the showings is not what Respond gives")
			}
			for v, got := range s.NCSNR() {
				planted := stat.StdDev(mat.Col(nil, v, truth[p].Signal.Matrix()), nil) / c.Noise
				all, apart = append(all, got), append(apart, got-planted)
				reliability = append(reliability, s.Reliability()[v])
			}
		}
		median, bias := analysis.Median(all), stat.Mean(apart, nil)
		t.Logf("planted %.2f: measured %.3f, voxel by voxel off by %.3f ± %.3f", want, median, bias, stat.StdDev(apart, nil))
		if math.Abs(median-want) > .03*want+.02 || math.Abs(bias) > .02 {
			t.Errorf("planted %.2f: the median voxel is measured at %.3f, voxels are off by %.3f on average", want, median, bias)
		}
		if got, want := analysis.Median(reliability), want*want/(want*want+.25); math.Abs(got-want) > .03 {
			t.Errorf("the median voxel's reliability is %.3f, want %.3f", got, want)
		}
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := (simulate.Cohort{}).AtNCSNR(pictures, bad); err == nil || !strings.Contains(err.Error(), "above 0") {
			t.Errorf("ncsnr %v: %v", bad, err)
		}
	}
}

// People with more of their own agree less; without noise nothing else does it.
func TestOwnTuning(t *testing.T) {
	pictures, err := simulate.Drawings{PerCategory: 20}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	last := 1.0
	for _, own := range []float64{1e-9, 1, 3} {
		c := simulate.Cohort{People: 5, Noise: 1e-6, Own: own, Seed: 1}
		people, err := c.Respond(pictures)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := c.Truth(pictures)
		if err != nil {
			t.Fatal(err)
		}
		var profiles []*tuning.Profile
		for p, r := range people {
			f := &analysis.FROI{Source: r.Source(), Keep: truth[p].Planted("face")}
			in, err := r.Within(f)
			if err != nil {
				t.Fatal(err)
			}
			profile, err := tuning.New(in)
			if err != nil {
				t.Fatal(err)
			}
			profiles = append(profiles, profile)
		}
		k, err := ceiling.LeaveOneOut(profiles, tuning.Mean, tuning.Compare(analysis.Pearson))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("own %g: people agree with r = %.4f", own, k.Lo)
		if k.Lo > last-.01*math.Min(1, own) {
			t.Errorf("own %g: people agree with r = %.4f, after %.4f with less", own, k.Lo, last)
		}
		last = k.Lo
	}
	if _, err := (simulate.Cohort{Own: -1}).Respond(pictures); err == nil || !strings.Contains(err.Error(), "own -1") {
		t.Errorf("own -1: %v", err)
	}
}
