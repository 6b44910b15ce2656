package catalog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A disk that is full in truth, for parts, for files and for archives: what is
// there is kept, and the next call fetches the rest alone.
func TestFetchDataOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no file system to fill: ", err)
	}
	defer unix.Unmount(dir, 0)
	t.Setenv("FUSIFORM_DATA", dir)
	row, get := manyRow(3)
	text := string(bytes.Repeat(large[:1000], 500))
	data := gz(tarOf(t, packedFile{name: "in.txt", text: text}))
	row.Files = append(row.Files, fileOf("in.txt", text))
	row.Archives = []Archive{{File: fileOf("in.tgz", string(data), "https://a/in.tgz")}}
	get["https://a/in.tgz"] = give(data)
	s := newFarm(get)
	f := Fetcher{Get: s, PartSize: partOf}
	if _, err := f.Data(t.Context(), row); err == nil || !strings.Contains(err.Error(), "make room for ") || len(s.asked) > 0 {
		t.Fatal(err, s.asked) // it is known before
	}
	f.free = func(string) (int64, error) { return 1 << 40, nil } // somebody else fills it meanwhile
	grow := func(size string) {
		t.Helper()
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size="+size); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []string{"1300k", "1800k", ""} {
		_, err := f.Data(t.Context(), row)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room for ") || !strings.Contains(err.Error(), "call again") {
			t.Fatal(size, err)
		}
		wholeOrAbsent(t, dir, row)
		if size != "" {
			grow(size)
		}
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files)-1 { // the archive alone is left
		t.Errorf("%d files: %v", n, left(t, dir))
	}
	grow("4m")
	if _, err := f.Data(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if n := wholeOrAbsent(t, dir, row); n != len(row.Files) || len(left(t, dir)) != n {
		t.Errorf("%d files: %v", n, left(t, dir))
	}
	var sent int64
	for _, n := range s.sent {
		sent += n
	}
	if want := int64(total(row)-len(text)) + int64(len(data)); sent > want+4*3*1<<18 {
		t.Errorf("%d bytes were sent, want hardly more than %d", sent, want)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "brain", "set", "in.txt")); err != nil || string(got) != text {
		t.Error(err)
	}
}
