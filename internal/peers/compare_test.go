//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program writes a shell script that can be called as a side.
func program(t *testing.T, name, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

// stage is a bench whose two sides are shell scripts.
func stage(t *testing.T, ours, peer string) *bench {
	return &bench{options: options{rounds: 3, timeout: time.Minute, measure: measure{Budget: time.Millisecond}}, say: io.Discard, dir: t.TempDir(),
		done: map[string]error{}, self: program(t, "ours", ours), python: program(t, "python", peer)}
}

// The sides take turns; the best time and the highest peak count; the answers
// of the first turn are compared; both have the threads and not the variables
// that slow OpenBLAS; ours has the Args.
func TestCompare(t *testing.T) {
	t.Setenv("OPENBLAS_CORETYPE", "Prescott")
	log := filepath.Join(t.TempDir(), "log")
	turn := func(who, answerArg, bytes string) string {
		return `n=$(grep -c ` + who + ` ` + log + ` 2>/dev/null); echo "` + who + ` $GOMAXPROCS $OMP_NUM_THREADS $OPENBLAS_CORETYPE $PEERS_ARGS" >> ` + log + `
` + answerArg + `
if [ -n "$answer" ]; then printf '` + bytes + `' > "$answer"; fi
case $n in 1) s=0.25;; *) s=0.5;; esac
echo chatter
echo "{\"seconds\": $s, \"mib\": $((100+${n:-0})), \"runs\": 2}"`
	}
	one := `\000\000\000\000\000\000\360\077`  // 1
	four := `\000\000\000\000\000\000\020\100` // 4
	b := stage(t, turn("ours", `answer=$6`, one), turn("peer", `answer=$(echo "$4" | sed 's/.*"answer":"\([^"]*\)".*/\1/')`, four))
	got := b.compare(t.Context(), Task{Name: "task", Peers: []Peer{{Name: "p", Script: "s"}}, Amount: 1, Unit: "u", Args: map[string]any{"zeta": 1}}, 2)
	if len(got) != 1 {
		t.Fatalf("%d rows", len(got))
	}
	r := got[0]
	if r.Error != "" || r.OursS != .25 || r.PeerS != .25 || r.Ratio != 1 || r.OursMiB != 102 || r.PeerMiB != 102 || r.Difference == nil || *r.Difference != .75 {
		t.Errorf("row %+v", r)
	}
	text, _ := os.ReadFile(log)
	if want := strings.Repeat("ours 2 2  {\"zeta\":1}\npeer 2 2  \n", 3); string(text) != want {
		t.Errorf("turns:\n%sexpected:\n%s", text, want)
	}
}

// A side that fails leaves the other's figures, and other peers whole.
func TestCompareFailure(t *testing.T) {
	good := `if [ -n "$6" ]; then : > "$6"; fi; echo '{"seconds": 1, "mib": 5, "runs": 2}'`
	b := stage(t, good, `case "$4" in *'"peer":"bad"'*) echo "no module named x" >&2; exit 3;; *'"peer":"odd"'*) echo hello;; esac
answer=$(echo "$4" | sed 's/.*"answer":"\([^"]*\)".*/\1/'); if [ -n "$answer" ]; then : > "$answer"; fi
echo '{"seconds": 2, "mib": 9, "runs": 2}'`)
	got := b.compare(t.Context(), Task{Name: "task", Peers: []Peer{{Name: "bad"}, {Name: "fine"}}}, 1)
	if r := got[0]; !strings.Contains(r.Error, "no module named x") || r.OursS != 1 || r.PeerS != 0 || r.Ratio != 0 {
		t.Errorf("a failing peer: %+v", r)
	}
	if r := got[1]; r.Error != "" || r.Ratio != .5 || r.Difference != nil {
		t.Errorf("the peer beside it: %+v", r)
	}
	b = stage(t, good, "echo hello")
	if r := b.compare(t.Context(), Task{Name: "task", Peers: []Peer{{Name: "odd"}}}, 1)[0]; !strings.Contains(r.Error, `"hello`) {
		t.Errorf("a peer that prints no reading: %+v", r)
	}
	calls := 0
	before := Task{Name: "task", Peers: []Peer{{Name: "p"}}, Before: func(context.Context, *bench) error { calls++; return errors.New("no export") }}
	for range 2 {
		if r := b.compare(t.Context(), before, 1)[0]; r.Error != "no export" {
			t.Errorf("a failing Before: %+v", r)
		}
	}
	if calls != 1 {
		t.Errorf("Before ran %d times", calls)
	}
	b = stage(t, "sleep 60", good)
	b.timeout = 50 * time.Millisecond
	if r := b.compare(t.Context(), Task{Name: "task", Peers: []Peer{{Name: "p"}}}, 1)[0]; !strings.Contains(r.Error, "-timeout") {
		t.Errorf("a side that takes too long: %+v", r)
	}
}

// The end of the context ends a child and what it started.
func TestProcessEnds(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if b, err := os.ReadFile(pid); err == nil && strings.HasSuffix(string(b), "\n") {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	start := time.Now()
	_, _, err := process{}.run(ctx, "/bin/sh", "-c", "sleep 60 & echo $! > "+pid+"; wait")
	if !errors.Is(err, context.Canceled) || time.Since(start) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	b, _ := os.ReadFile(pid)
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	// It may be a zombie until its new parent has waited.
	for range 200 {
		if syscall.Kill(n, 0) != nil {
			return
		}
		if s, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n)); err == nil && strings.Contains(string(s), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the grandchild %d is alive", n)
}

func TestEnviron(t *testing.T) {
	t.Setenv("PEERS_A", "1")
	t.Setenv("PEERS_B", "1")
	var got []string
	for _, e := range environ([]string{"PEERS_A=", "PEERS_B=2", "PEERS_C=3"}) {
		if strings.HasPrefix(e, "PEERS_") {
			got = append(got, e)
		}
	}
	if strings.Join(got, " ") != "PEERS_B=2 PEERS_C=3" {
		t.Errorf("%q", got)
	}
}

func TestVenv(t *testing.T) {
	v := venv{dir: t.TempDir(), say: io.Discard}
	if v.complete() {
		t.Error("an empty folder is complete")
	}
	os.Mkdir(filepath.Join(v.dir, "bin"), 0o777)
	os.WriteFile(v.python(), nil, 0o777)
	os.WriteFile(filepath.Join(v.dir, stampFile), []byte("other versions\n"), 0o666)
	if v.complete() {
		t.Error("other versions are complete")
	}
	os.WriteFile(filepath.Join(v.dir, stampFile), []byte(stamp()), 0o666)
	if got, err := v.ready(t.Context()); err != nil || got != v.python() {
		t.Errorf("a complete environment: %q, %v", got, err)
	}
	t.Setenv("PATH", filepath.Dir(program(t, "python3", "echo 3.8 0")))
	v.dir = filepath.Join(v.dir, "none")
	if _, err := v.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "3.8") || !strings.Contains(err.Error(), "-python") {
		t.Errorf("with an old Python: %v", err)
	}
	exact := regexp.MustCompile(`^[\w.-]+==[\w.]+( ; .*)?$`)
	for line := range strings.Lines(requirements) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !exact.MatchString(line) {
			t.Errorf("%q is no exact version", line)
		}
	}
}

