package catalog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// licensed writes a datasets.json with one data set that has terms, and its
// folder.
func licensed(t *testing.T, dir, terms string) {
	t.Helper()
	text := `{"datasets": [{"name": "ours", "folder": "x/ours", "terms": ` + quoted(terms) + `, "cite": "us", "license": "ours"}]}`
	if err := os.WriteFile(filepath.Join(dir, "datasets.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "x", "ours", "within"), 0o777); err != nil {
		t.Fatal(err)
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, "\n", `\n`) + `"` }

// A folder opens when the terms of its data set have been accepted, by its
// name, by its path, and below it; and closes when the terms change.
func TestTerms(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	licensed(t, dir, "Be kind.\nTell nobody.")
	closed := func(changed bool) {
		t.Helper()
		for _, name := range []string{"ours", "x/ours", "x/ours/within", "x/../x/ours"} {
			_, err := Folder(name)
			var e *TermsError
			if !errors.As(err, &e) || e.Changed != changed || e.Name != "ours" {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "  Be kind.") || !strings.Contains(err.Error(), "fusiform fetch -accept ours")) {
				t.Error(err)
			}
		}
	}
	closed(false)
	row, err := Data("ours")
	if err != nil {
		t.Fatal(err)
	}
	if err := row.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ours", "x/ours", "x/ours/within"} {
		if path, err := Folder(name); err != nil || !strings.HasPrefix(path, filepath.Join(dir, "x", "ours")) {
			t.Errorf("%s: %s, %v", name, path, err)
		}
	}
	all, err := readAccepted()
	want := []acceptance{{Name: "ours", Terms: termsSum("Be kind.\nTell nobody."), Date: time.Now().Format(time.DateOnly)}}
	if diff := cmp.Diff(want, all); diff != "" || err != nil {
		t.Error(diff, err)
	}

	licensed(t, dir, "Be kind.\nTell nobody. Pay.")
	closed(true)
	if row, err = Data("ours"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is once
		if err := row.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	nsd, err := Data("nsd")
	if err != nil {
		t.Fatal(err)
	}
	if err := nsd.Accept(); err != nil {
		t.Fatal(err)
	}
	if all, err = readAccepted(); err != nil || len(all) != 2 {
		t.Error(all, err)
	}
	if _, err := Folder("ours"); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
	floc, err := Data("floc")
	if err != nil {
		t.Fatal(err)
	}
	if err := floc.Accept(); err == nil || floc.Accepted() != nil {
		t.Error("floc has no terms", err)
	}
}

// What is absent is absent, whatever its terms.
func TestTermsOfAbsentData(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	_, err := Folder("nsd")
	var m *MissingError
	if !errors.As(err, &m) || !strings.Contains(err.Error(), "fusiform fetch nsd says how to come by it") {
		t.Error(err)
	}
	if (&TermsError{}).Error() == "" {
		t.Error("the zero value has no message")
	}
}

// A damaged accepted.json accepts nothing, and is not written over.
func TestAcceptedBad(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	licensed(t, dir, "Be kind.")
	row, err := Data("ours")
	if err != nil {
		t.Fatal(err)
	}
	good := `{"name": "ours", "terms": "` + termsSum("Be kind.") + `", "date": "2026-11-26"}`
	for _, c := range []struct{ text, want string }{
		{"", "line 1: the file ends in the middle"},
		{`{"accepted": true}`, "expected {\"accepted\": [ … ]}"},
		{`{"accepted": [` + good + "," + good + "]}", "stands twice"},
		{`{"accepted": [` + strings.Replace(good, "ours", "../ours", 1) + "]}", "is not the name of a data set"},
		{`{"accepted": [` + strings.Replace(good, "2026-11-26", "yesterday", 1) + "]}", "is not one (2026-05-29)"},
		{`{"accepted": [` + strings.Replace(good, `"terms": "`, `"terms": "x`, 1) + "]}", "is not the SHA-256"},
		{"{\"accepted\": [\n" + strings.Replace(good, "date", "data", 1) + "]}", `line 2: unknown field "data"`},
		{`{"accepted": [` + good + "]} x", "there is more after the end"},
	} {
		path := filepath.Join(dir, "accepted.json")
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Folder("ours"); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
		if err := row.Accept(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
		if got, _ := os.ReadFile(path); string(got) != c.text {
			t.Errorf("%q was written over: %q", c.text, got)
		}
	}
}

func FuzzAccepted(f *testing.F) {
	good := `{"accepted": [{"name": "nsd", "terms": "` + strings.Repeat("0a", 32) + `", "date": "2026-11-26"}]}`
	for _, s := range []string{good, good[:60], `{"accepted": []}`, "", "\xef\xbb\xbf" + good, `{"accepted": [null]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var all []acceptance
		err := parseList(data, "accepted", func(a acceptance) error { return a.add(&all) })
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "is ") {
				t.Error(err)
			}
			return
		}
		seen := map[string]bool{}
		for _, a := range all {
			if seen[a.Name] || len(a.Terms) != 64 || len(a.Date) != 10 {
				t.Errorf("%+v", a)
			}
			seen[a.Name] = true
		}
	})
}
