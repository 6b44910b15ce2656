package fastgo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"fusiform/internal/simd"
)

// stressTime is how long TestStress runs: two seconds, or what FUSIFORM_STRESS
// says. By hand:
//
//	FUSIFORM_STRESS=1h go test -run Stress -timeout 2h ./nbext/models/fastgo
func stressTime(t *testing.T) time.Duration {
	if s := os.Getenv("FUSIFORM_STRESS"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if testing.Short() {
		return time.Second / 2
	}
	return 2 * time.Second
}

// A subject is a program and what it returns when nothing else runs.
type subject struct {
	p    *program
	e    compute.Executable
	want [][]float64
}

// subjects returns programs with what one thread computes.
func subjects(t *testing.T, r *referee, n int) []*subject {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	all := []*subject{{p: largeNetwork(r.slow)}}
	for seed := uint64(1); len(all) < n; seed++ {
		p := generate(r.slow, seed)
		if p == nil {
			continue
		}
		if _, err := p.run(r.slow, dtypes.Float32); err != nil {
			continue // no graph
		}
		all = append(all, &subject{p: p})
	}
	for _, s := range all {
		var err error
		if s.e, err = s.p.build(r.fast, dtypes.Float32, nil); err != nil {
			t.Fatal(err)
		}
		if s.want, err = s.p.execute(r.fast, s.e, dtypes.Float32, 1); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// largeNetwork is one whose every kind of step is shared by threads.
func largeNetwork(host compute.Backend) *program {
	g := newGen(host, 0)
	g.most, g.work = 1<<22, 1<<30
	fixed := func(scale float64, dims ...int) int { return g.data(g.numbers(sizeOf(dims), scale), false, dims) }
	x := g.input(3, 40, 40, 16)
	y := g.number("Max", g.binary("Add", g.convolution(x, fixed(.1, 3, 3, 16, 48)), fixed(1, 1, 1, 1, 48)), 0)
	z := g.pointwise(y, 16)
	z = g.binary("Add", g.slice(x, []int{0, 1, 1, 0}, []int{3, 39, 39, 16}, nil), z)
	s := g.number("Mul", g.sum(z, 1, 2), 1./(38*38))
	s = g.unary("Logistic", g.matmul(s, fixed(.5, 16, 16)))
	z = g.binary("Mul", z, g.reshape(s, 3, 1, 1, 16))
	pooled := g.add(&instr{name: "ReduceWindow", args: []int{z}, do: func(w world, v []compute.Value) (compute.Value, error) {
		return w.f.ReduceWindow(v[0], compute.ReduceOpMax, []int{1, 3, 3, 1}, []int{1, 2, 2, 1}, nil, nil, nil)
	}})
	n := g.layer(pooled, []int{3}, fixed(1, 16), fixed(1, 16))
	rows := g.reshape(n, 3, 18*18, 16)
	scores := g.softmaxOf(g.dotGeneral(rows, rows, []int{2}, []int{0}, []int{2}, []int{0}), 2)
	o := g.dotGeneral(scores, rows, []int{2}, []int{0}, []int{1}, []int{0})
	o = g.transpose(g.unary("Sin", o), 0, 2, 1)
	o = g.matmul(o, fixed(.1, 18*18, 70))
	g.p.outs = []int{o, n, y}
	return g.p
}

// same fails if outputs differ in a bit.
func same(got, want [][]float64) error {
	for i := range want {
		for k, w := range want[i] {
			if math.Float64bits(got[i][k]) != math.Float64bits(w) {
				return fmt.Errorf("output %d, element %d is %v, and %v if nothing else runs", i, k, got[i][k], w)
			}
		}
	}
	return nil
}

// TestLargeNetwork compares one network of large values with GoMLX's backend.
func TestLargeNetwork(t *testing.T) {
	for _, l := range simd.Levels() {
		t.Run(l.String(), func(t *testing.T) {
			if testing.Short() && l != simd.Active() {
				t.Skip("slow")
			}
			defer simd.Use(l)()
			r := newReferee(t)
			p := largeNetwork(r.slow)
			if _, err := r.check(p); err != nil {
				t.Error(err)
			}
			if r.failed != nil {
				t.Error(r.failed)
			}
		})
	}
}

// TestProcessors wants the same bits of any number of processors.
func TestProcessors(t *testing.T) {
	r := newReferee(t)
	n := 60
	if testing.Short() {
		n = 15
	}
	for _, s := range subjects(t, r, n) {
		for _, procs := range []int{1, 2, 4} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				for _, compiled := range []bool{true, false} { // compiled with one processor, and with these
					e := s.e
					if !compiled {
						var err error
						if e, err = s.p.build(r.fast, dtypes.Float32, nil); err != nil {
							t.Fatal(err)
						}
						defer e.Finalize()
					}
					got, err := s.p.execute(r.fast, e, dtypes.Float32, 1)
					if err == nil {
						err = same(got, s.want)
					}
					if err != nil {
						t.Fatalf("with %d processors: %v\n%v", procs, err, s.p)
					}
				}
			}()
		}
	}
}

// TestStress executes, compiles and finalizes from several goroutines at once.
func TestStress(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0))))
	r := newReferee(t)
	all := subjects(t, r, 24)
	simd.Parallel(1<<10, 1, func(lo, hi int) {}) // its goroutines stay
	before := settled(0)
	end := time.Now().Add(stressTime(t))
	var group sync.WaitGroup
	failures := make(chan error, 100)
	fail := func(s *subject, err error) {
		if err != nil {
			select {
			case failures <- fmt.Errorf("%w\n%v", err, s.p):
			default:
			}
		}
	}
	execute := func(s *subject, e compute.Executable) error {
		got, err := s.p.execute(r.fast, e, dtypes.Float32, 1)
		if err != nil {
			return err
		}
		return same(got, s.want)
	}
	count := make([]int, 6)
	for w := range count {
		group.Go(func() {
			own := rand.New(rand.NewPCG(uint64(w), 7))
			for time.Now().Before(end) && len(failures) == 0 {
				s := all[own.IntN(len(all))]
				count[w]++
				switch own.IntN(10) {
				default:
					fail(s, execute(s, s.e))
				case 0, 1: // one that nobody else has
					e, err := s.p.build(r.fast, dtypes.Float32, nil)
					if err == nil {
						err = execute(s, e)
						e.Finalize()
					}
					fail(s, err)
				case 2: // finalized in the middle
					e, err := s.p.build(r.fast, dtypes.Float32, nil)
					if err != nil {
						fail(s, err)
						continue
					}
					var inner sync.WaitGroup
					inner.Go(e.Finalize)
					if err := execute(s, e); err != nil && !strings.Contains(err.Error(), "finalized") {
						fail(s, err)
					}
					inner.Wait()
				case 3: // from inside of a parallel loop
					simd.Parallel(3, 1, func(lo, hi int) {
						for range hi - lo {
							fail(s, execute(s, s.e))
						}
					})
				}
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	if after := settled(before); after > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines are left, %d were there before:\n%s", after, before, buf[:runtime.Stack(buf, true)])
	}
	total := 0
	for _, c := range count {
		total += c
	}
	t.Logf("%d executions, each goroutine %d at least", total, slices.Min(count))
}

// settled returns the number of goroutines, when those that end have ended.
func settled(atMost int) int {
	n := runtime.NumGoroutine()
	for range 200 {
		if atMost > 0 && n <= atMost {
			return n
		}
		time.Sleep(10 * time.Millisecond)
		m := runtime.NumGoroutine()
		if atMost == 0 && m == n {
			return n
		}
		n = m
	}
	return n
}
