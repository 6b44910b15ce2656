package analysis

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
)

// recorded makes the recordings of three people: S1 has two sessions of rh FFA,
// S2 one of it and one of lh FFA, S3 no FFA, but a rh PPA.
func recorded(t testing.TB) []Recording[*Responses] {
	s := set(t, "a-1", "a-2", "b-1")
	r := func(source string, voxels int, by float64) *Responses {
		v := mat.NewDense(3, voxels, nil)
		v.Apply(func(i, j int, _ float64) float64 { return by * float64(i*i+j) }, v)
		out, err := NewResponses(source, s, v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return []Recording[*Responses]{
		{Where: Where{"S1", "rh", "FFA", "1"}, Answer: r("S1 rh FFA", 2, 1)},
		{Where: Where{"S2", "rh", "FFA", "1"}, Answer: r("S2 rh FFA", 4, 5)},
		{Where: Where{"S3", "rh", "FFA", "1"}, Absent: true},
		{Where: Where{"S1", "rh", "FFA", "2"}, Answer: r("S1 rh FFA", 2, 2)},
		{Where: Where{"S2", "lh", "FFA", "1"}, Answer: r("S2 lh FFA", 3, 1)},
		{Where: Where{"S3", "rh", "PPA", "1"}, Answer: r("S3 rh PPA", 1, 1)},
	}
}

func cohort(t testing.TB, rs []Recording[*Responses]) *Cohort[*Responses] {
	t.Helper()
	c, err := NewCohort(rs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func in(t testing.TB, c *Cohort[*Responses], w Where) *Cohort[*Responses] {
	t.Helper()
	out, err := c.In(w)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCohort(t *testing.T) {
	c := cohort(t, recorded(t))
	if d := cmp.Diff([][]string{{"S1", "S2", "S3"}, {"1", "2"}, nil}, [][]string{c.People(), c.Sessions(), c.Missing()}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Where{{Hemisphere: "rh", Region: "FFA"}, {Hemisphere: "lh", Region: "FFA"}, {Hemisphere: "rh", Region: "PPA"}}, c.Regions()); d != "" {
		t.Error(d)
	}
	for _, v := range []struct {
		of      Where
		present int
		missing []string
	}{
		{Where{}, 5, nil},
		{Where{Hemisphere: "rh"}, 4, nil},
		{Where{Hemisphere: "lh"}, 1, []string{"S1", "S3"}},
		{Where{Region: "FFA"}, 4, []string{"S3"}},
		{Where{Hemisphere: "rh", Region: "FFA"}, 3, []string{"S3"}},
		{Where{Region: "PPA"}, 1, []string{"S1", "S2"}},
		{Where{Session: "2"}, 1, []string{"S2", "S3"}},
		{Where{Person: "S3"}, 1, nil},
		{Where{Person: "S3", Region: "FFA"}, 0, []string{"S3"}},
	} {
		got := in(t, c, v.of)
		n := 0
		for _, r := range got.Recordings() {
			if !r.Absent {
				n++
			}
		}
		// Everybody asked for stays, present or missing, and a view of a view is no less.
		people := 3
		if v.of.Person != "" {
			people = 1
		}
		missing := got.Missing()
		if n != v.present || len(got.People()) != people || len(missing) != len(v.missing) {
			t.Errorf("%+v: %d recordings of %v, missing %v; want %d, missing %v", v.of, n, got.People(), missing, v.present, v.missing)
		}
		for _, p := range v.missing {
			if in(t, got, Where{Person: p}).Missing() == nil {
				t.Errorf("%+v: %s is not missing", v.of, p)
			}
		}
		if d := cmp.Diff(missing, in(t, got, v.of).Missing()); d != "" {
			t.Errorf("%+v asked twice: %s", v.of, d)
		}
	}
	// Who has nothing in a session has no region there that would be listed.
	if d := cmp.Diff([]Where{{Hemisphere: "rh", Region: "FFA"}}, in(t, c, Where{Session: "2"}).Regions()); d != "" {
		t.Error(d)
	}
	for want, w := range map[string]Where{
		`nobody has the region rh EBA; there are: rh FFA, lh FFA, rh PPA`:            {Hemisphere: "rh", Region: "EBA"},
		`has no person "S9"; there are: S1, S2, S3`:                                  {Person: "S9"},
		`has no session "7"; there are: 1, 2`:                                        {Session: "7"},
		`there is no recording of S1 lh FFA; the regions are: rh FFA, lh FFA, rh PP`: {Person: "S1", Hemisphere: "lh", Region: "FFA"},
	} {
		_, err := c.In(w)
		fails(t, err, want)
	}
}

func TestNewCohortFaults(t *testing.T) {
	rs := recorded(t)
	for want, bad := range map[string][]Recording[*Responses]{
		"a cohort of no recordings":                   nil,
		"recording 2 (rh FFA 1) has no person":        {rs[0], {Where: Where{"", "rh", "FFA", "1"}, Answer: rs[1].Answer}},
		"recordings 1 and 2 are both S1 rh FFA 1":     {rs[0], rs[0]},
		"recording 1 (S1 rh FFA 1) has no answer; wh": {{Where: rs[0].Where}},
	} {
		_, err := NewCohort(bad)
		fails(t, err, want)
	}
	// What an absent recording holds is nobody's, and the list given is kept as it is.
	mixed := []Recording[*Responses]{{Where: rs[0].Where, Answer: rs[0].Answer, Absent: true}}
	if c := cohort(t, mixed); c.Recordings()[0].Answer != nil || mixed[0].Answer == nil {
		t.Error("an absent recording has an answer, or the input was changed")
	}
}

func TestCohortAveraged(t *testing.T) {
	c := cohort(t, recorded(t))
	ffa := in(t, c, Where{Hemisphere: "rh", Region: "FFA"})
	got, err := ffa.Averaged(Mean)
	if err != nil {
		t.Fatal(err)
	}
	// S1: the mean of one and of two times the same; S2: what there is; S3 has none.
	if len(got) != 2 || got[0].Source() != "S1 rh FFA" || !cmp.Equal(got[0].Row(2), []float64{6, 7.5}) || got[1] != c.Recordings()[1].Answer {
		t.Errorf("%d people, %v", len(got), got[0].Row(2))
	}
	_, err = c.Averaged(Mean)
	fails(t, err, "S2 rh FFA and S2 lh FFA are two regions, not two sessions of one; choose one with In")
	_, err = in(t, c, Where{Person: "S3", Region: "FFA"}).Averaged(Mean)
	fails(t, err, "absent in all of the 1 people")
	if !errors.Is(err, ErrEmpty) {
		t.Error("not ErrEmpty")
	}
	broken := errors.New("broken")
	_, err = ffa.Averaged(func([]*Responses) (*Responses, error) { return nil, broken })
	fails(t, err, "the mean of the 2 sessions of S1 rh FFA: broken")
	if one, err := in(t, c, Where{Person: "S2", Hemisphere: "lh"}).Averaged(Mean); err != nil || len(one) != 1 {
		t.Errorf("one person: %d, %v", len(one), err)
	}
}

// Sessions and people may stand in any order: the people's means are the same.
func TestCohortOrder(t *testing.T) {
	rs := recorded(t)
	of := func(rs []Recording[*Responses]) map[string][]float64 {
		people, err := in(t, cohort(t, rs), Where{Hemisphere: "rh", Region: "FFA"}).Averaged(Mean)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string][]float64{}
		for _, r := range people {
			out[r.Source()] = mat.Col(nil, 1, r.Matrix())
		}
		return out
	}
	want, rng := of(rs), rand.New(rand.NewPCG(8, 8))
	for range 20 {
		rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
		if d := cmp.Diff(want, of(rs)); d != "" {
			t.Fatal(d)
		}
	}
}

func TestCohortAtLeast(t *testing.T) {
	c := cohort(t, recorded(t))
	two := c.AtLeast(2)
	if d := cmp.Diff([]string{"S2", "S3"}, two.Missing()); d != "" {
		t.Error(d)
	}
	if len(two.Recordings()) != 6 || len(two.Regions()) != 3 || c.Missing() != nil {
		t.Errorf("%d recordings, %d regions; the cohort itself: %v missing", len(two.Recordings()), len(two.Regions()), c.Missing())
	}
	if d := cmp.Diff(c.Missing(), c.AtLeast(1).Missing()); d != "" {
		t.Error(d)
	}
}

func TestCohortOf(t *testing.T) {
	c := cohort(t, recorded(t))
	voxels, err := CohortOf(c, func(r *Responses) (int, error) { _, n := r.Dims(); return n, nil })
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for i, r := range voxels.Recordings() {
		got = append(got, r.Answer)
		if was := c.Recordings()[i]; r.Where != was.Where || r.Absent != was.Absent {
			t.Errorf("recording %d: %+v", i, r)
		}
	}
	if d := cmp.Diff([]int{2, 4, 0, 2, 3, 1}, got); d != "" {
		t.Error(d)
	}
	_, err = CohortOf(c, func(r *Responses) (int, error) {
		if r.Source() == "S2 lh FFA" {
			return 0, errors.New("no")
		}
		return 1, nil
	})
	fails(t, err, "S2 lh FFA 1: no")
}

// Sessions in which other stimuli were shown, in another order: each stimulus
// has the mean of the sessions that showed it.
func TestMean(t *testing.T) {
	r := func(source string, s Stimuli, v ...float64) *Responses {
		out, err := NewResponses(source, s, mat.NewDense(s.Len(), len(v)/s.Len(), v))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one := r("S1", set(t, "a-1", "b-1"), 1, 2, 3, 4)
	two := r("S1", set(t, "b-1", "c-1"), 5, 8, 9, 10)
	got, err := Mean([]*Responses{one, two})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]any{"S1", []string{"a-1", "b-1", "c-1"}, []float64{1, 2, 4, 6, 9, 10}}, []any{got.Source(), got.Stimuli().IDs(), got.Matrix().RawMatrix().Data}); d != "" {
		t.Error(d)
	}
	if one.Row(1)[0] != 3 {
		t.Error("a session was changed")
	}
	if other, err := Mean([]*Responses{one, two.Named("S2 x")}); err != nil || other.Source() != "mean of 2" {
		t.Error(other, err)
	}
	_, err = Mean(nil)
	fails(t, err, "no responses to average")
	_, err = Mean([]*Responses{one, r("S2", set(t, "a-1"), 1, 2, 3)})
	fails(t, err, `"S1" has 2 channels, "S2" has 3`)
	var align *AlignmentError
	if !errors.As(err, &align) {
		t.Errorf("%T", err)
	}
	big := r("S1", set(t, "a-1"), math.MaxFloat64/2)
	if m, err := Mean([]*Responses{big, big, big}); err != nil || m.Row(0)[0] < math.MaxFloat64/4 {
		t.Errorf("large values: %v", err)
	}
}

func TestWhereString(t *testing.T) {
	for want, w := range map[string]Where{"": {}, "S1 rh FFA 2": {"S1", "rh", "FFA", "2"}, "FFA": {Region: "FFA"}, "a b": {Person: " a\n", Region: "b"}} {
		if got := fmt.Sprint(w); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
