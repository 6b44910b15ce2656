package kernel

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	pngBytes = "\x89PNG\r\n\x1a\nnot really"
	inner    = `<svg width="1"><svg/><svg><g/></svg></svg>`
)

// executed is an executed notebook with figures of every kind.
func executed(t *testing.T) *notebook {
	t.Helper()
	b64 := base64.StdEncoding.EncodeToString([]byte(pngBytes))
	display := func(data map[string]any) any {
		return map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": data}
	}
	code := func(source any, outputs ...any) any {
		return map[string]any{"cell_type": "code", "source": source, "outputs": append([]any{}, outputs...)}
	}
	js, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{}, "cells": []any{
		map[string]any{"cell_type": "markdown", "source": "# not counted"},
		code("  \n"),
		map[string]any{"cell_type": "code", "source": "// Parameters", "metadata": map[string]any{"tags": []string{"injected-parameters"}}, "outputs": []any{}}, // nor this
		code([]string{"%%\n", "nb.Show()"},
			map[string]any{"output_type": "stream", "name": "stdout", "text": []string{"a\n", "b\n"}},
			display(map[string]any{"text/plain": "alt", "text/html": `<p><figure><img alt="1 > 0" src="data:image/png;base64,` + b64 + `"></figure>` +
				`<img src="https://elsewhere/x.png"><img src='data:image/svg+xml;utf8,%3Csvg%3E%3C/svg%3E'> ` + inner + `<svg unfinished>`})),
		code("x", display(map[string]any{
			"image/png": []string{b64[:4] + "\n", b64[4:]}, "image/svg+xml": `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`,
			"text/html": `<svg>the same</svg>`}),
			display(map[string]any{"image/png": "not base64!", "text/html": []string{}}),
			display(map[string]any{"image/jpeg": base64.StdEncoding.EncodeToString([]byte("jpeg"))})),
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(t.TempDir(), "x.ipynb"), string(js), 0o644)
	nb, err := readNotebook(path)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func TestWriteFigures(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "nb-07-1.png"), "of an earlier run", 0o644)
	write(t, filepath.Join(dir, "nb-07-1-mine.png"), "somebody's", 0o644)
	paths, texts, err := writeFigures(executed(t), dir, "nb")
	if err != nil {
		t.Fatal(err)
	}
	const space = ` xmlns="http://www.w3.org/2000/svg"`
	want := map[string]string{
		"nb-01-1.png":      pngBytes,
		"nb-01-2.svg":      `<svg` + space + `></svg>`,
		"nb-01-3.svg":      `<svg` + space + inner[4:],
		"nb-02-1.png":      pngBytes,
		"nb-02-1.svg":      `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`,
		"nb-02-2.jpg":      "jpeg",
		"nb-07-1-mine.png": "somebody's",
	}
	got := map[string]string{}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name()] = string(data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(paths) != len(want)-1 || paths[0] != filepath.Join(dir, "nb-01-1.png") {
		t.Errorf("paths: %v", paths)
	}
	if diff := cmp.Diff([]string{"alt", "alt", "alt", "", "", ""}, texts); diff != "" {
		t.Error(diff)
	}
}

func FuzzImagesInHTML(f *testing.F) {
	f.Add(`<img src="data:image/png;base64,AAAA">`)
	f.Add(inner + "<svg><svg></svg>")
	f.Add(`<IMG alt='>' src='data:image/svg+xml,%3Csvg'><svg/>`)
	f.Fuzz(func(t *testing.T, page string) {
		for _, forms := range imagesInHTML(page) {
			if len(forms) != 1 || forms[0].ext == "" {
				t.Errorf("%q: %v", page, forms)
			}
		}
	})
}

