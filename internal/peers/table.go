package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
)

// A result is one row: one task and one peer at a number of threads.
type result struct {
	Task    string  `json:"task"`
	Peer    string  `json:"peer"`
	Threads int     `json:"threads"`
	PeerS   float64 `json:"peer_s,omitzero"`
	OursS   float64 `json:"ours_s,omitzero"`
	Ratio   float64 `json:"ratio,omitzero"` // ours/peer: below 1 is faster
	PeerMiB float64 `json:"peer_mib,omitzero"`
	OursMiB float64 `json:"ours_mib,omitzero"`
	PeerCPU float64 `json:"peer_cpu_s,omitzero"` // processor time of a run
	OursCPU float64 `json:"ours_cpu_s,omitzero"`

	// Difference is the largest between the answers, relative to the
	// largest value; nil if they were not compared.
	Difference *float64 `json:"difference,omitempty"`

	Error string `json:"error,omitempty"` // why there is less than all

	amount float64
	unit   string
}

// A printer shows results as they come.
type printer interface {
	begin(header []string) error
	row(result) error
	end() error
}

// jsonLines prints one object a line.
type jsonLines struct{ w io.Writer }

func (jsonLines) begin([]string) error { return nil }
func (jsonLines) end() error           { return nil }
func (j jsonLines) row(r result) error { return json.NewEncoder(j.w).Encode(r.finite()) }
func (r result) finite() result {
	for _, v := range []*float64{&r.PeerS, &r.OursS, &r.Ratio, &r.PeerMiB, &r.OursMiB, &r.PeerCPU, &r.OursCPU} {
		if math.IsNaN(*v) || math.IsInf(*v, 0) {
			*v = 0
		}
	}
	if d := r.Difference; d != nil && (math.IsNaN(*d) || math.IsInf(*d, 0)) {
		r.Difference = nil
	}
	return r
}

// table prints a Markdown table, and under it what went wrong.
type table struct {
	w      io.Writer
	failed []string
}

func (t *table) begin(header []string) error {
	for _, h := range header {
		if _, err := fmt.Fprintf(t.w, "- %s\n", h); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(t.w, "\n| task | peer | threads | peer | ours | ours/peer | peer, per s | ours, per s | peer CPU | ours CPU | peer MiB | ours MiB | difference |\n"+
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	return err
}

func (t *table) row(r result) error {
	if r.Error != "" {
		t.failed = append(t.failed, fmt.Sprintf("%s, %s, threads %d: %s", r.Task, r.Peer, r.Threads, r.Error))
	}
	diff := ""
	if r.Difference != nil {
		diff = fmt.Sprintf("%.1e", *r.Difference)
	}
	ratio := ""
	if r.Ratio > 0 {
		ratio = fmt.Sprintf("%.2f", r.Ratio)
	}
	_, err := fmt.Fprintf(t.w, "| %s | %s | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Task, r.Peer, r.Threads,
		seconds(r.PeerS), seconds(r.OursS), ratio, r.rate(r.PeerS), r.rate(r.OursS), seconds(r.PeerCPU), seconds(r.OursCPU), mib(r.PeerMiB), mib(r.OursMiB), diff)
	return err
}

func (t *table) end() error {
	if len(t.failed) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(t.w, "\n- %s\n", strings.ReplaceAll(strings.Join(t.failed, "\n- "), "\n", "\n  "))
	return err
}

// seconds writes a time with three digits; 0 is one that is not known.
func seconds(s float64) string {
	switch {
	case s <= 0:
		return ""
	case s < 1e-3:
		return digits(s*1e6) + " µs"
	case s < 1:
		return digits(s*1e3) + " ms"
	}
	return digits(s) + " s"
}

func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (r result) rate(s float64) string {
	if s <= 0 || r.amount == 0 {
		return ""
	}
	return digits(r.amount/s) + " " + r.unit
}

func mib(v float64) string {
	if v <= 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", v)
}
