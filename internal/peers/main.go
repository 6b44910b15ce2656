package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	// Children are killed at once, so there is no need for a second Ctrl-C,
	// which would leave them.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "peers:", err)
		}
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	only    *regexp.Regexp
	threads []int
	json    bool
	list    bool
	python  string
	child   string
	measure measure
	rounds  int
	timeout time.Duration
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	only := f.String("only", "", "time the tasks whose line in -list matches the `regexp`")
	threads := f.String("threads", strconv.Itoa(runtime.NumCPU()), "`threads` of both sides; several: 1,2")
	f.BoolVar(&o.json, "json", false, "print one object a line instead of a table")
	f.BoolVar(&o.list, "list", false, "list the tasks and their peers, and end")
	f.StringVar(&o.python, "python", "", "`interpreter` that has the packages of requirements.txt; empty: an environment in the cache folder, made if need be")
	f.IntVar(&o.rounds, "rounds", 3, "turns of each side")
	f.DurationVar(&o.measure.Budget, "budget", time.Second, "how long a turn repeats its work, at least twice")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long one turn may take, with its preparation")
	f.StringVar(&o.child, "child", "", "run one `task` of ours in this process and print what it took; the command calls itself with it")
	f.StringVar(&o.measure.Answer, "answer", "", "with -child: write the answer to this `file`")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	for s := range strings.SplitSeq(*threads, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 {
			return o, fmt.Errorf("-threads: %q is no number of threads", s)
		}
		o.threads = append(o.threads, n)
	}
	if o.rounds < 1 {
		return o, fmt.Errorf("-rounds: %d", o.rounds)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	all, note := tasks()
	if o.child != "" {
		return child(all, o.child, o.measure, stdout)
	}
	if note != nil {
		fmt.Fprintln(stderr, "peers:", note)
	}
	chosen := choose(all, o.only)
	if len(chosen) == 0 {
		return fmt.Errorf("no task matches %q; -list shows all", o.only)
	}
	if o.list {
		for _, t := range chosen {
			for _, p := range t.Peers {
				fmt.Fprintln(stdout, label(t, p))
			}
		}
		return nil
	}
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	var out printer = &table{w: stdout}
	if o.json {
		out = jsonLines{stdout}
	}
	if err := out.begin(b.header(ctx)); err != nil {
		return err
	}
	for _, threads := range o.threads {
		for _, t := range chosen {
			for _, r := range b.compare(ctx, t, threads) {
				if err := out.row(r); err != nil {
					return err
				}
			}
			if ctx.Err() != nil {
				out.end()
				return errors.New("interrupted")
			}
		}
	}
	return out.end()
}
