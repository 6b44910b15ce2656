package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fusiform/nbext/catalog"
)

// A lab is a data folder with a datasets.json, and a server that has its
// files: eight small pictures and a table, drawn with a seed.
type testLab struct {
	dir    string
	files  map[string][]byte
	asked  map[string]int
	server *httptest.Server
}

func newTestLab(t *testing.T, terms string) *testLab {
	t.Helper()
	l := &testLab{dir: t.TempDir(), files: map[string][]byte{}, asked: map[string]int{}}
	t.Setenv("FUSIFORM_DATA", l.dir)
	random := rand.New(rand.NewPCG(20261126, 8))
	for _, category := range []string{"face", "house"} {
		for i := range 4 {
			img := image.NewGray(image.Rect(0, 0, 16, 16))
			for j := range img.Pix {
				img.SetGray(j%16, j/16, color.Gray{Y: uint8(random.UintN(256))})
			}
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			l.files[fmt.Sprintf("%s/no %d.png", category, i+1)] = b.Bytes()
		}
	}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := l.files[strings.TrimPrefix(r.URL.Path, "/mirror/")]
		l.asked[r.URL.Path]++
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}))
	t.Cleanup(l.server.Close)
	l.write(t, terms)
	return l
}

// write writes the datasets.json.
func (l *testLab) write(t *testing.T, terms string) {
	t.Helper()
	var rows []string
	for path, body := range l.files {
		rows = append(rows, fmt.Sprintf(`{"path": %q, "size": %d, "sha256": %q}`, path, len(body), sha(body)))
	}
	text := fmt.Sprintf(`{"datasets": [{"name": "ours", "folder": "images/ours", "loader": "images", "mirrors": [%q], "files": [%s],
 "about": "faces and houses", "cite": "Us (2026)", "license": "CC0", "terms": %q},
 {"name": "table", "folder": "tables/t", "loader": "csv", "about": "a table that nobody has", "cite": "Us (2026)", "source": "our lab", "license": "CC0"}]}`,
		l.server.URL+"/mirror/", strings.Join(rows, ", "), terms)
	if err := os.WriteFile(filepath.Join(l.dir, "datasets.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// say runs the command with somebody who types that; "" is nobody.
func (l *testLab) say(ctx context.Context, typed string, args ...string) (stdout, stderr string, code int) {
	var out, bad bytes.Buffer
	j := fetching{in: strings.NewReader(typed), asks: typed != "", stdout: &out, stderr: &bad}
	code = status(ctx, j.run(ctx, args), &bad)
	return out.String(), bad.String(), code
}

// A data set is listed, shown, fetched after its terms were accepted, checked,
// and used.
func TestFetchDataCommand(t *testing.T) {
	l := newTestLab(t, "Be kind.\n\nTell nobody.")
	where := filepath.Join(l.dir, "images", "ours")
	for _, c := range []struct {
		typed, args    string
		status         int
		stdout, stderr string
	}{
		{"", "-list", 0, "\n  ours                        can be fetched, ", ""},
		{"", "-list", 0, ", after accepting its terms [CC0]", ""},
		{"", "-list", 0, "\n  table                       not here; from our lab [CC0]", ""},
		{"", "-list", 0, "\n  nsd                         signed agreement needed: naturalscenesdataset.org; unchecked [a signed agreement]", ""},
		{"", "-list ours", 2, "", "-list takes no names"},
		{"", "-check", 2, "", "which network or data set?"},
		{"", "-check -accept ours ours", 2, "", "-check accepts no terms"},
		{"", "-accept floc", 2, "", "-accept floc: it has no terms to accept"},
		{"", "-accept drawnet", 2, "", "-accept drawnet: it has no terms to accept"},
		{"", "ours orus", 1, "", `there is no network or data set "orus"; nearest: ours`},
		{"", "-check ours", 1, "", "ours is not on this machine"},
		{"", "table", 1, "  in Go: dataset.CSV(", `datasets.json: {"datasets": [{"name": "table", "at": "/path/of/the/folder"}]}`},
		{"", "-check table", 1, "", "does not know what the files of table should be, so there is nothing to compare them with; it is not here"},
		{"", "-check nsd", 1, "", "does not know what the files of nsd should be"},
		{"", "-check drawn", 1, "", "nothing to check"},
		{"", "-check drawnet", 1, "", "nothing to check"},
		{"", "ours", 1, "  terms:\n    Be kind.\n\n    Tell nobody.\n", "shown above; who does, says so: fusiform fetch -accept ours"},
		{"\n", "ours", 1, "Type ours to accept these terms", "were not accepted, and nothing was done"},
		{"yes\n", "ours", 1, "", "were not accepted, and nothing was done"},
		{"ours", "ours", 0, "  accepted; " + filepath.Join(l.dir, "accepted.json") + " says so\n  is whole (8 files, each with its SHA-256) at " + where, ""},
		{"", "ours", 0, "  terms: accepted, as ", ""},
		{"", "-list", 0, "\n  ours                        here: " + where + " [CC0]", ""},
		{"", "-check ours", 0, "ours is whole (8 files, ", ""},
	} {
		if c.typed == "yes\n" && len(l.asked) > 0 {
			t.Errorf("before the terms were accepted, the server was asked for %v", l.asked)
		}
		stdout, stderr, got := l.say(t.Context(), c.typed, strings.Fields(c.args)...)
		if got != c.status || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%q, fusiform fetch %s: status %d, want %d\nstdout: %s\nstderr: %s", c.typed, c.args, got, c.status, stdout, stderr)
		}
	}
	for path, body := range l.files {
		if got, err := os.ReadFile(filepath.Join(where, filepath.FromSlash(path))); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %v", path, err)
		}
	}
	s, err := catalog.Stimuli("ours")
	if err != nil || s.Len() != 8 {
		t.Error(s, err)
	}

	// The terms change: the folder closes, and fetch asks anew.
	l.write(t, "Be kind. Pay.")
	if _, err := catalog.Stimuli("ours"); err == nil || !strings.Contains(err.Error(), "have changed since they were accepted") {
		t.Error(err)
	}
	if stdout, _, _ := l.say(t.Context(), "", "-list"); !strings.Contains(stdout, "ours                        here, but nobody has accepted its terms: fusiform fetch ours") {
		t.Error(stdout)
	}
	if stdout, stderr, got := l.say(t.Context(), "", "-accept", "ours"); got != 0 || !strings.Contains(stdout, "terms, which have changed since they were accepted:") || !strings.Contains(stdout, "is whole (8 files") {
		t.Error(stdout, stderr)
	}
}

// A check names what is not there, what differs and what is too much, and
// mends nothing; a fetch brings back what is not there.
func TestFetchCheck(t *testing.T) {
	l := newTestLab(t, "")
	where := filepath.Join(l.dir, "images", "ours")
	if stdout, stderr, got := l.say(t.Context(), "", "ours"); got != 0 {
		t.Fatal(stdout, stderr)
	}
	if err := os.Remove(filepath.Join(where, "face", "no 2.png")); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(l.files["house/no 3.png"])
	changed[len(changed)-1] ^= 1
	for name, body := range map[string][]byte{"house/no 3.png": changed, "house/no 4.png": []byte("short"), "more.txt": nil, ".hidden": nil} {
		if err := os.WriteFile(filepath.Join(where, filepath.FromSlash(name)), body, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	stdout, stderr, got := l.say(t.Context(), "", "-check", "ours")
	for _, part := range []string{"  not there: face/no 2.png\n", "  differs: house/no 3.png: ", "  differs: house/no 4.png: ", "  beside them: 1 file that the catalog does not know\n"} {
		if got != 1 || !strings.Contains(stdout, part) || !strings.Contains(stderr, "of 8 files, 5 are the catalog's, 2 differ and 1 are not there") {
			t.Errorf("%d, want %q\n%s\n%s", got, part, stdout, stderr)
		}
	}
	if list, _, _ := l.say(t.Context(), "", "-list"); !strings.Contains(list, "ours                        6 of its 8 files are here: "+where) {
		t.Error(list)
	}
	if _, stderr, got := l.say(t.Context(), "", "ours"); got != 1 || !strings.Contains(stderr, "no 3.png") {
		t.Error(got, stderr)
	}
	for _, name := range []string{"house/no 3.png", "house/no 4.png"} {
		if err := os.Remove(filepath.Join(where, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	if stdout, stderr, got := l.say(t.Context(), "", "ours"); got != 0 || !strings.Contains(stdout, "is whole") {
		t.Error(stdout, stderr)
	}
	if _, _, got := l.say(t.Context(), "", "-check", "ours"); got != 0 {
		t.Error("not whole after it was fetched again")
	}
	if err := os.WriteFile(filepath.Join(where, "house", "no 3.png"), changed, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, stderr, got := l.say(t.Context(), "", "-check", "ours"); got != 1 || !strings.Contains(stderr, "7 are the catalog's, 1 differ and 0 are not there") {
		t.Error(got, stderr)
	}
}

// A folder that the user has elsewhere is used there, and the terms hold for it.
func TestFetchInPlace(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	l := &testLab{dir: dir}
	text := fmt.Sprintf(`{"datasets": [{"name": "nsd", "at": %q}]}`, at)
	if err := os.WriteFile(filepath.Join(dir, "datasets.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if list, _, _ := l.say(t.Context(), "", "-list"); !strings.Contains(list, "nsd                         here, but nobody has accepted its terms: fusiform fetch nsd; unchecked") {
		t.Error(list)
	}
	stdout, stderr, got := l.say(t.Context(), "nsd\r\n", "nsd")
	if got != 0 || !strings.Contains(stdout, "https://cvnlab.slite.page/p/IB6BSeW_7o/Terms-and-Conditions") || !strings.Contains(stdout, "  is used in place at "+at+"\n") {
		t.Error(stdout, stderr)
	}
	if list, _, _ := l.say(t.Context(), "", "-list"); !strings.Contains(list, "nsd                         here: "+at+"; unchecked [a signed agreement]") {
		t.Error(list)
	}
	if _, stderr, _ := l.say(t.Context(), "", "-check", "nsd"); !strings.Contains(stderr, "it is used as it is at "+at) {
		t.Error(stderr)
	}
	if left, _ := os.ReadDir(at); len(left) > 0 {
		t.Errorf("something was written to the user's folder: %v", left)
	}
}

// An interrupt ends a question that nobody answers.
func TestFetchAsksUntilInterrupted(t *testing.T) {
	newTestLab(t, "Be kind.")
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	asked := make(chan struct{})
	go func() { <-asked; cancel() }()
	var bad bytes.Buffer
	j := fetching{in: r, asks: true, stdout: tell{asked}, stderr: &bad}
	if got := status(ctx, j.run(ctx, []string{"ours"}), &bad); got != 130 {
		t.Error(got, bad.String())
	}
}

// tell closes its channel when something is asked.
type tell struct{ asked chan struct{} }

func (t tell) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("Type ours")) {
		close(t.asked)
	}
	return len(b), nil
}

// A fault in datasets.json is named, and what this program has is listed all
// the same.
func TestFetchListWithFault(t *testing.T) {
	l := newTestLab(t, "")
	if err := os.WriteFile(filepath.Join(l.dir, "datasets.json"), []byte("{\n{"), 0o666); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, got := l.say(t.Context(), "", "-list")
	if got != 1 || !strings.Contains(stderr, "datasets.json: line 2") || !strings.Contains(stdout, "  murty185 ") {
		t.Error(got, stdout, stderr)
	}
	if _, stderr, got := l.say(t.Context(), "", "ours"); got != 1 || !strings.Contains(stderr, "datasets.json: line 2") {
		t.Error(got, stderr)
	}
	if _, stderr, got := l.say(t.Context(), "", "-check", "paper"); got != 1 || !strings.Contains(stderr, "paper is not on this machine") {
		t.Error(got, stderr)
	}
}
