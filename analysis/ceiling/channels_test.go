package ceiling_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"

	"gonum.org/v1/gonum/mat"
)

// Two halves of a signal with unit noise each: a channel with signal variance
// s² has a split-half r of s²/(s²+1), so by Spearman–Brown a reliability of
// 2s²/(2s²+1), and the truth correlates with the mean by its root.
func TestChannels(t *testing.T) {
	const n = 20000
	signal := []float64{0, .5, 1, 2}
	rng := rand.New(rand.NewPCG(1, 2))
	items := make([]analysis.Stimulus, n)
	odd, even, truth := mat.NewDense(n, 5, nil), mat.NewDense(n, 5, nil), mat.NewDense(n, 4, nil)
	for i := range n {
		items[i].ID = fmt.Sprint(i)
		for j, s := range signal {
			x := s * rng.NormFloat64()
			truth.Set(i, j, x)
			odd.Set(i, j, x+rng.NormFloat64())
			even.Set(i, j, x+rng.NormFloat64())
		}
		odd.Set(i, 4, 3) // dead in one half
		even.Set(i, 4, rng.NormFloat64())
	}
	s := ok(analysis.NewStimuli(items))(t)
	a, b := ok(analysis.NewResponses("S1", s, odd))(t), ok(analysis.NewResponses("S1", s, even))(t)
	got := ok(ceiling.Channels(a, b, analysis.Pearson))(t)
	for j, s := range signal {
		want := 2 * s * s / (2*s*s + 1)
		if math.Abs(got[j]-want) > .03 {
			t.Errorf("signal %v: reliability %.3f, want %.3f", s, got[j], want)
		}
	}
	if got[4] != 0 {
		t.Errorf("dead channel has reliability %v", got[4])
	}
	var mean mat.Dense
	mean.Add(odd, even)
	for j := 1; j < 4; j++ {
		r := ok(analysis.Pearson.Compare(mat.Col(nil, j, truth), mat.Col(nil, j, &mean)))(t)
		if math.Abs(r.Value-math.Sqrt(got[j])) > .02 {
			t.Errorf("channel %d: truth correlates by %.3f, ceiling %.3f", j, r.Value, math.Sqrt(got[j]))
		}
	}
	c := ok(ceiling.OfChannels([]float64{0, .25, .81, 1}, analysis.Pearson))(t)
	if math.Abs(c.Lo-.7) > 1e-15 || c.Hi != c.Lo || c.Subjects != 1 || len(c.Warnings) != 1 || !errors.Is(c.Warnings[0], ceiling.ErrUnreliable) {
		t.Errorf("got %+v", c)
	}
}

func TestChannelsRejects(t *testing.T) {
	s := ok(analysis.NewStimuli([]analysis.Stimulus{{ID: "1"}, {ID: "2"}, {ID: "3"}}))(t)
	a := ok(analysis.NewResponses("S1", s, mat.NewDense(3, 1, []float64{1, 2, 3})))(t)
	b := ok(analysis.NewResponses("S1", s, mat.NewDense(3, 1, []float64{3, 2, 1})))(t)
	if _, err := ceiling.Channels(a, b, analysis.Pearson); !errors.Is(err, ceiling.ErrUnreliable) {
		t.Errorf("opposite halves: %v", err)
	}
	var align *analysis.AlignmentError
	if _, err := ceiling.Channels(a, b.Named("S2"), analysis.Pearson); !errors.As(err, &align) {
		t.Errorf("two people: %v", err)
	}
	for _, bad := range [][]float64{nil, {1.1}, {-.1}, {math.NaN()}} {
		if _, err := ceiling.OfChannels(bad, analysis.Pearson); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func ok[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
