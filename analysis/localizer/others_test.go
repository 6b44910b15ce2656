package localizer

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// TestStreamOthers: what goes by moments gives on an Accumulator what it gives
// in memory.
func TestStreamOthers(t *testing.T) {
	r := noise(t, 90, blockSize+33)
	v := mat.DenseCopyOf(r.Matrix())
	v.Apply(func(_, j int, x float64) float64 { return max(0, x+float64(j%3)) }, v)
	r = responses(t, items44(r), v)
	n, channels := r.Dims()
	a := NewAccumulator(channels)
	for i := range n {
		if err := a.Add(r.Stimuli().At(i), r.Row(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []MomentLocalizer{
		TTest{}, TTest{Conjunction: true, Pooled: true}, DPrime{Min: 0.2}, SelectivityIndex{Min: 0.05}, SelectivityIndex{Rectify: true, Min: 0.2},
		RatioRule{Min: 1.1}, TopFraction{}, TopFraction{Count: 40, By: DPrime{Min: 0.1}},
	} {
		want, err := l.LocalizeAll(r, Faces, Scenes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.LocalizeAll(l, r.Source(), Faces, Scenes)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if want[i].Count() == 0 || want[i].Count() == channels {
				t.Errorf("%s selects %d of %d: the test says little", want[i].Rule, want[i].Count(), channels)
			}
			if want[i].Rule != got[i].Rule || want[i].Dead != got[i].Dead || !slices.Equal(want[i].Keep, got[i].Keep) || !want[i].DefinedOn.Same(got[i].DefinedOn) {
				t.Errorf("%s: selected %v, %d dead; in memory %v, %d", got[i].Rule, got[i].Channels(), got[i].Dead, want[i].Channels(), want[i].Dead)
			}
			for j, s := range want[i].Stat {
				// Differences of means are known to a rounding error of the means.
				if e := math.Abs(got[i].Stat[j] - s); e > 1e-13*max(1, math.Abs(s)) || math.Abs(got[i].P[j]-want[i].P[j]) > 1e-13 || relative(got[i].P[j], want[i].P[j]) > 1e-11 {
					t.Errorf("%s, channel %d: %v, p %v; in memory %v, %v", got[i].Rule, j, got[i].Stat[j], got[i].P[j], s, want[i].P[j])
				}
			}
		}
	}
	if _, err := a.Localize(TopFraction{By: RankSum{}}, "net", Faces); err == nil || !strings.Contains(err.Error(), "TopFraction by localizer.RankSum cannot work on an Accumulator") {
		t.Errorf("ranks on an accumulator: %v", err)
	}
	if _, ok := any(RankSum{}).(MomentLocalizer); ok {
		t.Error("RankSum passes for a MomentLocalizer")
	}
}

// TestRankSumCounting: AUC by counting pairs, and the tie correction by
// counting ties, for a channel of each kind.
func TestRankSumCounting(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 20260529))
	it := items(map[string]int{"face": 20, "body": 30, "scrambled": 7}, "face", "body", "scrambled")
	const channels = 70
	v := mat.NewDense(len(it), channels, nil)
	v.Apply(func(i, j int, _ float64) float64 {
		x := rng.NormFloat64()
		if i < 20 {
			x += float64(j%5) / 2
		}
		switch j % 3 {
		case 0:
			return math.Round(x)
		case 1:
			return max(0, x)
		}
		return x
	}, v)
	f, err := RankSum{}.Localize(responses(t, it, v), Faces)
	if err != nil {
		t.Fatal(err)
	}
	for j := range channels {
		wins := 0.0
		count := map[float64]float64{}
		for i := range 50 {
			count[v.At(i, j)]++
			for k := 20; k < 50 && i < 20; k++ {
				switch a, b := v.At(i, j), v.At(k, j); {
				case a > b:
					wins++
				case a == b:
					wins += 0.5
				}
			}
		}
		ties := 0.0
		for _, c := range count {
			ties += c*c*c - c
		}
		z := (math.Abs(wins-300) - 0.5) / math.Sqrt(50*(51-ties/(50*49)))
		if p := min(1, math.Erfc(z/math.Sqrt2)); f.Stat[j] != wins/600 || relative(f.P[j], p) > 1e-13 {
			t.Errorf("channel %d: AUC %v, p %v; counted %v, %v", j, f.Stat[j], f.P[j], wins/600, p)
		}
		if f.Keep[j] != (wins > 300) {
			t.Errorf("channel %d: selected %v with AUC %v", j, f.Keep[j], f.Stat[j])
		}
	}
}

// TestRankSumMonotone: ranks do not see a rising transformation, nor AUC which
// side is which but for its sign.
func TestRankSumMonotone(t *testing.T) {
	_, r := load(t)
	v := mat.DenseCopyOf(r.Matrix())
	v.Apply(func(_, j int, x float64) float64 {
		if j == 15 { // 10⁸ would overflow
			x *= 1e-8
		}
		return math.Atan(x / 100)
	}, v)
	bent := responses(t, items44(r), v)
	there := analysis.Contrast{Name: "there", Prefer: []string{"face"}, Over: []string{"scene", "limb"}}
	back := analysis.Contrast{Name: "back", Prefer: there.Over, Over: there.Prefer}
	f, err := RankSum{}.LocalizeAll(r, there, back)
	if err != nil {
		t.Fatal(err)
	}
	g, err := RankSum{}.Localize(bent, there)
	if err != nil {
		t.Fatal(err)
	}
	for j, auc := range f[0].Stat {
		if g.Stat[j] != auc || g.P[j] != f[0].P[j] {
			t.Errorf("channel %d: AUC %v p %v; transformed %v %v", j, auc, f[0].P[j], g.Stat[j], g.P[j])
		}
		if p := f[0].P[j]; p < 1 && (math.Abs(auc+f[1].Stat[j]-1) > 1e-15 || f[1].P[j] != p) {
			t.Errorf("channel %d: AUC %v p %v; sides exchanged %v %v", j, auc, p, f[1].Stat[j], f[1].P[j])
		}
	}
}

func TestTopFraction(t *testing.T) {
	r := noise(t, 50, 300)
	f, err := TTest{}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	order := f.Channels()
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, f.Stat[b]-f.Stat[a])) })
	for k, l := range map[int]TopFraction{3: {}, 30: {Fraction: 0.1}, 7: {Count: 7}, f.Count(): {Fraction: 1}, 1: {Fraction: 1e-9}} {
		g, err := l.Localize(r, Faces)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(slices.Values(order[:k]))
		if !slices.Equal(g.Channels(), want) || !slices.Equal(g.Stat, f.Stat) {
			t.Errorf("%+v: channels %v, want %v", l, g.Channels(), want)
		}
	}
	g, err := TopFraction{Fraction: 0.02, By: TTest{MinT: 1}}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	if want := "the 6 best (2 %) by Welch t > 1 (n = 10 against 40)"; g.Rule != want {
		t.Errorf("rule %q, want %q", g.Rule, want)
	}
	// Ties: of forty equal channels the first four, whatever stands between.
	eight := items(map[string]int{"face": 4, "body": 4}, "face", "body")
	v := mat.NewDense(8, 60, nil)
	v.Apply(func(i, j int, _ float64) float64 {
		if j%3 == 1 {
			return float64((i*5 + j) % 7)
		}
		return float64(8 - i)
	}, v)
	g, err = TopFraction{Count: 4, By: RankSum{}}.Localize(responses(t, eight, v), Faces)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.Channels(), []int{0, 2, 3, 5}) {
		t.Errorf("tied: channels %v", g.Channels())
	}
}

