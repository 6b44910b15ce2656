package catalog

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// localDataFile holds a user's own data sets, in DataDir.
const localDataFile = "datasets.json"

// What a datasets.json may hold.
const (
	maxLocalFiles = 200_000 // of all rows
	maxTerms      = 20_000  // bytes
)

// LocalData lists the data sets that a user or a lab adds to the catalog, in
// the file datasets.json of DataDir; none if there is no such file. It says
// three kinds of things:
//
//	{"datasets": [
//	  {"name": "nsd", "at": "/data/nsd"},
//	  {"name": "floc", "mirrors": ["https://example.org/floc"]},
//	  {"name": "our_faces", "folder": "images/our_faces", "loader": "images",
//	   "files": [{"path": "face/01.png", "size": 20511, "sha256": "9f86…0a08",
//	              "urls": ["https://example.org/01.png"]}],
//	   "about": "our own faces", "cite": "…", "source": "…", "license": "…",
//	   "terms": "for our lab alone"}
//	]}
//
// A row with the name of a data set of this program has "at", the absolute
// path of a folder that the user has already and that is used in place of the
// data set's own, or "mirrors", addresses of folders below which its files
// lie; or both.
//
// Any other row is a data set of the user's. Its name is of lower-case letters,
// digits, dots, hyphens and underscores, its folder lies below DataDir (or "at"
// names one elsewhere), and "loader" is "images" for a folder that
// dataset.Images reads and Stimuli gives, "csv", "npy", "mat" or "nifti" for
// one file of that kind, or "folder" (the same as none). "files" are what belongs into
// it; with "urls", or "mirrors" for all, `fusiform fetch` brings them. "archives" are
// files that hold others, with "strip" leading elements of paths to be dropped
// (Archive). "terms" must be accepted before the folder opens; "what" and "get"
// tell the reader what belongs there and how to come by it.
//
// No path but "at" leaves DataDir. A file with a fault adds nothing, and the
// error says in which line it is. The file is data: nothing in it is run.
func LocalData() ([]DataRow, error) {
	l, err := readLocalData()
	return l.rows, err
}

// localData is what a datasets.json adds.
type localData struct {
	rows    []DataRow
	mirrors map[string][]string // of this program's data sets
	at      map[string]string

	own     []DataRow       // ownData
	named   map[string]bool // names that stood above
	folders map[string]string
	files   int
}

func newLocalData() *localData {
	l := &localData{mirrors: map[string][]string{}, at: map[string]string{}, named: map[string]bool{}, folders: map[string]string{"models": "the networks"}, own: ownData()}
	for _, r := range l.own {
		l.folders[fold(r.Folder)] = r.Name
	}
	delete(l.folders, "")
	return l
}

func readLocalData() (localData, error) {
	l := newLocalData()
	if err := readList(localDataFile, "datasets", l.add); err != nil {
		return localData{}, err
	}
	return *l, nil
}

// parseLocalData reads a datasets.json. Its errors begin with the line.
func parseLocalData(data []byte) (localData, error) {
	l := newLocalData()
	if err := parseList(data, "datasets", l.add); err != nil {
		return localData{}, err
	}
	return *l, nil
}

// A localDataRow is a row of datasets.json.
type localDataRow struct {
	Name     string         `json:"name"`
	Folder   string         `json:"folder"`
	At       string         `json:"at"`
	Mirrors  []string       `json:"mirrors"`
	Loader   string         `json:"loader"`
	Files    []localFileRow `json:"files"`
	Archives []localArchive `json:"archives"`
	About    string         `json:"about"`
	What     string         `json:"what"`
	Cite     string         `json:"cite"`
	Source   string         `json:"source"`
	License  string         `json:"license"`
	Terms    string         `json:"terms"`
	Get      string         `json:"get"`
}

type localFileRow struct {
	Path   string   `json:"path"`
	Size   int64    `json:"size"`
	SHA256 string   `json:"sha256"`
	URLs   []string `json:"urls"`
}

type localArchive struct {
	localFileRow
	Strip int `json:"strip"`
}

var dataName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// add checks a row and adds it.
func (l *localData) add(r localDataRow) error {
	i := slices.IndexFunc(l.own, func(o DataRow) bool { return o.Name == r.Name })
	if i < 0 && !localName.MatchString(r.Name) {
		return fmt.Errorf("the name %q is not that of a data set of this program, and not of 1 to 64 lower-case letters, digits, dots, hyphens and underscores", r.Name)
	}
	err := r.check()
	switch {
	case err != nil:
	case slices.ContainsFunc(models, func(m ModelRow) bool { return m.Name == r.Name }):
		err = errors.New("is the name of a network")
	case l.named[r.Name]:
		err = errors.New("stands twice")
	case i >= 0:
		err = l.addTo(l.own[i], r)
	default:
		err = l.addOwn(r)
	}
	if err != nil {
		return fmt.Errorf("data set %q: %w", r.Name, err)
	}
	l.named[r.Name] = true
	return nil
}

