package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"fusiform/analysis"
)

// A disk that is full in the middle of a scan: what was kept before stays, the
// scan ends as it would otherwise, and says what it could not do.
func TestScanFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	m, s := drawnet(t), drawings(t, drawn)
	sc := Scan{Contrasts: scanContrasts, Layers: []string{"relu1", "relu3", "relu_fc"}, Folder: filepath.Join(dir, "scans"), Save: 1}
	want := scanned(t, Scan{Contrasts: scanContrasts, Layers: sc.Layers}, m, s)
	interrupt := func(at int) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		ctx = analysis.WithProgress(ctx, func(done, _ int) {
			if done >= at {
				cancel()
			}
		})
		_, err := sc.Run(ctx, m, s)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted: %v", err)
		}
		return err
	}
	if err := interrupt(s.Len() / 3); !strings.Contains(err.Error(), "goes on from there") {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 8<<20), 0o666); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := interrupt(2 * s.Len() / 3); !strings.Contains(err.Error(), "no space left") {
		t.Errorf("interrupted on a full disk: %v", err)
	}
	r := scanned(t, sc, m, s)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Error(), "no space left") || r.Resumed < s.Len()/3 {
		t.Errorf("on a full disk: %d images resumed, warnings %v", r.Resumed, r.Warnings)
	}
	equalScans(t, "full disk", want, r)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	r = scanned(t, sc, m, s)
	if r.Warnings != nil || r.Resumed < s.Len()/3 {
		t.Errorf("with room again: %d images resumed, warnings %v", r.Resumed, r.Warnings)
	}
	equalScans(t, "with room again", want, r)
	if left, _ := filepath.Glob(filepath.Join(sc.Folder, "*", "*")); left != nil {
		t.Errorf("a complete scan leaves %v", left)
	}
}
