package simulate_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func shown(t testing.TB, w simulate.World, name string, perCategory int) analysis.Stimuli {
	t.Helper()
	s, err := w.Stimuli(name, perCategory)
	return must(t, s, err)
}

var faces = analysis.Contrast{Name: "faces", Prefer: []string{"face"}}

// lesioned runs the study: localize units and voxels on one set of stimuli,
// predict the voxels from the units on another.
func lesioned(t *testing.T, w simulate.World) *encoding.SubsetResult {
	t.Helper()
	loc, exp := shown(t, w, "localizer", 40), shown(t, w, "images", 40)
	net, err := w.Network(loc)
	must(t, net, err)
	units, err := localizer.TTest{MinT: 7}.Localize(net, faces)
	must(t, units, err)
	people, err := w.Respond(loc)
	must(t, people, err)
	voxels, err := localizer.TTest{MinT: 5}.Localize(people[0], faces)
	must(t, voxels, err)
	planted, err := w.NetworkTruth(loc)
	must(t, planted, err)
	truth, err := w.Truth(loc)
	must(t, truth, err)
	found(t, "units", units, planted, .95)
	found(t, "voxels", voxels, truth[0], .7)

	x, err := w.Network(exp)
	must(t, x, err)
	people, err = w.Respond(exp)
	must(t, people, err)
	y, err := people[0].Within(voxels)
	must(t, y, err)
	r, err := encoding.Subsets{Draws: 19}.Evaluate(x, y, units)
	return must(t, r, err)
}

// found checks that a localizer finds what is planted: at least so many of the
// group's, and at most 2 % of the others.
func found(t *testing.T, what string, f *analysis.FROI, truth simulate.Truth, least float64) {
	t.Helper()
	hits, planted, wrong := 0, 0, 0
	for j, is := range truth.Planted("face") {
		switch {
		case is && f.Keep[j]:
			hits, planted = hits+1, planted+1
		case is:
			planted++
		case f.Keep[j]:
			wrong++
		}
	}
	t.Logf("%d of %d planted face %s are found, and %d of %d others", hits, planted, what, wrong, len(truth.Group)-planted)
	if float64(hits) < least*float64(planted) || float64(wrong) > .02*float64(len(truth.Group)) {
		t.Errorf("the localizer finds %d of %d %s, and %d that are not", hits, planted, what, wrong)
	}
}

// TestWorlds: in the distributed world, lesioning selective units costs < .01 r
// and selective units alone cost much; in the localized world the reverse; and
// subsets matched in number tell one from the other.
func TestWorlds(t *testing.T) {
	for _, seed := range []uint64{0, 1} {
		for _, spread := range []float64{0, 1} {
			r := lesioned(t, simulate.World{Seed: seed, Spread: spread, People: 1, Voxels: 15, OtherVoxels: 30})
			all, without, only, cut := r.All.Score().Value, r.Without.Score().Value, r.Only.Score().Value, r.Cut.Score().Value
			necessary, sufficient := r.Necessity(r.Controls[0]), r.Sufficiency(r.Controls[0])
			t.Logf("seed %d, spread %v: r = %.3f with all units; lesioned %.3f (%+.4f), random units lesioned %.3f, p = %.3f; selective only %.3f, random only %.3f, p = %.3f; read-out cut %.3f",
				seed, spread, all, without, without-all, stat.Mean(necessary.Random, nil), necessary.P, only, stat.Mean(sufficient.Random, nil), sufficient.P, cut)
			if all < .6 {
				t.Errorf("all units predict with r = %.3f only", all)
			}
			if spread == 1 {
				if all-without >= .01 {
					t.Errorf("distributed: the lesion costs %.4f", all-without)
				}
				if all-only < .2 {
					t.Errorf("distributed: selective units alone cost only %.3f", all-only)
				}
				if sufficient.P < .95 || necessary.P < .05 {
					t.Errorf("distributed: random units do not do better: sufficiency p = %.3f, necessity p = %.3f", sufficient.P, necessary.P)
				}
			} else {
				if all-without < .2 {
					t.Errorf("localized: the lesion costs only %.3f", all-without)
				}
				if all-only >= .01 {
					t.Errorf("localized: selective units alone cost %.4f", all-only)
				}
				if necessary.P > .05 || sufficient.P > .05 {
					t.Errorf("localized: random units do as well: necessity p = %.3f, sufficiency p = %.3f", necessary.P, sufficient.P)
				}
			}
		}
	}
}

