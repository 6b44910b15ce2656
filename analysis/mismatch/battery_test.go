package mismatch_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// fill makes a battery of one entry.
func fill(t testing.TB, test mismatch.Test, people []*tuning.Profile) *mismatch.Battery {
	t.Helper()
	return must(test.Battery(ctx, "test", mismatch.Question{Definition: mismatch.Published()[0], People: people, Contrast: animals}))(t)
}

func ffa(p *tuning.Profile) map[string]*tuning.Profile {
	return map[string]*tuning.Profile{"FFA": p}
}

// The five verdicts, each by a network that earns it.
func TestVerdicts(t *testing.T) {
	w := world{People: 8, Stimuli: 80, More: 40, Noise: .7, Slope: .25, Alike: .95, Effect: 1}
	for _, c := range []struct {
		name            string
		effect, network float64
		want            mismatch.Verdict
	}{
		{"the same", 1, 1, mismatch.Matches},
		{"more", 1, 2.6, mismatch.TooStrong},
		{"from nothing", 0, 1.5, mismatch.TooStrong},
		{"from nothing, the other way", 0, -1.5, mismatch.TooStrong},
		{"less", 1.6, .2, mismatch.TooWeak},
		{"less than negative", -1.6, -.2, mismatch.TooWeak},
		{"reversed", 1, -1, mismatch.Opposite},
	} {
		w.Effect, w.Network = c.effect, c.network
		people, network := w.draw(t, 21)
		b := fill(t, mismatch.Test{Draws: 200, Permutations: 200}, people)
		r := must(b.Report(ctx, "net", ffa(network)))(t)
		if l := r.Lines[0]; l.Verdict != c.want || l.Reading == "" {
			t.Errorf("%s: people %v, network %v, mismatch %v, band %.2f: %v, want %v", c.name, l.Human, l.Network, l.Mismatch, l.Band, l.Verdict, c.want)
		}
	}
	// Three people know too little of each other.
	w.Effect, w.Network, w.People, w.Stimuli = 1, 1.5, 3, 8
	people, network := w.draw(t, 2)
	if l := must(fill(t, mismatch.Test{Draws: 200}, people).Report(ctx, "net", ffa(network)))(t).Lines[0]; l.Verdict != mismatch.Undecided {
		t.Errorf("three people, eight stimuli: %v (%v, band %.2f)", l.Verdict, l.Mismatch, l.Band)
	}
}

// A planted mismatch is found, with its size; none is found where there is
// none.
func TestPlanted(t *testing.T) {
	const worlds = 200
	w := world{People: 8, Stimuli: 60, More: 60, Noise: 1, Slope: .2, Alike: .8, Effect: .2}
	for _, c := range []struct {
		network  float64
		atLeast  int // times found
		atMost   int
		covering int
	}{{.2, 0, worlds * 6 / 100, worlds * 91 / 100}, {1.6, worlds * 9 / 10, worlds, worlds * 91 / 100}} {
		w.Network = c.network
		brain, model := w.truth()
		flagged, covered := 0, 0
		for k := range worlds {
			people, network := w.draw(t, uint64(1000+k))
			l := must(fill(t, mismatch.Test{Draws: 150, Permutations: 50}, people).Report(ctx, "net", ffa(network)))(t).Lines[0]
			if l.Verdict != mismatch.Matches && l.Verdict != mismatch.Undecided {
				flagged++
			}
			if l.Mismatch.Lo <= model-brain && model-brain <= l.Mismatch.Hi {
				covered++
			}
		}
		t.Logf("mismatch of %.2f: held to differ in %d of %d worlds; interval holds the truth in %d", model-brain, flagged, worlds, covered)
		if flagged < c.atLeast || flagged > c.atMost || covered < c.covering {
			t.Errorf("mismatch of %.2f: held to differ in %d, covered in %d of %d", model-brain, flagged, covered, worlds)
		}
	}
}

