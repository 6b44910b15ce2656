package analysis

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	few := errors.New("few stimuli")
	noise := func(person, channels int) error {
		return &SourceWarning{fmt.Sprintf("S%d FFA", person), fmt.Errorf("240 residuals do not tell how the noise of %d channels correlates", channels)}
	}
	texts := func(errs []error) (out []string) {
		for _, e := range errs {
			out = append(out, e.Error())
		}
		return out
	}
	all := []error{noise(1, 36), few, noise(2, 49), noise(1, 36), noise(3, 56), few, noise(4, 7)}
	want := []string{"S1 FFA: 240 residuals do not tell how the noise of 36 channels correlates; likewise S2 FFA, S3 FFA and 1 more", "few stimuli"}
	if diff := cmp.Diff(want, texts(Fold(all))); diff != "" {
		t.Error(diff)
	}
	// Piece by piece, and again, it comes to the same.
	var some []error
	for _, w := range append(slices.Clone(all), all...) {
		some = Fold(append(some, w))
	}
	if diff := cmp.Diff(want, texts(some)); diff != "" {
		t.Errorf("piece by piece: %s", diff)
	}
	// What one source says twice with other numbers, and what has none, stays.
	one := func(text string) error { return &SourceWarning{"S1", errors.New(text)} }
	kept := []error{one("3 of 8 channels"), one("4 of 8 channels"), errors.New("3 people: need >= 5"), errors.New("4 people: need >= 5"), one("2 stimuli"), few}
	if diff := cmp.Diff(texts(kept), texts(Fold(kept))); diff != "" {
		t.Error(diff)
	}
	joint := Fold([]error{&SourceWarning{"S1", errors.New("dead")}, &SourceWarning{"S2", errDeadTest}})
	if len(joint) != 1 || !errors.Is(joint[0], errDeadTest) {
		t.Errorf("%v is not what one of them is", joint)
	}
	if Fold(nil) != nil {
		t.Error("nothing is joined to something")
	}
}

var errDeadTest = errors.New("dead")
