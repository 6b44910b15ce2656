package simulate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

func fewDrawings(t *testing.T) analysis.Stimuli {
	t.Helper()
	s, err := Drawings{Name: "shown", PerCategory: 2}.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Without noise and artefacts a voxel's time course is what its stimuli evoke:
// least squares, by gonum, give back the truth.
func TestScannerEvokesTheTruth(t *testing.T) {
	scans, err := Scanner{Cohort: Cohort{People: 1}, Runs: 1, Noise: 1e-9}.Scan(fewDrawings(t))
	if err != nil {
		t.Fatal(err)
	}
	s := scans[0]
	r := s.Run(0)
	n, _ := r.Values.Dims()
	shown := s.Truth.Signal.Stimuli()
	// Stimuli, the artefacts, slow drift, a constant; without the first volume.
	x := mat.NewDense(n-1, shown.Len()+5, nil)
	for j := range shown.Len() {
		k := slices.IndexFunc(r.Events, func(e analysis.Event) bool { return e.Type == shown.At(j).ID })
		h := boxed(r.Events[k], n, r.TR)
		for i := 1; i < n; i++ {
			x.Set(i-1, j, h[i])
		}
	}
	for i := 1; i < n; i++ {
		x.Set(i-1, shown.Len(), r.Motion.At(i, 2))
		x.Set(i-1, shown.Len()+1, r.CSF[i]+r.Tissue[i])
		x.Set(i-1, shown.Len()+2, 1)
		x.Set(i-1, shown.Len()+3, math.Cos(math.Pi*float64(i)/float64(n)))
		x.Set(i-1, shown.Len()+4, math.Sin(math.Pi*float64(i)/float64(n)))
	}
	most := 0.
	for j, v := range s.Voxels {
		y := mat.NewDense(n-1, 1, nil)
		for i := 1; i < n; i++ {
			y.Set(i-1, 0, r.Values.At(i, v))
		}
		var beta mat.Dense
		if err := beta.Solve(x, y); err != nil {
			t.Fatal(err)
		}
		level := beta.At(shown.Len()+2, 0)
		for q := range shown.Len() {
			most = max(most, math.Abs(100*beta.At(q, 0)/level-s.Truth.Signal.Matrix().At(q, j)))
		}
	}
	if t.Logf("largest difference %.2g %%", most); most > .02 {
		t.Errorf("what is measured differs from the truth by %v %%", most)
	}
}

// boxed is a stimulus convolved with the response of the blood by another
// route: the difference of two integrals of gamma densities, by Simpson's rule.
func boxed(e analysis.Event, n int, tr float64) []float64 {
	integral := func(to float64) float64 {
		to = math.Min(math.Max(to, 0), 32)
		const k = 2000
		sum := 0.
		for i := 0; i <= k; i++ {
			w := 2.
			if i%2 == 1 {
				w = 4
			}
			if i == 0 || i == k {
				w = 1
			}
			sum += w * glover(to*float64(i)/k)
		}
		return sum * to / k / 3
	}
	area := integral(32)
	out := make([]float64, n)
	for i := range out {
		now := (float64(i)+.5)*tr - e.Onset
		out[i] = (integral(now) - integral(now-e.Duration)) / area
	}
	return out
}

func TestScannerPlaces(t *testing.T) {
	shown := fewDrawings(t)
	s := Scanner{Cohort: Cohort{People: 3}, Lacks: map[string]string{"S3": "face"}, Runs: 2, Seed: 5}
	scans, err := s.Scan(shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range scans {
		taken := map[int]bool{}
		left, right := map[string]int{}, map[string]int{}
		for j, v := range one.Voxels {
			if lacks := one.Person == "S3" && one.Truth.Group[j] == "face"; lacks != (v < 0) {
				t.Fatalf("%s: voxel %d of group %q lies at %d", one.Person, j, one.Truth.Group[j], v)
			} else if lacks {
				continue
			}
			if taken[v] || !one.Brain[v] {
				t.Fatalf("%s: voxel %d lies at %d, which is taken or no brain", one.Person, j, v)
			}
			taken[v] = true
			if one.middle(v)[0] < 0 {
				left[one.Truth.Group[j]]++
			} else {
				right[one.Truth.Group[j]]++
			}
		}
		for _, g := range []string{"body", "scene"} {
			if left[g] == 0 || left[g] >= right[g] {
				t.Errorf("%s: %d voxels of group %s left, %d right", one.Person, left[g], g, right[g])
			}
		}
	}

	// The same seed gives the same run, another one another.
	a, b := scans[0].Run(1), scans[0].Run(1)
	s.Seed++
	other, err := s.Scan(shown)
	if err != nil {
		t.Fatal(err)
	}
	c := other[0].Run(1)
	same := func(x, y *ScanRun) bool {
		n, v := x.Values.Dims()
		m, _ := y.Values.Dims()
		if n != m {
			return false
		}
		for i := range n {
			for j := range v {
				if p, q := x.Values.At(i, j), y.Values.At(i, j); p != q && (p == p || q == q) {
					return false
				}
			}
		}
		return true
	}
	if !same(a, b) || same(a, c) || same(a, scans[0].Run(0)) || same(a, scans[1].Run(1)) {
		t.Error("runs do not follow from seed, person and number")
	}
	// Outside of the brain voxels are 0 or NaN, a few of them, in every volume.
	n, total := a.Values.Dims()
	none, missed := 0, 0
	for v := range total {
		x := a.Values.At(0, v)
		switch {
		case a.Brain[v] && !scans[0].Brain[v], scans[0].Brain[v] && !(x > 0):
			t.Fatalf("voxel %d is %v", v, x)
		case scans[0].Brain[v] && !a.Brain[v]:
			missed++
		case !scans[0].Brain[v] && x != x:
			none++
		case !scans[0].Brain[v] && x != 0:
			t.Fatalf("voxel %d outside of the brain is %v", v, x)
		}
	}
	if none == 0 || missed == 0 || none > total/20 || missed > total/20 || len(a.Events) != shown.Len() || a.Events[len(a.Events)-1].Onset+4 > float64(n)*a.TR {
		t.Errorf("%d voxels are NaN, %d of the brain missed, %d events", none, missed, len(a.Events))
	}
	if !slices.ContainsFunc(a.Displacement[1:], func(x float64) bool { return x > .5 }) || a.Displacement[0] == a.Displacement[0] {
		t.Error("the head never jerks")
	}
}

func TestScannerRefuses(t *testing.T) {
	shown := fewDrawings(t)
	for want, s := range map[string]Scanner{
		"Runs -1":      {Runs: -1},
		"TR NaN":       {TR: math.NaN()},
		"has no":       {Lacks: map[string]string{"S1": "cars"}},
		"\"S9\" has":   {Lacks: map[string]string{"S9": "face"}},
		"do not fit":   {Cohort: Cohort{People: 1, Others: 5000}},
		"cohort of -1": {Cohort: Cohort{People: -1}},
	} {
		if _, err := s.Scan(shown); err == nil || want != "cohort of -1" && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}
