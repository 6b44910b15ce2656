package kernel

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNewNotebook makes a notebook, runs it as it is, and with parameters.
func TestNewNotebook(t *testing.T) {
	dir := t.TempDir()
	path, err := NewNotebook(filepath.Join(dir, "02-face_units"))
	if err != nil || path != filepath.Join(dir, "02-face_units.ipynb") {
		t.Fatalf("%s, %v", path, err)
	}
	nb, err := readNotebook(path)
	if err != nil || nb.language() != "go" || len(nb.Cells) != 4 {
		t.Fatalf("%+v, %v", nb, err)
	}
	if got := string(nb.Cells[0].Source); got[:len("# Face units\n")] != "# Face units\n" {
		t.Errorf("the title is %q", got)
	}
	if _, err := NewNotebook(path); err == nil {
		t.Error("a notebook was overwritten")
	}
	if _, err := NewNotebook(filepath.Join(dir, "x.py")); err == nil || exists(filepath.Join(dir, "x.py")) {
		t.Error("made a notebook named x.py")
	}
	if odd, err := NewNotebook(filepath.Join(dir, `<script> "x`)); err != nil {
		t.Error(err)
	} else if nb, err := readNotebook(odd); err != nil || string(nb.Cells[0].Source)[:14] != `# \<script> "x` {
		t.Errorf("%v, %v", nb, err)
	}
	if testing.Short() {
		return
	}
	done, err := Lab{Out: t.Output(), Parameters: map[string]any{"cut": "8"}}.Run(t.Context(), []string{path}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(done[0].Figures) != 1 {
		t.Errorf("figures: %v", done[0].Figures)
	}
	if data, err := os.ReadFile(done[0].Page); err != nil || len(data) == 0 {
		t.Error(err)
	}
}
