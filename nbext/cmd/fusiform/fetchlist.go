package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fusiform/nbext/catalog"
)

// listCatalog lists networks and data sets, one a line: which are here, which
// can be fetched, and where the others come from.
func listCatalog(w io.Writer) error {
	fmt.Fprintln(w, "networks")
	for _, r := range catalog.Models() {
		fmt.Fprintf(w, "  %-20s %s [%s]\n", r.Name, modelState(r), r.License)
	}
	titles := []string{"images", "people, and what was published", "elsewhere: nobody could compare these files here, so they are used as they are and never fetched"}
	groups := make([][]catalog.DataRow, len(titles))
	groups[0] = catalog.DataSets()
	for _, r := range catalog.Tables() {
		if r.Unchecked {
			groups[2] = append(groups[2], r)
		} else {
			groups[1] = append(groups[1], r)
		}
	}
	for i, title := range titles {
		fmt.Fprintf(w, "\n%s\n", title)
		for _, r := range groups[i] {
			fmt.Fprintf(w, "  %-27s %s [%s]\n", r.Name, dataState(r), r.License)
		}
	}
	_, errModels := catalog.LocalModels()
	_, errData := catalog.LocalData()
	return errors.Join(errModels, errData)
}

// modelState says where a network is.
func modelState(r catalog.ModelRow) string {
	var missing *catalog.MissingError
	switch path, err := r.Path(); {
	case r.File == "":
		return "part of this program"
	case err == nil:
		return "here: " + path
	case !errors.As(err, &missing):
		return err.Error()
	case len(r.URLs) > 0:
		return "can be fetched, " + megabytes(r.Size)
	}
	return "not here; " + r.Source
}

// dataState says where a data set is, and whether it can be used.
func dataState(r catalog.DataRow) string {
	state := dataPlace(r)
	if r.Unchecked {
		state += "; unchecked"
	}
	return state
}

func dataPlace(r catalog.DataRow) string {
	if r.Folder == "" {
		return "drawn by this program"
	}
	dir, err := r.Dir()
	var missing *catalog.MissingError
	var terms *catalog.TermsError
	switch {
	case errors.As(err, &missing) && r.Unchecked && r.Terms != "":
		return "signed agreement needed: " + r.Source
	case errors.As(err, &missing) && r.CanFetch() && r.Terms != "":
		return "can be fetched, " + megabytes(r.Size()) + ", after accepting its terms"
	case errors.As(err, &missing) && r.CanFetch():
		return "can be fetched, " + megabytes(r.Size())
	case errors.As(err, &missing):
		return "not here; from " + r.Source
	case errors.As(err, &terms):
		return "here, but nobody has accepted its terms: fusiform fetch " + r.Name
	case err != nil:
		return err.Error()
	}
	n := 0
	for _, f := range r.Files {
		if st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(f.Path))); err == nil && st.Size() == f.Size {
			n++
		}
	}
	if n < len(r.Files) {
		return fmt.Sprintf("%d of its %s are here: %s", n, files(len(r.Files)), dir)
	}
	return "here: " + dir
}
