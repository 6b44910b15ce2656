//go:build unix

package nbext

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Where a disk is full, a line says so, and the responses come all the same.
// The full disk is a process that may write no file of more than a kilobyte.
func TestFullDiskLosesNothing(t *testing.T) {
	if dir := os.Getenv("FUSIFORM_TEST_DISK"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1000, Max: 1000}); err != nil {
			t.Fatal(err)
		}
		r, err := run(t.Context(), dir, &counting{}, "pool", blank(t, 300))
		if err != nil {
			t.Fatal(err)
		}
		right(t, r, 300)
		return
	}
	dir := t.TempDir()
	c := exec.Command(os.Args[0], "-test.run=^TestFullDiskLosesNothing$")
	c.Env = append(os.Environ(), "FUSIFORM_TEST_DISK="+dir)
	out, err := c.CombinedOutput()
	if err != nil || strings.Count(string(out), "cache: could not keep counting/pool: write ") != 1 || !strings.Contains(string(out), "file too large") {
		t.Errorf("%v: %s", err, out)
	}
	if left := entries(t, dir); left != nil {
		t.Errorf("left behind: %s", left)
	}
}

// SIGINT ends Run within a second while a network goes on and on; the next
// Run goes on from what was done.
func TestSIGINT(t *testing.T) {
	if started := os.Getenv("FUSIFORM_TEST_SIGINT"); started != "" {
		n := &counting{before: func(_ context.Context, first string) error {
			if first == "100" {
				if err := os.WriteFile(started, nil, 0o666); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute)
			}
			return nil
		}}
		_, err := Run(n, "pool", blank(t, 300))
		t.Fatal(err)
	}
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	c := exec.Command(os.Args[0], "-test.run=^TestSIGINT$")
	c.Env = append(os.Environ(), "FUSIFORM_TEST_SIGINT="+started, "FUSIFORM_CACHE="+dir)
	var out strings.Builder
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(started); err == nil {
			break
		}
		if time.Now().After(deadline) {
			c.Process.Kill()
			t.Fatal("did not begin")
		}
	}
	begun := time.Now()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	took := time.Since(begun)
	t.Logf("ended %v after SIGINT", took)
	if took > time.Second || !strings.Contains(out.String(), "interrupted: 100 of 300 stimuli are kept") {
		t.Errorf("after %v: %s", took, &out)
	}
	t.Setenv("FUSIFORM_CACHE", dir)
	n := &counting{}
	r, err := Run(n, "pool", blank(t, 300))
	if err != nil {
		t.Fatal(err)
	}
	right(t, r, 300)
	if len(n.asked) != 2 {
		t.Errorf("asked for %v, want the last two blocks", n.asked)
	}
}
