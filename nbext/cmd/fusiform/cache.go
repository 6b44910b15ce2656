package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"fusiform/nbext"
	"fusiform/nbext/catalog"
)

const cacheUsage = `usage: fusiform cache [-older TIME | -clear]

Says how much room the responses take that nb.Run has kept, and the data sets of simulated people, and
where they lie. Nothing is removed by itself; whatever is removed is computed again when it is asked for.

`

func cacheCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("cache", flag.ContinueOnError)
	all := fs.Bool("clear", false, "remove all of it")
	var older age
	fs.Var(&older, "older", "remove what was not used for this `time`: 30d, 12h")
	rest, err := parse(fs, cacheUsage, args, stderr)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return &usageError{fmt.Sprintf("cache: unexpected argument %q", rest[0])}
	case *all && older.set:
		return &usageError{"cache: -clear removes all of it: leave out -older"}
	}
	entries, err := nbext.CacheEntries()
	if err != nil {
		return err
	}
	dir, err := catalog.CacheDir()
	if err != nil {
		return err
	}
	var kept, removed, keptBytes, removedBytes int64
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !*all && (!older.set || time.Since(e.Used) < older.d) {
			kept, keptBytes = kept+1, keptBytes+e.Bytes
			continue
		}
		if err := e.Remove(); err != nil {
			return err
		}
		removed, removedBytes = removed+1, removedBytes+e.Bytes
	}
	if *all || older.set {
		fmt.Fprintf(stdout, "removed %d entries, %s\n", removed, megabytes(removedBytes))
	}
	fmt.Fprintf(stdout, "%d entries, %s, in %s\n", kept, megabytes(keptBytes), dir)
	return nil
}

// An age is a duration that may be given in days.
type age struct {
	d   time.Duration
	set bool
}

func (a *age) String() string { return "" }

func (a *age) Set(s string) error {
	var err error
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		if err == nil && !(n >= 0 && n < 36500) {
			err = errors.New("no number of days")
		}
		a.d = time.Duration(n * 24 * float64(time.Hour))
	} else {
		a.d, err = time.ParseDuration(s)
	}
	if err == nil && a.d < 0 {
		err = errors.New("is below 0")
	}
	if err != nil {
		return fmt.Errorf("give a time as 30d or 12h: %w", err)
	}
	a.set = true
	return nil
}
