package nbext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// counting answers stimulus "7" with 7, 7.5 and 8, and notes how many it was
// shown. Before it answers, it does what before says.
type counting struct {
	mu     sync.Mutex
	asked  []int
	before func(ctx context.Context, first string) error
}

func (*counting) Name() string { return "counting" }
func (*counting) Key() string  { return "counting" }
func (n *counting) Responses(ctx context.Context, layer string, s analysis.Stimuli) (*analysis.Responses, error) {
	n.mu.Lock()
	n.asked = append(n.asked, s.Len())
	n.mu.Unlock()
	if n.before != nil {
		if err := n.before(ctx, s.At(0).ID); err != nil {
			return nil, err
		}
	}
	v := mat.NewDense(s.Len(), 3, nil)
	for i := range s.Len() {
		var x float64
		fmt.Sscan(s.At(i).ID, &x)
		v.SetRow(i, []float64{x, x + .5, x + 1})
	}
	analysis.ReportProgress(ctx, s.Len(), s.Len())
	return analysis.NewResponses("x", s, v)
}

func right(t *testing.T, r *analysis.Responses, n int) {
	t.Helper()
	if got, c := r.Dims(); got != n || c != 3 {
		t.Fatalf("%d×%d", got, c)
	}
	for i := range n {
		if got := r.Matrix().RawRowView(i); got[0] != float64(i) || got[2] != float64(i)+1 {
			t.Fatalf("row %d is %v", i, got)
		}
	}
}

