package ceiling_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
)

func TestSystems(t *testing.T) {
	got := must(ceiling.Systems([]string{"S1 FFA", "net"}, []string{"S1", ""}, []string{"FFA", "units"}))(t)
	if d := cmp.Diff([]ceiling.System{{Label: "S1 FFA", Person: "S1", Region: "FFA"}, {Label: "net", Region: "units"}}, got); d != "" {
		t.Error(d)
	}
	if _, err := ceiling.Systems([]string{"a"}, nil, []string{"b"}); err == nil || !strings.Contains(err.Error(), "1 labels, 0 people and 1 regions") {
		t.Error(err)
	}
}

// handmade are three people (or two), pairs .8, .9 and 1, and two networks, whose
// similarities with the people are .1, .2, .6 and .3, .5, .4.
func handmade(t *testing.T, people int) *ceiling.Pairs {
	var labels, persons, regions []string
	for _, p := range []string{"S1", "S2", "S3"}[:people] {
		labels, persons, regions = append(labels, p+" FFA"), append(persons, p), append(regions, "FFA")
	}
	for _, n := range []string{"a", "b"} {
		labels, persons, regions = append(labels, n), append(persons, ""), append(regions, "units")
	}
	whole := [5][5]float64{{0, .8, .9, .1, .3}, {.8, 0, 1, .2, .5}, {.9, 1, 0, .6, .4}, {.1, .2, .6, 0, .7}, {.3, .5, .4, .7, 0}}
	v := mat.NewDense(len(labels), len(labels), nil)
	at := []int{0, 1, 2, 3, 4}
	if people == 2 {
		at = []int{0, 1, 3, 4}
	}
	for i, a := range at {
		for j, b := range at {
			v.Set(i, j, whole[a][b])
		}
	}
	return must(ceiling.NewPairs(must(ceiling.Systems(labels, persons, regions))(t), analysis.Pearson, v))(t)
}

// Gaps are the medians of people and networks, with the intervals over people.
func TestGaps(t *testing.T) {
	p := handmade(t, 3)
	got := must(p.Gaps(context.Background(), analysis.Bootstrap{Draws: 100}, [2]string{"units", "FFA"}))(t)
	if len(got) != 1 || got[0].Region != "FFA" || got[0].Of != "units" {
		t.Fatalf("%+v", got)
	}
	g := got[0]
	// Medians over the others: of .8 and .9, of .8 and 1, of .9 and 1; of the
	// networks over the people: .2 and .4.
	if d := cmp.Diff([][]float64{{.85, .9, .95}, {.2, .4}}, [][]float64{g.People.Values, g.Networks.Values}, exact); d != "" {
		t.Error(d)
	}
	want := must(p.OverPeople(context.Background(), analysis.Bootstrap{Draws: 100}, "units", "FFA"))(t)
	if g.Over == nil || g.Over.Gap.Value != want.Gap.Value || g.Over.Gap.Lo != want.Gap.Lo || g.Over.Ceiling.Value != g.People.Median() {
		t.Errorf("%+v, want %+v", g.Over, want)
	}
	if len(g.Warnings) != 1 || !strings.Contains(g.Warnings[0].Error(), "3 people are too few") {
		t.Errorf("warnings %v", g.Warnings)
	}

	// Two people have no interval over people; the medians are there.
	g = must(handmade(t, 2).Gaps(context.Background(), analysis.Bootstrap{}, [2]string{"units", "FFA"}))(t)[0]
	if g.Over != nil || g.People.Median() != .8 || !strings.Contains(errors.Join(g.Warnings...).Error(), "FFA: two people give no interval") {
		t.Errorf("%+v, %v", g, g.Warnings)
	}

	if _, err := p.Gaps(context.Background(), analysis.Bootstrap{}); err == nil || !strings.Contains(err.Error(), "FFA") || !strings.Contains(err.Error(), "units") {
		t.Errorf("no regions: %v", err)
	}
	if _, err := p.Gaps(context.Background(), analysis.Bootstrap{}, [2]string{"FFA", "units"}); err == nil || !strings.Contains(err.Error(), "exchanged") {
		t.Errorf("exchanged: %v", err)
	}
	if _, err := p.Gaps(context.Background(), analysis.Bootstrap{}, [2]string{"OFA", "FFA"}); err == nil {
		t.Error("no such units: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Gaps(ctx, analysis.Bootstrap{}, [2]string{"units", "FFA"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
