package kernel

import (
	"path/filepath"
	"testing"
)

func TestFirstPage(t *testing.T) {
	with, without := t.TempDir(), t.TempDir()
	write(t, filepath.Join(with, quickStart), "{}", 0o644)
	write(t, filepath.Join(without, "a b.ipynb"), "{}", 0o644)
	for _, c := range []struct {
		open, root string
		opened     bool
		want       string
	}{
		{"", with, false, "/lab/tree/00-quickstart.ipynb"},
		{"", with, true, "/lab"},
		{"", without, false, "/lab"},
		{"a b.ipynb", without, true, "/lab/tree/a%20b.ipynb"},
		{"none.ipynb", with, false, ""},
		{"../x.ipynb", with, false, ""},
	} {
		got, err := Server{Open: c.open}.first(c.root, c.opened)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("open %q, opened before %v: %q, %v; want %q", c.open, c.opened, got, err, c.want)
		}
	}
	p := &place{own: t.TempDir()}
	if p.opened() {
		t.Error("a new lab has been open")
	}
	write(t, filepath.Join(p.config(), "lab", "workspaces", "default.jupyterlab-workspace"), "{}", 0o644)
	if !p.opened() {
		t.Error("a workspace is not seen")
	}
}