// TestNegative: the index has no meaning for negative means, and says so.
func TestNegative(t *testing.T) {
	four := items(map[string]int{"face": 2, "body": 2}, "face", "body")
	v := mat.NewDense(4, 5, []float64{
		2, -3, -1, 1, -1,
		4, 1, -1, 2, -1,
		1, 1, -1, -2, -2,
		1, 1, -1, -4, -4,
	})
	r := responses(t, four, v)
	_, err := SelectivityIndex{}.Localize(r, Faces)
	if want := `3 of the 5 channels of "net/fc" (1, 3, 4) have a negative mean response to a side of contrast "faces"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	f, err := SelectivityIndex{Rectify: true}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{0.5, -1, 0, 1, 0}, f.Stat); diff != "" || f.Dead != 1 {
		t.Errorf("%d dead, (-want +got)\n%s", f.Dead, diff)
	}
	if want := "rectified selectivity index > 0 (n = 2 against 2)"; f.Rule != want {
		t.Errorf("rule %q, want %q", f.Rule, want)
	}
}

// TestRatio: what means of 0 and below come to.
func TestRatio(t *testing.T) {
	six := items(map[string]int{"face": 2, "body": 2, "scene": 2}, "face", "body", "scene")
	v := mat.NewDense(6, 6, []float64{
		4, 4, 1, -1, 0, 3,
		4, 2, 3, -3, 0, 3,
		1, 1, -1, -8, 1, 3,
		3, 2, 0, -9, 0, 3,
		1, 1, -5, -8, 0, 3,
		0, 1, -4, -9, 0, 3,
	})
	f, err := RatioRule{}.Localize(responses(t, six, v), Faces)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{2, 2, 0x1p52, 0, 0, 0}, f.Stat); diff != "" || f.Dead != 1 {
		t.Errorf("%d dead, (-want +got)\n%s", f.Dead, diff)
	}
	if diff := cmp.Diff([]int{0, 1, 2}, f.Channels()); diff != "" {
		t.Error(diff)
	}
}

// TestOthersPerfect: sides that do not vary.
func TestOthersPerfect(t *testing.T) {
	four := items(map[string]int{"face": 2, "body": 2}, "face", "body")
	r := responses(t, four, mat.NewDense(4, 2, []float64{1, 5, 1, 5, 0, 5, 0, 5}))
	for _, x := range []struct {
		l    Localizer
		want float64
	}{{DPrime{}, 0x1p52}, {SelectivityIndex{}, 1}, {RatioRule{}, 0x1p52}, {RankSum{}, 1}, {TopFraction{}, 0x1p52}} {
		f, err := x.l.Localize(r, Faces)
		if err != nil {
			t.Fatal(err)
		}
		if f.Stat[0] != x.want || !f.Keep[0] || f.Keep[1] || f.Dead != 1 || f.Stat[1] != 0 {
			t.Errorf("%T: %v, selected %v, %d dead", x.l, f.Stat, f.Keep, f.Dead)
		}
	}
}

// TestConstantCategory: a category that does not vary, against one that does:
// t = (m₁ − m₀)/√(s₀²/n₀) with n₀ − 1 degrees of freedom, whichever it is.
func TestConstantCategory(t *testing.T) {
	seven := items(map[string]int{"face": 3, "body": 4}, "face", "body")
	r := responses(t, seven, mat.NewDense(7, 2, []float64{5, 6, 5, 7, 5, 8, 1, 2, 2, 2, 3, 2, 4, 2}))
	f, err := TTest{}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range [][3]float64{{2.5 / math.Sqrt(5.0/12), 3}, {5 / math.Sqrt(1.0/3), 2}} {
		if p := byFraction(want[0], want[0]*want[0], want[1]); relative(f.Stat[j], want[0]) > 1e-14 || relative(f.P[j], p) > 1e-13 {
			t.Errorf("channel %d: t %v, p %v; want %v, %v", j, f.Stat[j], f.P[j], want[0], p)
		}
	}
	for _, l := range []Localizer{DPrime{}, SelectivityIndex{}, RatioRule{}, RankSum{}} {
		f, err := l.Localize(r, Faces)
		if err != nil || f.Count() != 2 {
			t.Errorf("%T: %v, %v", l, f, err)
		}
	}
}

// TestOneStimulus: a side of one stimulus has ranks, but no variance.
func TestOneStimulus(t *testing.T) {
	one := items(map[string]int{"face": 1, "body": 5}, "face", "body")
	r := responses(t, one, mat.NewDense(6, 2, []float64{6, 1, 2, 2, 3, 3, 1, 4, 4, 5, 5, 5}))
	f, err := RankSum{}.Localize(r, Faces)
	if err != nil {
		t.Fatal(err)
	}
	// Exact in the first channel; the second has ties: scipy 1.17 gives .23476.
	if f.Stat[0] != 1 || relative(f.P[0], 1.0/3) > 1e-15 || f.Stat[1] != 0 || relative(f.P[1], 0.23476366282766925) > 1e-13 {
		t.Errorf("AUC %v, p %v", f.Stat, f.P)
	}
	for _, l := range []Localizer{TTest{}, DPrime{}, SelectivityIndex{}, RatioRule{}, TopFraction{}} {
		if _, err := l.Localize(r, Faces); err == nil || !strings.Contains(err.Error(), "compares 1 preferred stimuli with 5 of") {
			t.Errorf("%T: %v", l, err)
		}
	}
}

func TestOthersFaults(t *testing.T) {
	_, r := load(t)
	for _, c := range []struct {
		l    Localizer
		want string
	}{
		{DPrime{Min: -1}, "Min of d′ is -1"},
		{DPrime{Min: math.NaN()}, "Min of d′ is NaN"},
		{DPrime{FDR: 1}, "FDR is 1"},
		{SelectivityIndex{Min: 1}, "Min of the selectivity index is 1"},
		{SelectivityIndex{Min: -0.1}, "Min of the selectivity index is -0.1"},
		{RatioRule{Min: 0.5}, "Min of the ratio rule is 0.5"},
		{RatioRule{Min: math.Inf(1)}, "Min of the ratio rule is +Inf"},
		{RankSum{MinAUC: 0.4}, "MinAUC is 0.4"},
		{RankSum{MinAUC: 1}, "MinAUC is 1"},
		{RankSum{FDR: math.NaN()}, "FDR is NaN"},
		{TopFraction{Fraction: 1.5}, "Fraction is 1.5"},
		{TopFraction{Fraction: math.NaN()}, "Fraction is NaN"},
		{TopFraction{Count: -1}, "Count is -1"},
		{TopFraction{Count: 1, Fraction: 0.1}, "both a Fraction and a Count"},
		{TopFraction{By: RankSum{MinAUC: 2}}, "MinAUC is 2"},
	} {
		f, err := c.l.Localize(r, Faces)
		if err == nil || f != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T%+[1]v: error %v, want %q", c.l, err, c.want)
		}
	}
	big := items(map[string]int{"face": 2, "body": 2}, "face", "body")
	if _, err := (DPrime{}).Localize(responses(t, big, mat.NewDense(4, 1, []float64{1e200, -1e200, 0, 1})), Faces); err == nil || !strings.Contains(err.Error(), "variance of channel 0") {
		t.Errorf("overflow: %v", err)
	}
}

// TestEmptyOthers: no channel passing is an empty fROI that says how near it
// came, in every localizer.
func TestEmptyOthers(t *testing.T) {
	r := noise(t, 30, 50)
	for _, l := range []Localizer{TTest{MinT: 99}, DPrime{Min: 99}, SelectivityIndex{Rectify: true, FDR: 1e-9}, RatioRule{FDR: 1e-9}, RankSum{FDR: 1e-9}, TopFraction{By: TTest{MinT: 99}}} {
		f, err := l.Localize(r, Faces)
		if err != nil || f.Count() != 0 {
			t.Fatalf("%T: %d channels, %v", l, f.Count(), err)
		}
		if _, err := second(t, 30, 50, 1).Within(f); !errors.Is(err, analysis.ErrEmpty) {
			t.Errorf("%T: %v", l, err)
		}
	}
}

// TestThreadsOthers: the fROI does not depend on how many processors there are.
func TestThreadsOthers(t *testing.T) {
	r := noise(t, 40, 3*blockSize+77)
	for _, l := range []Localizer{RankSum{FDR: 0.05}, RatioRule{}, DPrime{}} {
		many, err := l.LocalizeAll(r, Faces, Bodies)
		if err != nil {
			t.Fatal(err)
		}
		old := runtime.GOMAXPROCS(1)
		one, err := l.LocalizeAll(r, Faces, Bodies)
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one, many, cmp.Comparer(analysis.Stimuli.Same)); diff != "" {
			t.Errorf("%T: (-one +many)\n%s", l, diff[:min(len(diff), 1000)])
		}
	}
}

// TestMethods: every localizer has regions and replications.
func TestMethods(t *testing.T) {
	type complete interface {
		Localizer
		Regions(c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error)
		Replicate(first, second *analysis.Responses, contrasts ...analysis.Contrast) ([]Replication, error)
	}
	define, measure := noise(t, 40, 120), second(t, 40, 120, 1)
	for _, l := range []complete{TTest{}, DPrime{}, SelectivityIndex{Rectify: true}, RatioRule{}, RankSum{}, TopFraction{}} {
		t.Run(fmt.Sprintf("%T", l), func(t *testing.T) {
			f, err := l.Localize(define, Faces)
			if err != nil {
				t.Fatal(err)
			}
			g, err := l.Regions(Faces, []*analysis.Responses{define}, []*analysis.Responses{measure})
			if err != nil {
				t.Fatal(err)
			}
			if _, c := g.Found[0].Dims(); c != f.Count() {
				t.Errorf("%d channels found, %d selected", c, f.Count())
			}
			rows, err := l.Replicate(define, measure, Faces)
			if err != nil {
				t.Fatal(err)
			}
			if rows[0].First != f.Count() || rows[0].Channels != 120 {
				t.Errorf("%+v", rows[0])
			}
		})
	}
}

func BenchmarkRankSum(b *testing.B) {
	r := noise(b, 1000, 2000)
	for b.Loop() {
		if _, err := (RankSum{FDR: 0.05}).LocalizeAll(r, Faces, Bodies, Scenes, Objects, Characters); err != nil {
			b.Fatal(err)
		}
	}
}
