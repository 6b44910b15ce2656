package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

// fetchData shows a data set, asks for its terms to be accepted, and brings
// it, if an address is known; one that is here already is used in place.
func (j fetching) fetchData(ctx context.Context, f catalog.Fetcher, row catalog.DataRow) error {
	if row.Folder == "" {
		return fmt.Errorf("%s is drawn by this program: there is nothing to fetch", row.Name)
	}
	fmt.Fprintln(j.stdout, row)
	if row.Get != "" {
		fmt.Fprintf(j.stdout, "  how to get it: %s\n", row.Get)
	}
	if err := j.terms(ctx, row); err != nil {
		return err
	}
	if !row.CanFetch() {
		dir, err := row.Dir()
		var missing *catalog.MissingError
		switch {
		case errors.As(err, &missing):
			missing.How = "" // that is this command
			return fmt.Errorf("%w. If you have it in another folder, name that in %s: {\"datasets\": [{\"name\": %q, \"at\": \"/path/of/the/folder\"}]}",
				err, filepath.Join(catalog.DataDir(), "datasets.json"), row.Name)
		case err != nil:
			return err
		}
		fmt.Fprintf(j.stdout, "  is used in place at %s", dir)
		if len(row.Files) > 0 {
			fmt.Fprintf(j.stdout, "; fusiform fetch -check %s compares it with the catalog", row.Name)
		}
		fmt.Fprintln(j.stdout)
		return nil
	}
	m := j.meter(row.Name)
	dir, err := f.Data(analysis.WithProgress(ctx, m.report), row)
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(j.stdout, "  is whole (%s, each with its SHA-256) at %s\n", files(len(row.Files)), dir)
	return nil
}

// terms shows the terms of a data set and sees to it that they are accepted.
func (j fetching) terms(ctx context.Context, row catalog.DataRow) error {
	err := row.Accepted()
	var open *catalog.TermsError
	switch {
	case row.Terms == "":
		return nil
	case err == nil:
		fmt.Fprintf(j.stdout, "  terms: accepted, as %s says\n", filepath.Join(catalog.DataDir(), "accepted.json"))
		return nil
	case !errors.As(err, &open):
		return err
	}
	again := ""
	if open.Changed {
		again = ", which have changed since they were accepted"
	}
	fmt.Fprintf(j.stdout, "  terms%s:\n%s", again, indented(row.Terms))
	switch {
	case slices.Contains(j.accept, row.Name):
	case !j.asks:
		return fmt.Errorf("nobody has accepted the terms of %s, which are shown above; who does, says so: fusiform fetch -accept %s", row.Name, row.Name)
	default:
		fmt.Fprintf(j.stdout, "Type %s to accept these terms, or anything else to leave it: ", row.Name)
		answer, err := j.line(ctx)
		if err != nil {
			return err
		}
		if answer != row.Name {
			return fmt.Errorf("the terms of %s were not accepted, and nothing was done; to accept them without being asked: fusiform fetch -accept %s", row.Name, row.Name)
		}
	}
	if err := row.Accept(); err != nil {
		return err
	}
	fmt.Fprintf(j.stdout, "  accepted; %s says so\n", filepath.Join(catalog.DataDir(), "accepted.json"))
	return nil
}

// indented sets the lines of a text four columns in.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	return b.String()
}

// line reads what somebody types, unless ctx ends first.
func (j fetching) line(ctx context.Context) (string, error) {
	typed := make(chan string, 1)
	go func() { // which goes on reading after an interrupt: the process ends then
		s, _ := bufio.NewReader(j.in).ReadString('\n')
		typed <- strings.TrimSpace(s)
	}()
	select {
	case s := <-typed:
		return s, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// maxShown is how many files a check names.
const maxShown = 20

// checkData compares a data set with the catalog, file by file.
func (j fetching) checkData(ctx context.Context, row catalog.DataRow) error {
	switch {
	case row.Folder == "":
		return fmt.Errorf("%s is drawn by this program: there is nothing to check", row.Name)
	case len(row.Files) == 0:
		where := "is not here"
		if dir, err := row.Dir(); err == nil {
			where = "is used as it is at " + dir
		}
		return fmt.Errorf("the catalog does not know what the files of %s should be, so there is nothing to compare them with; it %s", row.Name, where)
	}
	m := j.meter(row.Name)
	r, err := row.Verify(analysis.WithProgress(ctx, m.report))
	m.end()
	if err != nil {
		return err
	}
	if len(r.Whole) == 0 && len(r.Different) == 0 {
		if _, err := row.Dir(); err != nil {
			return err
		}
		return fmt.Errorf("none of the %s of %s is at %s", files(len(row.Files)), row.Name, r.Dir)
	}
	for i, f := range r.Absent {
		if i == maxShown {
			fmt.Fprintf(j.stdout, "  … and %s more\n", files(len(r.Absent)-i))
			break
		}
		fmt.Fprintf(j.stdout, "  not there: %s\n", f.Path)
	}
	for i, d := range r.Different {
		if i == maxShown {
			fmt.Fprintf(j.stdout, "  … and %s more\n", files(len(r.Different)-i))
			break
		}
		fmt.Fprintf(j.stdout, "  differs: %s: %v\n", d.Path, d.Err)
	}
	if n := beside(r.Dir, row.Files); n > 0 {
		fmt.Fprintf(j.stdout, "  beside them: %s that the catalog does not know\n", files(n))
	}
	if len(r.Absent)+len(r.Different) > 0 {
		return fmt.Errorf("%s at %s: of %s, %d are the catalog's, %d differ and %d are not there", row.Name, r.Dir, files(len(row.Files)), len(r.Whole), len(r.Different), len(r.Absent))
	}
	fmt.Fprintf(j.stdout, "%s is whole (%s, %s, each with its SHA-256) at %s\n", row.Name, files(len(r.Whole)), megabytes(row.Size()), r.Dir)
	return nil
}

// beside counts the files of a folder that are not among those, hidden ones
// left out.
func beside(dir string, known []catalog.File) int {
	among := map[string]bool{}
	for _, f := range known {
		among[f.Path] = true
	}
	n := 0
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch rel, _ := filepath.Rel(dir, path); {
		case err != nil || rel == ".":
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && !among[filepath.ToSlash(rel)]:
			n++
		}
		return nil
	})
	return n
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
