package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// manifests hold what the files of this program's data sets are, one file for
// each, made by internal/reference/manifests.py.
//
//go:embed manifests/*.txt
var manifests embed.FS

// manifestOf returns the files of a data set of this program; none if it has
// no manifest.
func manifestOf(name string) []File {
	text, err := fs.ReadFile(manifests, path.Join("manifests", name+".txt"))
	if err != nil {
		return nil
	}
	files, err := readManifest(string(text))
	if err != nil { // a test reads them all, and checks them
		panic(fmt.Sprintf("catalog: the manifest of %s: %v", name, err))
	}
	return files
}

// readManifest reads lines as sha256sum writes them, with the size in between:
//
//	7a005dea…e1237  16643  adult/adult-001.jpg
//
// The parts are separated by two spaces; the path may have spaces. Empty lines
// are passed over. Its errors begin with the line.
func readManifest(text string) ([]File, error) {
	files := make([]File, 0, strings.Count(text, "\n"))
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			continue
		}
		sum, rest, found := strings.Cut(line, "  ")
		number, rel, also := strings.Cut(rest, "  ")
		if !found || !also {
			return nil, fmt.Errorf("line %d: expected SHA-256, size and path, two spaces between them: %.80q", n, line)
		}
		size, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: the size %.40q is not a number of bytes", n, number)
		}
		files = append(files, File{Path: rel, Size: size, SHA256: sum})
	}
	return files, nil
}