// check says what is wrong with what all rows may have.
func (r localDataRow) check() error {
	if err := checkText(maxText, r.Folder, r.At, r.Loader, r.About, r.What, r.Cite, r.Source, r.License, r.Get); err != nil {
		return err
	}
	if err := checkText(maxTerms, strings.ReplaceAll(r.Terms, "\n", "")); err != nil {
		return err
	}
	if r.At != "" && (!filepath.IsAbs(r.At) || filepath.Clean(r.At) != r.At) {
		return fmt.Errorf("at %q is not an absolute path, without . and .. and without / at its end", r.At)
	}
	if len(r.Mirrors) > maxURLs {
		return fmt.Errorf("has %d mirrors, more than %d", len(r.Mirrors), maxURLs)
	}
	for _, m := range r.Mirrors {
		if err := checkURL(m); err != nil {
			return err
		}
		if u, err := url.Parse(m); err != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			return fmt.Errorf("its mirror %q is not the address of a folder: it has a ? or a #", m)
		}
	}
	return nil
}

// addTo adds what a row says of a data set of this program.
func (l *localData) addTo(own DataRow, r localDataRow) error {
	switch {
	case r.Folder+r.Loader+r.About+r.What+r.Cite+r.Source+r.License+r.Terms+r.Get != "" || r.Files != nil || r.Archives != nil:
		return errors.New(`is one of this program's: give "at" or "mirrors" alone, or another name`)
	case own.Folder == "":
		return errors.New("is drawn by this program: it has no files")
	case r.At == "" && len(r.Mirrors) == 0:
		return errors.New(`says nothing: give "at" or "mirrors"`)
	case len(r.Mirrors) > 0 && own.Unchecked:
		return errors.New(`has no checksums here, so nothing of it is fetched: give "at", the folder where you have it`)
	}
	l.mirrors[r.Name] = r.Mirrors
	if r.At != "" {
		l.at[r.Name] = r.At
	}
	return nil
}

// addOwn adds a data set of the user's.
func (l *localData) addOwn(r localDataRow) error {
	switch {
	case r.License == "" || r.Cite == "":
		return errors.New(`needs license and cite; "unknown" is an answer`)
	case r.Folder == "" && r.At == "":
		return errors.New("has no folder: where its files are below the data folder")
	case len(r.Archives) > 0 && len(r.Files) == 0:
		return errors.New("has archives and no files: list the files that are unpacked, so that they can be checked")
	}
	row := DataRow{Name: r.Name, Folder: r.Folder, At: r.At, About: r.About, What: r.What, Cite: r.Cite, Source: r.Source, License: r.License,
		Terms: strings.TrimSpace(r.Terms), Get: r.Get}
	if row.Folder == "" {
		row.Folder = r.Name
	}
	if row.What == "" {
		row.What = "its files"
	}
	if row.Source == "" {
		row.Source = localDataFile
	}
	if err := l.claim(row.Folder, r.Name); err != nil {
		return err
	}
	var err error
	if row.load, row.Go, err = loader(r.Loader, r.Name); err != nil {
		return err
	}
	if l.files += len(r.Files) + len(r.Archives); l.files > maxLocalFiles {
		return fmt.Errorf("with it there are more than %d files", maxLocalFiles)
	}
	taken := map[string]bool{}
	for _, f := range r.Files {
		file, err := f.check(taken)
		if err != nil {
			return err
		}
		row.Files = append(row.Files, file)
	}
	for _, a := range r.Archives {
		file, err := a.check(taken)
		if err != nil {
			return err
		}
		if a.Strip < 0 || a.Strip > 32 {
			return fmt.Errorf("archive %q: strip is %d, expected 0 to 32", a.Path, a.Strip)
		}
		row.Archives = append(row.Archives, Archive{File: file, Strip: a.Strip})
	}
	if err := checkTree(taken); err != nil {
		return err
	}
	if len(r.Archives) == 0 {
		mirror(row.Files, r.Mirrors)
	}
	for i := range row.Archives {
		row.Archives[i].URLs = append(resolved(r.Mirrors, row.Archives[i].Path), row.Archives[i].URLs...)
	}
	l.rows = append(l.rows, row)
	return nil
}

