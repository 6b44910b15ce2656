package glm_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
)

// scanned are simulated people in the scanner: every run shows the drawings once,
// in blocks of four of one category, 3 s each. Their time courses are what the
// trials' responses, convolved, make of a baseline of 1000, and noise.
type scanned struct {
	truth   []simulate.Truth
	stimuli analysis.Stimuli
	trials  [][]*analysis.Responses // of each person in each run
	runs    [][]glm.Run
	results []*glm.Result
	err     error
}

func scan() (out scanned) {
	if out.stimuli, out.err = (simulate.Drawings{PerCategory: 8}).Stimuli(); out.err != nil {
		return out
	}
	cohort := simulate.Cohort{People: 4, Repeats: 4, Voxels: 30, Others: 120, Noise: .5}
	if out.truth, out.err = cohort.Truth(out.stimuli); out.err != nil {
		return out
	}
	if out.trials, out.err = cohort.Showings(out.stimuli); out.err != nil {
		return out
	}
	for p := range out.truth {
		var mine []glm.Run
		for k, r := range out.trials[p] {
			run, err := courses(fmt.Sprintf("run-%d", k+1), uint64(100*p+k), r, .6)
			if err != nil {
				out.err = err
				return out
			}
			mine = append(mine, run)
		}
		res, err := glm.FirstLevel{}.Fit(context.Background(), out.truth[p].Person, mine...)
		if err != nil {
			out.err = err
			return out
		}
		out.runs, out.results = append(out.runs, mine), append(out.results, res)
	}
	return out
}

// world is the first few of four people who were scanned once for all tests.
func world(t testing.TB, people int) scanned {
	t.Helper()
	w := fourPeople()
	if w.err != nil {
		t.Fatal(w.err)
	}
	w.truth, w.trials, w.runs, w.results = w.truth[:people], w.trials[:people], w.runs[:people], w.results[:people]
	return w
}

var fourPeople = sync.OnceValue(scan)

// courses are the time courses of a run in which r is answered.
func courses(name string, seed uint64, r *analysis.Responses, noise float64) (glm.Run, error) {
	rng := rand.New(rand.NewPCG(seed, 9))
	s := r.Stimuli()
	blocks := map[string][][]int{}
	for i := range s.Len() {
		c := s.At(i).Category
		if n := len(blocks[c]); n == 0 || len(blocks[c][n-1]) == 4 {
			blocks[c] = append(blocks[c], nil)
		}
		last := len(blocks[c]) - 1
		blocks[c][last] = append(blocks[c][last], i)
	}
	var order [][]int
	for _, c := range s.Categories() {
		order = append(order, blocks[c]...)
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	run := glm.Run{Name: name, TR: 2}
	single := run
	var rows []int
	at := 6.
	for _, b := range order {
		for _, i := range b {
			run.Events = append(run.Events, analysis.Event{Onset: at, Duration: 2, Type: s.At(i).Category})
			single.Events = append(single.Events, analysis.Event{Onset: at, Duration: 2, Type: fmt.Sprintf("%04d", i)})
			at += 3
		}
		at += 6
	}
	for i := range s.Len() {
		rows = append(rows, i) // the columns of single are the stimuli in order
	}
	n := int(at/2) + 8
	d, err := glm.FirstLevel{}.Design(single, n)
	if err != nil {
		return run, err
	}
	_, v := r.Dims()
	y := mat.NewDense(n, v, nil)
	y.Mul(d.X.Slice(0, n, 0, len(rows)), r.Matrix())
	y.Apply(func(_, _ int, x float64) float64 { return 1000 * (1 + x/100 + noise/100*rng.NormFloat64()) }, y)
	run.Data = glm.InMemory{Values: y}
	return run, nil
}

// TestRegionsFindThePlanted: the regions of simulated people are the voxels that
// were planted, whether all runs find them or one half, and their answers are
// those without noise.
func TestRegionsFindThePlanted(t *testing.T) {
	world := world(t, 4)
	found, err := glm.Regions{Localizer: glm.Localizer{MinT: 5}, Contrasts: localizer.Domains}.Find(t.Context(), world.results...)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Warnings) != 0 {
		t.Error(found.Warnings)
	}
	if len(found.Counts) != 4*3*5 { // t > 3, 5, 7, 9, 11, of which 5 is the localizer's own
		t.Errorf("%d rows of counts", len(found.Counts))
	}
	if diff := cmp.Diff([]string{"body", "face", "object", "scene", "scrambled"}, found.Conditions.IDs()); diff != "" {
		t.Error(diff)
	}
	k, all, of := 0, 0, 0
	for p, truth := range world.truth {
		// What voxels answer without noise, by condition.
		want, err := truth.Signal.Averaged(found.Conditions)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range localizer.Domains {
			f := found.FROIs[k]
			k++
			if f.Source != truth.Person || f.Contrast.Name != c.Name {
				t.Fatalf("fROI %d is %s of %s", k, f.Contrast.Name, f.Source)
			}
			prefer, over, err := c.Split(found.Conditions)
			if err != nil {
				t.Fatal(err)
			}
			hits, planted := 0, 0
			for j, in := range truth.Planted(c.Prefer[0]) {
				if in {
					planted++
				}
				if in && f.Keep[j] {
					hits++
				}
				// A voxel of no group has preferences of its own, if small ones.
				if effect := want.Row(prefer[0])[j] - (want.Row(over[0])[j]+want.Row(over[1])[j]+want.Row(over[2])[j])/3; !in && f.Keep[j] && effect < .3 {
					t.Errorf("%s: voxel %d is of %s and prefers by %.2f", truth.Person, j, c.Name, effect)
				}
			}
			t.Logf("%s %s: %d of %d planted voxels, %d others", truth.Person, c.Name, hits, planted, f.Count()-hits)
			all, of = all+hits, of+planted
			in, err := found.Cohort.In(analysis.Where{Person: truth.Person, Region: c.Name})
			if err != nil {
				t.Fatal(err)
			}
			r := in.Recordings()[0].Answer
			halves, err := world.results[p].Halves()
			if err != nil {
				t.Fatal(err)
			}
			var voxels []int
			for _, h := range halves {
				f, err := glm.Localizer{MinT: 5}.Localize(h, c)
				if err != nil {
					t.Fatal(err)
				}
				voxels = append(voxels, f.Channels()...)
			}
			first, second := counted(found, truth.Person, c.Name, 5)
			if _, channels := r.Dims(); channels != first+second || channels != len(voxels) {
				t.Fatalf("%d channels of %d and %d voxels", channels, first, second)
			}
			for i := range found.Conditions.Len() {
				mean := 0.
				for _, j := range voxels {
					mean += want.Row(i)[j] / float64(len(voxels))
				}
				if got := stat.Mean(r.Row(i), nil); math.Abs(got-mean) > .12 {
					t.Errorf("%s to %s: %.3f, want %.3f", r.Source(), found.Conditions.At(i).ID, got, mean)
				}
			}
		}
	}
	if float64(all) < .9*float64(of) {
		t.Errorf("%d of %d planted voxels are found", all, of)
	}
}