// TestVenvAdds: an environment of other versions is brought up to date where it
// is, and stays as it was if that fails.
func TestVenvAdds(t *testing.T) {
	v := venv{dir: t.TempDir(), say: io.Discard}
	os.Mkdir(filepath.Join(v.dir, "bin"), 0o777)
	pip := program(t, "pip", `echo "$@" > "$(dirname "$0")/asked"`)
	if err := os.Rename(pip, v.python()); err != nil {
		t.Fatal(err)
	}
	package5GB := filepath.Join(v.dir, "torch")
	os.WriteFile(package5GB, []byte("x"), 0o666)
	os.WriteFile(filepath.Join(v.dir, stampFile), []byte("other versions\n"), 0o666)
	if got, err := v.ready(t.Context()); err != nil || got != v.python() || !v.complete() {
		t.Errorf("%q, %v", got, err)
	}
	asked, _ := os.ReadFile(filepath.Join(v.dir, "bin", "asked"))
	if _, err := os.Stat(package5GB); err != nil || !strings.Contains(string(asked), "pip install") || !strings.Contains(string(asked), "requirements.txt") {
		t.Errorf("%v, asked %q", err, asked)
	}
	os.WriteFile(filepath.Join(v.dir, stampFile), []byte("other versions\n"), 0o666)
	os.WriteFile(v.python(), []byte("#!/bin/sh\nexit 1\n"), 0o777)
	if _, err := v.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "package index") {
		t.Error(err)
	}
	if _, err := os.Stat(package5GB); err != nil || v.complete() || !v.finished() {
		t.Errorf("after a failure: %v", err)
	}
}