// Many stimuli are shown and kept in blocks, as if they were not.
func TestBlocks(t *testing.T) {
	dir, s, n := t.TempDir(), blank(t, 300), &counting{}
	r, err := run(t.Context(), dir, n, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	right(t, r, 300)
	if !slices.Equal(n.asked, []int{100, 100, 100}) || r.Source() != "counting/pool" || len(entries(t, dir)) != 3 {
		t.Errorf("asked for %v; %s; %d entries", n.asked, r.Source(), len(entries(t, dir)))
	}
	if r, err = run(t.Context(), dir, n, "pool", s); err != nil {
		t.Fatal(err)
	}
	right(t, r, 300)
	if len(n.asked) != 3 {
		t.Errorf("asked for %v: the cache was not used", n.asked)
	}
	// Without its middle block, only that is computed.
	key, err := runKey(n, "pool", mustBlock(t, s, 100, 200))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(entryPath(dir, key), []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	n.asked = nil
	if r, err = run(t.Context(), dir, n, "pool", s); err != nil {
		t.Fatal(err)
	}
	right(t, r, 300)
	if !slices.Equal(n.asked, []int{100}) {
		t.Errorf("asked for %v, want the damaged block", n.asked)
	}
	for stimuli, want := range map[int][]int{1: {1}, 128: {128}, 129: {64, 65}, 257: {85, 86, 86}} {
		n.asked = nil
		if r, err = run(t.Context(), t.TempDir(), n, "pool", blank(t, stimuli)); err != nil {
			t.Fatal(err)
		}
		right(t, r, stimuli)
		if !slices.Equal(n.asked, want) {
			t.Errorf("%d stimuli: asked for %v, want %v", stimuli, n.asked, want)
		}
	}
}

func mustBlock(t *testing.T, s analysis.Stimuli, from, to int) analysis.Stimuli {
	t.Helper()
	var items []analysis.Stimulus
	for i := from; i < to; i++ {
		items = append(items, s.At(i))
	}
	b, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What an earlier version kept in one piece is read.
func TestOneEntryOfManyStimuli(t *testing.T) {
	dir, s, n := t.TempDir(), blank(t, 300), &counting{}
	key, err := runKey(n, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	v := mat.NewDense(300, 3, nil)
	for i := range 300 {
		v.SetRow(i, []float64{float64(i), 0, float64(i) + 1})
	}
	if err := writeEntry(entryPath(dir, key), v); err != nil {
		t.Fatal(err)
	}
	r, err := run(t.Context(), dir, n, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	right(t, r, 300)
	if n.asked != nil {
		t.Errorf("asked for %v", n.asked)
	}
}

// An interrupt ends the call within a second, even if the network goes on, and
// the next call goes on from the blocks that were done.
func TestInterruptedRunGoesOn(t *testing.T) {
	dir, s := t.TempDir(), blank(t, 400)
	ctx, cancel := context.WithCancel(t.Context())
	let := make(chan struct{})
	n := &counting{before: func(_ context.Context, first string) error {
		if first == "200" {
			cancel()
			<-let // and not when ctx ends
		}
		return nil
	}}
	begun := time.Now()
	_, err := run(ctx, dir, n, "pool", s)
	took := time.Since(begun)
	close(let)
	if !errors.Is(err, errInterrupted) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "200 of 400 stimuli are kept, which the next call goes on from") {
		t.Error(err)
	}
	if took > time.Second {
		t.Errorf("ended %v after the interrupt", took)
	}
	next := &counting{}
	r, err := run(t.Context(), dir, next, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	right(t, r, 400)
	if !slices.Equal(next.asked, []int{100, 100}) {
		t.Errorf("asked for %v, want the last two blocks", next.asked)
	}
}

// So it is after an error, an image that cannot be read, say.
func TestFailedRunGoesOn(t *testing.T) {
	dir, s := t.TempDir(), blank(t, 400)
	n := &counting{before: func(_ context.Context, first string) error {
		if first == "300" {
			return errors.New("stimulus 317: damaged")
		}
		return nil
	}}
	if _, err := run(t.Context(), dir, n, "pool", s); err == nil || err.Error() != "stimulus 317: damaged" {
		t.Fatal(err)
	}
	n.before, n.asked = nil, nil
	r, err := run(t.Context(), dir, n, "pool", s)
	if err != nil {
		t.Fatal(err)
	}
	right(t, r, 400)
	if !slices.Equal(n.asked, []int{100}) {
		t.Errorf("asked for %v, want the last block", n.asked)
	}
}

// Progress is that of the whole call.
func TestBlocksReportProgress(t *testing.T) {
	s := blank(t, 300)
	ds, err := digests(s)
	if err != nil {
		t.Fatal(err)
	}
	n := &counting{}
	b := &blocks{dir: t.TempDir(), n: n, layer: "pool", s: s, digests: ds, key: contentKey(n, "pool", s, ds)}
	var got [][2]int
	if _, err := b.run(analysis.WithProgress(t.Context(), func(done, total int) { got = append(got, [2]int{done, total}) })); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, [][2]int{{100, 300}, {200, 300}, {300, 300}}) {
		t.Error(got)
	}
}

// A network that changes its mind about its units is an error.
func TestBlocksOfOtherUnits(t *testing.T) {
	dir, s, n := t.TempDir(), blank(t, 300), &counting{}
	key, err := runKey(n, "pool", mustBlock(t, s, 100, 200))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeEntry(entryPath(dir, key), mat.NewDense(100, 2, nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), dir, n, "pool", s); err == nil || !strings.Contains(err.Error(), `has 2 units for stimulus "100" and 3 for the first`) {
		t.Error(err)
	}
}

func TestListEntries(t *testing.T) {
	dir, s, n := t.TempDir(), blank(t, 300), &counting{}
	if e, err := listEntries(dir); e != nil || err != nil {
		t.Error(e, err)
	}
	if _, err := run(t.Context(), dir, n, "pool", s); err != nil {
		t.Fatal(err)
	}
	all, err := listEntries(dir)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, e := range all {
		if time.Since(e.Used) > time.Minute || e.Bytes < 100*3*4 {
			t.Errorf("%+v", e)
		}
		if err := os.Chtimes(e.Path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(all[0].Path), "1"+tempSuffix), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	// Reading is using; what is being written now is no entry.
	if _, err := run(t.Context(), dir, n, "pool", s); err != nil {
		t.Fatal(err)
	}
	if all, err = listEntries(dir); err != nil || len(all) != 3 || time.Since(all[2].Used) > time.Minute {
		t.Error(all, err)
	}
}

// Processes that share a cache, one of which clears it all the time, all get
// the right responses, and leave nothing half-written.
func TestProcessesShareTheCache(t *testing.T) {
	if dir := os.Getenv("FUSIFORM_TEST_SHARED"); dir != "" {
		for k := range 30 {
			n := &counting{}
			r, err := run(t.Context(), dir, n, fmt.Sprint(k%3), blank(t, 260))
			if err != nil {
				t.Fatal(err)
			}
			right(t, r, 260)
			if os.Getenv("FUSIFORM_TEST_CLEARS") != "" {
				all, err := listEntries(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range all {
					os.Remove(e.Path)
				}
			}
		}
		return
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for k := range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := exec.Command(os.Args[0], "-test.run=^TestProcessesShareTheCache$")
			c.Env = append(os.Environ(), "FUSIFORM_TEST_SHARED="+dir)
			if k == 0 {
				c.Env = append(c.Env, "FUSIFORM_TEST_CLEARS=1")
			}
			if out, err := c.CombinedOutput(); err != nil || bytes.Contains(out, []byte("cache:")) {
				t.Errorf("%v: %s", err, out)
			}
		}()
	}
	wg.Wait()
	for _, path := range entries(t, dir) {
		if filepath.Ext(path) != entrySuffix {
			t.Errorf("%s is left", path)
		} else if _, err := readEntry(path, 86); err != nil {
			if _, err := readEntry(path, 87); err != nil {
				t.Error(err)
			}
		}
	}
}
