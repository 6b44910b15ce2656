package kernel

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/talk.py
var talkScript string

// A talk is a conversation with a running kernel.
type talk struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

// startTalk starts the kernel that people get, with gopls if it is there, or
// that of Run.
func startTalk(t *testing.T, person bool) *talk {
	t.Helper()
	if testing.Short() {
		t.Skip("runs cells in the kernel")
	}
	l := Lab{Out: t.Output()}
	p, err := l.prepare(t.Context(), newTeller(l.Out))
	if err != nil {
		t.Fatal(err)
	}
	data := p.headless()
	if person {
		data = p.interactive()
	}
	cmd := exec.CommandContext(context.Background(), p.interpreter(), "-I", "-c", talkScript, filepath.Join(data, "kernels"), t.TempDir())
	cmd.Env = p.jupyterEnv(data)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	alone(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		ended := time.AfterFunc(20*time.Second, func() { reap(cmd) })
		cmd.Wait()
		ended.Stop()
	})
	k := &talk{t, in, bufio.NewScanner(out)}
	k.out.Buffer(nil, 64<<20)
	return k
}

// An answer is what came of a request.
type answer struct {
	Status, Ename, Evalue, Traceback, Stdout, Stderr string
	Data                                             []map[string]string
	Seconds, Shown, CPU                              float64 // Shown: to the last output

	Matches []string // of complete
	Start   int      `json:"cursor_start"`
	Found   bool     // of inspect
	Docs    map[string]string
}

// UnmarshalJSON tells the data of an inspection from those of outputs.
func (a *answer) UnmarshalJSON(b []byte) error {
	type fields answer
	var raw struct {
		*fields
		Data json.RawMessage
	}
	raw.fields = (*fields)(a)
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw.Data) > 0 && raw.Data[0] == '{' {
		return json.Unmarshal(raw.Data, &a.Docs)
	}
	return json.Unmarshal(append([]byte{}, orNull(raw.Data)...), &a.Data)
}

func orNull(b []byte) []byte {
	if len(b) == 0 {
		return []byte("null")
	}
	return b
}

// ask sends a request. The cursor stands where ‸ does in the code.
func (k *talk) ask(do, code string) answer {
	k.t.Helper()
	before, after, _ := strings.Cut(code, "‸")
	line, err := json.Marshal(map[string]any{"do": do, "code": before + after, "cursor": len([]rune(before))})
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.in.Write(append(line, '\n')); err != nil {
		k.t.Fatal(err)
	}
	start := time.Now()
	defer func() { k.t.Logf("%5.1fs %s %.60q", time.Since(start).Seconds(), do, code) }()
	if !k.out.Scan() {
		k.t.Fatalf("the kernel is gone (%v)", k.out.Err())
	}
	var a answer
	if err := json.Unmarshal(k.out.Bytes(), &a); err != nil {
		k.t.Fatalf("%v: %s", err, k.out.Bytes())
	}
	return a
}

// does runs a cell that must succeed and print this.
func (k *talk) does(code, want string) {
	k.t.Helper()
	if a := k.ask("execute", code); a.Status != "ok" || a.Stdout != want || a.Stderr != "" {
		k.t.Errorf("%s\nstatus %s, stdout %q, want %q\n%s %s", code, a.Status, a.Stdout, want, a.Stderr, a.Traceback)
	}
}

