package kernel

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRegister executes a notebook as other programs do: with Jupyter's own
// client, which knows nothing of the lab.
func TestRegister(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a cell in the kernel")
	}
	data := t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", data)
	l := Lab{Out: t.Output()}
	path, err := l.Register(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(data, "kernels", "fusiform", "kernel.json"); path != want {
		t.Errorf("registered in %s, want %s", path, want)
	}
	p, err := l.place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	nb := write(t, filepath.Join(dir, "nb.ipynb"), `{"nbformat": 4, "nbformat_minor": 4, "metadata": {"kernelspec": {"name": "fusiform", "display_name": "x", "language": "go"}},
		"cells": [{"cell_type": "code", "source": "%%\nfmt.Println(6 * 7)", "metadata": {}, "outputs": [], "execution_count": null}]}`, 0o644)
	out, err := exec.CommandContext(t.Context(), p.interpreter(), "-m", "jupyter", "execute", "--inplace", nb).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	done, err := os.ReadFile(nb)
	if err != nil || !json.Valid(done) || !strings.Contains(string(done), "42") {
		t.Errorf("%v: %s", err, done)
	}

	if gone, err := l.Unregister(t.Context()); err != nil || gone != filepath.Dir(path) || exists(path) {
		t.Errorf("removed %q, %v", gone, err)
	}
	if gone, err := l.Unregister(t.Context()); err != nil || gone != "" {
		t.Errorf("removed %q, %v, when there was none", gone, err)
	}
	write(t, path, `{"display_name": "somebody's"}`, 0o644)
	if _, err := l.Unregister(t.Context()); err == nil || !exists(path) {
		t.Errorf("a kernel of somebody else's: %v", err)
	}
}

// TestPapermill needs a Python with papermill, nbmake, and the plugin of this
// folder (pip install papermill nbmake ./nbext/kernel/papermill), named in
// FUSIFORM_PAPERMILL.
func TestPapermill(t *testing.T) {
	python := os.Getenv("FUSIFORM_PAPERMILL")
	if python == "" || testing.Short() {
		t.Skip("set FUSIFORM_PAPERMILL to a Python with papermill, nbmake and the plugin")
	}
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	if _, err := (Lab{Out: t.Output()}).Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	nb := write(t, filepath.Join(dir, "nb.ipynb"), `{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "fusiform", "display_name": "x", "language": "go"}, "language_info": {"name": "go"}}, "cells": [
		{"cell_type": "code", "source": "var cut = 7.0 // t\nvar people = []string{\"S1\"}\nvar twice = 2*cut", "metadata": {"tags": ["parameters"]}, "id": "b", "outputs": [], "execution_count": null},
		{"cell_type": "code", "source": "%%\nfmt.Printf(\"%v %v %q\\n\", cut, twice, people)", "metadata": {}, "id": "d", "outputs": [], "execution_count": null}]}`, 0o644)
	done := filepath.Join(dir, "done.ipynb")
	for _, args := range [][]string{
		{"-m", "papermill", nb, done, "-p", "cut", "5.0", "-y", `{people: ["\"é\n", "<b>"]}`},
		{"-m", "papermill", "--help-notebook", nb},
		{"-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake", nb},
	} {
		out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", args, err, out)
		}
	}
	got, err := readNotebook(done)
	if err != nil {
		t.Fatal(err)
	}
	last := got.Cells[len(got.Cells)-1]
	if want := "5 10 [\"\\\"é\\n\" \"<b>\"]\n"; len(last.Outputs) != 1 || string(last.Outputs[0].Text) != want {
		t.Errorf("got %+v, want %q", last.Outputs, want)
	}
}