func counted(f *glm.Found, person, region string, t float64) (first, second int) {
	for _, n := range f.Counts {
		if n.Person == person && n.Region == region && n.T == t {
			return n.First, n.Second
		}
	}
	return -1, -1
}

// nobody are people whose voxels answer nothing.
func nobody(t testing.TB, people, runs, voxels int) []*glm.Result {
	t.Helper()
	s, err := simulate.Drawings{PerCategory: 4}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	silent, err := analysis.NewResponses("nobody", s, mat.NewDense(s.Len(), voxels, nil))
	if err != nil {
		t.Fatal(err)
	}
	var out []*glm.Result
	for p := range people {
		var mine []glm.Run
		for k := range runs {
			run, err := courses(fmt.Sprintf("run-%d", k+1), uint64(7000+100*p+k), silent, 1)
			if err != nil {
				t.Fatal(err)
			}
			mine = append(mine, run)
		}
		r, err := glm.FirstLevel{Noise: glm.White}.Fit(t.Context(), fmt.Sprintf("N%d", p+1), mine...)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// TestRegionsOfNobody: where nothing answers, voxels pass as often as chance
// says, and what is read of them in the other runs is 0, while in the runs that
// chose them it is not.
func TestRegionsOfNobody(t *testing.T) {
	people := nobody(t, 4, 4, 3000)
	g := glm.Regions{Localizer: glm.Localizer{MinT: 2}, Contrasts: localizer.Domains, Thresholds: []float64{3}}
	found, err := g.Find(t.Context(), people...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := people[0].Contrast(localizer.Faces)
	if err != nil {
		t.Fatal(err)
	}
	df := m.DF
	all, of := map[float64]int{}, 0
	for _, n := range found.Counts {
		all[n.T] += n.All
		if n.T == 3 {
			of += n.Of
		}
	}
	for cut, n := range all {
		p := studentTail(cut, df)
		want := p * float64(of)
		t.Logf("t > %v: %d of %d, chance %.1f", cut, n, of, want)
		// Contrasts of one voxel are not independent of each other: some more room.
		if math.Abs(float64(n)-want) > 4*math.Sqrt(want) {
			t.Errorf("t > %v: %d of %d voxels, chance says %.1f", cut, n, of, want)
		}
	}
	faces := analysis.Contrast{Name: "faces", Prefer: []string{"face"}}
	bias := func(r *analysis.Responses) (mean float64) {
		prefer, over, err := faces.Split(r.Stimuli())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range prefer {
			mean += stat.Mean(r.Row(i), nil) / float64(len(prefer))
		}
		for _, i := range over {
			mean -= stat.Mean(r.Row(i), nil) / float64(len(over))
		}
		return mean
	}
	var read, circular []float64
	for _, r := range found.Cohort.Recordings() {
		if r.Region == "faces" {
			read = append(read, bias(r.Answer))
		}
	}
	for _, r := range people {
		halves, err := r.Halves()
		if err != nil {
			t.Fatal(err)
		}
		f, err := g.Localizer.Localize(halves[0], localizer.Faces)
		if err != nil {
			t.Fatal(err)
		}
		f.AllowCircular = true
		all, err := halves[0].Responses()
		if err != nil {
			t.Fatal(err)
		}
		in, err := all.Within(f)
		if err != nil {
			t.Fatal(err)
		}
		circular = append(circular, bias(in))
	}
	t.Logf("faces − others: read elsewhere %.3f, where they were chosen %.3f", read, circular)
	if m := stat.Mean(read, nil); math.Abs(m) > .1 {
		t.Errorf("chosen voxels prefer faces by %v elsewhere", m)
	}
	if m := stat.Mean(circular, nil); m < .5 {
		t.Errorf("chosen voxels prefer faces by %v where they were chosen: the test tells nothing", m)
	}
}

// studentTail is P(T > t), by integration.
func studentTail(t, df float64) float64 {
	density := func(x float64) float64 { return math.Pow(1+x*x/df, -(df+1)/2) }
	tail, all, h := 0., 0., 1e-3
	for x := -40 + h/2; x < 40; x += h {
		d := density(x)
		all += d
		if x > t {
			tail += d
		}
	}
	return tail / all
}
