package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/internal/realdata"
)

// Every manifest is that of the real files, one by one: none lacks, none is
// too many.
func TestManifests(t *testing.T) {
	dir := realdata.Folder(t, "")
	n := 0
	for _, r := range AllData() {
		if r.Unchecked || r.Folder == "" {
			if r.Files != nil {
				t.Errorf("%s has a manifest", r.Name)
			}
			continue
		}
		var have []File
		root := filepath.Join(dir, filepath.FromSlash(r.Folder))
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(data)
			rel, _ := filepath.Rel(root, path)
			have = append(have, File{Path: filepath.ToSlash(rel), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(have, r.Files); diff != "" {
			t.Errorf("%s: %s", r.Name, diff)
		}
		n += len(have)
		report, err := r.Verify(t.Context())
		if err != nil || len(report.Whole) != len(have) || len(report.Absent)+len(report.Different) > 0 {
			t.Errorf("%s: %v, %v", r.Name, report, err)
		}
	}
	if n != 1379 {
		t.Errorf("%d files, expected 1379", n)
	}
}

func TestReadManifest(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	files, err := readManifest("\n" + sum + "  12  a b/c  d.txt\r\n\n" + sum + "  0  e")
	want := []File{{Path: "a b/c  d.txt", Size: 12, SHA256: sum}, {Path: "e", SHA256: sum}}
	if diff := cmp.Diff(want, files); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, c := range []struct{ text, want string }{
		{sum + " 12 a", "line 1: expected SHA-256, size and path"},
		{"\n" + sum + "  12", "line 2: expected SHA-256, size and path"},
		{sum + "  x  a", "is not a number of bytes"},
		{sum + "  99999999999999999999  a", "is not a number of bytes"},
	} {
		if _, err := readManifest(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// Every row of this program, its manifest with it, is one that can be fetched
// once there is an address, and everything that stands in it is checked.
func TestRowsAreValid(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	for _, r := range AllData() {
		if r.Folder == "" {
			continue
		}
		if err := checkPath(r.Folder); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		if r.Unchecked != (len(r.Files) == 0) || r.CanFetch() || r.Unchecked && r.Get == "" {
			t.Errorf("%+v", r)
		}
		if _, err := r.items(); err != nil {
			t.Error(err)
		}
		if err := checkText(maxText, r.Name, r.About, r.What, r.Cite, r.Source, r.License, r.Get, r.Go); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
		if _, err := parser.ParseExpr(r.Go); err != nil && r.Go != "" {
			t.Errorf("%s: %s: %v", r.Name, r.Go, err)
		}
	}
}

// Whatever is read is read the same again once it is written.
func FuzzManifest(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	for _, s := range []string{"", sum + "  12  a\n", sum + "  0  a b/c\r\n" + sum + "  7  d\n", sum + "  1  ../a", sum + "  1", "  1  a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files, err := readManifest(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Error(err)
			}
			return
		}
		var b strings.Builder
		for _, file := range files {
			fmt.Fprintf(&b, "%s  %d  %s\n", file.SHA256, file.Size, file.Path)
		}
		again, err := readManifest(b.String())
		if diff := cmp.Diff(files, again); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}
