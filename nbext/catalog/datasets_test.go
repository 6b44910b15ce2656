package catalog

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const oursData = `{"name": "our_faces", "folder": "images/our_faces", "loader": "images",
    "files": [{"path": "face/a b.png", "size": 7, "sha256": "%[1]s", "urls": ["https://example.org/1"]},
              {"path": "face/2#.png", "size": 8, "sha256": "%[1]s"}],
    "archives": [{"path": "all.zip", "size": 9, "sha256": "%[1]s", "strip": 1}], "mirrors": ["https://m.example.org/x/"],
    "about": "our faces", "what": "images", "cite": "us", "source": "our lab", "license": "MIT", "terms": " Be\nkind. ", "get": "ask"}`

func localData1(rows ...string) string {
	return "{\"datasets\": [\n" + strings.Join(rows, ",\n") + "\n]}\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestLocalData(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	if rows, err := LocalData(); rows != nil || err != nil {
		t.Error(rows, err)
	}
	sum := strings.Repeat("Ab", 32)
	lower := strings.ToLower(sum)
	write(t, filepath.Join(dir, "datasets.json"), "\xef\xbb\xbf"+localData1(fmt.Sprintf(oursData, sum),
		`{"name": "floc", "mirrors": ["https://m.example.org/floc", "http://n.example.org/"]}`,
		`{"name": "nsd", "at": `+fmt.Sprintf("%q", elsewhere)+`}`,
		`{"name": "our_betas", "at": `+fmt.Sprintf("%q", elsewhere)+`, "loader": "npy", "cite": "us", "license": "unknown"}`))
	rows, err := LocalData()
	want := []DataRow{
		{Name: "our_faces", Folder: "images/our_faces", About: "our faces", What: "images", Cite: "us", Source: "our lab", License: "MIT", Terms: "Be\nkind.", Get: "ask",
			Go: `nb.Data("our_faces")`,
			Files: []File{{Path: "face/a b.png", Size: 7, SHA256: lower, URLs: []string{"https://example.org/1"}},
				{Path: "face/2#.png", Size: 8, SHA256: lower}},
			Archives: []Archive{{File: File{Path: "all.zip", Size: 9, SHA256: lower, URLs: []string{"https://m.example.org/x/all.zip"}}, Strip: 1}}},
		{Name: "our_betas", Folder: "our_betas", At: elsewhere, What: "its files", Cite: "us", Source: "datasets.json", License: "unknown",
			Go: `dataset.ReadNPY(nb.Must(nb.Folder("our_betas")) + "/FILE.npy")`},
	}
	if diff := cmp.Diff(want, rows, cmpopts.IgnoreUnexported(DataRow{})); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if !rows[0].CanFetch() || rows[1].CanFetch() || rows[0].Size() != 15 {
		t.Error("what can be fetched")
	}
	// A mirror has every file of a data set of this program, before any other address.
	floc, err := Data("floc")
	if err != nil || !floc.CanFetch() {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://m.example.org/floc/adult/adult-001.jpg", "http://n.example.org/adult/adult-001.jpg"}, floc.Files[0].URLs); diff != "" {
		t.Error(diff)
	}
	if murty, err := Data("murty185"); err != nil || murty.CanFetch() || murty.Files[0].URLs != nil {
		t.Error("a mirror of another data set", err)
	}
	if diff := cmp.Diff([]string{"https://a/b%20c/d%23%3F%25.png"}, resolved([]string{"https://a/"}, "b c/d#?%.png")); diff != "" {
		t.Error(diff)
	}
	// A fault hides what the file says, and leaves this program's data sets.
	write(t, filepath.Join(dir, "datasets.json"), localData1(`{"name": "nsd", "at": "/x"}`, `{"name": "nsd", "at": "/y"}`))
	if _, err := Data("our_faces"); err == nil || !strings.Contains(err.Error(), `datasets.json: line 3: data set "nsd": stands twice; so data sets of yours are not known, "our_faces" among them`) {
		t.Error(err)
	}
	if _, err := Folder("our_faces"); err == nil || !strings.Contains(err.Error(), "datasets.json: line 3") {
		t.Error(err)
	}
	if floc, err := Data("floc"); err != nil || floc.CanFetch() {
		t.Error(err)
	}
	if len(DataSets())+len(Tables()) != len(AllData()) {
		t.Error("some rows are lost")
	}
}

