// Command fusiform opens the notebooks, runs them without a browser, and
// measures selectivity from a shell:
//
//	go run ./nbext/cmd/fusiform lab         # JupyterLab with the kernel "Go (Fusiform)"
//	go run ./nbext/cmd/fusiform new NOTEBOOK # a notebook to begin with
//	go run ./nbext/cmd/fusiform run NOTEBOOK…
//	go run ./nbext/cmd/fusiform figures -check NOTEBOOK…
//	go run ./nbext/cmd/fusiform localize -model FILE -layer NAME -images DIR -contrast faces
//	go run ./nbext/cmd/fusiform fetch NAME  # a network or a data set of the catalog
//	go run ./nbext/cmd/fusiform scan -model FILE -images DIR -contrast faces,bodies,scenes
//	go run ./nbext/cmd/fusiform inspect FILE # what a file of data holds, and the line that loads it
//	go run ./nbext/cmd/fusiform doctor      # what is in use and what is missing
//
// `fusiform help` lists all commands, `fusiform help COMMAND` the flags of
// one. The status is 0, 1 after an error, 2 after a mistake in the command
// line, and 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"fusiform/nbext/catalog"
)

// A subcommand does one thing. Its run gets the arguments after its name.
type subcommand struct {
	name  string
	short string
	run   func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

func subcommands() []subcommand {
	return []subcommand{
		{"lab", "prepare what is missing, then open the notebooks in JupyterLab", lab},
		{"new", "make a notebook to begin with", newCommand},
		{"run", "execute notebooks without a browser; write them, HTML pages and figures", run},
		{"figures", "rebuild the figures of notebooks and say which have changed", figures},
		{"kernel", "let VS Code, papermill, nbmake, Quarto and others find the kernel", kernelCommand},
		{"localize", "find the units of a network's layer that prefer a category", localize},
		{"fetch", "bring networks and data sets of the catalog into the data folder", fetch},
		{"inspect", "say what a file of data holds and which line loads it", inspectCommand},
		{"cache", "say what the computed responses take, and remove them", cacheCommand},
		{"scan", "find the units of all layers that prefer some categories", scan},
		{"doctor", "say what is in use and what is missing", doctor},
		{"train-drawnet", "train the embedded network anew", trainDrawnet},
		{"version", "print the version", version},
		{"help", "show this, or the flags of a command", help},
	}
}

// A usageError is a mistake in the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	status := start(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// start runs the command that args name and returns its status.
func start(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		overview(stderr)
		return 2
	}
	name := strings.TrimLeft(args[0], "-")
	if name == "h" {
		name = "help"
	}
	for _, c := range subcommands() {
		if c.name == name {
			return status(ctx, c.run(ctx, args[1:], stdout, stderr), stderr)
		}
	}
	return status(ctx, unknown(args[0]), stderr)
}

// status says what went wrong, if anything, and returns the exit status.
func status(ctx context.Context, err error, stderr io.Writer) int {
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "fusiform: interrupted")
		return 130
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "fusiform: %s\n", told(err))
		return 2
	default:
		fmt.Fprintf(stderr, "fusiform: %s\n", told(err))
		return 1
	}
}

// told writes an error for a terminal: names of files may hold characters that
// move its cursor.
func told(err error) string {
	var b strings.Builder
	for _, c := range err.Error() {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			q := strconv.QuoteRune(c)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func unknown(name string) error {
	var names []string
	for _, c := range subcommands() {
		names = append(names, c.name)
	}
	near := ""
	if n := catalog.Nearest(name, names, 1); len(n) > 0 {
		near = fmt.Sprintf("; did you mean %q?", n[0])
	}
	return &usageError{fmt.Sprintf("there is no command %q%s\nfusiform help lists the commands: %s", name, near, strings.Join(names, ", "))}
}

func overview(w io.Writer) {
	fmt.Fprint(w, "usage: fusiform COMMAND [flags]\n\n")
	for _, c := range subcommands() {
		fmt.Fprintf(w, "  %-15s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, `
fusiform help COMMAND lists the flags of a command.

Environment:
  FUSIFORM_DATA   folder of data sets and networks (default: fusiform-data in your home folder)
  FUSIFORM_CACHE  folder of computed responses and of the lab (default: fusiform in your cache folder)
`)
}

func help(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		overview(stdout)
		return nil
	}
	if args[0] == "help" || args[0] == "version" {
		fmt.Fprintf(stdout, "usage: fusiform %s\n", args[0])
		return nil
	}
	for _, c := range subcommands() {
		if c.name == args[0] {
			return c.run(ctx, []string{"-h"}, stdout, stdout)
		}
	}
	return unknown(args[0])
}

// parse reads flags, which may stand before, between and after the arguments,
// and returns the arguments.
func parse(fs *flag.FlagSet, usage string, args []string, stderr io.Writer) ([]string, error) {
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var rest []string
	for {
		switch err := fs.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprint(stderr, usage)
			fs.SetOutput(stderr)
			fs.PrintDefaults()
			return nil, err
		case err != nil:
			return nil, &usageError{fmt.Sprintf("%s: %v; fusiform help %s lists the flags", fs.Name(), err, fs.Name())}
		}
		// After "--" all is arguments.
		if n := len(args) - fs.NArg(); fs.NArg() == 0 || n > 0 && args[n-1] == "--" {
			return append(rest, fs.Args()...), nil
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
}
