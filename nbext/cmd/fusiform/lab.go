package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"fusiform/nbext/kernel"
)

const labUsage = `usage: fusiform lab [-no-browser] [-port N] [-root DIR] [-listen IP] [-only-prepare] [NOTEBOOK]

Opens the notebooks in JupyterLab, on loopback and with a token, in the kernel "Go (Fusiform)"; with
an argument, that notebook, and the folder that it is in.
The first time it prepares a lab in Fusiform's cache folder: a private Python environment with
JupyterLab, the Go kernel GoNB, goimports and gopls, and the compiled packages. This needs Go 1.26
or newer, Python 3.9 or newer with its venv module, a network, and some 1.5 GB. Later starts take
seconds and need no network.

`

func lab(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("lab", flag.ContinueOnError)
	noBrowser := fs.Bool("no-browser", false, "only print the address")
	port := fs.Int("port", 0, "`port` to listen on (default: the first free one from 8888 on)")
	root := fs.String("root", "", "`folder` to show (default: the notebooks of this checkout)")
	listen := fs.String("listen", "127.0.0.1", "`address` to listen on; 0.0.0.0 lets other machines in, for use in a container")
	only := fs.Bool("only-prepare", false, "make what is missing and stop")
	rest, err := parse(fs, labUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(rest) > 1:
		return &usageError{fmt.Sprintf("lab: unexpected argument %q; one notebook can be opened", rest[1])}
	case len(rest) > 0 && *root != "":
		return &usageError{"lab: -root, or a notebook, whose folder is shown: not both"}
	case *port < 0 || *port > 65535:
		return &usageError{fmt.Sprintf("lab: -port %d is none: give 1 to 65535", *port)}
	}
	l := kernel.Lab{Out: stdout}
	if *only {
		return l.Prepare(ctx)
	}
	s := kernel.Server{Port: *port, Listen: *listen, Root: *root, Browser: !*noBrowser}
	if len(rest) > 0 {
		if _, err := os.Stat(rest[0]); err != nil {
			return fmt.Errorf("lab: %w; fusiform new makes a notebook", err)
		}
		s.Root, s.Open = filepath.Dir(rest[0]), filepath.Base(rest[0])
	}
	return l.Jupyter(ctx, s)
}

const newUsage = `usage: fusiform new NOTEBOOK.ipynb

Makes a notebook to begin with: parameters, the face units of a network, and a figure of their
tuning. It runs as it is, on what comes with Fusiform. Open it with fusiform lab NOTEBOOK.ipynb.

`

func newCommand(_ context.Context, args []string, stdout, stderr io.Writer) error {
	rest, err := parse(flag.NewFlagSet("new", flag.ContinueOnError), newUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(rest) != 1:
		return &usageError{"new: name one notebook: fusiform new faces.ipynb, say"}
	}
	path, err := kernel.NewNotebook(rest[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is made; fusiform lab %s opens it, fusiform run %s executes it\n", path, path, path)
	return nil
}

const runUsage = `usage: fusiform run [-o DIR] [-p NAME=VALUE]... [-f FILE] [-timeout 30m] NOTEBOOK...

Executes notebooks in the kernel "Go (Fusiform)", each in its own folder, and writes the executed
notebook, an HTML page that needs no network, and every figure as NAME-CELL-NUMBER.png. The
sources stay as they are. If a cell fails, its error is printed, and the status is 1.
Prepares the lab first, as fusiform lab does.

Parameters are set as papermill sets them: a cell tagged "parameters" declares variables, as in
var cut = 7.0, and a cell after it declares those given here anew. Values are read as the type of
the variable has them; a list is a,b,c or ["a", "b"].

`

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	dir := fs.String("o", "executed", "`folder` for what comes of it")
	timeout := fs.Duration("timeout", 30*time.Minute, "longest `time` for a cell")
	params := parameters(fs)
	notebooks, err := parse(fs, runUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(notebooks) == 0:
		return &usageError{"run: which notebook? fusiform run notebooks/00-quickstart.ipynb, say"}
	case *timeout <= 0:
		return &usageError{fmt.Sprintf("run: -timeout %v leaves no time", *timeout)}
	}
	l := kernel.Lab{Out: stdout, CellTimeout: *timeout}
	if l.Checkout, err = checkoutOf(notebooks[0]); err != nil {
		return err
	}
	if l.Parameters, err = params(ctx, l); err != nil {
		return err
	}
	_, err = l.Run(ctx, notebooks, *dir)
	return err
}

// parameters defines the flags -p and -f and returns a function that reads
// what they name, once the flags are parsed. What -p says counts more.
func parameters(fs *flag.FlagSet) func(context.Context, kernel.Lab) (map[string]any, error) {
	given := map[string]any{}
	fs.Func("p", "set a parameter: `NAME=VALUE`; may stand several times", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return errors.New("want NAME=VALUE")
		}
		given[name] = value
		return nil
	})
	file := fs.String("f", "", "set the parameters of a `file` of YAML or JSON (.json)")
	return func(ctx context.Context, l kernel.Lab) (map[string]any, error) {
		if *file == "" {
			return given, nil
		}
		all, err := l.ReadParameters(ctx, *file)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, given)
		return all, nil
	}
}

// checkoutOf returns the checkout that holds the working directory or this
// program, or else the notebook.
func checkoutOf(notebook string) (string, error) {
	dir, err := kernel.FindCheckout()
	if err == nil {
		return dir, nil
	}
	if above, ok := kernel.CheckoutAbove(filepath.Dir(notebook)); ok {
		return above, nil
	}
	return "", err
}

func version(_ context.Context, _ []string, stdout, _ io.Writer) error {
	what := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			what = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				what += ", revision " + s.Value
			}
		}
	}
	fmt.Fprintf(stdout, "fusiform %s, %s %s/%s\n", what, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