// claim takes a folder for a data set: it is in no other's, and holds no other's.
func (l *localData) claim(folder, name string) error {
	if err := checkPath(folder); err != nil {
		return err
	}
	lower := fold(folder)
	top, _, _ := strings.Cut(lower, "/")
	for _, reserved := range []string{localFile, localDataFile, acceptedFile} {
		if top == reserved {
			return fmt.Errorf("folder %q: %s is a file of the data folder", folder, reserved)
		}
	}
	for _, other := range slices.Sorted(maps.Keys(l.folders)) {
		if lower == other || strings.HasPrefix(lower, other+"/") || strings.HasPrefix(other, lower+"/") {
			return fmt.Errorf("folder %q is, holds or lies in that of %s, %q", folder, l.folders[other], other)
		}
	}
	l.folders[lower] = name
	return nil
}

// loader returns what loads a data set of the user's, and the line of Go for it.
func loader(kind, name string) (func(string) (analysis.Stimuli, error), string, error) {
	folder := fmt.Sprintf("nb.Must(nb.Folder(%q))", name)
	switch kind {
	case "images":
		return dataset.Images, fmt.Sprintf("nb.Data(%q)", name), nil
	case "csv":
		return nil, "dataset.CSV(" + folder + ` + "/FILE.csv")`, nil
	case "npy":
		return nil, "dataset.ReadNPY(" + folder + ` + "/FILE.npy")`, nil
	case "mat":
		return nil, "dataset.ReadMAT(" + folder + ` + "/FILE.mat")`, nil
	case "nifti":
		return nil, "dataset.OpenNIfTI(" + folder + ` + "/FILE.nii.gz")`, nil
	case "folder", "":
		return nil, "", nil
	}
	return nil, "", fmt.Errorf(`loader %q is none of "images", "csv", "npy", "mat", "nifti" and "folder"`, kind)
}

// check returns the file that a row describes.
func (f localFileRow) check(taken map[string]bool) (File, error) {
	fail := func(format string, args ...any) (File, error) {
		return File{}, fmt.Errorf("file %.80q: %w", f.Path, fmt.Errorf(format, args...))
	}
	if err := checkPath(f.Path); err != nil {
		return fail("%w", err)
	}
	sha := strings.ToLower(f.SHA256)
	if b, err := hex.DecodeString(sha); err != nil || len(b) != 32 {
		return fail("sha256 %.80q is not 64 hexadecimal digits", f.SHA256)
	}
	if f.Size < 0 || f.Size > maxFetch || (f.Size == 0) != (sha == emptySum) {
		return fail("size is %d; give the file's bytes", f.Size)
	}
	if err := checkURLs(f.URLs); err != nil {
		return fail("%w", err)
	}
	name := fold(f.Path)
	if taken[name] {
		return fail("stands twice (capitals are not told apart everywhere)")
	}
	taken[name] = true
	return File{Path: f.Path, Size: f.Size, SHA256: sha, URLs: f.URLs}, nil
}

// checkTree says if a path is a file and a folder of other files at once.
func checkTree(paths map[string]bool) error {
	for p := range paths {
		for i, c := range p {
			if c == '/' && paths[p[:i]] {
				return fmt.Errorf("file %.80q is the folder of another, %.80q", p[:i], p)
			}
		}
	}
	return nil
}

// checkPath says what is wrong with a path of a row: that it leaves the
// folder, is hidden, or is no name on some system.
func checkPath(rel string) error {
	if err := checkRel(rel); err != nil {
		return err
	}
	if err := checkText(maxText, rel); err != nil {
		return err
	}
	for _, part := range strings.Split(rel, "/") {
		if strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.HasPrefix(part, " ") {
			return fmt.Errorf("its file %.80q has a name that begins or ends with a space or ends with a dot, which not every system takes", rel)
		}
		base, _, _ := strings.Cut(part, ".")
		if device.MatchString(strings.TrimSpace(base)) {
			return fmt.Errorf("its file %.80q has a name that is a device on Windows, %q", rel, base)
		}
		if len(part) > 255 {
			return fmt.Errorf("its file %.80q has a name of more than 255 bytes", rel)
		}
	}
	return nil
}

// device matches what Windows takes for a device, in any folder and with any
// extension.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$`)

// mirror adds addresses below the bases to files, before their own.
func mirror(files []File, bases []string) {
	for i := range files {
		files[i].URLs = append(resolved(bases, files[i].Path), files[i].URLs...)
	}
}

// resolved returns the addresses of a path below bases.
func resolved(bases []string, path string) []string {
	var out []string
	for _, b := range bases {
		u := strings.TrimSuffix(b, "/")
		for _, part := range strings.Split(path, "/") {
			u += "/" + url.PathEscape(part)
		}
		out = append(out, u)
	}
	return out
}
