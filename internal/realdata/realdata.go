// Package realdata is how tests find the real data, which are no part of the
// project: in the folder that FUSIFORM_DATA names.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Folder returns the path of rel, "images/floc" say, in the data folder; an
// empty rel gives the folder itself. Without a data folder the test is
// skipped, with the reason; in CI it fails.
func Folder(t testing.TB, rel string) string {
	t.Helper()
	dir := os.Getenv("FUSIFORM_DATA")
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("FUSIFORM_DATA is not set")
		}
		t.Skipf("needs the real data (%s): set FUSIFORM_DATA to their folder", filepath.Join("FUSIFORM_DATA", rel))
	}
	return filepath.Join(dir, filepath.FromSlash(rel))
}
