package glm_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/glm"
)

var calibrate = flag.Int("calibrate", 0, "voxels in each cell of TestCalibration, with all designs and noises; 0: 1500 of some")

// A timing is a design of three conditions that take turns.
type timing struct {
	name          string
	runs, volumes int
	tr            float64
	duration, gap float64
}

// A noise is simulated: λ of its variance AR(1) with φ.
type noise struct{ phi, lambda float64 }

func (n noise) String() string {
	switch {
	case n.phi == 0:
		return "white"
	case n.lambda == 1:
		return fmt.Sprintf("AR(1) %g", n.phi)
	}
	return fmt.Sprintf("%g AR(1) %g + white", n.lambda, n.phi)
}

// null returns runs of v voxels that answer nothing.
func (c timing) null(n noise, v int, rng *rand.Rand) []glm.Run {
	var runs []glm.Run
	for r := range c.runs {
		run := glm.Run{Name: fmt.Sprint("run", r), TR: c.tr}
		var order []int
		for at := 4.0; at+c.duration < float64(c.volumes)*c.tr-6; at += c.duration + c.gap {
			if len(order) == 0 {
				order = rng.Perm(3)
			}
			run.Events = append(run.Events, analysis.Event{Onset: at, Duration: c.duration, Type: []string{"face", "house", "car"}[order[0]]})
			order = order[1:]
		}
		y := mat.NewDense(c.volumes, v, nil)
		for j := range v {
			x := rng.NormFloat64()
			for t := range c.volumes {
				y.Set(t, j, 1000+math.Sqrt(n.lambda)*x+math.Sqrt(1-n.lambda)*rng.NormFloat64())
				x = n.phi*x + math.Sqrt(1-n.phi*n.phi)*rng.NormFloat64()
			}
		}
		run.Data = glm.InMemory{Values: y}
		runs = append(runs, run)
	}
	return runs
}

// TestCalibration counts how many voxels that answer nothing have p < .05 (and
// < .001) for a difference of two conditions. By ARMA11 they are one in twenty, whether
// noise is AR(1) or AR(1) and white; by AR1 up to one in six. The table in
// doc.go is that of
//
//	go test ./analysis/glm -run Calibration -v -calibrate 10000
func TestCalibration(t *testing.T) {
	timings := []timing{{"blocks of 10 s", 1, 150, 2, 10, 10}, {"blocks of 20 s", 1, 200, 2, 20, 10}, {"blocks of 15 s", 1, 100, 2.5, 15, 5}, {"events every 4 s", 1, 300, 1, 1, 3}, {"4 runs, blocks of 10 s", 4, 150, 2, 10, 10}}
	noises := []noise{{0, 0}, {.2, 1}, {.35, 1}, {.5, 1}, {.7, 1}, {.8, .5}, {.9, .3}, {.95, .3}}
	v := *calibrate
	if v == 0 {
		v, timings, noises = 1500, timings[:2], []noise{noises[2], noises[6]}
	}
	for _, c := range timings {
		for k, n := range noises {
			runs := c.null(n, v, rand.New(rand.NewPCG(7, uint64(k))))
			var rate [3][2]float64
			for m := range rate {
				r, err := glm.FirstLevel{Noise: glm.Noise(m)}.Fit(t.Context(), "person", runs...)
				if err != nil {
					t.Fatal(err)
				}
				d, err := r.Contrast(preferFace)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range d.P {
					for i, alpha := range []float64{.05, .001} {
						if p < alpha {
							rate[m][i] += 100 / float64(v)
						}
					}
				}
			}
			t.Logf("%-22s %-22s p < .05 (.001) in %%: White %5.1f (%.2f)  AR1 %5.1f (%.2f)  ARMA11 %4.1f (%.2f)  ± %.2f (%.2f)", c.name, n,
				rate[glm.White][0], rate[glm.White][1], rate[glm.AR1][0], rate[glm.AR1][1], rate[glm.ARMA11][0], rate[glm.ARMA11][1],
				100*math.Sqrt(.05*.95/float64(v)), 100*math.Sqrt(.001*.999/float64(v)))
			if a := rate[glm.ARMA11][0]; a < 2.5 || a > 8 {
				t.Errorf("%s, %v: %.1f %% have p < .05 by ARMA11", c.name, n, a)
			}
			if n.phi > .3 && n.phi < .95 && c.gap > 3 && (rate[glm.White][0] < 10 || rate[glm.AR1][0] < 6.5) {
				t.Errorf("%s, %v: %v: the other models are better than they were", c.name, n, rate)
			}
		}
	}
}
