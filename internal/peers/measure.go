package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// measure says how one turn measures.
type measure struct {
	Budget time.Duration
	Answer string // a file for the answer; empty: none
}

// reading is what one turn found; py/common.py prints the same.
type reading struct {
	Seconds float64 `json:"seconds"`
	MiB     float64 `json:"mib"` // 0: ask the operating system
	Runs    int     `json:"runs"`

	// CPU is the processor time of a run, all threads together, the mean over
	// runs; 0 where the operating system does not tell.
	CPU float64 `json:"cpu"`
}

// child does one turn of a task of ours in this process.
func child(all []Task, name string, m measure, stdout io.Writer) error {
	for _, t := range all {
		if t.Name != name {
			continue
		}
		work, answer, err := t.Prepare()
		if err != nil {
			return err
		}
		r, err := repeat(work, m.Budget)
		if err != nil {
			return err
		}
		r.MiB = peakMiB()
		if m.Answer != "" {
			var v []float64
			if answer != nil {
				v = answer()
			}
			if err := writeAnswer(m.Answer, v); err != nil {
				return err
			}
		}
		return json.NewEncoder(stdout).Encode(r)
	}
	return fmt.Errorf("no task %q", name)
}

// repeat runs work once uncounted, then until the budget is spent, at least
// twice (once, if it takes longer than ten budgets) and at most 1000 times.
// Seconds is the best time.
func repeat(work func() error, budget time.Duration) (reading, error) {
	if err := work(); err != nil {
		return reading{}, err
	}
	r := reading{Seconds: math.Inf(1)}
	before := cpuSeconds()
	for start := time.Now(); r.Runs < 1000; {
		t := time.Now()
		if err := work(); err != nil {
			return r, err
		}
		took := time.Since(t)
		r.Seconds = min(r.Seconds, took.Seconds())
		r.Runs++
		if spent := time.Since(start); spent > 10*budget || spent > budget && r.Runs >= 2 {
			break
		}
	}
	r.CPU = (cpuSeconds() - before) / float64(r.Runs)
	return r, nil
}

// peakMiB is the most memory that this process has held, in MiB; 0 where
// Linux's /proc is not there.
//
// The resource usage that a parent reads starts, for a child, with the peak of
// the parent.
func peakMiB() float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kib / 1024
		}
	}
	return 0
}

// An answer travels as float64, little endian.
func writeAnswer(path string, v []float64) error {
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return os.WriteFile(path, b, 0o666)
}

func readAnswer(path string) ([]float64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	v := make([]float64, len(b)/8)
	for i := range v {
		v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return v, nil
}

// difference is the largest difference of two answers, relative to the largest
// magnitude in the peer's.
func difference(ours, peer []float64) (float64, error) {
	if len(ours) != len(peer) {
		return 0, fmt.Errorf("our answer has %d values, the peer's %d", len(ours), len(peer))
	}
	most, scale := 0., 0.
	for _, p := range peer {
		if a := math.Abs(p); a > scale && !math.IsInf(a, 0) {
			scale = a
		}
	}
	for i, p := range peer {
		d := math.Abs(ours[i] - p)
		switch {
		case ours[i] == p || math.IsNaN(ours[i]) && math.IsNaN(p): // infinite, too
			continue
		case math.IsNaN(d) || math.IsInf(d, 0):
			return 0, fmt.Errorf("value %d is %v, the peer's %v", i, ours[i], p)
		}
		most = max(most, d)
	}
	if scale == 0 {
		return most, nil
	}
	return most / scale, nil
}
