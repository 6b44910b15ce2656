package catalog

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in place of a list of data sets is refused: it would be waited for.
func TestPipeForList(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	if err := syscall.Mkfifo(filepath.Join(dir, localDataFile), 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := LocalData(); err == nil || !strings.HasSuffix(err.Error(), "datasets.json is not a file") {
		t.Error(err)
	}
}
