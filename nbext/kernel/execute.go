package kernel

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed execute.py
var executeScript string

// job is what execute.py is told to do.
type job struct {
	Notebook string  `json:"notebook"`
	Executed string  `json:"executed"`
	Page     string  `json:"page"`
	Kernel   string  `json:"kernel"`
	Folder   string  `json:"folder"`
	Timeout  float64 `json:"timeout"`
}

// event is what execute.py tells: "start" for each cell, and "done", or
// "stopped" for the one that failed; when all is written, one of "finished",
// "failed" (a cell did) and "broken" (the script did).
type event struct {
	Event string `json:"event"`
	Cell  int    `json:"cell"`
	Of    int    `json:"of"`

	Kind      string `json:"kind"` // error, timeout or dead
	Name      string `json:"name"`
	Value     string `json:"value"`
	Traceback string `json:"traceback"`
	Stderr    string `json:"stderr"`
}

// execute runs a notebook in the kernel and passes on what happens. It returns
// the last event.
func (p *place) execute(ctx context.Context, j job, happened func(event)) (event, error) {
	arg, err := json.Marshal(j)
	if err != nil {
		return event{}, fmt.Errorf("kernel: %w", err)
	}
	// Not a pipe: the kernel inherits it, and must not keep us waiting.
	said, err := os.CreateTemp("", "fusiform-run-*.log")
	if err != nil {
		return event{}, fmt.Errorf("kernel: %w", err)
	}
	defer os.Remove(said.Name())
	defer said.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return event{}, fmt.Errorf("kernel: %w", err)
	}
	defer r.Close()

	cmd := exec.CommandContext(ctx, p.interpreter(), "-I", "-c", executeScript, string(arg))
	cmd.Env = p.jupyterEnv(p.headless())
	cmd.Stdout, cmd.Stderr = said, said
	cmd.ExtraFiles = []*os.File{w}
	alone(cmd)
	err = cmd.Start()
	w.Close()
	if err != nil {
		return event{}, fmt.Errorf("kernel: %w", err)
	}
	var last event
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			last = e
			happened(e)
		}
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		reap(cmd)
		return event{}, ctx.Err()
	}
	if last.Event != "finished" && last.Event != "failed" {
		text, _ := os.ReadFile(said.Name())
		if err == nil {
			err = fmt.Errorf("it stopped early")
		}
		return event{}, fmt.Errorf("kernel: running %s: %w", j.Notebook, &CommandError{Program: "nbclient", Err: err, Output: tail(string(text), 30)})
	}
	return last, nil
}

// eval runs Go code in the kernel and returns what it prints.
func (p *place) eval(ctx context.Context, code string) (string, error) {
	dir, err := os.MkdirTemp("", "fusiform-cell-")
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	defer os.RemoveAll(dir)
	nb, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 4, "metadata": map[string]any{},
		"cells": []any{map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": code, "outputs": []any{}, "execution_count": nil}},
	})
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	j := job{Notebook: filepath.Join(dir, "cell.ipynb"), Executed: filepath.Join(dir, "executed.ipynb"), Page: filepath.Join(dir, "page.html"),
		Kernel: Name, Folder: dir, Timeout: (10 * time.Minute).Seconds()}
	if err := os.WriteFile(j.Notebook, nb, 0o644); err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	last, err := p.execute(ctx, j, func(event) {})
	if err != nil {
		return "", err
	}
	if last.Event == "failed" {
		return "", cellError("", last, 10*time.Minute)
	}
	done, err := readNotebook(j.Executed)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, c := range done.Cells {
		for _, o := range c.Outputs {
			if o.Type == "stream" && o.Stream == "stdout" {
				out.WriteString(string(o.Text))
			}
		}
	}
	return out.String(), nil
}