// TestCells: imports that are not typed, errors of a line, and an interrupt
// after which all goes on.
func TestCells(t *testing.T) {
	k := startTalk(t, false)

	// No import is written: ours, one of which has the name of another, and
	// those of the standard library.
	k.does("var stimuli = nb.Must(analysis.NewStimuli([]analysis.Stimulus{{ID: \"a\"}, {ID: \"b\"}, {ID: \"c\"}}))", "")
	k.does("%%\nvar m *rsa.RSM\nfmt.Println(stimuli.Len(), m == nil, plots.RSM{}.Matrix == nil, strings.ToUpper(\"x\"))", "3 true true X\n")
	k.does("%%\nfmt.Println(localizer.TTest{MinT: 7}.MinT, encoding.Ridge{}.Folds, tuning.Profile{}.Source == \"\")", "7 0 true\n")

	// All three were built without the go command (cellgo).
	k.does("!*ls | grep -c '^fusiform-.*json$'", "3\n")

	// An error of ours is its line and the cell's; nothing of a stack.
	a := k.ask("execute", "%%\nfmt.Println(\"before\")\nnb.Must(nb.Data(\"no such set\"))")
	if a.Status != "error" || a.Stdout != "before\n" {
		t.Errorf("an error gave status %s, stdout %q", a.Status, a.Stdout)
	}
	if said := plain(a.Stderr); !regexp.MustCompile(`(?s)^error: [^\n]*no such set[^\n]*\n +at +cell \d+, line 3\n`).MatchString(said) || strings.Contains(said, "goroutine") {
		t.Errorf("an error says %q", said)
	}
	// So is one of the compiler: the cell and its line, not those of the program.
	a = k.ask("execute", "%%\nfmt.Println(undefinedName)")
	if said := plain(a.Traceback); a.Status != "error" || !regexp.MustCompile(`Cell\[\d+\]: Line 2\b`).MatchString(said) || !strings.Contains(said, "undefined: undefinedName") || strings.Contains(said, "func main") {
		t.Errorf("the compiler's error is %q", said)
	}

	// An interrupt ends the cell, soon, and no more than the cell.
	cache := t.TempDir()
	k.does(fmt.Sprintf("%%env FUSIFORM_CACHE %s\n%%%%\nfmt.Print()", cache), fmt.Sprintf("Set: FUSIFORM_CACHE=%q\n", cache))
	a = k.ask("interrupt", "%%\nnet := nb.Must(models.Open(\"drawnet\"))\nfmt.Println(\"running\")\nfor {\n\ts := nb.Must(simulate.Drawings{Name: \"d\", PerCategory: 40, Seed: uint64(time.Now().UnixNano())}.Stimuli())\n\tnb.Must(nb.Run(net, \"relu_fc\", s))\n}")
	if a.Status != "error" || a.Seconds > 8 {
		t.Errorf("an interrupted cell gave %s after %.1f s: %s %s", a.Status, a.Seconds, a.Stderr, a.Traceback)
	}
	k.does("%%\nfmt.Println(stimuli.Len(), len(nb.Must(models.Open(\"drawnet\")).Name()))", "3 7\n")
	var left []string
	filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !regexp.MustCompile(`^[0-9a-f]{16,}|lock`).MatchString(d.Name()) {
			left = append(left, path)
		}
		return nil
	})
	if len(left) > 0 {
		t.Errorf("an interrupted cell leaves %v", left)
	}
	if a := k.ask("execute", "%%\nnb.Must(nb.Run(nb.Must(models.Open(\"drawnet\")), \"relu_fc\", nb.Must(nb.Data(\"drawn-test\"))))\nfmt.Println(\"read\")"); a.Stdout != "read\n" {
		t.Errorf("after an interrupt: %+v", a)
	}
}

// TestCompletion: gopls knows our packages, in cells that import them and in
// those that do not.
func TestCompletion(t *testing.T) {
	p, err := (Lab{}).place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("CI") == "" && !p.goplsReady() {
		t.Skip("gopls is not built: fusiform lab -only-prepare builds it, and so does this test if CI is set")
	}
	if !testing.Short() {
		if err := (Lab{Out: t.Output()}).Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	k := startTalk(t, true)
	const imports = "import (\n\t\"fusiform/analysis/localizer\"\n\tnb \"fusiform/nbext\"\n)\n"
	for _, c := range []struct {
		code string
		want []string
	}{
		{imports + "%%\nx := localizer.‸", []string{"TTest", "Faces", "DPrime"}},
		{imports + "%%\nx := localizer.TTest{Min‸}", []string{"MinT"}},
		{imports + "%%\nnb.Sh‸", []string{"Show"}},
	} {
		var a answer
		for range 20 { // gopls begins by loading the packages
			if a = k.ask("complete", c.code); len(a.Matches) > 0 {
				break
			}
			time.Sleep(500 * time.Millisecond)
		}
		for _, want := range c.want {
			if !slices.ContainsFunc(a.Matches, func(m string) bool { return strings.HasPrefix(m, want) }) {
				t.Errorf("%s: %s is not among %d: %.300v", c.code, want, len(a.Matches), a.Matches)
			}
		}
	}
	for code, want := range map[string]string{
		imports + "%%\nfmt.Println(localizer.TTe‸st{})": "Welch",
		imports + "%%\nfmt.Println(nb.Mu‸st(1, nil))":   "ends the cell",
		"%%\nfmt.Println(localizer.TTest{}.Loc‸alize)":  "fROI",
	} {
		if a := k.ask("inspect", code); !a.Found || !strings.Contains(fmt.Sprint(a.Docs), want) {
			t.Errorf("%s: %q is not in %v", code, want, a.Docs)
		}
	}
}
