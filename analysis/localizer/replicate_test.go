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
func TestChanceAlive(t *testing.T) {
	for _, c := range []struct {
		r    localizer.Replication
		want float64
	}{
		{localizer.Replication{Channels: 100, Dead: 20, First: 8, Second: 10, Chance: .8}, 1},
		{localizer.Replication{Channels: 100, First: 8, Second: 10, Chance: .8}, .8},
		{localizer.Replication{Channels: 100, Dead: 100}, 0},
	} {
		if got := c.r.ChanceAlive(); got != c.want {
			t.Errorf("%+v: %v, want %v", c.r, got, c.want)
		}
	}
}
