package analysis

import (
	"fmt"
	"regexp"
)

// A SourceWarning is a doubt about one source: "S1 FFA: 240 residuals do not
// tell how the noise of 36 channels correlates".
type SourceWarning struct {
	Source string
	Doubt  error
}

func (w *SourceWarning) Error() string { return w.Source + ": " + w.Doubt.Error() }

func (w *SourceWarning) Unwrap() error { return w.Doubt }

// Fold joins the warnings that say the same of several sources, as the noise of
// each of eight people does: of *SourceWarnings whose doubts are equal but for
// numbers, the first stands for all and names the others,
//
//	S1 FFA: 240 residuals do not tell …; likewise S2 FFA, S3 FFA and 5 more
//
// and of texts that are equal altogether there is one. Whatever a warning that
// was joined is (errors.Is), the joint one is. Warnings that were joined before
// may be joined with others. The order is that of the first of each.
func Fold(warnings []error) []error {
	var kinds []*foldedError
	byText, byKind := map[string]bool{}, map[string]*foldedError{}
	for _, w := range flat(warnings) {
		text := w.Error()
		if byText[text] {
			continue
		}
		byText[text] = true
		one := &foldedError{all: []error{w}, of: map[string]bool{}}
		if s, ok := w.(*SourceWarning); ok {
			kind := digits.ReplaceAllString(s.Doubt.Error(), "0")
			if k := byKind[kind]; k != nil && !k.of[s.Source] {
				k.of[s.Source] = true
				k.all, k.others = append(k.all, w), append(k.others, s.Source)
				continue
			}
			one.of[s.Source] = true
			if byKind[kind] == nil {
				byKind[kind] = one
			}
		}
		kinds = append(kinds, one)
	}
	var out []error
	for _, k := range kinds {
		if len(k.all) == 1 {
			out = append(out, k.all[0])
		} else {
			out = append(out, k)
		}
	}
	return out
}

var digits = regexp.MustCompile(`[0-9]+`)

// A foldedError is a warning that stands for those of other sources too.
type foldedError struct {
	all    []error
	others []string        // their sources, but the first
	of     map[string]bool // the sources of all
}

func (f *foldedError) Error() string {
	return fmt.Sprintf("%v; likewise %s", f.all[0], Few(f.others, 2))
}

func (f *foldedError) Unwrap() []error { return f.all }

// flat takes warnings apart that were joined before.
func flat(warnings []error) []error {
	var out []error
	for _, w := range warnings {
		if f, ok := w.(*foldedError); ok {
			out = append(out, f.all...)
		} else {
			out = append(out, w)
		}
	}
	return out
}
