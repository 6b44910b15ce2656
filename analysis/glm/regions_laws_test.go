package glm_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/glm"
	"fusiform/analysis/localizer"
	"fusiform/analysis/tuning"
)

func find(t testing.TB, g glm.Regions, people ...*glm.Result) *glm.Found {
	t.Helper()
	f, err := g.Find(t.Context(), people...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// answers are the recordings in words and numbers, to be compared.
func answers(f *glm.Found) map[string][][]float64 {
	out := map[string][][]float64{}
	for _, r := range f.Cohort.Recordings() {
		if r.Absent {
			out[r.Where.String()] = nil
			continue
		}
		var rows [][]float64
		for i := range r.Answer.Stimuli().Len() {
			rows = append(rows, r.Answer.Row(i))
		}
		out[r.Where.String()] = rows
	}
	return out
}

// TestRegionsOrder: the order of people, of runs within a half, and of voxels
// changes nothing but the order.
func TestRegionsOrder(t *testing.T) {
	world := world(t, 2)
	g := glm.Regions{Localizer: glm.Localizer{MinT: 4}, Contrasts: localizer.Domains, Remainder: "rest"}
	once := find(t, g, world.results...)
	back := find(t, g, world.results[1], world.results[0])
	if diff := cmp.Diff(answers(once), answers(back)); diff != "" {
		t.Error(diff)
	}
	var people []*glm.Result
	for p, runs := range world.runs {
		r, err := glm.FirstLevel{}.Fit(t.Context(), world.truth[p].Person, runs[2], runs[3], runs[0], runs[1])
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, r)
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	turned := find(t, g, people...)
	if diff := cmp.Diff(answers(once), answers(turned), near); diff != "" {
		t.Error(diff)
	}
	// Voxels in the reverse order, and a parcel that goes with them.
	parcel := glm.Parcel{Name: "v", Masks: map[string][]bool{}}
	reverse := glm.Parcel{Name: "v", Masks: map[string][]bool{}}
	people = nil
	for p, runs := range world.runs {
		var mine []glm.Run
		_, v := runs[0].Data.Dims()
		mask := make([]bool, v)
		for j := range mask {
			mask[j] = j%3 > 0
		}
		parcel.Masks[world.truth[p].Person] = slices.Clone(mask)
		slices.Reverse(mask)
		reverse.Masks[world.truth[p].Person] = mask
		for _, run := range runs {
			y := run.Data.(glm.InMemory).Values
			n, _ := y.Dims()
			z := mat.NewDense(n, v, nil)
			for j := range v {
				z.SetCol(v-1-j, mat.Col(nil, j, y))
			}
			run.Data = glm.InMemory{Values: z}
			mine = append(mine, run)
		}
		r, err := glm.FirstLevel{}.Fit(t.Context(), world.truth[p].Person, mine...)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, r)
	}
	g.Parcels = []glm.Parcel{parcel}
	straight := find(t, g, world.results...)
	g.Parcels = []glm.Parcel{reverse}
	turned = find(t, g, people...)
	if diff := cmp.Diff(straight.Counts, turned.Counts); diff != "" {
		t.Error(diff)
	}
	a, b := answers(straight), answers(turned)
	for where, rows := range a {
		for i := range rows {
			// Channels of either half are turned round within it: compare as sets.
			x, y := slices.Clone(rows[i]), slices.Clone(b[where][i])
			slices.Sort(x)
			slices.Sort(y)
			if diff := cmp.Diff(x, y, near); diff != "" {
				t.Fatal(where, diff)
			}
		}
	}
}

// TestRegionsOverlap: what passes two contrasts is in both, in one or in
// neither, and the remainder has none of it.
func TestRegionsOverlap(t *testing.T) {
	world := world(t, 1)
	alone := analysis.Contrast{Name: "animate", Prefer: []string{"face", "body"}}
	g := glm.Regions{Localizer: glm.Localizer{MinT: 3}, Contrasts: []analysis.Contrast{localizer.Faces, localizer.Bodies, alone}, Remainder: "rest"}
	keep := map[glm.Overlap][]*analysis.FROI{}
	for _, rule := range []glm.Overlap{glm.Shared, glm.Strongest, glm.Neither} {
		g.Overlap = rule
		f := find(t, g, world.results...)
		keep[rule] = f.FROIs
		for _, c := range f.Counts {
			if c.Region == "animate" && c.T == 3 {
				if (c.Shared > 0) != (rule != glm.Neither) {
					t.Errorf("%v: %+v", rule, c)
				}
			}
		}
	}
	seen := [4]int{}
	for j := range keep[glm.Shared][0].Keep {
		in := func(rule glm.Overlap) (out []int) {
			for i, f := range keep[rule] {
				if f.Keep[j] {
					out = append(out, i)
				}
			}
			return out
		}
		shared := in(glm.Shared)
		want := [2][]int{shared, shared}
		if len(shared) > 1 {
			best := shared[0]
			for _, i := range shared {
				if keep[glm.Shared][i].Stat[j] > keep[glm.Shared][best].Stat[j] {
					best = i
				}
			}
			want = [2][]int{{best}, nil}
		}
		if diff := cmp.Diff(want, [2][]int{in(glm.Strongest), in(glm.Neither)}); diff != "" {
			t.Errorf("voxel %d, in %v: %s", j, shared, diff)
		}
		if len(shared) == 0 {
			t.Errorf("voxel %d is in no region, not even the remainder", j)
		}
		seen[len(shared)]++
	}
	if seen[1] == 0 || seen[2] == 0 {
		t.Errorf("voxels in so many regions: %v; the test tells nothing", seen)
	}
	if r := keep[glm.Strongest][0].Rule; r != "first-level t > 3, of several contrasts the strongest" {
		t.Error(r)
	}
	if r := keep[glm.Shared][3].Rule; r != "by none of the contrasts first-level t > 3" {
		t.Error(r)
	}
}

// TestRegionsAbsent: parcels, hemispheres, people without a region, and the
// table that counts them.
func TestRegionsAbsent(t *testing.T) {
	world := world(t, 3)
	left, right := map[string][]bool{}, map[string][]bool{}
	for p, truth := range world.truth {
		l, r := make([]bool, len(truth.Group)), make([]bool, len(truth.Group))
		for j, g := range truth.Group {
			l[j], r[j] = j%2 == 0, j%2 == 1
			if p == 1 && g == "face" {
				r[j] = false // S2 has no right FFA
			}
		}
		left[truth.Person], right[truth.Person] = l, r
	}
	right["S3"] = make([]bool, len(world.truth[2].Group))
	g := glm.Regions{Localizer: glm.Localizer{MinT: 6}, Contrasts: localizer.Domains, Thresholds: []float64{9},
		Parcels: []glm.Parcel{{Name: "FFA", Hemisphere: "lh", Masks: left, Contrast: "faces"}, {Name: "FFA", Hemisphere: "rh", Masks: right, Contrast: "faces"}}}
	found := find(t, g, world.results...)
	c, err := found.Cohort.In(analysis.Where{Hemisphere: "rh", Region: "FFA"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"S2", "S3"}, c.Missing()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]analysis.Where{{Hemisphere: "lh", Region: "FFA"}, {Hemisphere: "rh", Region: "FFA"}}, found.Cohort.Regions()); diff != "" {
		t.Error(diff)
	}
	if len(found.Counts) != 3*2*2 {
		t.Errorf("%d rows", len(found.Counts))
	}
	for _, n := range found.Counts {
		switch {
		case n.Hemisphere == "rh" && n.Person == "S3" && n.Of != 0, n.Hemisphere == "rh" && n.Person != "S1" && n.All+n.First+n.Second+n.Both > 0:
			t.Errorf("%+v", n)
		case n.Hemisphere == "lh" && n.T == 6 && (n.All < 10 || n.Dice < .4 || n.Dice > 1 || n.Dice != 2*float64(n.Both)/float64(n.First+n.Second)):
			t.Errorf("%+v", n)
		}
	}
	for i := 0; i < len(found.Counts); i += 2 {
		if lo, hi := found.Counts[i], found.Counts[i+1]; lo.T != 6 || hi.T != 9 || hi.All > lo.All || hi.First > lo.First || hi.Of != lo.Of {
			t.Errorf("%+v, %+v", lo, hi)
		}
	}
	if f := found.FROIs[1]; f.Contrast.Name != "rh FFA" || f.Rule != "first-level t > 6 within the masks" {
		t.Errorf("%+v", f)
	}
	// What was read cannot be measured by what all runs chose.
	betas, err := world.results[0].Responses()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := betas.Within(found.FROIs[0]); !errors.Is(err, analysis.ErrCircular) {
		t.Error(err)
	}
	// And a threshold that nobody reaches.
	g.Localizer.MinT = 1e3
	found = find(t, g, world.results...)
	if len(found.Cohort.Missing()) != 3 || len(found.Warnings) != 1 || !strings.Contains(found.Warnings[0].Error(), "nobody has any") {
		t.Errorf("%v: %v", found.Cohort.Missing(), found.Warnings)
	}
}

