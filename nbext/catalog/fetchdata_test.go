package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"fusiform/analysis"
)

// manyRow is a data set of n small files and two large ones, all at a and at
// b.
func manyRow(n int) (DataRow, map[string]getter) {
	r := DataRow{Name: "set", Folder: "brain/set", What: "its files", Cite: "c", License: "l"}
	get := map[string]getter{}
	add := func(path string, data []byte) {
		f := fileOf(path, string(data), "https://a/"+path, "https://b/"+path)
		r.Files = append(r.Files, f)
		get[f.URLs[0]], get[f.URLs[1]] = give(data), give(data)
	}
	for i := range n {
		add(fmt.Sprintf("sub-%d/run %d.tsv", i%3, i), []byte(strings.Repeat(fmt.Sprint(i, "\t"), 500+i)))
	}
	add("large/one.nii.gz", large)
	add("large/two.nii.gz", large[:700_001])
	add("empty", nil)
	return r, get
}

func total(r DataRow) (n int) {
	for _, f := range r.Files {
		n += int(f.Size)
	}
	return n
}

// wholeOrAbsent fails if anything below a folder is neither a whole file of
// the row nor hidden.
func wholeOrAbsent(t *testing.T, dir string, r DataRow) (whole int) {
	t.Helper()
	files := map[string]string{}
	for _, f := range r.Files {
		files[r.Folder+"/"+f.Path] = f.SHA256
	}
	for _, name := range left(t, dir) {
		if strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || files[name] != hexSum(got) {
			t.Errorf("%s is there, and not a whole file of the row (%v)", name, err)
		}
		whole++
	}
	return whole
}

// All files come, several at once; a second call asks nobody.
func TestFetchData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(12)
	s := newFarm(get)
	last := 0
	ctx := analysis.WithProgress(t.Context(), func(done, all int) {
		if done < last || all != total(row) {
			t.Errorf("%d of %d after %d", done, all, last)
		}
		last = done
	})
	got, err := Fetcher{Get: s, PartSize: partOf}.Data(ctx, row)
	if err != nil || got != filepath.Join(dir, "brain", "set") || last != total(row) {
		t.Fatal(got, err, last)
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files) || len(left(t, dir)) != n {
		t.Errorf("%d files", n)
	}
	report, err := row.Verify(t.Context())
	if err != nil || len(report.Whole) != 15 || report.Dir != got || report.String() != "15 of 15 files are whole, 0 absent, 0 different" {
		t.Error(report, err)
	}
	if _, err := (Fetcher{Get: newFarm(nil)}).Data(t.Context(), row); err != nil { // asking would panic
		t.Error(err)
	}
}

// A file that fails leaves the others be; many that fail end it.
func TestFetchDataFaults(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(30)
	refused := fails(fmt.Errorf("answers 404: %w", ErrRefused))
	get["https://a/sub-1/run 4.tsv"], get["https://b/sub-1/run 4.tsv"] = refused, refused
	get["https://a/sub-2/run 5.tsv"] = refused // b has it
	get["https://a/large/one.nii.gz"] = give(large[:999_999])
	s := newFarm(get)
	f := Fetcher{Get: s, PartSize: partOf, Pause: time.Microsecond}
	_, err := f.Data(t.Context(), row)
	if err == nil || !strings.HasPrefix(err.Error(), "catalog: fetching set/sub-1/run 4.tsv: no address gave it: https://a/sub-1/run 4.tsv answers 404") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files)-1 || len(left(t, dir)) != n {
		t.Errorf("%d files", n)
	}
	for url := range get {
		get[url] = refused
	}
	dir = t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	_, err = f.Data(t.Context(), row)
	if err == nil || strings.Count(err.Error(), "answers 404") < 2*maxFailed || !strings.Contains(err.Error(), "more files were not tried; call again when this is mended") {
		t.Error(err)
	}
	if got := left(t, dir); len(got) > 1 { // the empty one needs no address
		t.Error(got)
	}
}