func TestEntry(t *testing.T) {
	ref, people, models := load(t)
	s := people[0].Stimuli
	b := must(mismatch.Test{Draws: 500}.Battery(ctx, "b", mismatch.Question{Definition: mismatch.Published()[2], People: people, Contrast: mismatch.Contrast{A: group(s, ref.A...), B: group(s, ref.B...)}}))(t)
	e := b.Entries[0]
	if math.Abs(e.Band-ref.Effect.Band) > 1e-9 || math.Abs(e.Effect.Value-ref.Effect.Brain) > 1e-12 {
		t.Errorf("effect %v, band %v; want %v and %v", e.Effect, e.Band, ref.Effect.Brain, ref.Effect.Band)
	}
	r := must(b.Report(ctx, "net1", map[string]*tuning.Profile{"PPA": models[0]}))(t)
	direct := must(mismatch.Test{Draws: 500}.Compare(ctx, people, models[:1], mismatch.Contrast{Name: "c", A: group(s, ref.A...), B: group(s, ref.B...)}))(t)[0]
	if d := cmp.Diff([]mismatch.Effect{direct.Brain, direct.Model, direct.Mismatch}, []mismatch.Effect{r.Lines[0].Human, r.Lines[0].Network, r.Lines[0].Mismatch}); d != "" {
		t.Error("a report is not what Compare says:", d)
	}
	if d := cmp.Diff(e.Effect, r.Lines[0].Human); d != "" {
		t.Error("the effect in the file is not that of the report:", d)
	}

	// People who contradict what was published are told so.
	w := world{People: 8, Stimuli: 60, Noise: .3, Alike: 1, Effect: 2}
	different, _ := w.draw(t, 1)
	warnings := strings.Join(fill(t, mismatch.Test{Draws: 100}, different).Entries[0].Warnings, "\n")
	if !strings.Contains(warnings, "published for people: A = B") {
		t.Errorf("warnings: %q", warnings)
	}
}

func TestReport(t *testing.T) {
	people, network := some.draw(t, 6)
	defs := mismatch.Published()
	q := func(k int) mismatch.Question {
		return mismatch.Question{Definition: defs[k], People: people, Contrast: animals}
	}
	b := must(mismatch.Test{Draws: 60, Permutations: 60}.Battery(ctx, "two", q(0), q(1)))(t)
	more := must(network.On(network.Stimuli))(t)
	r := must(b.Report(ctx, "net", ffa(more)))(t)
	if r.Lines[0].Verdict == mismatch.Untested || r.Lines[1].Verdict != mismatch.Untested || len(r.Warnings) != 1 {
		t.Errorf("report %v, warnings %v", r, r.Warnings)
	}
	if l := r.Lines[1]; l.P != 1 || l.Q != 1 || !strings.Contains(r.String(), "1 untested (of 2)") {
		t.Errorf("untested line %+v; %v", l, r)
	}
	finite(t, "report", reflect.ValueOf(r))
	tally := must(mismatch.Tallies([]*mismatch.Report{r, r, r}))(t)
	if tally[1].Untested != 3 || tally[1].Of != 3 || tally[0].Untested != 0 {
		t.Errorf("tally %+v", tally)
	}

	other := profile("net", stimuliNamed(t, "elsewhere/", 20), network.Values[:20]...)
	short := must(network.On(must(network.Stimuli.Only("face"))(t)))(t)
	for _, c := range []struct {
		name    string
		regions map[string]*tuning.Profile
		says    string
	}{
		{"none", nil, "asks for EBA, FFA"},
		{"unknown", map[string]*tuning.Profile{"VWFA": network}, `region "VWFA"`},
		{"another set", ffa(other), "another stimulus set"},
		{"some missing", ffa(short), "9 missing: test/018"},
		{"flat", ffa(profile("flat", network.Stimuli, make([]float64, 27)...)), "constant"},
	} {
		_, err := b.Report(ctx, "net", c.regions)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, err, c.says)
		}
	}
	if _, err := (&mismatch.Battery{}).Report(ctx, "net", ffa(network)); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("empty battery: %v", err)
	}
	r2 := *r
	r2.Lines = r.Lines[:1]
	if _, err := mismatch.Tallies([]*mismatch.Report{r, &r2}); err == nil {
		t.Error("reports of different batteries were counted together")
	}
}

