package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCacheCommand(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_CACHE", dir)
	folder := filepath.Join(dir, "responses", "ab")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	add := func(name string, age time.Duration) {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, make([]byte, 500_000), 0o666); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	add("1.responses", time.Hour)
	add("2.responses", 40*24*time.Hour)
	add("3.tmp", time.Minute) // is being written
	add("4.tmp", 48*time.Hour)
	add("notes.txt", 400*24*time.Hour)               // not ours
	scanned := filepath.Join(dir, "scanned", "0123") // 40 days old, of two files
	for _, name := range []string{"a", "sub-01/func/b"} {
		path := filepath.Join(scanned, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 250_000), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "scanned", "45.tmp"), 0o777); err != nil { // is being written
		t.Fatal(err)
	}
	when := time.Now().Add(-40 * 24 * time.Hour)
	if err := os.Chtimes(scanned, when, when); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"cache now", 2, "", "unexpected argument"},
		{"cache -older soon", 2, "", "30d or 12h"},
		{"cache -older -3d", 2, "", "30d or 12h"},
		{"cache -older NaNd", 2, "", "30d or 12h"},
		{"cache -older 3d -clear", 2, "", "leave out -older"},
		{"cache", 0, "4 entries, 2.0 MB, in " + dir, ""},
		{"cache -older 30d", 0, "removed 2 entries, 1.0 MB\n2 entries, 1.0 MB", ""},
		{"cache -clear", 0, "removed 2 entries, 1.0 MB\n0 entries, 0 bytes", ""},
	} {
		var stdout, stderr bytes.Buffer
		got := start(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if got != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("fusiform %s: status %d, want %d\nstdout: %s\nstderr: %s", c.args, got, c.status, &stdout, &stderr)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, "scanned")); err != nil || len(left) != 1 || left[0].Name() != "45.tmp" {
		t.Error(left, err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Error(left, err)
	}
}