// The context ends all files at once; the next call fetches the rest alone.
func TestFetchDataInterrupted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(10)
	get["https://a/large/one.nii.gz"] = slowly(large, 10_000, time.Millisecond)
	get["https://b/large/one.nii.gz"] = get["https://a/large/one.nii.gz"]
	for try := 0; ; try++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("enough")
		watched := analysis.WithProgress(ctx, func(done, _ int) {
			if done > 300_000*(try+1) {
				cancel(stop)
			}
		})
		s := newFarm(get)
		_, err := Fetcher{Get: s, PartSize: partOf}.Data(watched, row)
		cancel(nil)
		wholeOrAbsent(t, dir, row)
		if err == nil {
			break
		}
		if !errors.Is(err, stop) || try > 10 {
			t.Fatal(try, err)
		}
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files) || len(left(t, dir)) != n {
		t.Errorf("%d files", n)
	}
}

// What is there is used in place, through links too; what is another file is
// named, and never written to.
func TestFetchDataInPlace(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(4)
	s := newFarm(get)
	f := Fetcher{Get: s, PartSize: partOf}
	set := filepath.Join(dir, "brain", "set")
	os.MkdirAll(filepath.Join(set, "large"), 0o777)
	os.WriteFile(filepath.Join(set, "large", "one.nii.gz"), large, 0o444)
	if _, err := f.Data(t.Context(), row); err != nil || s.asked[row.Files[4].URLs[0]]+s.asked[row.Files[4].URLs[1]] != 0 {
		t.Error(err, s.asked)
	}
	mine := filepath.Join(set, "sub-1", "run 1.tsv")
	os.WriteFile(mine, []byte("mine"), 0o666)
	os.Remove(filepath.Join(set, "sub-2", "run 2.tsv"))
	clear(s.asked)
	_, err := f.Data(t.Context(), row)
	if err == nil || err.Error() != "catalog: "+mine+" has 4 bytes, set/sub-1/run 1.tsv has "+fmt.Sprint(row.Files[1].Size)+": it is another file or a part of one; move it away and fetch again" || len(s.asked) > 0 {
		t.Error(err, s.asked)
	}
	report, err := row.Verify(t.Context())
	if err != nil || len(report.Whole) != 5 || len(report.Absent) != 1 || report.Absent[0].Path != "sub-2/run 2.tsv" || len(report.Different) != 1 || report.Different[0].At != mine {
		t.Error(report, err)
	}
	for i := range 4 {
		os.WriteFile(filepath.Join(set, filepath.FromSlash(row.Files[i].Path)), bytes.Repeat([]byte{'x'}, int(row.Files[i].Size)), 0o666)
	}
	if _, err := f.Data(t.Context(), row); err == nil || !strings.Contains(err.Error(), "4 files of set are there and others than the catalog's; none was changed") ||
		!strings.Contains(err.Error(), "its SHA-256 is") || !strings.Contains(err.Error(), "; and 1 more") {
		t.Error(err)
	}
	if got, _ := os.ReadFile(mine); !bytes.HasPrefix(got, []byte("xxx")) {
		t.Error("a file of the user's was changed")
	}
	os.Remove(mine)
	os.Mkdir(mine, 0o777) // a folder in its place
	if _, err := f.Data(t.Context(), row); err == nil || !strings.Contains(err.Error(), mine+" is not a file") {
		t.Error(err)
	}
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}

	// A link to a folder outside is read, and not written through.
	os.RemoveAll(set)
	if err := os.Symlink(outside, set); err != nil {
		t.Fatal(err)
	}
	_, err = f.Data(t.Context(), row)
	if err == nil || !strings.Contains(err.Error(), `give the folder that it leads to as "at" of "set" in datasets.json`) {
		t.Error(err)
	}
	if got := left(t, outside); got != nil {
		t.Error(got)
	}
	row.At = outside // as datasets.json does
	if got, err := f.Data(t.Context(), row); err != nil || got != outside {
		t.Error(got, err)
	}
	row.At = ""
	if got, err := (Fetcher{Get: newFarm(nil)}).Data(t.Context(), row); err != nil || got != set {
		t.Error(got, err)
	}
	row.At = filepath.Join(outside, "nowhere")
	var m *MissingError
	if _, err := f.Data(t.Context(), row); !errors.As(err, &m) {
		t.Error(err)
	}
	if _, err := os.Stat(row.At); err == nil {
		t.Error("a folder of the user's was made")
	}
}

