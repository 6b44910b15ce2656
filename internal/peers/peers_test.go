package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test program stands for the command when a bench calls itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-child" {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The first outputs of SplitMix64 from the state 0, as in the test vectors of
// its reference implementation (Vigna, prng.di.unimi.it/splitmix64.c).
var splitMix = []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec}

func TestUniform(t *testing.T) {
	got32, got64 := uniform[float32](0, len(splitMix)), uniform[float64](0, len(splitMix))
	for i, u := range splitMix {
		want := float64(u>>40)/8388608 - 1
		if got64[i] != want || float64(got32[i]) != want {
			t.Errorf("value %d is %v and %v, expected %v", i, got64[i], got32[i], want)
		}
	}
	var sum, squares float64
	v := uniform[float64](7, 100000)
	for _, x := range v {
		if x < -1 || x >= 1 {
			t.Fatalf("%v is not in [-1, 1)", x)
		}
		sum, squares = sum+x, squares+x*x
	}
	// mean 0 and variance 1/3, within four standard errors
	if m, q := sum/1e5, squares/1e5; m < -.0073 || m > .0073 || q < .3295 || q > .3371 {
		t.Errorf("mean %v and mean square %v, expected 0 and 1/3", m, q)
	}
}

func TestSample(t *testing.T) {
	for _, c := range []struct{ n, want, last int }{{0, 0, 0}, {1, 1, 0}, {4096, 4096, 4095}, {4097, 2049, 4096}, {8192, 4096, 8190}, {1 << 24, 4096, 1<<24 - 4096}} {
		s := sample(c.n, func(i int) float64 { return float64(i) })
		if len(s) != c.want || c.want > 0 && (s[0] != 0 || s[len(s)-1] != float64(c.last)) {
			t.Errorf("of %d values %d are taken, expected %d, the last %d", c.n, len(s), c.want, c.last)
		}
	}
}

func TestTasks(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	without, err := tasks()
	if err == nil || !strings.Contains(err.Error(), "models.json") {
		t.Errorf("without data the note is %v, expected one about models.json", err)
	}
	os.Mkdir(filepath.Join(dir, "models"), 0o777)
	rows := filepath.Join(dir, "models", "models.json")
	os.WriteFile(rows, []byte(`{"tiny": {"file": "t.onnx", "input_size": 4, "output_name": "probs", "mean": [127.5, 0, 255], "std": [127.5, 1, 2]}}`), 0o666)
	all, err := tasks()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(without)+len(batches) {
		t.Errorf("%d tasks, and %d without a network", len(all), len(without))
	}
	seen := map[string]bool{}
	for _, task := range all {
		if seen[task.Name] || task.Name == "" || task.Prepare == nil || len(task.Peers) == 0 {
			t.Errorf("%q: twice, or without a name, Prepare or peers", task.Name)
		}
		seen[task.Name] = true
		for _, p := range task.Peers {
			if _, err := fs.Stat(scripts, "py/"+p.Script+".py"); err != nil {
				t.Errorf("%s: %v", label(task, p), err)
			}
		}
	}
	if !seen["tiny/batch16"] || !seen["resnet18/batch1"] || !seen["gemm/float32/4096x256x4096"] {
		t.Errorf("tasks %v", seen)
	}
	os.WriteFile(rows, []byte(`{"tiny": {"file": "t.onnx", "input_size": 4}}`), 0o666)
	if _, err := tasks(); err == nil || !strings.Contains(err.Error(), `"tiny"`) {
		t.Errorf("a row without all it needs: %v", err)
	}
}

func TestImages(t *testing.T) {
	n := network{size: 2, mean: []float32{127.5, 0, 255}, std: []float32{127.5, 1, 2}}
	x, u := n.images(2), uniform[float32](1, 24)
	for _, c := range []struct {
		at   int
		want func(u float32) float32
	}{
		{0, func(u float32) float32 { return ((u+1)*127.5 - 127.5) / 127.5 }},
		{4, func(u float32) float32 { return (u + 1) * 127.5 }},
		{11, func(u float32) float32 { return ((u+1)*127.5 - 255) / 2 }},
		{12, func(u float32) float32 { return ((u+1)*127.5 - 127.5) / 127.5 }},
		{23, func(u float32) float32 { return ((u+1)*127.5 - 255) / 2 }},
	} {
		if want := c.want(u[c.at]); x[c.at] != want {
			t.Errorf("pixel %d is %v, expected %v", c.at, x[c.at], want)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []Task{{Name: "a/1", Peers: []Peer{{Name: "x"}, {Name: "y"}}}, {Name: "a/16", Peers: []Peer{{Name: "x"}}}, {Name: "b", Peers: []Peer{{Name: "y"}}}}
	for only, want := range map[string][]string{
		"":        {"a/1 x", "a/1 y", "a/16 x", "b y"},
		"^a/1 ":   {"a/1 x", "a/1 y"},
		"y$":      {"a/1 y", "b y"},
		"a.* x|b": {"a/1 x", "a/16 x", "b y"},
		"nothing": nil,
	} {
		var got []string
		for _, task := range choose(all, regexp.MustCompile(only)) {
			for _, p := range task.Peers {
				got = append(got, label(task, p))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q chooses %q, expected %q", only, got, want)
		}
	}
	if len(all[0].Peers) != 2 {
		t.Error("choose changed the list")
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-threads", "1, 2", "-budget", "5ms", "-json"}, io.Discard)
	if err != nil || !slices.Equal(o.threads, []int{1, 2}) || o.measure.Budget != 5*time.Millisecond || !o.json {
		t.Errorf("options %+v, error %v", o, err)
	}
	if o, err = parse(nil, io.Discard); err != nil || !slices.Equal(o.threads, []int{runtime.NumCPU()}) || o.rounds != 3 {
		t.Errorf("without arguments %+v, error %v", o, err)
	}
	for _, bad := range [][]string{{"-threads", "0"}, {"-threads", "1,x"}, {"-only", "("}, {"-rounds", "0"}, {"more"}, {"-nothing"}} {
		if _, err := parse(bad, io.Discard); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestRepeat(t *testing.T) {
	n := 0
	r, err := repeat(func() error { n++; return nil }, time.Hour)
	if err != nil || r.Runs != 1000 || n != 1001 || r.Seconds < 0 {
		t.Errorf("fast work: %+v, %d calls, %v", r, n, err)
	}
	n = 0
	r, _ = repeat(func() error { n++; time.Sleep(3 * time.Millisecond); return nil }, time.Millisecond)
	if r.Runs != 2 || n != 3 || r.Seconds < 3e-3 {
		t.Errorf("work longer than the budget: %+v, %d calls", r, n)
	}
	r, _ = repeat(func() error { time.Sleep(20 * time.Millisecond); return nil }, time.Millisecond)
	if r.Runs != 1 {
		t.Errorf("work longer than ten budgets: %+v", r)
	}
	bad := errors.New("bad")
	if _, err := repeat(func() error { return bad }, 0); !errors.Is(err, bad) {
		t.Errorf("the error is %v", err)
	}
}
