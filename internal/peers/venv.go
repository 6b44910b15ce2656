package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"fusiform/nbext/catalog"
)

//go:embed requirements.txt
var requirements string

// What the environment takes on Linux, where it is largest.
const (
	venvDownloadGB = 2.5
	venvDiskGB     = 5.
	oldestPython   = "3.11" // that requirements.txt has versions for
)

// stampFile lies in an environment that is complete, and holds the hash of
// requirements.txt.
const stampFile = "fusiform.stamp"

// cacheDir is where the environment and exported networks are kept.
func cacheDir() (string, error) {
	dir, err := catalog.CacheDir()
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(filepath.Join(dir, "peers")); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o777)
}

// A venv is the peers' Python environment.
type venv struct {
	dir string
	say io.Writer
}

func (v venv) python() string { return filepath.Join(v.dir, "bin", "python") }

func stamp() string { return hash(requirements) + "\n" }

// hash is the SHA-256 of texts, in hexadecimal.
func hash(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d\n%s", len(t), t)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// complete reports whether the environment is there and of these versions.
func (v venv) complete() bool {
	got, err := os.ReadFile(filepath.Join(v.dir, stampFile))
	if err != nil || string(got) != stamp() {
		return false
	}
	_, err = os.Stat(v.python())
	return err == nil
}

// ready returns the interpreter of the environment, which is made if it is not
// there. One that is there and of other versions gets what differs: an
// environment is 5 GB, of which a new line is little.
func (v venv) ready(ctx context.Context) (string, error) {
	if v.complete() {
		return v.python(), nil
	}
	if v.finished() {
		fmt.Fprintf(v.say, "bringing the peers' Python environment in %s up to date\n", v.dir)
	} else if err := v.begin(ctx); err != nil {
		return "", err
	}
	start := time.Now()
	lock := filepath.Join(v.dir, "requirements.txt")
	if err := os.WriteFile(lock, []byte(requirements), 0o666); err != nil {
		return "", err
	}
	done := every(15*time.Second, func() {
		fmt.Fprintf(v.say, "still installing (%v)\n", time.Since(start).Round(time.Second))
	})
	_, _, err := clean.run(ctx, v.python(), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet",
		"--progress-bar=off", "--no-cache-dir", "--only-binary=:all:", "--no-deps", "-r", lock)
	done()
	if err != nil {
		return "", fmt.Errorf("installing the peers' packages (this needs the Python package index, or a mirror given by PIP_INDEX_URL): %w", err)
	}
	fmt.Fprintf(v.say, "made in %v\n", time.Since(start).Round(time.Second))
	return v.python(), os.WriteFile(filepath.Join(v.dir, stampFile), []byte(stamp()), 0o666)
}

// clean runs pip and venv without what a user has set for them.
var clean = process{env: []string{"PYTHONHOME=", "PYTHONPATH=", "PIP_USER=0", "PIP_TARGET=", "PIP_PREFIX="}}

// finished reports whether the environment has been complete once: its stamp
// comes last, and stays until there is a new one.
func (v venv) finished() bool {
	for _, p := range []string{filepath.Join(v.dir, stampFile), v.python()} {
		if _, err := os.Stat(p); err != nil {
			return false
		}
	}
	return true
}

// begin makes an environment without packages. It cannot be moved, so it is made
// where it will be.
func (v venv) begin(ctx context.Context) error {
	base, err := findPython(ctx)
	if err != nil {
		return err
	}
	if free, ok := freeGB(filepath.Dir(v.dir)); ok && free < venvDownloadGB+venvDiskGB {
		return fmt.Errorf("the peers' packages take some %.0f GB, and %.1f while they are installed; %s has %.1f GB free: set FUSIFORM_CACHE to a folder elsewhere, or -python to an interpreter that has them",
			venvDiskGB, venvDownloadGB+venvDiskGB, filepath.Dir(v.dir), free)
	}
	fmt.Fprintf(v.say, "making a Python environment for the peers, once: some %.1f GB to download, %.0f GB in %s\n", venvDownloadGB, venvDiskGB, v.dir)
	if err := os.RemoveAll(v.dir); err != nil {
		return err
	}
	if _, _, err := clean.run(ctx, base, "-m", "venv", v.dir); err != nil {
		return fmt.Errorf("making a Python environment with %s (Debian and Ubuntu: apt install python3-venv): %w", base, err)
	}
	return nil
}

// every calls f again and again until the function that it returns is called.
func every(d time.Duration, f func()) (stop func()) {
	tick, quit, gone := time.NewTicker(d), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-tick.C:
				f()
			case <-quit:
				return
			}
		}
	}()
	return func() { tick.Stop(); close(quit); <-gone }
}

// findPython returns the first interpreter in PATH that is new enough.
func findPython(ctx context.Context) (string, error) {
	var found []string
	names := []string{"python3", "python"}
	for minor := 14; minor >= 11; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, _, err := process{}.run(ctx, path, "-E", "-c", "import sys; print('%d.%d %d' % (sys.version_info[0], sys.version_info[1], sys.version_info >= (3, 11)))")
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		version, ok, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
		if err == nil && ok == "1" {
			return path, nil
		}
		found = append(found, strings.TrimSpace(path+" "+version))
	}
	msg := "the peers need Python " + oldestPython + " or newer, and there is none in PATH"
	if len(found) > 0 {
		msg += " (there is " + strings.Join(found, ", ") + ")"
	}
	return "", errors.New(msg + "; -python names one elsewhere that has the packages of requirements.txt")
}
