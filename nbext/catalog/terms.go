package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// acceptedFile says which terms were accepted on this machine, in DataDir.
const acceptedFile = "accepted.json"

// A TermsError reports a data set whose terms nobody has accepted on this
// machine. Nothing is wrong with the program: show Missing to the reader.
type TermsError struct {
	Name    string // of the data set
	Terms   string
	Changed bool // other terms of it were accepted
}

// Missing shows the terms, and says how to accept them.
func (e *TermsError) Missing() string {
	why := "nobody has accepted them on this machine yet"
	if e.Changed {
		why = "they have changed since they were accepted on this machine"
	}
	return fmt.Sprintf("%s has terms, and %s:\n\n%s\n\nWhoever uses the data agrees to them. Accept them with: fusiform fetch %s (in a script: fusiform fetch -accept %s)",
		e.Name, why, indent(e.Terms), e.Name, e.Name)
}

func (e *TermsError) Error() string { return "catalog: " + e.Missing() }

// indent sets a text two columns in.
func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ")
}

// Accepted fails with a *TermsError if the data set has terms that nobody has
// accepted in this data folder, or only an earlier text of them.
func (r DataRow) Accepted() error {
	if r.Terms == "" {
		return nil
	}
	all, err := readAccepted()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a acceptance) bool { return a.Name == r.Name })
	if i >= 0 && all[i].Terms == termsSum(r.Terms) {
		return nil
	}
	return &TermsError{Name: r.Name, Terms: r.Terms, Changed: i >= 0}
}

// Accept records that somebody has accepted the terms of the data set, in the
// file accepted.json of DataDir: its name, the SHA-256 of the terms' text, and
// the date. It is for whoever was shown the terms and said so. It fails for a
// row without terms.
func (r DataRow) Accept() error {
	if r.Terms == "" {
		return fmt.Errorf("catalog: %s has no terms to accept", r.Name)
	}
	all, err := readAccepted()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(a acceptance) bool { return a.Name == r.Name })
	all = append(all, acceptance{Name: r.Name, Terms: termsSum(r.Terms), Date: time.Now().Format(time.DateOnly)})
	text, err := json.MarshalIndent(map[string]any{"accepted": all}, "", "  ")
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	if err := writeData(acceptedFile, append(text, '\n')); err != nil {
		return fmt.Errorf("catalog: recording that the terms of %s were accepted: %w", r.Name, err)
	}
	return nil
}

// An acceptance is a row of accepted.json.
type acceptance struct {
	Name  string `json:"name"`
	Terms string `json:"terms"` // SHA-256 of the text
	Date  string `json:"date"`
}

func termsSum(terms string) string {
	s := sha256.Sum256([]byte(terms))
	return hex.EncodeToString(s[:])
}

func readAccepted() (all []acceptance, err error) {
	err = readList(acceptedFile, "accepted", func(a acceptance) error { return a.add(&all) })
	return all, err
}

var hex64 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// add checks a row and adds it.
func (a acceptance) add(all *[]acceptance) error {
	if !dataName.MatchString(a.Name) {
		return fmt.Errorf("%q is not the name of a data set", a.Name)
	}
	if !hex64.MatchString(a.Terms) {
		return fmt.Errorf("%s: terms %q is not the SHA-256 of a text", a.Name, a.Terms)
	}
	if _, err := time.Parse(time.DateOnly, a.Date); err != nil {
		return fmt.Errorf("%s: date %q is not one (2026-05-29)", a.Name, a.Date)
	}
	if slices.ContainsFunc(*all, func(b acceptance) bool { return b.Name == a.Name }) {
		return fmt.Errorf("%s stands twice", a.Name)
	}
	*all = append(*all, a)
	return nil
}

// writeData writes a file of DataDir whole or not at all.
func writeData(name string, text []byte) (err error) {
	dir := DataDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	temporary := fmt.Sprintf(".%s.%d", name, os.Getpid())
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			root.Remove(temporary)
		}
	}()
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return root.Rename(temporary, name)
}
