//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package kernel

import (
	"context"
	"errors"
	"os/exec"
)

func alone(*exec.Cmd) {}

func reap(*exec.Cmd) {}

func lock(context.Context, string, func()) (func(), error) {
	return nil, errors.New("kernel: the lab runs on Linux and macOS (on Windows: in WSL)")
}
