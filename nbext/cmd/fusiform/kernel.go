package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"fusiform/nbext/kernel"
)

const kernelUsage = `usage: fusiform kernel [-remove]

Lets other programs of yours find the kernel "Go (Fusiform)": VS Code, a JupyterLab or classic
notebook of your own, papermill, nbmake, nbconvert, Quarto. It writes one kernel.json to the folder
where Jupyter looks for your kernels, and -remove takes it away. Prepares the lab first, as fusiform
lab does; fusiform lab itself needs none of this.

Papermill's -p needs to learn how Go writes values: pip install CHECKOUT/nbext/kernel/papermill;
fusiform run -p needs neither.

`

func kernelCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("kernel", flag.ContinueOnError)
	remove := fs.Bool("remove", false, "take the kernel away again")
	rest, err := parse(fs, kernelUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return &usageError{fmt.Sprintf("kernel: unexpected argument %q", rest[0])}
	}
	l := kernel.Lab{Out: stdout}
	if *remove {
		dir, err := l.Unregister(ctx)
		switch {
		case err != nil:
			return err
		case dir == "":
			fmt.Fprintln(stdout, "no kernel of ours is registered")
		default:
			fmt.Fprintf(stdout, "removed %s\n", dir)
		}
		return nil
	}
	path, err := l.Register(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "registered %q in %s\n", kernel.DisplayName, filepath.Dir(path))
	return nil
}
