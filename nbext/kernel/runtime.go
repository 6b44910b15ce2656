package kernel

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// runtimeVersion is that of ONNX Runtime. Its library comes in a package of
// the Python package index; nothing else of that package is needed.
const runtimeVersion = "1.32.0"

// withoutFile says, in the folder of the runtime, why there is no library.
const withoutFile = "without.txt"

// askAgain is how long a failure to get the library is remembered.
const askAgain = 24 * time.Hour

// library returns the path of ONNX Runtime's library, if the lab has it.
func (p *place) library() (string, bool) {
	for _, pattern := range []string{"libonnxruntime*.so*", "libonnxruntime*.dylib"} {
		if found, _ := filepath.Glob(filepath.Join(p.runtime, pattern)); len(found) > 0 {
			return found[0], true
		}
	}
	return "", false
}

// without returns why cells compute in pure Go.
func (p *place) without() (reason string, ok bool) {
	if p.golang.OS != "linux" && p.golang.OS != "darwin" {
		return "GoMLX runs networks on ONNX Runtime only on Linux and macOS", true
	}
	if p.golang.Cgo != "1" {
		return "cgo is switched off (CGO_ENABLED)", true
	}
	if _, ok := p.golang.compiler(); !ok {
		return fmt.Sprintf("there is no C compiler (%s); on Debian and Ubuntu: apt install gcc libc6-dev", p.golang.CC), true
	}
	if _, ok := p.library(); ok {
		return "", false
	}
	file := filepath.Join(p.runtime, withoutFile)
	if st, err := os.Stat(file); err == nil && time.Since(st.ModTime()) < askAgain {
		text, _ := os.ReadFile(file)
		return strings.TrimSpace(string(text)), true
	}
	return "", false
}

// engine returns the library that cells run networks on, if they do.
func (p *place) engine() (lib string, ok bool) {
	if _, without := p.without(); without {
		return "", false
	}
	return p.library()
}

// runtimeDecided reports whether the library is there or known not to come.
func (p *place) runtimeDecided() bool {
	if _, ok := p.library(); ok {
		return true
	}
	_, ok := p.without()
	return ok
}

// cgoProgram uses the same parts of C as the bindings of ONNX Runtime.
const cgoProgram = `package main

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

func main() { C.free(C.malloc(1)) }
`

// makeRuntime fetches ONNX Runtime's library. Without it networks run in pure
// Go, so a failure is told and remembered, and is none of the lab.
func (p *place) makeRuntime(ctx context.Context, t *teller) error {
	if _, ok := p.library(); ok {
		return nil
	}
	if reason, ok := p.without(); ok {
		t.say("networks run in pure Go: %s", reason)
		return nil
	}
	err := t.step("ONNX Runtime "+runtimeVersion, "fetching its library (28 MB)", func(note func(string)) error {
		return replaceDir(p.runtime, func(dir string) error {
			if err := p.tryCgo(ctx); err != nil {
				return fmt.Errorf("the C compiler does not work: %w", err)
			}
			return p.fetchLibrary(ctx, note, dir)
		})
	})
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	t.say("networks run in pure Go, which is slower: %v", err)
	if err := os.MkdirAll(p.runtime, 0o755); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	return writeFile(filepath.Join(p.runtime, withoutFile), []byte(err.Error()+"\n"))
}

// tryCgo compiles a small program with the C compiler.
func (p *place) tryCgo(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "fusiform-cgo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"go.mod": "module cgo\n", "main.go": cgoProgram} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	run := command{dir: dir, env: environ("GOFLAGS=", "GOWORK=off")}
	return run.run(ctx, p.golang.Command, "build", "-o", filepath.Join(dir, "cgo"), ".")
}

// fetchLibrary puts the library into dir. Any recent Python can ask for the
// package of one that ONNX Runtime is built for.
func (p *place) fetchLibrary(ctx context.Context, note func(string), dir string) error {
	tmp, err := os.MkdirTemp("", "fusiform-runtime-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	run := command{note: note}
	if err := run.run(ctx, p.interpreter(), "-I", "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--progress-bar=off",
		"--no-deps", "--only-binary=:all:", "--implementation=cp", "--python-version=3.12", "-d", tmp, "onnxruntime=="+runtimeVersion); err != nil {
		return err
	}
	wheels, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("expected one package of ONNX Runtime, found %d", len(wheels))
	}
	lib, err := unpackLibrary(wheels[0], dir)
	if err != nil {
		return err
	}
	return run.run(ctx, p.interpreter(), "-I", "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", lib)
}

// unpackLibrary takes ONNX Runtime's library out of its Python package.
func unpackLibrary(wheel, dir string) (lib string, err error) {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return "", err
	}
	defer z.Close()
	for _, f := range z.File {
		name := path.Base(f.Name)
		if path.Dir(f.Name) != "onnxruntime/capi" || !strings.HasPrefix(name, "libonnxruntime.") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return "", err
		}
		defer in.Close()
		lib := filepath.Join(dir, name)
		out, err := os.OpenFile(lib, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(out, in)
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		return lib, err
	}
	return "", errors.New("the package of ONNX Runtime has no library")
}
