package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"fusiform/nbext/kernel"
	"fusiform/nbext/models"
)

// twin runs the same command line in the twin of this program that has ONNX
// Runtime, if this one has not, the lab has fetched it, and GOMLX_BACKEND does
// not ask for another: networks run 40 times as fast in it. It reports whether
// it did, and the twin's exit status.
func twin(ctx context.Context, args []string, stdout, stderr io.Writer) (status int, ran bool) {
	if slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" }) || os.Getenv("GOMLX_BACKEND") != "" {
		return 0, false
	}
	if e, err := models.Backend(); err != nil || e.Library != "" {
		return 0, false
	}
	program, env, ok := kernel.Lab{}.Twin(ctx)
	if !ok {
		return 0, false
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, true
	case ctx.Err() != nil:
		return 130, true
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), true
	}
	return 0, false
}
