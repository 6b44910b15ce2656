package catalog

import (
	"embed"
	"encoding/hex"
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
	files, err := parseManifest(string(text))
	if err != nil { // a test reads them all
		panic(fmt.Sprintf("catalog: the manifest of %s: %v", name, err))
	}
	return files
}

// parseManifest reads lines as sha256sum writes them, with the size in between:
//
//	7a005dea…e1237  16643  adult/adult-001.jpg
//
// The parts are separated by two spaces; the path may have spaces. Empty lines
// are passed over. Its errors begin with the line.
func parseManifest(text string) ([]File, error) {
	var files []File
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		fail := func(format string, args ...any) ([]File, error) {
			return nil, fmt.Errorf("line %d: %w", i+1, fmt.Errorf(format, args...))
		}
		part := strings.SplitN(line, "  ", 3)
		if len(part) != 3 {
			return fail("expected SHA-256, size and path, two spaces between them: %.80q", line)
		}
		size, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil || size < 0 || part[1] != strconv.FormatInt(size, 10) {
			return fail("the size %.40q is not a number of bytes", part[1])
		}
		if b, err := hex.DecodeString(part[0]); err != nil || len(b) != 32 || strings.ToLower(part[0]) != part[0] {
			return fail("%.80q is not a SHA-256 (64 hexadecimal digits, lower case)", part[0])
		}
		if err := checkPath(part[2]); err != nil {
			return fail("%w", err)
		}
		if folded := fold(part[2]); seen[folded] {
			return fail("the path %q stands twice", part[2])
		} else {
			seen[folded] = true
		}
		files = append(files, File{Path: part[2], Size: size, SHA256: part[0]})
	}
	return files, nil
}
