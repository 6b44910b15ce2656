package localizer_test

import (
	"errors"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/localizer"

	"github.com/google/go-cmp/cmp"
)

func TestReplicate(t *testing.T) {
	l := localizer.TTest{MinT: 3}
	first, second := person(t, "net", "a", 3), person(t, "net", "b", 2)
	got, err := l.Replicate(first, second, localizer.Faces, localizer.Objects)
	if err != nil {
		t.Fatal(err)
	}
	want := []localizer.Replication{
		{Source: "net", Region: "faces", Channels: 4, First: 3, Second: 2, Replicated: 2, Chance: 1.5},
		{Source: "net", Region: "objects", Channels: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Replicate(first, first, localizer.Faces); !errors.Is(err, analysis.ErrCircular) {
		t.Errorf("the same images: %v", err)
	}
	var align *analysis.AlignmentError
	if _, err := l.Replicate(first, person(t, "other", "b", 2), localizer.Faces); !errors.As(err, &align) {
		t.Errorf("another source: %v", err)
	}
	if _, err := l.Replicate(first, second); err == nil {
		t.Error("no contrast: no error")
	}
}

// Dead channels cannot be selected: chance is over the living.
func TestChanceIsOfTheLiving(t *testing.T) {
	first := func(n int) []bool {
		keep := make([]bool, 100)
		for i := range n {
			keep[i] = true
		}
		return keep
	}
	for _, c := range []struct {
		dead, a, b int
		want       float64
	}{{20, 8, 10, 1}, {0, 8, 10, .8}, {60, 20, 10, 5}, {100, 0, 0, 0}} {
		r := localizer.Replicated(&analysis.FROI{Keep: first(c.a), Dead: c.dead}, &analysis.FROI{Keep: first(c.b)})
		if r.Chance != c.want || r.Replicated != min(c.a, c.b) || r.First != c.a || r.Second != c.b || r.Channels != 100 || r.Dead != c.dead {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}
