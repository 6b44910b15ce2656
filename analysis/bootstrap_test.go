package analysis

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// TestResampled: a weighted measure is the measure of explicitly resampled
// items, draw by draw, with and without ties.
func TestResampled(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261125, 1))
	for _, m := range all {
		for trial := range 200 {
			n := 2 + rng.IntN(60)
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
				if trial%2 == 1 { // ties
					x[i], y[i] = math.Round(2*x[i]), math.Round(y[i])
				}
			}
			w := Bootstrap{Seed: 3}.Counts(trial, n)
			got, err := m.Resampled(x, y, w)
			rx, ry := repeated(x, w), repeated(y, w)
			if again, err2 := m.Resampler(x, y)(w); again != got || fmt.Sprint(err2) != fmt.Sprint(err) {
				t.Errorf("%s, draw %d: %v, %v; prepared %v, %v", m.Name, trial, got, err, again, err2)
			}
			if m.Refuses(rx) != nil || m.Refuses(ry) != nil {
				if !errors.Is(err, ErrConstant) {
					t.Errorf("%s, draw %d: %v, %v; the items drawn are constant", m.Name, trial, got, err)
				}
				continue
			}
			if want := m.Func(rx, ry); err != nil || math.Abs(got-want) > 1e-12 {
				t.Errorf("%s, draw %d of %d items: %v, %v; want %v", m.Name, trial, n, got, err, want)
			}
			plain := *m
			plain.Weighted, plain.Redraw = nil, nil
			if same, err := plain.Resampled(x, y, w); err != nil || same != m.Func(rx, ry) {
				t.Errorf("%s without Weighted: %v, %v", m.Name, same, err)
			}
		}
	}
}

func TestBootstrapEstimate(t *testing.T) {
	x := make([]float64, 400)
	rng := rand.New(rand.NewPCG(20261125, 2))
	for i := range x {
		x[i] = 5 + 2*rng.NormFloat64()
	}
	mean := func(w []float64) (float64, error) { return weightedMean(x, w, 1), nil }
	e, err := Bootstrap{Draws: 4000, Seed: 1}.Estimate(context.Background(), len(x), mean)
	if err != nil {
		t.Fatal(err)
	}
	// The standard error of a mean is known: 2/√400.
	if math.Abs(e.SE-.1) > .01 || math.Abs(e.Lo-(e.Value-.196)) > .03 || math.Abs(e.Hi-(e.Value+.196)) > .03 || e.Draws != 4000 {
		t.Errorf("%+v, want SE .1 and ± .196", e)
	}
	again, err := Bootstrap{Draws: 4000, Seed: 1}.Estimate(context.Background(), len(x), mean)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(e) {
		t.Errorf("the same seed: %v, %v", again, err)
	}
	if other, _ := (Bootstrap{Draws: 4000, Seed: 2}).Estimate(context.Background(), len(x), mean); other.SE == e.SE {
		t.Error("another seed gives the same draws")
	}
}

func TestBootstrapFaults(t *testing.T) {
	ctx := context.Background()
	ok := func(w []float64) (float64, error) { return w[0], nil }
	_, err := Bootstrap{}.Estimate(ctx, 1, ok)
	fails(t, err, "a bootstrap over 1 items says nothing")
	_, err = Bootstrap{Draws: -1}.Estimate(ctx, 5, ok)
	fails(t, err, "-1 bootstrap draws")
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err = (Bootstrap{}).Estimate(stopped, 5, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	other := errors.New("other")
	_, err = Bootstrap{}.Estimate(ctx, 5, func(w []float64) (float64, error) {
		if w[0] == 0 {
			return 0, other
		}
		return 1, nil
	})
	if err != other {
		t.Errorf("an error of the statistic: %v", err)
	}
	// Three items: one draw in nine holds one item alone.
	single := func(w []float64) (float64, error) {
		if w[0] == 3 || w[1] == 3 || w[2] == 3 {
			return 0, fmt.Errorf("%w: one item", ErrConstant)
		}
		return 1, nil
	}
	e, err := Bootstrap{Seed: 1}.Estimate(ctx, 3, single)
	if err != nil || math.Abs(float64(e.Draws)-1000*8/9.) > 40 || len(e.Warnings) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = Bootstrap{Seed: 1}.Estimate(ctx, 3, func(w []float64) (float64, error) {
		if w[0] != 1 || w[1] != 1 {
			return 0, ErrConstant
		}
		return 1, nil
	})
	fails(t, err, "bootstrap draws have a value; take more items")
}

// TestSummary holds the intervals against numpy and scipy:
// testdata/bootstrap.json, made by internal/reference/ceilings.py.
func TestSummary(t *testing.T) {
	data, err := os.ReadFile("testdata/bootstrap.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Draws []float64
		Value float64
		Cases []struct {
			N          int
			Lo, Hi, SE float64
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	first := want.Draws[0]
	for _, c := range want.Cases {
		e, err := Bootstrap{Draws: len(want.Draws)}.Summary(want.Value, want.Draws, c.N)
		if err != nil || math.Abs(e.Lo-c.Lo) > 1e-9 || math.Abs(e.Hi-c.Hi) > 1e-9 || math.Abs(e.SE-c.SE) > 1e-12 || e.Value != want.Value || e.Draws != len(want.Draws) {
			t.Errorf("%d items: %+v, %v; want %+v", c.N, e, err, c)
		}
	}
	if want.Draws[0] != first {
		t.Error("Summary sorts the draws it was given")
	}
}

var cohorts = flag.Int("cohorts", 200, "how many samples the coverage of bootstrap intervals is counted over")

// TestBootstrapCoverage: the 95 % intervals of means and correlations of few
// items hold the truth in 93 to 97 of 100, give or take three standard errors.
//
//	go test ./analysis -run BootstrapCoverage -v -args -cohorts 1000
func TestBootstrapCoverage(t *testing.T) {
	slack := 3 * math.Sqrt(.05*.95/float64(*cohorts))
	for _, c := range []struct {
		n    int
		mean bool // the mean of x, else its correlation with y
		rho  float64
	}{
		{3, true, 0}, {5, true, 0}, {8, true, 0}, {20, true, 0}, {50, true, 0},
		{20, false, 0}, {20, false, .5}, {20, false, .9}, {50, false, 0}, {50, false, .5}, {50, false, .9},
	} {
		hit := 0
		for k := range *cohorts {
			rng := rand.New(rand.NewPCG(uint64(c.n), uint64(k)))
			x, y := make([]float64, c.n), make([]float64, c.n)
			for i := range x {
				x[i] = rng.NormFloat64()
				y[i] = c.rho*x[i] + math.Sqrt(1-c.rho*c.rho)*rng.NormFloat64()
			}
			e, err := Bootstrap{Seed: uint64(k)}.Estimate(context.Background(), c.n, func(w []float64) (float64, error) {
				if c.mean {
					return weightedMean(x, w, 1), nil
				}
				return Pearson.Resampled(x, y, w)
			})
			if err != nil {
				t.Fatal(err)
			}
			if e.Lo <= c.rho && c.rho <= e.Hi {
				hit++
			}
		}
		share := float64(hit) / float64(*cohorts)
		t.Logf("%+v: %.1f of 100", c, 100*share)
		if share < .93-slack || share > .97+slack {
			t.Errorf("%+v: the interval holds the truth in %.1f of 100", c, 100*share)
		}
	}
}
