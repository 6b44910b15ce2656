package main

import (
	"encoding/json"
	"testing"
)

// inProcess runs a task of ours once, in this process, and returns its answer.
func inProcess(t *testing.T, task Task) []float64 {
	t.Helper()
	args, err := json.Marshal(task.Args)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(argsVariable, string(args))
	work, answer, err := task.Prepare()
	if err != nil {
		t.Fatal(err)
	}
	if err := work(); err != nil {
		t.Fatal(err)
	}
	return answer()
}
