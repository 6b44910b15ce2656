package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A DataRow is a data set: images, or what people did when they saw them. It
// is loaded in one of two ways: Stimuli gives the images of a row that has
// some, Folder the folder of any other; Go is the line for it.
type DataRow struct {
	Name    string
	Folder  string // below DataDir; empty where it is drawn by this program
	About   string // what it is
	What    string // what belongs into the folder
	Cite    string
	Source  string
	License string

	// Terms are what those agree to who use the data, in full or with the
	// address of the full text: they are shown, and must be accepted, before
	// the folder opens (Accept). Empty: nothing beside License is asked for.
	Terms string

	// Get says how to come by the data where this program cannot fetch them.
	Get string

	// Go is the line that loads it in a cell. Empty for a folder that no one
	// line reads.
	Go string

	// Unchecked marks a row whose files nobody could compare with anything
	// here: Files is empty, and what lies in the folder is taken as it is.
	Unchecked bool

	// At is the folder that the user has, absolute, in place of Folder. It
	// stands in datasets.json (LocalData).
	At string

	// Files are what belongs into the folder, each with its size and SHA-256;
	// Archives hold those that have no address of their own (Fetcher.Data).
	Files    []File
	Archives []Archive

	load func(dir string) (analysis.Stimuli, error)
}

// Data returns the data set with that name: one of this program's, or one of
// datasets.json (LocalData). It fails with an *UnknownError if the catalog has
// none, and with the fault of datasets.json if it could stand there. The files
// need not be there: Dir tells.
func Data(name string) (DataRow, error) {
	l, err := readLocalData()
	var have []string
	for _, row := range l.all() {
		if row.Name == name {
			return l.complete(row), nil
		}
		have = append(have, row.Name)
	}
	if err != nil {
		return DataRow{}, fmt.Errorf("%w; so data sets of yours are not known, %q among them if it is one", err, name)
	}
	return DataRow{}, &UnknownError{Kind: "data set", Name: name, Nearest: Nearest(name, have, 3), Have: have}
}

// AllData lists the data sets of the catalog: this program's, then those of
// datasets.json. One with a fault adds none: LocalData says which fault.
func AllData() []DataRow {
	l, _ := readLocalData()
	rows := l.all()
	for i, r := range rows {
		rows[i] = l.complete(r)
	}
	return rows
}

// DataSets lists those of AllData that hold images.
func DataSets() []DataRow {
	return slices.DeleteFunc(AllData(), func(r DataRow) bool { return r.load == nil })
}

// Tables lists those of AllData that hold no images but what people did, or
// what was published: Folder finds them, and Go says how to read them.
func Tables() []DataRow {
	return slices.DeleteFunc(AllData(), func(r DataRow) bool { return r.load != nil })
}

// ownData lists the data sets of this program, without their files.
func ownData() []DataRow { return slices.Concat(drawings, imageRows, tableRows, elsewhere) }

// all lists the data sets of this program, without their files, and those of
// datasets.json.
func (l localData) all() []DataRow { return append(ownData(), l.rows...) }

// complete adds to a data set of this program its files, and what datasets.json
// says of it; another it leaves alone.
func (l localData) complete(r DataRow) DataRow {
	if r.load != nil {
		r.Go = fmt.Sprintf("nb.Data(%q)", r.Name)
	}
	if r.Files == nil && r.Folder != "" {
		r.Files = manifestOf(r.Name)
	}
	if at := l.at[r.Name]; at != "" {
		r.At = at
	}
	mirror(r.Files, l.mirrors[r.Name])
	return r
}