// A data set that lies elsewhere is found there by its name, by its path and
// below it, and nothing is looked for in the data folder.
func TestDataElsewhere(t *testing.T) {
	dir, at := t.TempDir(), t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	for _, name := range []string{"face/1.png", "face/2.png", "house/1.png"} {
		path := filepath.Join(at, "pictures", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	write(t, filepath.Join(at, "nsddata", "x.txt"), "x")
	pictures := filepath.Join(at, "pictures")
	write(t, filepath.Join(dir, "datasets.json"), localData1(
		fmt.Sprintf(`{"name": "bold5000", "at": %q}`, at), fmt.Sprintf(`{"name": "murty185", "at": %q}`, pictures),
		fmt.Sprintf(`{"name": "our_faces", "at": %q, "loader": "images", "cite": "us", "license": "ours"}`, pictures),
		`{"name": "our_gone", "at": "/nowhere/at/all", "cite": "us", "license": "ours"}`))
	for name, want := range map[string]string{
		"bold5000": at, "brain/bold5000": at, "brain/bold5000/": at, "brain/bold5000/nsddata": filepath.Join(at, "nsddata"),
		"our_faces": pictures, "images/murty185/face": filepath.Join(pictures, "face"),
	} {
		if got, err := Folder(name); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"our_faces", "murty185"} {
		if s, err := Stimuli(name); err != nil || s.Len() != 3 {
			t.Error(s, err)
		}
	}
	for _, name := range []string{"brain/bold5000/../../..", "brain/bold5000/../../../etc"} {
		if got, err := Folder(name); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, part := range map[string]string{"brain/bold5000/none": "none is not on this machine", "our_gone": "/nowhere/at/all", "brain/bold5000/nsddata/x.txt": "is a file"} {
		if _, err := Folder(name); err == nil || !strings.Contains(filepath.ToSlash(err.Error()), part) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Stimuli("bold5000"); err == nil || !strings.Contains(err.Error(), "holds no images") {
		t.Error(err)
	}
	// Some other folder that is called like a data set opens by its path.
	if err := os.MkdirAll(filepath.Join(dir, "floc"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := Folder("floc"); err != nil || got != filepath.Join(dir, "floc") {
		t.Error(got, err)
	}
}

func TestLocalDataBad(t *testing.T) {
	ours := fmt.Sprintf(oursData, strings.Repeat("ab", 32))
	change := func(old, new string) string {
		if !strings.Contains(ours, old) {
			t.Fatalf("%q is not there to be changed", old)
		}
		return localData1(strings.Replace(ours, old, new, 1))
	}
	for _, c := range []struct{ text, want string }{
		{"", "line 1: the file ends in the middle"},
		{"{}", `line 1: expected {"datasets": [ … ]}`},
		{`{"networks": []}`, `line 1: expected {"datasets": [ … ]}`},
		{localData1(ours)[:200], "the file ends in the middle"},
		{localData1("null"), `the name ""`},
		{localData1("\xff"), "is not UTF-8"},
		{strings.Repeat(" ", maxLocalBytes+1), "is longer than"},
		{localData1(ours, ours), `line 7: data set "our_faces": stands twice`},
		{localData1(ours, strings.Replace(ours, "our_faces", "our_faces2", 1)), `folder "images/our_faces" is, holds or lies in that of our_faces`},
		{change(`"what":`, `"whta":`), `unknown field "whta"`},
		{change(`"strip":`, `"stripp":`), `unknown field "stripp"`},
		{change(`"size": 7`, `"size": "7"`), `cannot be a string`},
		{change(`"size": 7`, `"size": 7e99`), `cannot be a number 7e99`},
		{change(`"size": 7, `, ``), "size is 0; give the file's bytes"},
		{change(`"size": 7`, `"size": -7`), "size is -7"},
		{change(`"size": 7`, `"size": 1152921504606846976`), "size is 1152921504606846976"},
		{change(`"our_faces"`, `"Our Faces"`), `the name "Our Faces"`},
		{change(`"our_faces"`, `"../faces"`), `the name "../faces"`},
		{change(`"our_faces"`, `"mobilenet_v2"`), "is the name of a network"},
		{change(`"our_faces"`, `"floc"`), "is one of this program's"},
		{change(`images/our_faces`, `../our_faces`), "not a path below the data folder"},
		{change(`images/our_faces`, `/our_faces`), "not a path below the data folder"},
		{change(`images/our_faces`, `images/./our_faces`), "not a path below the data folder"},
		{change(`images/our_faces`, `C:\\our_faces`), "a character that not every system takes"},
		{change(`images/our_faces`, `images/.our_faces`), "is hidden"},
		{change(`images/our_faces`, `images/floc`), "that of floc"},
		{change(`images/our_faces`, `Images/FLOC`), "that of floc"},
		{change(`images/our_faces`, `images`), "that of floc"},
		{change(`images/our_faces`, `images/floc/adult`), "that of floc"},
		{change(`images/our_faces`, `brain/nsd/x`), "that of nsd"},
		{change(`images/our_faces`, `models/ours`), "that of the networks"},
		{change(`images/our_faces`, `networks.json`), "is a file of the data folder"},
		{change(`images/our_faces`, `Accepted.json/x`), "is a file of the data folder"},
		{change(`face/a b.png`, `../a.png`), "not a path below the data folder"},
		{change(`face/a b.png`, `a/../../a.png`), "not a path below the data folder"},
		{change(`face/a b.png`, `/etc/passwd`), "not a path below the data folder"},
		{change(`face/a b.png`, `face/.ssh/a`), "is hidden"},
		{change(`face/a b.png`, `face/nul.png`), "a device on Windows"},
		{change(`face/a b.png`, `COM1/a.png`), "a device on Windows"},
		{change(`face/a b.png`, `face/a.`), "ends with a dot"},
		{change(`face/a b.png`, `face /a`), "ends with a space"},
		{change(`face/a b.png`, `face/a:b`), "a character that not every system takes"},
		{change(`face/a b.png`, `face/a\u202eb`), "control character"},
		{change(`face/a b.png`, strings.Repeat("x", 300)), "more than 255 bytes"},
		{change(`face/a b.png`, strings.Repeat("x/", 2000)+"x"), "more than 2000 bytes"},
		{change(`face/a b.png`, `FACE/2#.png`), "stands twice"},
		{change(`face/a b.png`, `all.zip`), "stands twice"},
		{change(`face/a b.png`, `face`), "is the folder of another"},
		{change(strings.Repeat("ab", 32), "ab"), "is not 64 hexadecimal digits"},
		{change(`https://example.org/1`, `file:///etc/passwd`), "does not begin with https://"},
		{change(`https://example.org/1`, `https://u:p@example.org/1`), "holds a name or a password"},
		{change(`https://m.example.org/x/`, `ftp://m.example.org/`), "does not begin with https://"},
		{change(`https://m.example.org/x/`, `https://m.example.org/?q=`), "is not the address of a folder"},
		{change(`"strip": 1`, `"strip": -1`), "strip is -1"},
		{change(`"loader": "images"`, `"loader": "python"`), `loader "python" is none of`},
		{change(`"license": "MIT"`, `"license": ""`), "needs license and cite"},
		{change(`our lab`, `our\u001b[2Jlab`), "control character"},
		{change(`Be\nkind.`, `Be\u0007kind.`), "control character"},
		{change(`Be\nkind.`, strings.Repeat("x", maxTerms+1)), "more than 20000 bytes"},
		{localData1(`{"name": "x", "cite": "us", "license": "ours"}`), "has no folder"},
		{localData1(`{"name": "x", "folder": "x", "archives": [{"path": "a.zip", "size": 1, "sha256": "` + strings.Repeat("ab", 32) + `"}], "cite": "us", "license": "ours"}`), "has archives and no files"},
		{localData1(`{"name": "floc"}`), "says nothing"},
		{localData1(`{"name": "drawn", "at": "/x"}`), "is drawn by this program"},
		{localData1(`{"name": "nsd", "mirrors": ["https://example.org/nsd"]}`), "has no checksums here"},
		{localData1(`{"name": "nsd", "at": "nsd"}`), "is not an absolute path"},
		{localData1(`{"name": "nsd", "at": "/data/../nsd"}`), "is not an absolute path"},
		{localData1(`{"name": "nsd", "at": "~/nsd"}`), "is not an absolute path"},
		{localData1(`{"name": "nsd", "at": "/a\nb"}`), "control character"},
	} {
		if l, err := parseLocalData([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) || l.rows != nil {
			t.Errorf("%.300q: %v\nwant %s", c.text, err, c.want)
		}
	}
}

// Whatever is accepted stays in the folder and can be fetched as it stands.
func FuzzLocalData(f *testing.F) {
	ours := fmt.Sprintf(oursData, strings.Repeat("ab", 32))
	for _, s := range []string{localData1(ours), localData1(ours, `{"name": "floc", "mirrors": ["https://a/"], "at": "/x"}`), localData1(),
		localData1(`{"name": "x", "folder": "..\\x", "cite": "a", "license": "b"}`), localData1(ours)[:300], localData1(`{"name": "x", "at": "/x", "loader": "csv", "cite": "a", "license": "b"}`)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLocalData(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "is ") {
				t.Error(err)
			}
			return
		}
		for name, at := range l.at {
			if !filepath.IsAbs(at) {
				t.Errorf("%s: at %q", name, at)
			}
		}
		for _, r := range l.rows {
			if !filepath.IsLocal(r.Folder) || r.Folder == "." || r.At != "" && !filepath.IsAbs(r.At) {
				t.Errorf("%+v", r)
			}
			if len(r.Files) == 0 {
				continue
			}
			if _, err := r.items(); err != nil {
				t.Error(err)
			}
		}
	})
}

// What a caller does to a row stays with the caller.
func TestDataRowsAreCopies(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	r, err := Data("paper")
	if err != nil {
		t.Fatal(err)
	}
	r.Files[0].Path = "x"
	if again, err := Data("paper"); err != nil || again.Files[0].Path == "x" {
		t.Error("the manifest was changed", err)
	}
	var unknown *UnknownError
	if _, err := Data("papr"); !errors.As(err, &unknown) || unknown.Nearest[0] != "paper" {
		t.Error(err)
	}
}
