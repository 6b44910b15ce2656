package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// golang is what the go command says of itself.
type golang struct {
	Command   string // its path
	Version   string `json:"GOVERSION"`
	OS        string `json:"GOOS"`
	Arch      string `json:"GOARCH"`
	Flags     string `json:"GOFLAGS"`
	BuildDir  string `json:"GOCACHE"`
	ModuleDir string `json:"GOMODCACHE"`
}

// A NoGoError reports that there is no go command.
type NoGoError struct{ Err error }

func (e *NoGoError) Error() string {
	return "kernel: no go command: cells are compiled with it; install Go 1.26 or newer and see that its bin folder is in PATH"
}

func (e *NoGoError) Unwrap() error { return e.Err }

// goEnv asks the go command of a checkout, whose go.mod may choose a newer
// toolchain.
func goEnv(ctx context.Context, checkout string) (golang, error) {
	var g golang
	path, err := exec.LookPath("go")
	if err != nil {
		return g, &NoGoError{Err: err}
	}
	if path, err = filepath.Abs(path); err != nil {
		return g, fmt.Errorf("kernel: %w", err)
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS", "GOCACHE", "GOMODCACHE")
	cmd.Dir = checkout
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = &CommandError{Program: "go", Err: err, Output: tail(string(exit.Stderr), 10)}
		}
		return g, fmt.Errorf("kernel: asking the go command: %w", err)
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&g); err != nil {
		return g, fmt.Errorf("kernel: asking the go command: %w", err)
	}
	g.Command = path
	return g, nil
}

// environ returns the environment with some variables set ("NAME=value") or
// taken away ("NAME=").
func environ(set ...string) []string {
	var env []string
	drop := map[string]bool{}
	for _, s := range set {
		name, value, _ := strings.Cut(s, "=")
		drop[name] = true
		if value != "" {
			env = append(env, s)
		}
	}
	for _, s := range os.Environ() {
		if name, _, _ := strings.Cut(s, "="); !drop[name] {
			env = append(env, s)
		}
	}
	return env
}
