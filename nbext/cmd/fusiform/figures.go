package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fusiform/nbext/kernel"
)

const figuresUsage = `usage: fusiform figures [-o DIR] [-check] [-p NAME=VALUE]... [-f FILE] [-timeout 30m] NOTEBOOK...

Executes notebooks as fusiform run does and rebuilds their figures in DIR, with figures.json: for
each its file, the SHA-256 of the file and of its pixels, what it says to who cannot see it, and
what made it (networks, stimuli, data, source, versions). It says which figures are not as they
were, which are new or gone, and what else made them: the reviewer's question of whether the same
picture comes out.

With -check it writes nothing, and the status is 1 unless all pictures, their texts and what they
were made from are as figures.json says. Another version of Fusiform or Go is said, and is no
change as long as the pictures are the same.

`

func figures(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	dir := flags.String("o", "figures", "`folder` of the figures")
	check := flags.Bool("check", false, "compare only; the status is 1 if anything has changed")
	timeout := flags.Duration("timeout", 30*time.Minute, "longest `time` for a cell")
	params := parameters(flags)
	notebooks, err := parse(flags, figuresUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(notebooks) == 0:
		return &usageError{"figures: of which notebook? fusiform figures notebooks/00-quickstart.ipynb, say"}
	case *timeout <= 0:
		return &usageError{fmt.Sprintf("figures: -timeout %v leaves no time", *timeout)}
	}
	path := filepath.Join(*dir, manifestFile)
	old, err := readManifest(path)
	if errors.Is(err, fs.ErrNotExist) && !*check {
		old, err = &manifest{}, nil
	}
	if err != nil {
		return err
	}
	l := kernel.Lab{Out: stderr, CellTimeout: *timeout}
	if l.Checkout, err = checkoutOf(notebooks[0]); err != nil {
		return err
	}
	if l.Parameters, err = params(ctx, l); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "fusiform-figures-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	done, err := l.Run(ctx, notebooks, tmp)
	if err != nil {
		return err
	}
	now, ran := &manifest{}, []string{}
	for _, e := range done {
		ran = append(ran, filepath.Base(e.Notebook))
		for i, path := range e.Figures {
			f, err := figureOf(path, filepath.Base(e.Notebook), e.Texts[i])
			if err != nil {
				return err
			}
			now.Figures = append(now.Figures, f)
		}
	}
	changes := compare(old, now, ran, *dir, tmp)
	changes.tell(stdout)
	if *check {
		if n := changes.count(); n > 0 {
			return fmt.Errorf("figures: %d of the figures in %s are not as they were", n, *dir)
		}
		return nil
	}
	// Figures of notebooks that were not run stay.
	now.Figures = append(now.Figures, slices.DeleteFunc(old.Figures, func(f figure) bool { return slices.Contains(ran, f.Notebook) })...)
	return replaceFigures(*dir, tmp, changes, now)
}

// replaceFigures brings the folder of figures up to date.
func replaceFigures(dir, from string, changes changes, now *manifest) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range changes {
		switch c.kind {
		case gone:
			if err := os.Remove(filepath.Join(dir, c.file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		default:
			data, err := os.ReadFile(filepath.Join(from, c.file))
			if err != nil {
				return err
			}
			if err := replaceFile(filepath.Join(dir, c.file), data); err != nil {
				return err
			}
		}
	}
	return now.write(filepath.Join(dir, manifestFile))
}