// TestRegionsToCeiling: both readings go where cohorts go.
func TestRegionsToCeiling(t *testing.T) {
	world := world(t, 3)
	g := glm.Regions{Localizer: glm.Localizer{MinT: 4}, Contrasts: localizer.Domains[:1]}
	found := find(t, g, world.results...)
	people, err := found.Cohort.Averaged(analysis.Mean)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := tuning.All(people)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := ceiling.LeaveOneOut(profiles, tuning.Pool(analysis.Pearson), tuning.Compare(analysis.Pearson))
	if err != nil || bound.Lo < .9 || bound.Subjects != 3 {
		t.Errorf("%+v: %v", bound, err)
	}
	g.Reading = glm.EachRun
	found = find(t, g, world.results...)
	if diff := cmp.Diff([]string{"run-2", "run-4"}, found.Cohort.Sessions()); diff != "" {
		t.Error(diff)
	}
	each, err := ceiling.Cohort(found.Cohort.AtLeast(2))
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := ceiling.Matrix(context.Background(), each, tuning.New, tuning.Compare(analysis.Pearson))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := pairs.Ceiling("faces"); err != nil || c.Lo < .9 {
		t.Errorf("%+v: %v", c, err)
	}
	// A network that was shown the drawings stands beside them by category.
	net := world.truth[0].Signal.Named("net/layer")
	if _, err := net.Averaged(found.Conditions); err != nil {
		t.Error(err)
	}
}