// Stimuli returns the stimuli with that name. It fails with an *UnknownError
// if the catalog has none (nor images of that name), with a *MissingError if their files are not on
// this machine, and with a *TermsError if nobody here has accepted their terms.
func Stimuli(name string) (analysis.Stimuli, error) {
	row, err := Data(name)
	var unknown *UnknownError
	switch {
	case errors.As(err, &unknown):
		return analysis.Stimuli{}, noImages(name, "")
	case err != nil:
		return analysis.Stimuli{}, err
	case row.load == nil:
		return analysis.Stimuli{}, noImages(name, "that data set holds no images; in Go: "+row.hint())
	}
	dir := ""
	if row.Folder != "" {
		if dir, err = row.Dir(); err != nil {
			return analysis.Stimuli{}, err
		}
	}
	s, err := row.load(dir)
	if err != nil {
		return analysis.Stimuli{}, fmt.Errorf("catalog: %s: %w", name, err)
	}
	return s, nil
}

// noImages says that there is no set of images with that name.
func noImages(name, hint string) error {
	e := &UnknownError{Kind: "set of images", Name: name, Hint: hint}
	for _, r := range DataSets() {
		e.Have = append(e.Have, r.Name)
	}
	e.Nearest = Nearest(name, e.Have, 3)
	return e
}

// place is the folder of the data set, whether or not it is there.
func (r DataRow) place() string {
	if r.At != "" {
		return r.At
	}
	return filepath.Join(DataDir(), filepath.FromSlash(r.Folder))
}

// Dir returns the folder in which the data set lies: At, or Folder below
// DataDir. It fails with a *MissingError if it is not on this machine, and with
// a *TermsError if it has terms that nobody here has accepted. It does not
// look at what lies in it (Verify does), and fetches nothing.
func (r DataRow) Dir() (string, error) {
	if r.Folder == "" {
		return "", fmt.Errorf("catalog: %s is drawn by this program and has no folder", r.Name)
	}
	dir := r.place()
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", r.missing(dir, err)
	case err != nil:
		return "", fmt.Errorf("catalog: %w", err)
	case !info.IsDir():
		return "", fmt.Errorf("catalog: %s is a file, expected a folder", dir)
	}
	return dir, r.Accepted()
}

// missing says that the data set is not at dir.
func (r DataRow) missing(dir string, err error) *MissingError {
	m := &MissingError{Name: r.Name, Rel: r.Folder, Path: dir, What: r.What, Source: r.Source, Fetch: r.CanFetch(), Err: err}
	if r.Unchecked || r.Terms != "" {
		m.How = "fusiform fetch " + r.Name
	}
	return m
}

// CanFetch reports whether all Files have an address, or lie in an archive
// that has one.
func (r DataRow) CanFetch() bool {
	archives := len(r.Archives) > 0
	for _, a := range r.Archives {
		archives = archives && len(a.URLs) > 0
	}
	for _, f := range r.Files {
		if len(f.URLs) == 0 && !archives {
			return false
		}
	}
	return len(r.Files) > 0
}

// Size returns the bytes of all Files, 0 if they are not known.
func (r DataRow) Size() int64 {
	var n int64
	for _, f := range r.Files {
		n += f.Size
	}
	return n
}

// hint says how the data set is loaded.
func (r DataRow) hint() string {
	if r.Go != "" {
		return r.Go
	}
	return fmt.Sprintf("nb.Folder(%q); fusiform inspect says which line reads a file of it", r.Name)
}

// String describes the data set in a few lines: what it is, where it comes
// from, its licence, whom to cite, its size, and how it is loaded.
func (r DataRow) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n  source: %s\n  licence: %s\n  cite: %s", r.Name, r.About, r.Source, r.License, r.Cite)
	switch n := len(r.Files); {
	case r.Unchecked:
		fmt.Fprintf(&b, "\n  %s", unchecked)
	case n > 0:
		fmt.Fprintf(&b, "\n  size: %s, %s", count(n, "file"), bytesOf(r.Size()))
	}
	fmt.Fprintf(&b, "\n  in Go: %s", r.hint())
	return b.String()
}

const unchecked = "unchecked: nobody could compare its files here"

// count writes "1 file", "3 files".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// bytesOf writes a size for people.
func bytesOf(n int64) string {
	switch {
	case n < 100_000:
		return count(int(n), "byte")
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
