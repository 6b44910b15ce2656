package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write makes a file and the folders above it.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// script makes a program of shell commands.
func script(t *testing.T, path, commands string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts stand in for programs here")
	}
	return write(t, path, "#!/bin/sh\n"+commands+"\n", 0o755)
}

func TestFindPython(t *testing.T) {
	const tooOld, good, noVenv = "echo 3.8.10", "echo 3.11.2", "echo 3.12.1\necho ensurepip"
	for _, c := range []struct {
		name  string
		have  map[string]string
		want  string // the one that is chosen
		error []string
	}{
		{"first that fits", map[string]string{"python3": tooOld, "python3.10": good, "python3.9": good}, "python3.10", nil},
		{"python3 first", map[string]string{"python3": good, "python3.13": good}, "python3", nil},
		{"Python 2", map[string]string{"python": "echo 2.7.18\necho venv", "python3.12": good}, "python3.12", nil},
		{"too old", map[string]string{"python3": tooOld}, "", []string{"Python 3.9 or newer", "python3 is Python 3.8.10: too old", "apt install python3 python3-venv"}},
		{"no venv", map[string]string{"python3": noVenv}, "", []string{"is Python 3.12.1, but lacks the module ensurepip", "apt install python3-venv"}},
		{"broken", map[string]string{"python3": "exit 3"}, "", []string{"does not run: exit status 3"}},
		{"none", nil, "", []string{"there is none in PATH", "brew install python"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.have {
				script(t, filepath.Join(dir, name), text)
			}
			t.Setenv("PATH", dir)
			py, err := findPython(t.Context())
			if c.want != "" {
				if err != nil || py.Path != filepath.Join(dir, c.want) {
					t.Errorf("got %+v, %v; want %s", py, err, c.want)
				}
				return
			}
			var none *NoPythonError
			if !errors.As(err, &none) {
				t.Fatalf("got %v, want a *NoPythonError", err)
			}
			for _, want := range c.error {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in: %v", want, err)
				}
			}
		})
	}
}

