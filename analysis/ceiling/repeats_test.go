package ceiling_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
)

// An snr is what numpy finds in repeats: testdata/repeats.json, made by
// internal/reference/ceilings.py.
type snr struct{ Noise, Signal, NCSNR, NC, NC3 []float64 }

type repeatsReference struct {
	Equal struct {
		snr
		Values, Z [][][]float64 // repeats × stimuli × channels
	}
	Unequal struct {
		snr
		Shown  [][]int
		Values [][][]float64
	}
	Splits []struct {
		Values         [][][]float64
		Divisions      int
		R, Reliability []float64
	}
	Ragged struct {
		Counts      []int
		Values      [][][]float64
		Reliability []float64
	}
	Matrix struct {
		People                   [][][][]float64
		Network                  [][]float64
		Univariate, Multivariate [][]float64
	}
}

func loadRepeats(t testing.TB) *repeatsReference {
	t.Helper()
	r := &repeatsReference{}
	if err := json.Unmarshal(must(os.ReadFile("testdata/repeats.json"))(t), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// answers are the responses of S1 to some of n stimuli; nil for all.
func answers(t testing.TB, shown []int, rows [][]float64) *analysis.Responses {
	t.Helper()
	items := make([]analysis.Stimulus, len(rows))
	v := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		k := i
		if shown != nil {
			k = shown[i]
		}
		items[i].ID = fmt.Sprintf("test/%03d", k)
		v.SetRow(i, row)
	}
	return must(analysis.NewResponses("S1", must(analysis.NewStimuli(items))(t), v))(t)
}

func all(t testing.TB, values [][][]float64) []*analysis.Responses {
	var out []*analysis.Responses
	for _, rows := range values {
		out = append(out, answers(t, nil, rows))
	}
	return out
}

func near(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(1e-11, 1e-11)); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

func TestFromRepeats(t *testing.T) {
	ref := loadRepeats(t)
	z := must(ceiling.ZScored(all(t, ref.Equal.Values)))(t)
	for k, r := range z {
		for i, row := range ref.Equal.Z[k] {
			near(t, "z", row, r.Row(i))
		}
	}
	s := must(ceiling.FromRepeats(z))(t)
	near(t, "noise", ref.Equal.Noise, s.Noise)
	near(t, "signal", ref.Equal.Signal, s.Signal)
	near(t, "ncsnr", ref.Equal.NCSNR, s.NCSNR())
	near(t, "NC", ref.Equal.NC, s.NC(3))
	if got, want := s.String(), fmt.Sprintf("S1: 14 stimuli shown 3 times, %d channels: ncsnr %.3g (median; ", len(s.Signal), analysis.Median(ref.Equal.NCSNR)); !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q …", got, want)
	}
	if s.Source != "S1" || s.Stimuli.Len() != 14 || math.Abs(s.MeanRepeats()-3) > 1e-12 {
		t.Errorf("%+v", s)
	}

	// Sessions of their own scale, in which stimuli are missing: z-scored apart.
	var sessions []*analysis.Responses
	for k, rows := range ref.Unequal.Values {
		r := answers(t, ref.Unequal.Shown[k], rows)
		sessions = append(sessions, must(ceiling.ZScored([]*analysis.Responses{r}))(t)...)
	}
	s = must(ceiling.FromRepeats(sessions))(t)
	near(t, "unequal noise", ref.Unequal.Noise, s.Noise)
	near(t, "unequal signal", ref.Unequal.Signal, s.Signal)
	near(t, "unequal ncsnr", ref.Unequal.NCSNR, s.NCSNR())
	near(t, "unequal NC", ref.Unequal.NC, s.NC(s.MeanRepeats()))
	near(t, "unequal NC of 3", ref.Unequal.NC3, s.NC(3))
	for j, r := range s.Reliability() {
		near(t, "reliability", ref.Unequal.NC[j]/100, r)
	}
	if len(s.Warnings) == 0 || !strings.Contains(s.Warnings[0].Error(), "were shown once") {
		t.Errorf("warnings %v", s.Warnings)
	}
	// The order of repeats and of stimuli within them is no matter.
	slices.Reverse(sessions)
	again := must(ceiling.FromRepeats(sessions))(t)
	near(t, "reversed", s.Noise, again.Noise)
	near(t, "reversed", s.Signal, again.Signal)
}

