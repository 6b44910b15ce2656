package nbext

import (
	"errors"
	"image/color"
	"strings"
	"testing"
)

// reader is a blink that knows its read-out, or has an error instead.
type reader struct {
	blink
	name string
	out  string
	err  error
}

func (r *reader) Name() string             { return r.name }
func (r *reader) ReadOut() (string, error) { return r.out, r.err }

func TestRunAll(t *testing.T) {
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	s := pixels(t, color.Gray{9})
	a := &reader{blink: blink{key: "a", scale: 1}, name: "a", out: "gap"}
	b := &reader{blink: blink{key: "b", scale: 2}, name: "b", out: "pool"}
	got, err := RunAll([]*reader{a, b}, "", s)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a/gap", "b/pool"} {
		if got[i].Source() != want || got[i].Matrix().At(1, 1) != float64(i+1)*4 {
			t.Errorf("%s: %v", got[i].Source(), got[i].Row(1))
		}
	}
	if got, err = RunAll([]Network{b, a}, "fc", s); err != nil || got[0].Source() != "b/fc" || got[1].Source() != "a/fc" {
		t.Errorf("%v", err)
	}
	if _, err := RunAll([]Network{&blink{key: "c"}}, "", s); err == nil || !strings.Contains(err.Error(), "read-out") {
		t.Errorf("a network that does not know its read-out: %v", err)
	}
	if got, err = RunLayers(a, []string{"fc", "gap"}, s); err != nil || got[0].Source() != "a/fc" || got[1].Source() != "a/gap" {
		t.Errorf("%v", err)
	}
	if _, err := RunLayers(a, nil, s); err == nil {
		t.Error("no layer: no error")
	}
	a.err = errors.New("not in the catalog")
	if _, err := RunAll([]Network{a}, "", s); !errors.Is(err, a.err) {
		t.Errorf("%v", err)
	}
	if _, err := RunAll[Network](nil, "fc", s); err == nil {
		t.Error("no network: no error")
	}
}