func TestVenvReady(t *testing.T) {
	p := &place{venv: filepath.Join(t.TempDir(), "python")}
	if p.venvReady(t.Context()) {
		t.Error("ready without a folder")
	}
	script(t, p.interpreter(), "echo 3.11.2")
	if p.venvReady(t.Context()) {
		t.Error("ready without a stamp: a killed run would be taken for a finished one")
	}
	stamp := filepath.Join(p.venv, stampFile)
	write(t, stamp, "3.11.2\n", 0o644)
	if !p.venvReady(t.Context()) {
		t.Error("not ready with a stamp")
	}
	write(t, stamp, "3.10.4\n", 0o644)
	if p.venvReady(t.Context()) {
		t.Error("ready although the system has another Python since")
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, func() { t.Error("waits for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lock(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("a second holder got %v, want context.Canceled", err)
	}
	waits, got := make(chan bool), make(chan error)
	go func() {
		unlock, err := lock(t.Context(), path, func() { close(waits) })
		if err == nil {
			unlock()
		}
		got <- err
	}()
	<-waits
	unlock()
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestReplaceDir(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tools")
	fail := errors.New("disk full")
	err := replaceDir(path, func(d string) error {
		write(t, filepath.Join(d, "half"), "", 0o644)
		return fail
	})
	if !errors.Is(err, fail) || exists(path) {
		t.Errorf("got %v, exists: %v; want the error and no folder", err, exists(path))
	}
	for _, text := range []string{"one", "two"} {
		if err := replaceDir(path, func(d string) error {
			write(t, filepath.Join(d, text), "", 0o644)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if diff := cmp.Diff([]string{filepath.Join(path, "two")}, left); diff != "" {
		t.Error(diff)
	}
	if all, _ := os.ReadDir(dir); len(all) != 1 {
		t.Errorf("temporary folders are left: %v", all)
	}
}

// TestPinned sees to it that the versions fit together.
func TestPinned(t *testing.T) {
	checkout, err := FindCheckout()
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// Cells talk to the kernel through the library of the same module.
	if kernel, library := moduleVersion(toolsMod, gonbModule), moduleVersion(string(gomod), gonbModule); kernel != library || kernel == "" {
		t.Errorf("pinned/tools.mod has GoNB %q, go.mod has %q", kernel, library)
	}
	if moduleVersion(toolsMod, toolsModule) == "" || moduleVersion(goplsMod, goplsModule) == "" {
		t.Error("a tool has no version")
	}
	for line := range strings.Lines(requirementsIn) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		pin, _, _ := strings.Cut(line, ";")
		if pin = strings.ReplaceAll(pin, "_", "-"); !strings.Contains("\n"+requirements, "\n"+pin+"\n") && !strings.Contains("\n"+requirements, "\n"+pin+" ;") {
			t.Errorf("requirements.txt lacks %s: make it anew", pin)
		}
	}
	for line := range strings.Lines(requirements) {
		if !strings.Contains(line, "==") {
			t.Errorf("not pinned: %s", line)
		}
	}
	if got := pinnedVersion("jupyterlab"); got != "4.6.6" {
		t.Errorf("JupyterLab is %s", got)
	}
}

func TestCheckoutAbove(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	write(t, filepath.Join(deep, "x"), "", 0o644)
	write(t, filepath.Join(dir, "a", "go.mod"), "module other // module fusiform\n", 0o644)
	if got, ok := CheckoutAbove(deep); ok {
		t.Errorf("took %s for a checkout", got)
	}
	write(t, filepath.Join(dir, "go.mod"), "// a comment\nmodule fusiform\n\ngo 1.26\n", 0o644)
	if got, ok := CheckoutAbove(deep); !ok || got != dir {
		t.Errorf("got %q, %v; want %s", got, ok, dir)
	}
	var no *NoCheckoutError
	if _, err := (Lab{Checkout: deep, Cache: dir}).prepare(t.Context(), newTeller(nil)); !errors.As(err, &no) {
		t.Errorf("a folder that is no checkout gave %v", err)
	}
}

func TestSpec(t *testing.T) {
	dir := t.TempDir()
	p := &place{checkout: "/src", tools: "/lab/tools", gopls: "/lab/gopls", own: filepath.Join(dir, "own"),
		golang: golang{Command: "/go$/bin/go", Flags: "-mod=mod"}}
	want := spec{
		Argv:          []string{"/lab/tools/bin/gonb", "--kernel", "{connection_file}", "-go_work=/src", "-extra_log=" + filepath.Join(dir, "own", "gonb.log"), "-raw_error"},
		DisplayName:   "Go (Fusiform)",
		Language:      "go",
		InterruptMode: "message",
		Env: map[string]string{
			"FUSIFORM_GO": "/go$$/bin/go",
			"GOFLAGS":     "-mod=mod -ldflags=-s",
			"PATH":        "/lab/tools/bin:/lab/gopls:/go$$/bin:${PATH}",
		},
	}
	if diff := cmp.Diff(want, p.spec(true)); diff != "" {
		t.Errorf("for people: %s", diff)
	}
	want.Env["PATH"] = "/lab/tools/bin:/go$$/bin:${PATH}"
	if diff := cmp.Diff(want, p.spec(false)); diff != "" {
		t.Errorf("headless: %s", diff)
	}

	if err := p.writeSpecs(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(p.interactive(), "kernels", "fusiform", "kernel.json")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	var got spec
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.spec(true), got); diff != "" {
		t.Error(diff)
	}
	if err := p.writeSpecs(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("a kernel spec that was right was written again")
	}
}

func TestPort(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	busy := l.Addr().(*net.TCPAddr).Port
	var taken *PortError
	if _, err := freePort(busy); !errors.As(err, &taken) || taken.Port != busy {
		t.Errorf("a port in use gave %v", err)
	}
	if p, err := freePort(0); err != nil || p < firstPort {
		t.Errorf("got %d, %v", p, err)
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("KERNEL_TEST_A", "1")
	t.Setenv("KERNEL_TEST_B", "2")
	var got []string
	for _, s := range environ("KERNEL_TEST_A=", "KERNEL_TEST_B=3", "KERNEL_TEST_C=4") {
		if strings.HasPrefix(s, "KERNEL_TEST") {
			got = append(got, s)
		}
	}
	if diff := cmp.Diff([]string{"KERNEL_TEST_B=3", "KERNEL_TEST_C=4"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	fails := script(t, filepath.Join(dir, "fails"), "echo first; printf 'a\\rb\\r\\033[31mlast\\033[0m\\n' >&2; exit 4")
	var notes []string
	err := command{note: func(s string) { notes = append(notes, s) }}.run(t.Context(), fails)
	var failed *CommandError
	if !errors.As(err, &failed) || failed.Output != "first\nlast" {
		t.Errorf("got %v", err)
	}
	if want := "fails failed: exit status 4\n\tfirst\n\tlast"; err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if diff := cmp.Diff([]string{"first", "a", "b", "\x1b[31mlast\x1b[0m"}, notes); diff != "" {
		t.Error(diff)
	}

	// A program that starts another is ended together with it.
	left := filepath.Join(dir, "left")
	slow := script(t, filepath.Join(dir, "slow"), "(sleep 1; touch "+left+") &\necho started\nwait")
	ctx, cancel := context.WithCancel(t.Context())
	if err := (command{note: func(string) { cancel() }}).run(ctx, slow); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	time.Sleep(1200 * time.Millisecond)
	if exists(left) {
		t.Error("what the program started went on")
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0.0s", 440 * time.Millisecond: "0.4s", 12400 * time.Millisecond: "12s", 185 * time.Second: "3m05s"} {
		if got := seconds(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