// A file that nobody gives is missed before the first byte; so is room, and so
// are terms that nobody has accepted.
func TestFetchDataBefore(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, _ := manyRow(3)
	f := Fetcher{Get: newFarm(nil)} // asking would panic
	f.free = func(string) (int64, error) { return 1_000_000, nil }
	if _, err := f.Data(t.Context(), row); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("set needs %d bytes in %s, where 1000000 are free: make room for %d more", total(row), dir, total(row)-1_000_000)) {
		t.Error(err)
	}
	row.Files[1].URLs = nil
	var m *MissingError
	if _, err := f.Data(t.Context(), row); !errors.As(err, &m) || m.Name != "set/sub-1/run 1.tsv" || m.Fetch {
		t.Error(err)
	}
	row.Terms = "Be kind."
	var terms *TermsError
	if _, err := f.Data(t.Context(), row); !errors.As(err, &terms) {
		t.Error(err)
	}
	if got := left(t, dir); got != nil {
		t.Error(got)
	}
	row.Files, row.Terms = nil, ""
	if _, err := f.Data(t.Context(), row); !errors.As(err, &m) {
		t.Error(err)
	}
	if _, err := row.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing to compare with") {
		t.Error(err)
	}
	if _, err := f.Data(t.Context(), DataRow{Name: "x", Files: []File{fileOf("a", "b")}}); err == nil || !strings.Contains(err.Error(), "nothing to fetch") {
		t.Error(err)
	}
}

// No row makes the fetcher write outside of its folder.
func TestFetchDataStaysInTheFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", filepath.Join(dir, "data"))
	good := fileOf("a.txt", "alpha", "https://a/")
	f := Fetcher{Get: newFarm(map[string]getter{"https://a/": give([]byte("alpha"))})}
	with := func(path string) File { g := good; g.Path = path; return g }
	for _, files := range [][]File{
		{with("../a.txt")}, {with("/a.txt")}, {with("x/../../a.txt")}, {with(`..\a.txt`)}, {with("C:/a.txt")}, {with(".a.txt")}, {with("x/.y/a")}, {with("")}, {with("a/")}, {with("nul")},
		{with("a\x00")}, {good, good}, {good, with("A.TXT")}, {with("é"), with("e\u0301")}, {good, with("a.txt/b")}, {with("a/b"), with("A")},
		{{Path: "a.txt", Size: -1, SHA256: good.SHA256}}, {{Path: "a.txt", Size: 0, SHA256: good.SHA256}}, {{Path: "a.txt", Size: 1 << 41, SHA256: good.SHA256}}, {{Path: "a.txt", Size: 5}},
		{{Path: "a.txt", Size: 5, SHA256: good.SHA256, URLs: []string{"file:///etc/passwd"}}},
	} {
		row := DataRow{Name: "set", Folder: "set", Files: files}
		if _, err := f.Data(t.Context(), row); err == nil {
			t.Errorf("%+v was fetched", files)
		}
		if _, err := row.Verify(t.Context()); err == nil {
			t.Errorf("%+v was verified", files)
		}
	}
	for _, row := range []DataRow{
		{Folder: "../set", Files: []File{good}}, {Folder: "/set", Files: []File{good}}, {Folder: ".set", Files: []File{good}},
		{Folder: "set", Files: []File{fileOf("b", "b")}, Archives: []Archive{{File: with("../a.zip")}}},
		{Folder: "set", Files: []File{fileOf("b", "b")}, Archives: []Archive{{File: with("B")}}},
		{Folder: "set", Files: []File{fileOf("b", "b")}, Archives: []Archive{{File: with("a.zip"), Strip: -1}}},
	} {
		if _, err := f.Data(t.Context(), row); err == nil {
			t.Errorf("%+v was fetched", row)
		}
	}
	if got := left(t, dir); got != nil {
		t.Error(got)
	}
}

// Of many at once, each file is fetched by one, and each archive too.
func TestFetchDataManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(5)
	text := strings.Repeat("inside", 10_000)
	data := gz(tarOf(t, packedFile{name: "x/in.txt", text: text}))
	row.Files = append(row.Files, fileOf("in.txt", text))
	row.Archives = []Archive{{File: fileOf("in.tgz", string(data), "https://a/in.tgz"), Strip: 1}}
	get["https://a/in.tgz"] = slowly(data, 50, time.Millisecond)
	s := newFarm(get)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := (Fetcher{Get: s, PartSize: partOf}).Data(t.Context(), row); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sent int64
	for _, n := range s.sent {
		sent += n
	}
	if want := int64(total(row) - len(text) + len(data)); sent != want {
		t.Errorf("%d bytes were sent, want %d", sent, want)
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files) || len(left(t, dir)) != n {
		t.Errorf("%d files: %v", n, left(t, dir))
	}
}
