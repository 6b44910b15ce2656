package main

import (
	"context"
	"regexp"
	"slices"
)

// A Task is a piece of work that both sides can do.
type Task struct {
	Name  string // "gemm/float32/1024x1024x1024"
	Peers []Peer

	// Args is what the script of a peer is told, besides what every script
	// is told (see py/common.py), and what Prepare finds by told.
	Args map[string]any

	// Amount is how much work one run is, in Unit: GFLOP, images. The table
	// shows it per second. 0: nothing to show.
	Amount float64
	Unit   string

	// Prepare makes the inputs and returns what is timed, and the answer,
	// asked for after the last run; a nil answer is not compared. It runs in
	// a process of its own.
	Prepare func() (work func() error, answer func() []float64, err error)

	// Before, if not nil, runs before the first turn in the command's own
	// process: it makes files that both sides read.
	Before func(ctx context.Context, b *bench) error
}

// A Peer is one way in which Python does a Task.
type Peer struct {
	Name   string // "numpy"
	Script string // in py/, without .py
}

// tasks are all tasks. The error tells what is left out, and why.
func tasks() ([]Task, error) {
	networks, err := networkTasks()
	return slices.Concat(networks, linearTasks(), trainingTasks(), scanTasks(), compareTasks(), inferenceTasks(), solverTasks(), rsmTasks(), localizerTasks(), ridgeTasks(), mismatchTasks(), plotTasks(), glmTasks(), readTasks()), err
}

// label is what -list shows and -only is matched with.
func label(t Task, p Peer) string { return t.Name + " " + p.Name }

// choose returns the tasks, each with the peers that match.
func choose(all []Task, only *regexp.Regexp) []Task {
	var chosen []Task
	for _, t := range all {
		t.Peers = slices.DeleteFunc(slices.Clone(t.Peers), func(p Peer) bool { return !only.MatchString(label(t, p)) })
		if len(t.Peers) > 0 {
			chosen = append(chosen, t)
		}
	}
	return chosen
}