// TestFalseDiscoveries: over 1000 worlds, of the voxels that a localizer keeps
// at a false-discovery rate of 5 %, those that are not planted are at most
// that many, on average over worlds.
func TestFalseDiscoveries(t *testing.T) {
	const worlds = 1000
	var shares []float64
	hits, planted := 0, 0
	for seed := range uint64(worlds) {
		w := simulate.World{Seed: seed, People: 1, Voxels: 4, OtherVoxels: 40, Repeats: 1}
		s := shown(t, w, "localizer", 10)
		r, err := w.Respond(s)
		must(t, r, err)
		truth, err := w.Truth(s)
		must(t, truth, err)
		f, err := localizer.TTest{FDR: .05}.Localize(r[0], faces)
		must(t, f, err)
		wrong := 0
		for j, is := range truth[0].Planted("face") {
			if is {
				planted++
			}
			if f.Keep[j] && is {
				hits++
			} else if f.Keep[j] {
				wrong++
			}
		}
		shares = append(shares, float64(wrong)/float64(max(1, f.Count())))
	}
	rate, sd := stat.MeanStdDev(shares, nil)
	t.Logf("false-discovery rate %.4f ± %.4f at nominal .05 over %d worlds; %.0f %% of the planted voxels found", rate, sd/math.Sqrt(worlds), worlds, 100*float64(hits)/float64(planted))
	if rate > .05 {
		t.Errorf("false-discovery rate %.4f, nominal .05", rate)
	}
	if float64(hits) < .5*float64(planted) {
		t.Errorf("only %d of %d planted voxels found", hits, planted)
	}
}

// TestPlantedPreference: the contrast of human and animal faces in the mean
// profile of face units is what was planted, and people's is not.
func TestPlantedPreference(t *testing.T) {
	w := simulate.World{People: 2, Preferences: []simulate.Preference{{Group: "face", Subcategory: "human", Network: 1.5}}}
	plain := w
	plain.Preferences = nil
	s := shown(t, w, "images", 40)
	gap := func(r simulate.Truth) float64 {
		var human, animal []float64
		keep := r.Planted("face")
		for i := range s.Len() {
			mean, n := 0., 0.
			for j, k := range keep {
				if k {
					mean, n = mean+r.Signal.Row(i)[j], n+1
				}
			}
			switch s.At(i).Subcategory {
			case "human":
				human = append(human, mean/n)
			case "animal":
				animal = append(animal, mean/n)
			}
		}
		return stat.Mean(human, nil) - stat.Mean(animal, nil)
	}
	net, err := w.NetworkTruth(s)
	must(t, net, err)
	before, err := plain.NetworkTruth(s)
	must(t, before, err)
	one, err := simulate.World{Preferences: []simulate.Preference{{Group: "face", Subcategory: "human", Network: 1}}}.NetworkTruth(s)
	must(t, one, err)
	gain := gap(one) - gap(before) // of the mean over units
	if got := gap(net) - gap(before); math.Abs(got-1.5*gain) > 1e-9 || gain < .8 || gain > 1.3 {
		t.Errorf("1.5 planted shows as %.4f, 1 as %.4f", got, gain)
	}
	people, err := w.Truth(s)
	must(t, people, err)
	same, err := plain.Truth(s)
	must(t, same, err)
	for p := range people {
		if !mat.Equal(people[p].Signal.Matrix(), same[p].Signal.Matrix()) {
			t.Errorf("%s has the network's preference", people[p].Person)
		}
	}
	w.Spread = 1
	w.Preferences[0] = simulate.Preference{Group: "face", Subcategory: "human", People: -1}
	plain.Spread = 1
	people, err = w.Truth(s)
	must(t, people, err)
	same, err = plain.Truth(s)
	must(t, same, err)
	if got := gap(people[0]) - gap(same[0]); got > -.8 || got < -1.3 {
		t.Errorf("−1 planted in people shows as %.4f", got)
	}
}