// What was planted comes back: 2000 stimuli shown two to four times.
func TestNCSNRRecovered(t *testing.T) {
	const n = 2000
	rng := rand.New(rand.NewPCG(1, 2))
	planted := []float64{0, .2, .5, 1, 2}
	var rows [4][][]float64
	var shown [4][]int
	for i := range n {
		signal := make([]float64, len(planted))
		for j, s := range planted {
			signal[j] = 3 * s * rng.NormFloat64()
		}
		for k := range 2 + i%3 {
			row := slices.Clone(signal)
			for j := range row {
				row[j] += 3 * rng.NormFloat64()
			}
			rows[k], shown[k] = append(rows[k], row), append(shown[k], i)
		}
	}
	var repeats []*analysis.Responses
	for k := range rows {
		repeats = append(repeats, answers(t, shown[k], rows[k]))
	}
	s := must(ceiling.FromRepeats(repeats))(t)
	split := must(ceiling.Splits{Random: 20, Seed: 1}.Channels(repeats, analysis.Pearson))(t)
	for j, got := range s.NCSNR() {
		if math.Abs(got-planted[j]) > .05+.1*float64(1-min(j, 1)) {
			t.Errorf("ncsnr %.3f, planted %.1f", got, planted[j])
		}
		want := ceiling.FromNCSNR(planted[j], s.MeanRepeats())
		// Noise alone has a reliability of 0 ± .03 that is cut off below 0.
		if off := .04 + .06*float64(1-min(j, 1)); math.Abs(split[j]-want) > off || math.Abs(s.Reliability()[j]-want) > off {
			t.Errorf("channel %d: split-half reliability %.3f, from ncsnr %.3f, planted %.3f", j, split[j], s.Reliability()[j], want)
		}
	}
}

func TestConversion(t *testing.T) {
	for _, ncsnr := range []float64{0, .1, .7, 3} {
		for _, n := range []float64{1, 2.5, 3} {
			r := ceiling.FromNCSNR(ncsnr, n)
			near(t, "there and back", ncsnr, must(ceiling.ToNCSNR(r, n))(t))
			near(t, "formula", ncsnr*ncsnr/(ncsnr*ncsnr+1/n), r)
		}
	}
	// Two halves of n/2 correlate by FromNCSNR(·, n/2).
	near(t, "Spearman–Brown", ceiling.FromNCSNR(.6, 4), ceiling.SpearmanBrown(ceiling.FromNCSNR(.6, 2)))
	if ceiling.FromNCSNR(math.Inf(1), 1) != 1 || ceiling.FromNCSNR(1e-300, 1) != 0 {
		t.Error("at the ends")
	}
	for _, bad := range [][2]float64{{1, 2}, {1.2, 2}, {-.1, 2}, {math.NaN(), 2}, {.5, 0}, {.5, -1}} {
		if _, err := ceiling.ToNCSNR(bad[0], bad[1]); !errors.Is(err, ceiling.ErrUnreliable) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	for _, bad := range [][2]float64{{-1, 2}, {math.NaN(), 2}, {1, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("FromNCSNR%v does not panic", bad)
				}
			}()
			ceiling.FromNCSNR(bad[0], bad[1])
		}()
	}
}

func TestSplits(t *testing.T) {
	ref := loadRepeats(t)
	compare := tuning.Compare(analysis.Pearson)
	for _, want := range ref.Splits {
		repeats := all(t, want.Values)
		k := len(repeats)
		got := must(ceiling.Splits{Random: want.Divisions}.Channels(repeats, analysis.Pearson))(t)
		near(t, fmt.Sprintf("all divisions of %d repeats", k), want.Reliability, got)
		// Random ones come near the mean of all.
		got = must(ceiling.Splits{Random: max(want.Divisions-1, 1), Seed: 4}.Channels(repeats, analysis.Pearson))(t)
		for j := range got {
			if math.Abs(got[j]-want.Reliability[j]) > .25 {
				t.Errorf("%d repeats, random: %.3f, want about %.3f", k, got[j], want.Reliability[j])
			}
		}
		for j := range want.R {
			var one []*analysis.Responses
			for _, r := range repeats {
				one = append(one, must(r.Columns("S1", []int{j}))(t))
			}
			r := must(ceiling.SplitHalves(ceiling.Splits{Random: want.Divisions}, one, tuning.New, compare))(t)
			near(t, "halves", want.R[j], r.Halves.Value)
			near(t, "reliability", want.Reliability[j], r.Value)
			if !(r.Lo <= r.Value && r.Value <= r.Hi) || r.Halves.N != 20 || r.Halves.Measure != analysis.Pearson {
				t.Errorf("%+v", r)
			}
		}
	}
	// Two repeats are two halves.
	two := all(t, ref.Splits[0].Values)
	near(t, "two repeats", must(ceiling.Channels(two[0], two[1], analysis.Pearson))(t), must(ceiling.Splits{}.Channels(two, analysis.Pearson))(t))

	var rows [4][][]float64
	var shown [4][]int
	for i, n := range ref.Ragged.Counts {
		for k := range n {
			rows[k], shown[k] = append(rows[k], ref.Ragged.Values[k][i]), append(shown[k], i)
		}
	}
	var ragged []*analysis.Responses
	for k := range rows {
		ragged = append(ragged, answers(t, shown[k], rows[k]))
	}
	near(t, "ragged", ref.Ragged.Reliability, must(ceiling.Splits{}.Channels(ragged, analysis.Pearson))(t))
}