// TestRegionsBothWaysAreNotRepeats: where nothing answers, what either half
// reads by the other's choice correlates, though neither is biased; what two runs
// read by the choice of others does not. See EachRun.
func TestRegionsBothWaysAreNotRepeats(t *testing.T) {
	people := nobody(t, 24, 4, 1000)
	g := glm.Regions{Localizer: glm.Localizer{MinT: 1}, Contrasts: localizer.Domains[:1]}
	preference := func(r *analysis.Responses, lo, hi int) float64 {
		prefer, over, err := localizer.Faces.Split(r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for j := lo; j < hi; j++ {
			sum += r.Row(prefer[0])[j]
			for _, i := range over {
				sum -= r.Row(i)[j] / float64(len(over))
			}
		}
		return sum / float64(hi-lo)
	}
	correlation := func(a, b []float64) float64 { // about 0, which both are
		ab, aa, bb := 0., 0., 0.
		for i := range a {
			ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
		}
		return ab / math.Sqrt(aa*bb)
	}
	var both [2][]float64
	for _, r := range find(t, g, people...).Cohort.Recordings() {
		_, c := r.Answer.Dims()
		both[0] = append(both[0], preference(r.Answer, 0, c/2)) // near enough: either half chooses as many
		both[1] = append(both[1], preference(r.Answer, c/2, c))
	}
	g.Reading = glm.EachRun
	var each [2][]float64
	for i, r := range find(t, g, people...).Cohort.Recordings() {
		_, c := r.Answer.Dims()
		each[i%2] = append(each[i%2], preference(r.Answer, 0, c))
	}
	halves, runs := correlation(both[0], both[1]), correlation(each[0], each[1])
	t.Logf("halves read by each other's choice: r = %.2f; runs read by other runs' choice: r = %.2f", halves, runs)
	if halves < .3 || math.Abs(runs) > .3 {
		t.Errorf("r = %v between halves, %v between runs", halves, runs)
	}
}

func TestRegionsConditions(t *testing.T) {
	world := world(t, 2)
	fine, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "x/face", Category: "animate", Subcategory: "person"}, {ID: "x/corps", Category: "animate", Subcategory: "body"}, {ID: "scene", Category: "inanimate"}, {ID: "x/thing", Category: "object"}})
	if err != nil {
		t.Fatal(err)
	}
	animate := analysis.Contrast{Name: "animate", Prefer: []string{"animate"}}
	found := find(t, glm.Regions{Localizer: glm.Localizer{MinT: 4}, Contrasts: []analysis.Contrast{animate}, Conditions: fine}, world.results...)
	plain := find(t, glm.Regions{Localizer: glm.Localizer{MinT: 4}, Contrasts: []analysis.Contrast{{Name: "animate", Prefer: []string{"face", "body"}, Over: []string{"scene", "object"}}}}, world.results...)
	for k, r := range found.Cohort.Recordings() {
		want, err := plain.Cohort.Recordings()[k].Answer.On(named(t, "face", "body", "scene", "object"))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Answer.Stimuli().Same(fine) || !mat.Equal(r.Answer.Matrix(), want.Matrix()) {
			t.Errorf("%s differs by the names of its conditions", r.Where)
		}
	}
	if found.FROIs[0].Contrast.Prefer[0] != "animate" {
		t.Errorf("%+v", found.FROIs[0].Contrast)
	}
}

