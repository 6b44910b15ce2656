package analysis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// set makes stimuli from "category/subcategory-number" IDs; the subcategory
// may be missing.
func set(t testing.TB, ids ...string) Stimuli {
	t.Helper()
	items := make([]Stimulus, len(ids))
	for i, id := range ids {
		kind, _, _ := strings.Cut(id, "-")
		c, sub, _ := strings.Cut(kind, "/")
		items[i] = Stimulus{ID: id, Category: c, Subcategory: sub}
	}
	s, err := NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fails checks that err is there and says want.
func fails(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestNewStimuli(t *testing.T) {
	for want, items := range map[string][]Stimulus{
		"no stimuli":           nil,
		"stimulus 1 has no ID": {{ID: "a"}, {}},
		`stimuli 0 and 2 share the ID "a"; IDs must be unique`: {{ID: "a"}, {ID: "b"}, {ID: "a"}},
	} {
		_, err := NewStimuli(items)
		fails(t, err, want)
	}
	items := []Stimulus{{ID: "a", Category: "face"}, {ID: "b"}}
	s, err := NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	items[0].ID = "changed"
	if s.At(0).ID != "a" {
		t.Error("NewStimuli keeps the caller's slice")
	}
	if i, ok := s.Index("b"); i != 1 || !ok {
		t.Errorf("Index(b) = %d, %v", i, ok)
	}
	if _, ok := s.Index("changed"); ok {
		t.Error("Index finds an ID that is not there")
	}
	if none := (Stimuli{}); none.Len() != 0 || len(none.IDs()) != 0 || none.Categories() != nil || !none.Same(Stimuli{}) {
		t.Error("the zero value is not empty")
	}
}

func TestStimuliSelection(t *testing.T) {
	s := set(t, "face/adult-1", "body/limb-1", "face/child-1", "face/adult-2", "scene-1")
	if diff := cmp.Diff([]string{"face", "body", "scene"}, s.Categories()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"adult", "limb", "child"}, s.Subcategories()); diff != "" {
		t.Error(diff)
	}
	for want, names := range map[string][]string{
		"face/adult-1 face/child-1 face/adult-2":             {"face"},
		"face/adult-1 face/adult-2 scene-1":                  {"scene", "adult"},
		"face/adult-1 body/limb-1 face/child-1 face/adult-2": {"limb", "face", "adult"},
	} {
		o, err := s.Only(names...)
		if got := strings.Join(o.IDs(), " "); err != nil || got != want {
			t.Errorf("Only(%v) = %v, %v", names, got, err)
		}
	}
	_, err := s.Only("face", "hand", "")
	var category *CategoryError
	if !errors.As(err, &category) {
		t.Fatalf("unknown category: %v", err)
	}
	if diff := cmp.Diff(&CategoryError{"", true, []string{"hand", ""}, []string{"face", "body", "scene", "adult", "limb", "child"}}, category); diff != "" {
		t.Error(diff)
	}
	fails(t, err, `analysis: the selection names "hand", "", which no stimulus has; the stimuli have: face, body`)
	_, err = s.Only()
	fails(t, err, "no stimuli")
}

// TestHalves: the halves are disjoint, together everything, in order, and
// balanced to within one in every subcategory.
func TestHalves(t *testing.T) {
	var ids []string
	for i := range 23 {
		ids = append(ids, fmt.Sprintf("%s-%d", []string{"face/adult", "face/child", "scene", "body/limb"}[i*i%4+i%2], i))
	}
	s := set(t, ids...)
	halves, err := s.Halves()
	if err != nil {
		t.Fatal(err)
	}
	a, b := halves[0], halves[1]
	if len(a.Shared(b)) != 0 || a.Len()+b.Len() != s.Len() {
		t.Errorf("halves of %d and %d share %v", a.Len(), b.Len(), a.Shared(b))
	}
	for _, h := range halves {
		if diff := cmp.Diff(s.Shared(h), h.IDs()); diff != "" {
			t.Errorf("order changed: %s", diff)
		}
	}
	count := func(s Stimuli, sub string) (n int) {
		for i := range s.Len() {
			if s.At(i).Subcategory == sub {
				n++
			}
		}
		return n
	}
	for _, sub := range []string{"adult", "child", "", "limb"} {
		if d := count(a, sub) - count(b, sub); d < 0 || d > 1 {
			t.Errorf("subcategory %q: %d more in the first half", sub, d)
		}
	}
	_, err = set(t, "face-1", "body-1").Halves()
	fails(t, err, "cannot halve 2 stimuli")
	_, err = Stimuli{}.Halves()
	fails(t, err, "cannot halve 0 stimuli")
}

func TestSharedSame(t *testing.T) {
	s, o := set(t, "a-1", "a-2", "a-3"), set(t, "a-3", "b-1", "a-1")
	if diff := cmp.Diff([]string{"a-1", "a-3"}, s.Shared(o)); diff != "" {
		t.Error(diff)
	}
	if s.Same(o) || s.Same(set(t, "a-1", "a-2")) || !s.Same(set(t, "a-1", "a-2", "a-3")) {
		t.Error("Same must compare IDs in order")
	}
}

func TestContrast(t *testing.T) {
	s := set(t, "face/adult-1", "body/limb-1", "face/child-1", "scrambled-1", "scene/house-1", "body/body-1")
	for _, c := range []struct {
		c            Contrast
		prefer, over []int
	}{
		{Contrast{Prefer: []string{"face"}}, []int{0, 2}, []int{1, 4, 5}},
		{Contrast{Prefer: []string{"child", "house"}}, []int{2, 4}, []int{0, 1, 5}},
		{Contrast{Prefer: []string{"body"}}, []int{1, 5}, []int{0, 2, 4}}, // category and subcategory alike
		{Contrast{Prefer: []string{"face"}, Over: []string{"scrambled"}}, []int{0, 2}, []int{3}},
		{Contrast{Prefer: []string{"scrambled"}}, []int{3}, []int{0, 1, 2, 4, 5}},
		{Contrast{Prefer: []string{"adult"}, Over: []string{"child", "scene"}}, []int{0}, []int{2, 4}},
	} {
		prefer, over, err := c.c.Split(s)
		if err != nil || !slices.Equal(prefer, c.prefer) || !slices.Equal(over, c.over) {
			t.Errorf("%v: %v against %v, %v; want %v against %v", c.c, prefer, over, err, c.prefer, c.over)
		}
	}
	for want, c := range map[string]Contrast{
		`contrast "x" prefers no category; the stimuli have: face, body, scrambled, scene`: {Name: "x"},
		`contrast "x" names "hand", which no stimulus has; the stimuli have: face, body`:   {Name: "x", Prefer: []string{"face", "hand"}},
		`contrast "x" names "hand", "foot", which`:                                         {Name: "x", Prefer: []string{"face"}, Over: []string{"hand", "foot"}},
		`contrast "x" has "face/child-1" on both sides`:                                    {Name: "x", Prefer: []string{"child"}, Over: []string{"face"}},
		`contrast "x" has nothing to compare with`:                                         {Name: "x", Prefer: []string{"face", "body", "scene"}},
		`names "", which`: {Name: "x", Prefer: []string{""}},
	} {
		_, _, err := c.Split(s)
		fails(t, err, want)
	}
}

func TestFew(t *testing.T) {
	for want, items := range map[string][]string{
		"":                              nil,
		"a, b":                          {"a", "b"},
		"a, b, c and 2 more":            {"a", "b", "c", "d", "e"},
		strings.Repeat("é", 38) + "...": {strings.Repeat("é", 50)},
	} {
		if got := Few(items, 3); got != want {
			t.Errorf("Few(%q) = %q, want %q", items, got, want)
		}
	}
}