// TestWorldStandsAlone: what else is shown, and in which order, changes
// nothing; another seed changes all; the truth is the mean of the responses.
func TestWorldStandsAlone(t *testing.T) {
	w := simulate.World{People: 3, Spread: .5}
	s := shown(t, w, "images", 6)
	items := []analysis.Stimulus{s.At(20), s.At(3), s.At(11)}
	some, err := analysis.NewStimuli(items)
	must(t, some, err)
	for _, answer := range []func(simulate.World, analysis.Stimuli) (*analysis.Responses, error){
		simulate.World.Network,
		func(w simulate.World, s analysis.Stimuli) (*analysis.Responses, error) {
			r, err := w.Respond(s)
			if err != nil {
				return nil, err
			}
			return r[2], nil
		},
	} {
		all, err := answer(w, s)
		must(t, all, err)
		want, err := all.On(some)
		must(t, want, err)
		got, err := answer(w, some)
		if !mat.Equal(must(t, got, err).Matrix(), want.Matrix()) {
			t.Error("other stimuli change an answer")
		}
		other := w
		other.Seed = 1
		got, err = answer(other, some)
		if mat.Equal(must(t, got, err).Matrix(), want.Matrix()) {
			t.Error("the seed changes nothing")
		}
		again, err := answer(w, s)
		if !mat.Equal(must(t, again, err).Matrix(), all.Matrix()) {
			t.Error("the same seed gives another world")
		}
	}
	quiet := w
	quiet.Noise, quiet.Repeats = 1e-9, 9
	r, err := quiet.Respond(s)
	must(t, r, err)
	truth, err := quiet.Truth(s)
	must(t, truth, err)
	if n := truth[0].Noise; math.Abs(n-1e-9/3) > 1e-20 {
		t.Errorf("the noise of 9 repeats is %v", n)
	}
	if !mat.EqualApprox(r[0].Matrix(), truth[0].Signal.Matrix(), 1e-8) {
		t.Error("responses without noise are not the truth")
	}
	halves, err := w.Halves(s)
	must(t, halves, err)
	both, err := w.Respond(s)
	must(t, both, err)
	var mean mat.Dense
	mean.Add(halves[0][1].Matrix(), halves[1][1].Matrix())
	mean.Scale(.5, &mean)
	if !mat.EqualApprox(&mean, both[1].Matrix(), 1e-12) {
		t.Error("the mean of the halves is not the mean of all")
	}
	odd := w
	odd.Repeats = 3
	if _, err := odd.Halves(s); err == nil {
		t.Error("3 repeats are halved")
	}
	for _, name := range []string{"face", "body", "scene", ""} {
		if n := slices.Index(truth[0].Group, name); n < 0 {
			t.Errorf("no voxel of group %q", name)
		}
	}
}

// TestWorldNoise: the difference of halves has the noise that Truth states.
func TestWorldNoise(t *testing.T) {
	w := simulate.World{People: 1, Repeats: 6, Noise: 1.5}
	s := shown(t, w, "images", 30)
	halves, err := w.Halves(s)
	must(t, halves, err)
	truth, err := w.Truth(s)
	must(t, truth, err)
	var d mat.Dense
	d.Sub(halves[0][0].Matrix(), halves[1][0].Matrix())
	// Of two halves of 3: variance 2·1.5²/3, which is 4 times that of the mean of 6.
	got := mat.Norm(&d, 2) / math.Sqrt(float64(len(d.RawMatrix().Data)))
	if want := 2 * truth[0].Noise; math.Abs(got/want-1) > .02 { // of 21 600 values: the standard error is .5 %
		t.Errorf("noise %.4f, want %.4f", got, want)
	}
}

