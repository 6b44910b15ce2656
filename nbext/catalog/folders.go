package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	dataVariable  = "FUSIFORM_DATA"
	cacheVariable = "FUSIFORM_CACHE"
)

// DataDir returns the folder of the data sets and networks: FUSIFORM_DATA, or
// else fusiform-data in the home directory. It need not exist.
func DataDir() string {
	if dir := os.Getenv(dataVariable); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "fusiform-data"
	}
	return filepath.Join(home, "fusiform-data")
}

// CacheDir returns the folder of computed responses: FUSIFORM_CACHE, or else
// fusiform in the user's cache directory. It need not exist. It fails if
// neither is known.
func CacheDir() (string, error) {
	if dir := os.Getenv(cacheVariable); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("catalog: no place for the cache: %w; set %s to a folder", err, cacheVariable)
	}
	return filepath.Join(dir, "fusiform"), nil
}

// Folder returns the folder of a data set by its name, as in "vpnl_floc_rsms",
// or the path of a folder below DataDir, as in "brain/vpnl_floc_rsms". A data
// set that lies elsewhere (DataRow.At) is found there by both, as are folders
// within it. It fails with a *MissingError if it is not there, with a
// *TermsError if it is that of a data set whose terms nobody here has accepted,
// and if name leaves DataDir.
func Folder(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("catalog: %q is not a path below the data folder", name)
	}
	clean := filepath.ToSlash(filepath.Clean(local))
	l, fault := readLocalData()
	var named error // why the data set of that name does not open
	for _, row := range l.all() {
		within, inside := "", row.Folder != "" && row.Folder == clean
		if rest, ok := strings.CutPrefix(clean, row.Folder+"/"); ok && row.Folder != "" {
			within, inside = rest, true
		}
		if !inside && (row.Name != clean || row.Folder == "") {
			continue
		}
		dir, err := l.complete(row).Dir()
		var missing *MissingError
		switch {
		case err == nil && within == "":
			return dir, nil
		case err == nil:
			return directory(filepath.Join(dir, filepath.FromSlash(within)), clean)
		case !errors.As(err, &missing):
			return "", err
		}
		named = err
	}
	path, err := directory(filepath.Join(DataDir(), local), clean)
	switch {
	case err != nil && named != nil:
		return "", named
	case err != nil && fault != nil:
		return "", fmt.Errorf("%w; so data sets of yours are not known, %q among them if it is one", fault, name)
	}
	return path, err
}

// directory returns path if there is a folder.
func directory(path, rel string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &MissingError{Name: rel, Rel: rel, Path: path, Err: err}
	case err != nil:
		return "", fmt.Errorf("catalog: %w", err)
	case !info.IsDir():
		return "", fmt.Errorf("catalog: %s is a file, expected a folder", path)
	}
	return path, nil
}

// find looks for a file or folder below DataDir.
func find(rel string) (fs.FileInfo, string, error) {
	local := filepath.FromSlash(rel)
	if !filepath.IsLocal(local) {
		return nil, "", fmt.Errorf("catalog: %q is not a path below the data folder", rel)
	}
	path := filepath.Join(DataDir(), local)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", &MissingError{Name: rel, Rel: rel, Path: path, Err: err}
	}
	if err != nil {
		return nil, "", fmt.Errorf("catalog: %w", err)
	}
	return info, path, nil
}

// A MissingError reports a data set or a network whose files are not on this
// machine. Nothing is wrong with the program: show Missing to the reader.
type MissingError struct {
	Name   string // what was asked for: "floc"
	Rel    string // where it belongs below DataDir: "images/floc"
	Path   string // where it was looked for
	What   string // what belongs there
	Source string // where that comes from
	Fetch  bool   // whether `fusiform fetch` can bring it
	How    string // the command that says how to come by it, where Fetch cannot: "fusiform fetch nsd"
	Err    error
}

// Missing says what to put where.
func (e *MissingError) Missing() string {
	what := e.What
	if what == "" {
		what = e.Name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not on this machine: put %s at %s", e.Name, what, e.Path)
	if dir := os.Getenv(dataVariable); dir != "" {
		fmt.Fprintf(&b, " (%s is %s)", dataVariable, dir)
	} else {
		fmt.Fprintf(&b, ", or set %s to the folder that holds %s", dataVariable, e.Rel)
	}
	if e.Fetch {
		fmt.Fprintf(&b, ", or fetch it: fusiform fetch %s", e.Name)
	} else if e.How != "" {
		fmt.Fprintf(&b, "; %s says how to come by it, and how to use a folder that you have elsewhere", e.How)
	}
	if e.Source != "" {
		fmt.Fprintf(&b, "; source: %s", e.Source)
	}
	return b.String()
}

func (e *MissingError) Error() string { return "catalog: " + e.Missing() }

func (e *MissingError) Unwrap() error { return e.Err }
