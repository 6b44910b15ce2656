package nbext

import (
	"path/filepath"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

// Data returns the stimuli of a data set by its name in the catalog: "drawn",
// "drawn2" and "drawn-test" are drawn by Fusiform itself; "floc", "murty185"
// and "kriegeskorte92" are read from the data folder (FUSIFORM_DATA), or from
// where datasets.json in it says, as are a lab's own (catalog.LocalData).
//
// It fails with a *catalog.MissingError, which says what to put where, if the
// files are not there, with a *catalog.TermsError, which shows the terms, if
// nobody has accepted them, and names the nearest data sets if there is none of
// that name.
func Data(name string) (analysis.Stimuli, error) {
	s, err := catalog.Stimuli(name)
	if err == nil {
		used.data(name, s)
	}
	return s, err
}

// Folder returns the folder of a data set by its name, such as
// "vpnl_floc_rsms", or the path of a folder below the data folder, such as
// "brain/vpnl_floc_rsms". It fails with a *catalog.MissingError, or with a
// *catalog.TermsError.
func Folder(rel string) (string, error) {
	path, err := catalog.Folder(rel)
	if err == nil {
		used.folder(filepath.ToSlash(filepath.Clean(rel)), path)
	}
	return path, err
}