func TestFile(t *testing.T) {
	people, network := some.draw(t, 8)
	b := fill(t, mismatch.Test{Draws: 60, Permutations: 60, Seed: 1 << 60}, people)
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		t.Fatal(err)
	}
	again := must(mismatch.Read(bytes.NewReader(file.Bytes())))(t)
	if d := cmp.Diff(b, again); d != "" {
		t.Error("read back:", d)
	}
	if d := cmp.Diff(must(b.Report(ctx, "n", ffa(network)))(t), must(again.Report(ctx, "n", ffa(network)))(t), cmpopts.EquateErrors(), cmpopts.IgnoreFields(mismatch.Line{}, "Warnings")); d != "" {
		t.Error("report:", d)
	}
	for _, c := range []struct{ old, new, says string }{
		{`"version":2`, `"version":3`, "of version 3"},
		{`"version":2`, `"version":0`, "of version 0"},
		{`"found_with":[]`, `"found_with":[""]`, "has no name"},
		{`"format":"fusiform mismatch battery"`, `"format":"x"`, `format is "x"`},
		{`"format"`, `format`, "line 1, byte 2"},
		{`"name":"test"`, `"name":"test","colour":1`, "colour"},
		{`"draws":60`, `"draws":0`, "0 draws"},
		{`"draws":60`, `"draws":1e12`, "draws"},
		{`"region":"FFA"`, `"region":""`, "must all be given"},
		{`"human":"A = B"`, `"human":"A ≈ B"`, "is none of"},
		{`"band":`, `"band":-`, "cannot be"},
		{`"name":"S2"`, `"name":"S1"`, "twice"},
		{`"name":"S2"`, `"name":""`, "no name"},
		{`"in_a":["test/000"`, `"in_a":["test/009"`, "both groups"},
		{`"in_a":["test/000"`, `"in_a":["x"`, "1 missing: x"},
		{`"stimuli":["test/000"`, `"stimuli":["test/001"`, "share the ID"},
		{`"stimuli":["test/000",`, `"stimuli":[`, "for 26 stimuli"},
		{`"entries":[{`, `"entries":[],"x":[{`, "unknown"},
		{`"seed":`, `"seed":-`, "seed"},
		{"}\n", "} {}", "after"},
	} {
		text := strings.Replace(file.String(), c.old, c.new, 1)
		if text == file.String() {
			t.Fatalf("%q is not in the file", c.old)
		}
		if _, err := mismatch.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "mismatch: ") {
			t.Errorf("%s instead of %s: %v does not say %q", c.new, c.old, err, c.says)
		}
	}
	// One entry only is empty.
	empty := strings.Index(file.String(), `"entries":`)
	if _, err := mismatch.Read(strings.NewReader(file.String()[:empty] + `"entries":[],"draws":2,"permutations":1,"seed":0}`)); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("empty battery: %v", err)
	}
	for says, spoil := range map[string]func(e *mismatch.Entry){
		"not finite": func(e *mismatch.Entry) { e.Band = math.NaN() },
		"cannot be":  func(e *mismatch.Entry) { e.Effect.Lo = e.Effect.Value + 1e-9 },
		"p 1.5":      func(e *mismatch.Entry) { e.Effect.P = 1.5 },
		"SE -1":      func(e *mismatch.Entry) { e.Effect.SE = -1 },
	} {
		bad := *b
		bad.Entries = slices.Clone(b.Entries)
		spoil(&bad.Entries[0])
		if err := bad.Write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("writing what %q: %v", says, err)
		}
	}
}

// Whatever is read is written and read again unchanged.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.battery.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{"", "{}", "[]", `{"format":"fusiform mismatch battery","version":1,"entries":[{}]}`, `{"format":"fusiform mismatch battery","version":1,"name":null,"entries":null}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := mismatch.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var w bytes.Buffer
		if err := b.Write(&w); err != nil {
			t.Fatal(err)
		}
		again, err := mismatch.Read(&w)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(b, again, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

// The files in testdata are of versions that are to be read for ever.
func TestVersions(t *testing.T) {
	people, network := some.draw(t, 8)
	const newest = "testdata/v2.battery.json"
	if os.Getenv("FUSIFORM_WRITE_V2") != "" {
		var w bytes.Buffer
		q := mismatch.Question{Definition: mismatch.Published()[0], People: people[:3], Contrast: animals.FoundBy(must(mismatch.New(people[3:], tp(network)))(t))}
		if err := must(mismatch.Test{Draws: 60, Permutations: 60}.Battery(ctx, "test", q))(t).Write(&w); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(newest, w.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, foundWith := range map[string][]string{"testdata/v1.battery.json": nil, newest: {"network"}} {
		b := must(mismatch.Read(bytes.NewReader(must(os.ReadFile(name))(t))))(t)
		if b.Name != "test" || len(b.Entries) != 1 || len(b.Entries[0].People) != 3 || b.Entries[0].Definition != mismatch.Published()[0] || !slices.Equal(b.Entries[0].FoundWith, foundWith) {
			t.Errorf("%s: %+v", name, b)
		}
		r := must(b.Report(ctx, "net", ffa(network)))(t)
		if fmt.Sprint(r.Lines[0].Human) != fmt.Sprint(b.Entries[0].Effect) {
			t.Errorf("%s: effect %v, in the file %v", name, r.Lines[0].Human, b.Entries[0].Effect)
		}
		if got := circular(r.Lines[0].Warnings); got != (foundWith != nil) {
			t.Errorf("%s: circular %v: %v", name, got, r.Lines[0].Warnings)
		}
	}
}
