package simd

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// handOff is the work, in floating-point operations, below which giving a part
// to another processor costs more than it saves: some microseconds.
const handOff = 1 << 18

// Grain returns how many items of a given cost, in floating-point operations
// or what takes as long, are worth handing to another processor.
func Grain(cost int) int { return max(1, handOff/max(1, cost)) }

// Parallel calls f for consecutive parts [lo, hi) that make up [0, n), on at
// most GOMAXPROCS processors at once, and returns when all are done. Parts
// have grain items or more, but for the last. Which processor gets which part
// is not determined; f must write to different places for different items.
//
// The caller works too and never waits for a free processor, so calls may nest
// and run side by side: with nobody free, the caller does all of it. A panic
// in f is raised in the caller.
func Parallel(n, grain int, f func(lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 || n <= grain {
		f(0, n)
		return
	}
	parts := min((n+grain-1)/grain, 4*procs)
	j := &job{f: f, n: n, chunk: (n + parts - 1) / parts}
	hired := hire(j, min(procs-max(1, int(occupied.Load())), parts-1))
	j.work()
	j.settle(hired)
}

// occupied is how many processors are kept busy by calls of Occupy.
var occupied atomic.Int32

// Occupy announces that the calling goroutine will keep a processor busy, its
// calls of Parallel included, until leave is called. Where several goroutines
// do so, Parallel gives each of them fewer helpers: as many goroutines as
// processors then run side by side without getting into each other's way.
func Occupy() (leave func()) {
	occupied.Add(1)
	return func() { occupied.Add(-1) }
}

// A job is one call of Parallel.
type job struct {
	f        func(lo, hi int)
	n, chunk int
	next     atomic.Int64
	working  atomic.Int32 // workers that took the job and have not left it
	panicked atomic.Pointer[any]
}

// work does parts of the job until there is none.
func (j *job) work() {
	defer func() {
		if p := recover(); p != nil {
			j.panicked.CompareAndSwap(nil, &p)
			j.next.Store(int64(j.n)) // the others stop early
		}
	}()
	for {
		hi := int(j.next.Add(int64(j.chunk)))
		lo := hi - j.chunk
		if lo >= j.n {
			return
		}
		j.f(lo, min(hi, j.n))
	}
}

// settle takes the job back from workers that have not begun, waits for the
// others, and lets them go.
func (j *job) settle(hired []*worker) {
	for _, w := range hired {
		if w.box.CompareAndSwap(j, nil) {
			w.busy.Store(false)
			j.working.Add(-1)
		}
	}
	for spins := 0; j.working.Load() > 0; spins++ {
		if spins > 1000 {
			runtime.Gosched()
		}
	}
	if p := j.panicked.Load(); p != nil {
		panic(*p)
	}
}

// A worker is a goroutine that takes jobs out of its box. One that has waited
// for longer than the gap between two layers of a network sleeps.
type worker struct {
	busy   atomic.Bool         // set by who puts a job into the box
	box    atomic.Pointer[job] // emptied by the worker, or by who withdraws
	asleep atomic.Bool
	wake   chan struct{}
}

var workers struct {
	sync.Mutex
	all atomic.Pointer[[]*worker]
}

// hire puts the job into the boxes of up to n free workers.
func hire(j *job, n int) (hired []*worker) {
	if n <= 0 {
		return nil
	}
	all := workers.all.Load()
	if all == nil || len(*all) < n {
		all = staff(n)
	}
	for _, w := range *all {
		if len(hired) == n {
			break
		}
		if !w.busy.CompareAndSwap(false, true) {
			continue
		}
		j.working.Add(1)
		w.box.Store(j)
		if w.asleep.Load() {
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}
		hired = append(hired, w)
	}
	return hired
}

// staff starts workers until there are n.
func staff(n int) *[]*worker {
	workers.Lock()
	defer workers.Unlock()
	var all []*worker
	if old := workers.all.Load(); old != nil {
		all = append(all, *old...)
	}
	for len(all) < n {
		w := &worker{wake: make(chan struct{}, 1)}
		go w.run()
		all = append(all, w)
	}
	workers.all.Store(&all)
	return &all
}

// patience is how long a worker looks for the next job before it sleeps.
const patience = 50 * time.Microsecond

func (w *worker) run() {
	for {
		j := w.await()
		j.work()
		w.busy.Store(false)
		j.working.Add(-1)
	}
}

// await returns the next job.
func (w *worker) await() *job {
	for {
		for start, spins := time.Now(), 0; ; spins++ {
			if j := w.box.Load(); j != nil && w.box.CompareAndSwap(j, nil) {
				return j
			}
			if spins%64 == 63 {
				if time.Since(start) > patience {
					break
				}
				runtime.Gosched()
			}
		}
		w.asleep.Store(true)
		if w.box.Load() == nil {
			<-w.wake
		}
		w.asleep.Store(false)
	}
}