func TestOddEven(t *testing.T) {
	r := []*analysis.Responses{
		answers(t, []int{0, 1, 2}, [][]float64{{1}, {2}, {3}}),
		answers(t, []int{2, 1}, [][]float64{{5}, {4}}),
		answers(t, []int{1, 3}, [][]float64{{6}, {9}}),
	}
	h := must(ceiling.OddEven(r))(t)
	if d := cmp.Diff([]string{"test/001", "test/002"}, h[0].Stimuli().IDs()); d != "" {
		t.Error(d)
	}
	near(t, "odd", []float64{4, 3}, mat.Col(nil, 0, h[0].Matrix()))
	near(t, "even", []float64{4, 5}, mat.Col(nil, 0, h[1].Matrix()))
	if r[0].Row(0)[0] != 1 || r[1].Row(1)[0] != 4 {
		t.Error("the input was modified")
	}
}

// No silence at the edges.
func TestRepeatsEdges(t *testing.T) {
	one := answers(t, nil, [][]float64{{1, 2}, {2, 1}, {3, 5}})
	other := answers(t, []int{7, 8, 9}, [][]float64{{1, 2}, {2, 1}, {3, 5}})
	flat := answers(t, nil, [][]float64{{4, 4}, {4, 4}, {4, 4}})
	single := answers(t, nil, [][]float64{{1, 2}})
	back := answers(t, nil, [][]float64{{3, 5}, {2, 1}, {1, 2}})
	list := func(r ...*analysis.Responses) []*analysis.Responses { return r }
	var align *analysis.AlignmentError
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"nothing", second(ceiling.FromRepeats(nil)), "no repeats"},
		{"one repeat", second(ceiling.FromRepeats(list(one))), "none of the 3 stimuli was shown to \"S1\" twice"},
		{"other IDs", second(ceiling.FromRepeats(list(one, other))), "are the IDs the same in each repeat?"},
		{"one stimulus", second(ceiling.FromRepeats(list(single, single))), "at least 2"},
		{"two people", second(ceiling.FromRepeats(list(one, one.Named("S2")))), "repeat 2 is of \"S2\""},
		{"halves of one repeat", second(ceiling.OddEven(list(one))), "there are no halves"},
		{"session of one row", second(ceiling.ZScored(list(single))), "1 response"},
		{"negative", second(ceiling.Splits{Random: -1}.Channels(list(one, one), analysis.Pearson)), "-1 random splits"},
		{"nobody agrees", second(ceiling.Splits{}.Channels(list(one, flat), analysis.Pearson)), "in none of the 2 channels"},
		{"flat half", second(ceiling.SplitHalves(ceiling.Splits{}, list(one, flat), tuning.New, tuning.Compare(analysis.Pearson))), "half"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, c.err, c.says)
		}
	}
	if err := second(ceiling.FromRepeats(list(one, one.Named("S2")))); !errors.As(err, &align) {
		t.Errorf("two people: %T", err)
	}
	// A network answers the same each time: no noise.
	s := must(ceiling.FromRepeats(list(one, one)))(t)
	if !math.IsInf(s.NCSNR()[0], 1) || s.Reliability()[0] != 1 || s.NC(1)[0] != 100 || len(s.Warnings) != 1 {
		t.Errorf("a network: %v, %v", s.NCSNR(), s.Warnings)
	}
	// Dead channels have neither; opposite repeats have no signal.
	s = must(ceiling.FromRepeats(list(flat, flat)))(t)
	if s.NCSNR()[0] != 0 || s.Reliability()[0] != 0 || !strings.Contains(fmt.Sprint(s.Warnings), "2 of 2 channels never vary") {
		t.Errorf("dead: %v, %v", s.NCSNR(), s.Warnings)
	}
	s = must(ceiling.FromRepeats(list(one, back)))(t)
	if s.NCSNR()[0] != 0 || !errors.Is(s.Warnings[len(s.Warnings)-1], ceiling.ErrUnreliable) {
		t.Errorf("opposite: %v, %v", s.NCSNR(), s.Warnings)
	}
	r := must(ceiling.SplitHalves(ceiling.Splits{}, list(one, back), tuning.New, tuning.Compare(analysis.Pearson)))(t)
	if r.Value != 0 || !errors.Is(r.Warnings[len(r.Warnings)-1], ceiling.ErrUnreliable) {
		t.Errorf("opposite halves: %+v", r)
	}
	z := must(ceiling.ZScored(list(flat)))(t)
	if z[0].Row(1)[1] != 0 {
		t.Error("a flat session is not 0")
	}
	// A large offset costs no digits.
	far := answers(t, nil, [][]float64{{1e9 + 1, 2}, {1e9 + 2, 1}, {1e9 + 3, 5}})
	far2 := answers(t, nil, [][]float64{{1e9 + 2, 2}, {1e9 + 3, 1}, {1e9 + 5, 5}})
	if s = must(ceiling.FromRepeats(list(far, far2)))(t); math.Abs(s.Noise[0]-1) > 1e-12 {
		t.Errorf("noise %v of differences 1, 1 and 2 beside 1e9, want 1", s.Noise[0])
	}
}

func second[T any](_ T, err error) error { return err }

// rdms makes RDMs of responses.
func rdms(r *analysis.Responses) (*rsa.RDM, error) {
	m, err := rsa.New(r, analysis.Pearson)
	if err != nil {
		return nil, err
	}
	return m.RDM(), nil
}