func TestReadNotebookRejects(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                        "is not a notebook",
		`{"nbformat": 4, "cells"`: "is not a notebook",
		`{"nbformat": 3}`:         "format 4 (nbformat is 3)",
		`{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}`: "is not a notebook",
	} {
		if _, err := readNotebook(write(t, filepath.Join(dir, "x.ipynb"), text, 0o644)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestRunRejects(t *testing.T) {
	dir := t.TempDir()
	goNotebook := write(t, filepath.Join(dir, "a", "nb.ipynb"), `{"nbformat": 4, "metadata": {"kernelspec": {"language": "go"}}}`, 0o644)
	twin := write(t, filepath.Join(dir, "b", "nb.ipynb"), `{"nbformat": 4}`, 0o644)
	python := write(t, filepath.Join(dir, "py.ipynb"), `{"nbformat": 4, "metadata": {"language_info": {"name": "python"}}}`, 0o644)
	for _, c := range []struct {
		notebooks []string
		out, want string
	}{
		{nil, dir, "no notebook"},
		{[]string{filepath.Join(dir, "none.ipynb")}, dir, "no such file"},
		{[]string{python}, "out", "is a notebook in python, not in Go"},
		{[]string{goNotebook, twin}, "out", "would both be written to"},
		{[]string{goNotebook}, filepath.Join(dir, "a"), "would replace its source"},
	} {
		if _, err := (Lab{Checkout: dir}).Run(t.Context(), c.notebooks, c.out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.notebooks, err, c.want)
		}
	}
}

func TestCellError(t *testing.T) {
	for _, c := range []struct {
		event event
		want  string
	}{
		{event{Kind: "error", Value: "exit status 1", Stderr: "error: no \x1b[7mstimuli\x1b[0m\nexit status 1\n", Traceback: "exit status 1"}, "nb.ipynb, cell 3: error: no stimuli"},
		{event{Kind: "error", Value: "exit status 2", Traceback: "exit status 2"}, "nb.ipynb, cell 3: exit status 2"},
		{event{Kind: "error", Value: "exit status 1", Stderr: "error: no stimuli\n  at  \x1b[7m[[ Cell [3] Line 8 ]]\x1b[0m /tmp/gonb_684196d2/main.go:22\nexit status 1\n"},
			"nb.ipynb, cell 3: error: no stimuli\n  at cell 3, line 8"},
		{event{Kind: "error", Value: "go build", Traceback: "Cell[3]: Line 2\n\x1b[31mundefined: x\x1b[0m", Stderr: "noise"}, "nb.ipynb, cell 3: Cell[3]: Line 2\nundefined: x"},
		{event{Kind: "error", Name: "ERROR", Value: "bad"}, "nb.ipynb, cell 3: ERROR: bad"},
		{event{Kind: "timeout"}, "nb.ipynb, cell 3: still not done after 1m30s (-timeout)"},
		{event{Kind: "dead"}, "nb.ipynb, cell 3: the kernel died; a lack of memory is the usual reason"},
	} {
		c.event.Cell = 3
		if got := cellError("/some/nb.ipynb", c.event, 90*time.Second).Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// fakeLab is a place whose Python is a shell script that gets the job as $3
// and tells its events on descriptor 3.
func fakeLab(t *testing.T, commands string) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{venv: filepath.Join(dir, "python"), own: filepath.Join(dir, "own")}
	script(t, p.interpreter(), commands)
	return p
}

func TestExecute(t *testing.T) {
	p := fakeLab(t, `echo noise; case "$4" in *'"notebook":"x.ipynb"'*) ;; *) exit 9;; esac
echo '{"event":"start","cell":1,"of":2}' >&3
echo 'not JSON' >&3
echo '{"event":"failed","cell":1,"of":2,"kind":"timeout"}' >&3`)
	var got []string
	last, err := p.execute(t.Context(), job{Notebook: "x.ipynb"}, func(e event) { got = append(got, fmt.Sprint(e.Event, e.Cell)) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event{Event: "failed", Cell: 1, Of: 2, Kind: "timeout"}, last); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"start1", "failed1"}, got); diff != "" {
		t.Error(diff)
	}

	p = fakeLab(t, "echo 'ModuleNotFoundError: nbclient' >&2; exit 1")
	if _, err := p.execute(t.Context(), job{Notebook: "x.ipynb"}, func(event) {}); err == nil || !strings.Contains(err.Error(), "ModuleNotFoundError: nbclient") {
		t.Errorf("a script that breaks gave %v", err)
	}
	p = fakeLab(t, `echo '{"event":"start","cell":1,"of":2}' >&3`)
	if _, err := p.execute(t.Context(), job{Notebook: "x.ipynb"}, func(event) {}); err == nil || !strings.Contains(err.Error(), "stopped early") {
		t.Errorf("a script that stops early gave %v", err)
	}
}

func TestExecuteEndsWithItsContext(t *testing.T) {
	p := fakeLab(t, `echo '{"event":"start","cell":1,"of":1}' >&3; sleep 60`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	start := time.Now()
	_, err := p.execute(ctx, job{}, func(event) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestCellTeller(t *testing.T) {
	var out bytes.Buffer
	c := &cellTeller{teller: newTeller(&out), stem: "nb"}
	for _, e := range []event{{Event: "start", Cell: 1, Of: 2}, {Event: "done", Cell: 1, Of: 2}, {Event: "start", Cell: 2, Of: 2}, {Event: "stopped", Cell: 2, Of: 2}, {Event: "failed"}} {
		c.happened(e)
	}
	c.stop()
	want := "[0.0s] nb: cell 1 of 2: 0.0s\n[0.0s] nb: cell 2 of 2 failed after 0.0s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestImportAll(t *testing.T) {
	want := "import (\n\t\"fmt\"\n\t_ \"fusiform/analysis\"\n\t_ \"fusiform/nbext\"\n)\n\n%%\nfmt.Println(\"ready\")\n"
	if diff := cmp.Diff(want, importAll([]string{"fusiform/analysis", "fusiform/nbext"})); diff != "" {
		t.Error(diff)
	}
}
