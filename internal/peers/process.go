package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A process is a child that ends with its context, whatever it started
// included.
type process struct {
	env []string // in addition to ours; "NAME=" takes NAME away
}

// run returns what the child printed, and its peak memory in MiB where the
// operating system tells. A failure ends with what it wrote to stderr.
func (p process) run(ctx context.Context, name string, args ...string) (stdout []byte, peak float64, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environ(p.env)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	err = cmd.Run()
	if cmd.ProcessState != nil {
		peak = peakOf(cmd.ProcessState)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, peak, context.Cause(ctx)
		}
		return nil, peak, fmt.Errorf("%w: %s", err, lastLines(complaint.String(), 4))
	}
	return out.Bytes(), peak, nil
}

// environ is our environment with some variables changed.
func environ(set []string) []string {
	env := os.Environ()
	for _, s := range set {
		name, value, _ := strings.Cut(s, "=")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if value != "" {
			env = append(env, s)
		}
	}
	return env
}

// threadVariables give both sides the same number of threads, and the peers'
// linear algebra the kernels for the processor that is there: the OPENBLAS
// variables name older ones on some machines.
func threadVariables(n int) []string {
	env := []string{"OPENBLAS_CORETYPE=", "OPENBLAS_L2_SIZE=", "PYTHONDONTWRITEBYTECODE=1"}
	for _, name := range []string{"GOMAXPROCS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"} {
		env = append(env, name+"="+strconv.Itoa(n))
	}
	return env
}

// lastLines is the end of a long complaint.
func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
