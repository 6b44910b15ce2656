package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A bench is what the turns of a run share.
type bench struct {
	options
	say    io.Writer
	self   string           // this program
	python string           // the peers' interpreter
	dir    string           // the scripts, and what the turns leave; of this run alone
	cache  string           // what later runs use again
	done   map[string]error // Before, by task
}

func newBench(ctx context.Context, o options, say io.Writer) (*bench, error) {
	b := &bench{options: o, say: say, done: map[string]error{}}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.cache, err = cacheDir(); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "peers-"); err != nil {
		return nil, err
	}
	if err := writeScripts(b.dir); err != nil {
		b.close()
		return nil, err
	}
	if b.python = o.python; b.python == "" {
		v := venv{dir: filepath.Join(b.cache, "venv"), say: say}
		if b.python, err = v.ready(ctx); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) close() { os.RemoveAll(b.dir) }

// compare takes the turns of one task, and returns a row for each of its peers.
func (b *bench) compare(ctx context.Context, t Task, threads int) []result {
	rows := make([]result, len(t.Peers))
	for i, p := range t.Peers {
		rows[i] = result{Task: t.Name, Peer: p.Name, Threads: threads, amount: t.Amount, unit: t.Unit}
	}
	fail := func(r *result, err error) {
		if err != nil && r.Error == "" {
			r.Error = err.Error()
		}
	}
	if t.Before != nil {
		err, tried := b.done[t.Name]
		if !tried {
			err = t.Before(ctx, b)
			b.done[t.Name] = err
		}
		if err != nil {
			for i := range rows {
				fail(&rows[i], err)
			}
			return rows
		}
	}
	ours := side{run: func(answer string) (reading, error) { return b.ours(ctx, t, threads, answer) }}
	peers := make([]side, len(t.Peers))
	for i, p := range t.Peers {
		peers[i].run = func(answer string) (reading, error) { return b.peer(ctx, t, p, threads, answer) }
	}
	for round := range b.rounds {
		b.progress(t, threads, round)
		ours.turn(filepath.Join(b.dir, "ours"))
		for i := range peers {
			peers[i].turn(filepath.Join(b.dir, fmt.Sprint("peer", i)))
		}
	}
	for i := range rows {
		r, p := &rows[i], &peers[i]
		r.OursS, r.OursMiB = ours.best.Seconds, ours.best.MiB
		r.PeerS, r.PeerMiB = p.best.Seconds, p.best.MiB
		r.OursCPU, r.PeerCPU = ours.best.CPU, p.best.CPU
		if ours.err != nil {
			fail(r, fmt.Errorf("ours: %w", ours.err))
		}
		if p.err != nil {
			fail(r, fmt.Errorf("%s: %w", r.Peer, p.err))
		}
		if r.Error != "" {
			continue
		}
		r.Ratio = r.OursS / r.PeerS
		if len(ours.answer) == 0 || len(p.answer) == 0 {
			continue
		}
		d, err := difference(ours.answer, p.answer)
		if fail(r, err); err == nil {
			r.Difference = &d
		}
	}
	return rows
}

// A side is one of those that take turns. After an error it takes no more.
type side struct {
	run    func(answer string) (reading, error)
	best   reading
	answer []float64
	err    error
}

func (s *side) turn(path string) {
	if s.err != nil {
		return
	}
	first := s.best.Runs == 0
	if !first {
		path = ""
	}
	r, err := s.run(path)
	if err == nil && !(r.Seconds > 0) {
		err = fmt.Errorf("a time of %v s", r.Seconds)
	}
	if err != nil {
		s.err = err
		return
	}
	if first {
		s.answer, s.err = readAnswer(path)
		os.Remove(path)
		s.best = r
		return
	}
	s.best.Seconds = math.Min(s.best.Seconds, r.Seconds)
	s.best.CPU = math.Min(s.best.CPU, r.CPU)
	s.best.MiB = math.Max(s.best.MiB, r.MiB)
	s.best.Runs += r.Runs
}

func (b *bench) progress(t Task, threads, round int) {
	fmt.Fprintf(b.say, "%s %s, threads: %d, turn %d of %d\n", time.Now().Format("15:04:05"), t.Name, threads, round+1, b.rounds)
}

// ours takes one turn of our side.
func (b *bench) ours(ctx context.Context, t Task, threads int, answer string) (reading, error) {
	args := []string{"-child", t.Name, "-budget", b.measure.Budget.String()}
	if answer != "" {
		args = append(args, "-answer", answer)
	}
	told, err := json.Marshal(t.Args)
	if err != nil {
		return reading{}, err
	}
	return b.turn(ctx, append(threadVariables(threads), argsVariable+"="+string(told)), b.self, args...)
}

// peer takes one turn of a peer.
func (b *bench) peer(ctx context.Context, t Task, p Peer, threads int, answer string) (reading, error) {
	spec := map[string]any{"task": t.Name, "peer": p.Name, "threads": threads, "budget": b.measure.Budget.Seconds(), "answer": answer}
	for k, v := range t.Args {
		spec[k] = v
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return reading{}, err
	}
	return b.turn(ctx, threadVariables(threads), b.python, "-E", "-s", b.script(p.Script), string(arg))
}

// turn runs a process that prints a reading as its last line.
func (b *bench) turn(ctx context.Context, env []string, name string, args ...string) (reading, error) {
	inner, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	out, peak, err := process{env: env}.run(inner, name, args...)
	switch {
	case ctx.Err() != nil:
		return reading{}, errors.New("interrupted")
	case inner.Err() != nil:
		return reading{}, fmt.Errorf("not done within %v (-timeout)", b.timeout)
	case err != nil:
		return reading{}, err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var r reading
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		return r, fmt.Errorf("no reading in what it printed: %.200q", out)
	}
	if r.MiB == 0 {
		r.MiB = peak
	}
	return r, nil
}
