package catalog

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A packedFile is a member as a test writes it; what is no regular file has a
// type of tar's.
type packedFile struct {
	name, text string
	kind       byte
	link       string
}

// tarOf writes a tar archive.
func tarOf(t testing.TB, files ...packedFile) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: tar.TypeReg, Size: int64(len(f.text)), Mode: 0o644}
		if f.kind != 0 {
			h.Typeflag, h.Linkname, h.Size = f.kind, f.link, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if f.kind == 0 {
			if _, err := w.Write([]byte(f.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipOf writes a zip archive.
func zipOf(t testing.TB, files ...packedFile) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(0o644)
		text := f.text
		switch f.kind {
		case tar.TypeSymlink, tar.TypeLink:
			h.SetMode(os.ModeSymlink | 0o777)
			text = f.link
		case tar.TypeChar, tar.TypeFifo:
			h.SetMode(os.ModeDevice | 0o644)
		}
		m, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// fileOf is a file of a row.
func fileOf(path, text string, urls ...string) File {
	return File{Path: path, Size: int64(len(text)), SHA256: hexSum([]byte(text)), URLs: urls}
}

// packedRow is a data set of two files in an archive.
func packedRow(archive []byte, strip int) DataRow {
	return DataRow{Name: "set", Folder: "brain/set", What: "a.txt and b", Cite: "c", License: "l",
		Files:    []File{fileOf("a.txt", "alpha"), fileOf("sub/b.bin", strings.Repeat("beta", 100_000))},
		Archives: []Archive{{File: fileOf("set.archive", string(archive), "https://a/"), Strip: strip}}}
}

var members = []packedFile{{name: "a.txt", text: "alpha"}, {name: "sub/b.bin", text: strings.Repeat("beta", 100_000)}}

// inside puts the members into a folder.
func inside(dir string, files ...packedFile) []packedFile {
	var out []packedFile
	for _, f := range files {
		f.name = dir + f.name
		out = append(out, f)
	}
	return out
}

// Archives give the members that the row promises, or none; nothing else is
// written.
func TestUnpack(t *testing.T) {
	evil := []packedFile{
		{name: "../evil", text: "x"}, {name: "/evil", text: "x"}, {name: "a/../../evil", text: "x"}, {name: `..\evil`, text: "x"}, {name: `C:\evil`, text: "x"},
		{name: "C:evil", text: "x"}, {name: "A.TXT", text: "ALPHA"}, {name: "evil\x00", text: "x"}, {name: ".hidden", text: "x"}, {name: "", text: "x"}, {name: "sub/", text: ""},
		{name: "link", kind: tar.TypeSymlink, link: "/etc/passwd"}, {name: "sub", kind: tar.TypeSymlink, link: ".."}, {name: "hard", kind: tar.TypeLink, link: "../../evil"},
		{name: "dev", kind: tar.TypeChar}, {name: "pipe", kind: tar.TypeFifo},
	}
	evilTar := evil[:7:7] // what tar.Writer takes
	evilTar = append(evilTar, evil[8], evil[11], evil[12], evil[13], evil[14], evil[15])
	huge := tarOf(t, members...)
	copy(huge[124:136], "\x80\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00") // a.txt has 2^60 bytes
	sum := 0
	copy(huge[148:156], "        ")
	for _, c := range huge[:512] {
		sum += int(c)
	}
	copy(huge[148:156], fmt.Sprintf("%06o\x00 ", sum))
	lying := zipOf(t, members...)
	if i := bytes.LastIndex(lying, []byte("PK\x01\x02")); i > 0 { // the last central header: sub/b.bin claims another size
		lying[i+24]++
	}
	bomb := strings.Repeat("\x00", 2<<20)
	for _, c := range []struct {
		name  string
		data  []byte
		strip int
		err   string // empty: both files come
		told  string
		part  bool // a.txt comes, then the error
	}{
		{name: "zip", data: zipOf(t, members...)},
		{name: "tar", data: tarOf(t, members...)},
		{name: "tar.gz", data: gz(tarOf(t, members...))},
		{name: "tar, ./", data: tarOf(t, inside("./", members...)...)},
		{name: "zip in a folder", data: zipOf(t, inside("set-1.0/", members...)...), strip: 1},
		{name: "tar.gz in two folders", data: gz(tarOf(t, inside("x/y/", members...)...)), strip: 2},
		{name: "tar in ./ and a folder", data: tarOf(t, inside("./x/", members...)...), strip: 1},
		{name: "in a folder that is not dropped", data: zipOf(t, inside("x/", members...)...), err: `it has no member "a.txt" (of 2 that are expected and absent)`},
		{name: "evil zip", data: zipOf(t, append(evil, members...)...), told: "set/set.archive: 15 members that the catalog does not list were left out"},
		{name: "evil tar", data: tarOf(t, append(evilTar, members...)...), told: "members that the catalog does not list were left out"},
		{name: "evil tar.gz in a folder", data: gz(tarOf(t, append(inside("x/", evilTar...), inside("x/", members...)...)...)), strip: 1, told: "were left out"},
		{name: "evil, last", data: gz(tarOf(t, append(members, evilTar...)...))},
		{name: "twice", data: zipOf(t, append(members, members...)...)},
		{name: "twice, the first wrong", data: tarOf(t, append([]packedFile{{name: "a.txt", text: "ALPHA"}}, members...)...), err: `"a.txt": is another file in it: its SHA-256 is ` + hexSum([]byte("ALPHA"))},
		{name: "another file", data: zipOf(t, members[0], packedFile{name: "sub/b.bin", text: strings.Repeat("BETA", 100_000)}), err: `"sub/b.bin": is another file in it`, part: true},
		{name: "another size", data: zipOf(t, members[0], packedFile{name: "sub/b.bin", text: bomb}), err: `"sub/b.bin" has 2097152 bytes in it, expected 400000`, part: true},
		{name: "a bomb beside", data: gz(tarOf(t, append([]packedFile{{name: "bomb", text: bomb}}, members...)...))},
		{name: "a size that is a lie", data: lying, err: `"sub/b.bin" has 400001 bytes in it, expected 400000`, part: true},
		{name: "2^60 bytes", data: huge, err: `"a.txt" has 1152921504606846976 bytes in it, expected 5`},
		{name: "a link in place of a file", data: tarOf(t, packedFile{name: "a.txt", kind: tar.TypeSymlink, link: "/etc/passwd"}, members[1]), err: `"a.txt" is a link in it, expected a file`},
		{name: "a hard link in place of a file", data: tarOf(t, packedFile{name: "a.txt", kind: tar.TypeLink, link: "sub/b.bin"}, members[1]), err: `"a.txt" is a link in it`},
		{name: "a pipe in place of a file", data: tarOf(t, packedFile{name: "a.txt", kind: tar.TypeFifo}), err: `"a.txt" is a device in it`},
		{name: "a link in zip", data: zipOf(t, packedFile{name: "a.txt", kind: tar.TypeSymlink, link: "/etc/passwd"}), err: `"a.txt" is a link or a device in it`},
		{name: "a folder in place of a file", data: tarOf(t, packedFile{name: "a.txt", kind: tar.TypeDir}), err: `"a.txt" is a folder in it`},
		{name: "truncated tar", data: tarOf(t, members...)[:100_000], err: `"sub/b.bin": broke off after `, part: true},
		{name: "truncated tar.gz", data: gz(tarOf(t, members...))[:200], err: "unexpected EOF", part: true},
		{name: "truncated zip", data: zipOf(t, members...)[:200], err: "it is no zip archive that can be read"},
		{name: "no archive", data: []byte("Log in, please"), err: "it is neither zip nor tar nor tar.gz"},
		{name: "gzip of no tar", data: gz([]byte("Log in, please")), err: "it is neither zip nor tar nor tar.gz"},
		{name: "wrong gzip", data: []byte("\x1f\x8bxxxxxxxxxxxxxx"), err: "it is no gzip file that can be read"},
		{name: "nothing in it", data: tarOf(t), err: "neither"},
		{name: "nothing in zip", data: zipOf(t), err: `it has no member "a.txt"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("FUSIFORM_DATA", filepath.Join(dir, "data"))
			row := packedRow(c.data, c.strip)
			told := ""
			s := newFarm(map[string]getter{"https://a/": give(c.data)})
			got, err := Fetcher{Get: s, Notify: func(s string) { told += s }}.Data(t.Context(), row)
			set := "data/brain/set/"
			want := set + "a.txt " + set + "sub/b.bin"
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), "catalog: unpacking set/set.archive: ") {
					t.Errorf("%v, want %s", err, c.err)
				}
				want = set + ".set.archive." + row.Archives[0].SHA256[:12] + ".part"
				if c.part {
					want += " " + set + "a.txt"
				}
			} else if err != nil || got != filepath.Join(dir, "data", "brain", "set") {
				t.Error(got, err)
			} else if r, err := row.Verify(t.Context()); err != nil || len(r.Whole) != 2 {
				t.Error(r, err)
			}
			if !strings.Contains(told, c.told) {
				t.Errorf("told %s, want %s", told, c.told)
			}
			if got := strings.Join(left(t, dir), " "); got != want {
				t.Errorf("in the folder: %s\nwant: %s", got, want)
			}
		})
	}
}

// Unpacking that was interrupted, or killed, goes on without a byte from the
// server.
func TestUnpackGoesOn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	var files []packedFile
	row := DataRow{Name: "set", Folder: "set"}
	for i := range 20 {
		text := strings.Repeat(fmt.Sprint(i), 200_000)
		files = append(files, packedFile{name: fmt.Sprintf("d/%02d", i), text: text})
		row.Files = append(row.Files, fileOf(fmt.Sprintf("%02d", i), text))
	}
	data := gz(tarOf(t, files...))
	row.Archives = []Archive{{File: fileOf("set.tgz", string(data), "https://a/"), Strip: 1}}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	c := Fetcher{Get: newFarm(map[string]getter{"https://a/": give(data)})}.crew(ctx, 0)
	c.tally.report = func(done, total int) {
		if done > 2_500_000 {
			cancel(stop)
		}
	}
	items, err := row.items()
	if err != nil {
		t.Fatal(err)
	}
	job, err := row.plan(items)
	if err != nil {
		t.Fatal(err)
	}
	err = c.archive(ctx, job.archives[0])
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "members to unpack, which the next call goes on with") {
		t.Fatal(err)
	}
	n := 0
	for _, name := range left(t, dir) {
		if strings.HasSuffix(name, ".part") {
			if !strings.Contains(name, ".set.tgz.") {
				t.Error(name)
			}
			continue
		}
		n++
	}
	if n == 0 || n == 20 {
		t.Fatalf("%d members were unpacked", n)
	}
	// What a killed process leaves beside.
	half := fmt.Sprintf(".19.%s.part", row.Files[19].SHA256[:12])
	if err := os.WriteFile(filepath.Join(dir, "set", half), []byte("half of it"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := (Fetcher{Get: newFarm(nil)}).Data(t.Context(), row); err != nil { // asking would panic
		t.Fatal(err)
	}
	if got := left(t, dir); len(got) != 20 {
		t.Error(got)
	}
	if r, err := row.Verify(t.Context()); err != nil || len(r.Whole) != 20 {
		t.Error(r, err)
	}
}

// An archive that the user has put there is used in place, and stays; one that
// is another is named.
func TestUnpackTheUsersArchive(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	data := zipOf(t, members...)
	row := packedRow(data, 0)
	row.Archives[0].URLs = nil
	f := Fetcher{Get: newFarm(nil)}
	var m *MissingError
	if _, err := f.Data(t.Context(), row); !errors.As(err, &m) || m.What != "the archive set.archive" || m.Path != filepath.Join(dir, "brain", "set", "set.archive") {
		t.Error(err)
	}
	os.MkdirAll(filepath.Join(dir, "brain", "set"), 0o777)
	name := filepath.Join(dir, "brain", "set", "set.archive")
	os.WriteFile(name, []byte("mine"), 0o666)
	if _, err := f.Data(t.Context(), row); err == nil || !strings.Contains(err.Error(), name+" has 4 bytes") {
		t.Error(err)
	}
	os.WriteFile(name, data, 0o666)
	if _, err := f.Data(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(left(t, dir), " "); got != "brain/set/a.txt brain/set/set.archive brain/set/sub/b.bin" {
		t.Error(got)
	}
	// Members below another folder than the archive's are no part of it.
	row.Archives[0].Path = "sub/set.archive"
	os.Remove(filepath.Join(dir, "brain", "set", "a.txt"))
	if _, err := f.Data(t.Context(), row); !errors.As(err, &m) || m.Name != "set/a.txt" || m.Fetch {
		t.Error(err)
	}
}

// FuzzUnpack unpacks anything: nothing appears that was not promised, and
// nothing outside.
func FuzzUnpack(f *testing.F) {
	small := []packedFile{{name: "a.txt", text: "alpha"}, {name: "sub/b.bin", text: "beta"}, {name: "../evil", text: "x"}, {name: "empty"}}
	f.Add(zipOf(f, small...))
	f.Add(tarOf(f, small...))
	f.Add(gz(tarOf(f, small...)))
	f.Add(tarOf(f, packedFile{name: "a.txt", kind: tar.TypeSymlink, link: "/etc/passwd"}, packedFile{name: "sub", kind: tar.TypeSymlink, link: ".."}, small[1]))
	f.Add(zipOf(f, packedFile{name: "a.txt", kind: tar.TypeSymlink, link: "../x"}, packedFile{name: `..\evil`, text: "x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		root := filepath.Join(dir, "root")
		a := packed{item: item{name: "set", root: root, rel: "set.zip", size: int64(len(data)), sha256: hexSum(data)}, members: map[string]item{}}
		texts := map[string]string{"a.txt": "alpha", "sub/b.bin": "beta", "empty": ""}
		for rel, text := range texts {
			a.members[rel] = item{name: rel, root: root, rel: rel, size: int64(len(text)), sha256: hexSum([]byte(text))}
		}
		err := Fetcher{}.crew(t.Context(), 0).unpack(t.Context(), bytes.NewReader(data), a)
		for _, name := range left(t, dir) {
			rel, below := strings.CutPrefix(name, "root/")
			text, promised := texts[rel]
			got, rerr := os.ReadFile(filepath.Join(dir, name))
			if !below || !promised || rerr != nil || string(got) != text {
				t.Fatalf("%s appeared (%q, %v)", name, got, rerr)
			}
			delete(texts, rel)
		}
		if (err == nil) != (len(texts) == 0) {
			t.Fatalf("%v, and %d files did not come", err, len(texts))
		}
	})
}