func named(t testing.TB, ids ...string) analysis.Stimuli {
	t.Helper()
	var items []analysis.Stimulus
	for _, id := range ids {
		items = append(items, analysis.Stimulus{ID: id, Category: id})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRegionsFaults(t *testing.T) {
	fitted := func(source string, runs ...glm.Run) *glm.Result {
		r, err := glm.FirstLevel{}.Fit(t.Context(), source, runs...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b, c := simulated("a", 1, 90, 12), simulated("b", 2, 90, 12), simulated("c", 3, 90, 12)
	two := fitted("S1", a, b)
	extra := a
	extra.Events = append(slices.Clone(a.Events), analysis.Event{Onset: 75, Duration: 4, Type: "tool"})
	other := b
	other.Events = slices.Clone(b.Events)
	for i := range other.Events {
		other.Events[i].Type = "x" + other.Events[i].Type
	}
	good := glm.Regions{Localizer: glm.Localizer{MinT: 3}, Contrasts: []analysis.Contrast{preferFace}}
	with := func(change func(g *glm.Regions)) glm.Regions {
		g := good
		change(&g)
		return g
	}
	for name, x := range map[string]struct {
		g      glm.Regions
		people []*glm.Result
		want   string
	}{
		"nobody":         {good, nil, "no people"},
		"no contrast":    {glm.Regions{}, []*glm.Result{two}, "no contrast"},
		"reading":        {with(func(g *glm.Regions) { g.Reading = 2 }), []*glm.Result{two}, "Reading is 2"},
		"overlap":        {with(func(g *glm.Regions) { g.Overlap = -1 }), []*glm.Result{two}, "Overlap is -1"},
		"twice":          {good, []*glm.Result{two, two}, `person 2 is called "S1"`},
		"one run":        {good, []*glm.Result{two, fitted("S2", a)}, `"S2" has one run`},
		"contrast twice": {with(func(g *glm.Regions) { g.Contrasts = append(g.Contrasts, g.Contrasts...) }), []*glm.Result{two}, `contrast 2 is called "faces"`},
		"region twice":   {with(func(g *glm.Regions) { g.Parcels = make([]glm.Parcel, 2) }), []*glm.Result{two}, `two regions are called "faces"`},
		"remainder":      {with(func(g *glm.Regions) { g.Remainder = "faces" }), []*glm.Result{two}, `two regions are called "faces"`},
		"parcel's":       {with(func(g *glm.Regions) { g.Parcels = []glm.Parcel{{Name: "PPA", Contrast: "scenes"}} }), []*glm.Result{two}, `"PPA" asks for the contrast "scenes"; there are: faces`},
		"nameless":       {with(func(g *glm.Regions) { g.Parcels = []glm.Parcel{{Contrast: "faces"}} }), []*glm.Result{two}, "has no name"},
		"threshold":      {with(func(g *glm.Regions) { g.Thresholds = []float64{-1} }), []*glm.Result{two}, "t > -1"},
		"infinite":       {with(func(g *glm.Regions) { g.Localizer.MinT = math.NaN() }), []*glm.Result{two}, "t > NaN"},
		"mask":           {with(func(g *glm.Regions) { g.Parcels = []glm.Parcel{{Name: "p", Mask: []bool{true}}} }), []*glm.Result{two}, `S1: glm: the mask of parcel "p" has 1 voxels`},
		"own mask": {with(func(g *glm.Regions) { g.Parcels = []glm.Parcel{{Name: "p", Masks: map[string][]bool{"S2": nil}}} }), []*glm.Result{two},
			`parcel "p" has masks of 1 people, and none of this one`},
		"clusters":  {with(func(g *glm.Regions) { g.Localizer.MinCluster = 2 }), []*glm.Result{two}, "grid"},
		"category":  {with(func(g *glm.Regions) { g.Contrasts = []analysis.Contrast{{Name: "x", Prefer: []string{"cat"}}} }), []*glm.Result{two}, "S1: "},
		"images'":   {with(func(g *glm.Regions) { g.Contrasts = []analysis.Contrast{{Name: "x", Prefer: []string{"cat"}}} }), []*glm.Result{two}, "the stimuli have: face, house; name trial types in Contrasts, or give Conditions"},
		"unlike":    {good, []*glm.Result{two, fitted("S2", a, other)}, "0 conditions in common"},
		"not shown": {with(func(g *glm.Regions) { g.Conditions = named(t, "face", "house", "tool") }), []*glm.Result{two, fitted("S2", extra, b)}, `2 people were not shown "tool"`},
		"unknown":   {with(func(g *glm.Regions) { g.Conditions = named(t, "face", "house", "cat") }), []*glm.Result{two}, "1 missing: cat"},
		"one":       {with(func(g *glm.Regions) { g.Conditions = named(t, "face") }), []*glm.Result{two}, "it takes two"},
	} {
		_, err := x.g.Find(t.Context(), x.people...)
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.HasPrefix(err.Error(), "glm: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A condition that one person lacks in one half is left out for all.
	found := find(t, good, two, fitted("S2", extra, b))
	if diff := cmp.Diff([]string{"face", "house"}, found.Conditions.IDs()); diff != "" {
		t.Error(diff)
	}
	if len(found.Warnings) == 0 || !strings.Contains(found.Warnings[0].Error(), `condition "tool" is left out: 2 people were not shown it in all that is read: S1, S2`) {
		t.Error(found.Warnings)
	}
	// Few voxels, and people of other numbers of runs.
	found = find(t, good, two, fitted("S2", a, b, c))
	if n := len(found.Warnings); n != 0 {
		t.Error(found.Warnings) // five or six in either half
	}
	found = find(t, with(func(g *glm.Regions) { g.Localizer.MinT, g.Reading = 3, glm.EachRun }), two, fitted("S2", a, b, c))
	if fmt.Sprint(found.Warnings) != "[glm: 2 regions have fewer than 10 voxels: S1 faces (6), S2 faces (6); what so few show together is noisy]" {
		t.Error(found.Warnings)
	}
	found = find(t, with(func(g *glm.Regions) { g.MinVoxels = 7 }), two)
	if len(found.Cohort.Missing()) != 1 {
		t.Error("six voxels are not seven")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := good.Find(ctx, two); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
