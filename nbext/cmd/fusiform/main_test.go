package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/internal/simd"
	"fusiform/nbext/kernel"
)

func TestStart(t *testing.T) {
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string // parts of it
	}{
		{"", 2, "", "usage: fusiform COMMAND"},
		{"help", 0, "FUSIFORM_DATA", ""},
		{"--help", 0, "usage: fusiform COMMAND", ""},
		{"-h", 0, "usage: fusiform COMMAND", ""},
		{"help lab", 0, "-port port", ""},
		{"help run", 0, "-timeout time", ""},
		{"help doctor", 0, "usage: fusiform doctor", ""},
		{"help localize", 0, "-contrast", ""},
		{"help lb", 2, "", `did you mean "lab"?`},
		{"lap", 2, "", `there is no command "lap"; did you mean "lab"?`},
		{"version", 0, "fusiform ", ""},
		{"lab -ports 3", 2, "", "lab: flag provided but not defined: -ports; fusiform help lab lists the flags"},
		{"lab -port 70000", 2, "", "-port 70000"},
		{"lab -listen everywhere", 1, "", `cannot listen on "everywhere"`},
		{"lab -root /nowhere", 1, "", "there is no folder /nowhere"},
		{"lab nowhere.ipynb", 1, "", "no such file or directory; fusiform new makes a notebook"},
		{"lab x.ipynb y.ipynb", 2, "", `unexpected argument "y.ipynb"`},
		{"lab x.ipynb -root .", 2, "", "not both"},
		{"new", 2, "", "name one notebook"},
		{"new x.txt", 1, "", "ends in .ipynb"},
		{"run", 2, "", "which notebook?"},
		{"run x.ipynb -timeout 0s", 2, "", "leaves no time"},
		{"run x.ipynb -p cut", 2, "", `invalid value "cut" for flag -p: want NAME=VALUE`},
		{"run nowhere.ipynb", 1, "", "nowhere.ipynb: no such file"},
		{"help train-drawnet", 0, "-seed number", ""},
		{"train-drawnet -seed x", 2, "", "train-drawnet: invalid value"},
		{"train-drawnet -o /nowhere/x.onnx", 1, "", "there is no folder /nowhere"},
		{"help kernel", 0, "-remove", ""},
		{"kernel x", 2, "", `unexpected argument "x"`},
		{"doctor now", 2, "", `unexpected argument "now"`},
	} {
		var stdout, stderr bytes.Buffer
		got := start(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if got != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("fusiform %s: status %d, want %d\nstdout: %s\nstderr: %s", c.args, got, c.status, &stdout, &stderr)
		}
	}
}

// TestHelp sees to it that each command is listed and has a page of its own.
func TestHelp(t *testing.T) {
	var all bytes.Buffer
	start(t.Context(), []string{"help"}, &all, &all)
	for _, c := range subcommands() {
		if !strings.Contains(all.String(), "\n  "+c.name+" ") {
			t.Errorf("%s is not listed", c.name)
		}
		var page bytes.Buffer
		if got := start(t.Context(), []string{"help", c.name}, &page, &page); got != 0 || !strings.HasPrefix(page.String(), "usage: fusiform "+c.name) {
			t.Errorf("help %s: status %d: %s", c.name, got, &page)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		args string
		dir  string
		rest []string
	}{
		{"a -o x b", "x", []string{"a", "b"}},
		{"-o=x a", "x", []string{"a"}},
		{"a -- -o x", "d", []string{"a", "-o", "x"}},
		{"", "d", nil},
	} {
		fs := flag.NewFlagSet("run", flag.ContinueOnError)
		dir := fs.String("o", "d", "")
		rest, err := parse(fs, "", strings.Fields(c.args), &bytes.Buffer{})
		if err != nil || *dir != c.dir || !cmp.Equal(rest, c.rest) {
			t.Errorf("%q: got -o %s, %q, %v", c.args, *dir, rest, err)
		}
	}
}

func TestStatus(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		err    error
		status int
		stderr string
	}{
		{t.Context(), nil, 0, ""},
		{t.Context(), flag.ErrHelp, 0, ""},
		{t.Context(), errors.New("no"), 1, "fusiform: no\n"},
		{t.Context(), &usageError{"what?"}, 2, "fusiform: what?\n"},
		{ended, context.Canceled, 130, "fusiform: interrupted\n"},
	} {
		var stderr bytes.Buffer
		if got := status(c.ctx, c.err, &stderr); got != c.status || stderr.String() != c.stderr {
			t.Errorf("%v: %d, %q", c.err, got, &stderr)
		}
	}
}

func TestArithmetic(t *testing.T) {
	want := regexp.MustCompile(`^` + simd.Active().String() + `, \d+ threads: [\d.e+]+ GFLOP/s in float32(, [\d.e+]+ in float64)? \(`)
	if f := speed(); f.Missing || !want.MatchString(f.Value) {
		t.Errorf("%+v", f)
	}
	if f := blas(); f.Missing || !strings.Contains(f.Value, "gonum") {
		t.Errorf("%+v", f)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		fact kernel.Fact
		want string
	}{
		{kernel.Fact{What: "Go", Value: "1.26"}, "ok       Go               1.26"},
		{kernel.Fact{What: "gopls", Missing: true, Do: "do this\nthen that"}, "missing  gopls            do this\n                          then that"},
		{kernel.Fact{What: "Python", Missing: true, Essential: true, Do: "install it"}, "MISSING  Python           install it"},
	} {
		if diff := cmp.Diff(c.want, line(c.fact)); diff != "" {
			t.Error(diff)
		}
	}
}