// TestWorldNCSNR: the reliability of halves, of 3 showings each, is what the
// ratio says, ncsnr²/(ncsnr² + 1/3), in the median voxel.
func TestWorldNCSNR(t *testing.T) {
	w := simulate.World{People: 2, Repeats: 6, Spread: .5}
	s := shown(t, w, "images", 300)
	w, err := w.AtNCSNR(s, .6)
	must(t, w, err)
	halves, err := w.Halves(s)
	must(t, halves, err)
	var r []float64
	for p := range halves[0] {
		_, voxels := halves[0][p].Dims()
		for v := range voxels {
			r = append(r, stat.Correlation(mat.Col(nil, v, halves[0][p].Matrix()), mat.Col(nil, v, halves[1][p].Matrix()), nil))
		}
	}
	if got, want := analysis.Median(r), .36/(.36+1./3); math.Abs(got-want) > .02 {
		t.Errorf("split-half reliability %.3f, want %.3f", got, want)
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := w.AtNCSNR(s, bad); err == nil {
			t.Errorf("ncsnr %v is no error", bad)
		}
	}
	if _, err := w.AtNCSNR(analysis.Stimuli{}, 1); err == nil {
		t.Error("no stimuli are no error")
	}
}

// TestNoPreference: voxels of no group prefer nothing. Over many stimuli their
// t for any contrast is a t of the null, with standard deviation 1.
func TestNoPreference(t *testing.T) {
	w := simulate.World{People: 1, OtherVoxels: 2000, Voxels: 1}
	s := shown(t, w, "images", 25)
	r, err := w.Respond(s)
	must(t, r, err)
	truth, err := w.Truth(s)
	must(t, truth, err)
	for _, c := range []string{"face", "object"} {
		f, err := localizer.TTest{}.Localize(r[0], analysis.Contrast{Name: c, Prefer: []string{c}})
		must(t, f, err)
		small, n := 0, 0
		for j, g := range truth[0].Group {
			if g == "" {
				if n++; f.P[j] < .05 {
					small++
				}
			}
		}
		t.Logf("%s: p < .05 in %.1f %% of the voxels of no group", c, 100*float64(small)/float64(n))
		// The 20 readings are shared, so that the voxels are not independent.
		if share := float64(small) / float64(n); share > .12 {
			t.Errorf("%s: p < .05 in %.3f of the voxels of no group", c, share)
		}
	}
}

func TestWorldErrors(t *testing.T) {
	good := shown(t, simulate.World{}, "x", 1)
	for _, c := range []struct {
		w    simulate.World
		s    analysis.Stimuli
		want string
	}{
		{simulate.World{}, analysis.Stimuli{}, "no stimuli"},
		{simulate.World{Units: -1}, good, "-1 units"},
		{simulate.World{Noise: math.Inf(1)}, good, "noise +Inf"},
		{simulate.World{Spread: 1.1}, good, "Spread is 1.1"},
		{simulate.World{Spread: math.NaN()}, good, "Spread is NaN"},
		{simulate.World{Preferences: []simulate.Preference{{Group: "hand"}}}, good, `group "hand"`},
		{simulate.World{Preferences: []simulate.Preference{{Group: "face", Network: math.NaN()}}}, good, "must be finite"},
	} {
		if _, err := c.w.Respond(c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if _, err := c.w.Network(c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("network: got %v, want %q", err, c.want)
		}
	}
	if _, err := (simulate.World{}).Stimuli("x", 0); err == nil {
		t.Error("no stimuli per category are no error")
	}
	// Any category, known or not, and Scrambled.
	odd, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "1", Category: "tool"}, {ID: "2", Category: analysis.Scrambled}})
	must(t, odd, err)
	if _, err := (simulate.World{}).Respond(odd); err != nil {
		t.Error(err)
	}
}
