package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"fusiform/internal/simd"
	"fusiform/nbext/models"
)

// header says what the figures were measured on, and with what.
func (b *bench) header(ctx context.Context) []string {
	lines := []string{
		time.Now().Format("2006-01-02 15:04"),
		fmt.Sprintf("%s, %d processors, %s, %s/%s%s", processor(), runtime.NumCPU(), simd.Active(), runtime.GOOS, runtime.GOARCH, load()),
	}
	engine := "networks: none"
	if e, err := models.Backend(); err != nil {
		engine = err.Error()
	} else {
		engine = "networks on " + e.Name
	}
	lines = append(lines, "ours: "+runtime.Version()+", "+engine)
	out, _, err := process{}.run(ctx, b.python, "-E", "-s", b.script("versions"))
	if err != nil {
		return append(lines, "peers: "+err.Error())
	}
	return append(lines, "peers: "+strings.TrimSpace(string(out)),
		fmt.Sprintf("best of %d turns, each %v or two runs, after one run uncounted", b.rounds, b.measure.Budget))
}

// processor is the processor's name.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH + " processor"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH + " processor"
}

// load tells how busy the machine was before: a reader should know.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(b), " ")
	return ", load " + one
}
