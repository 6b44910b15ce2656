package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

const fetchUsage = `usage: fusiform fetch NAME…
       fusiform fetch -list

Brings networks of the catalog into the data folder, after showing what each is, its licence and whom to
cite. An interrupted fetch goes on where it stopped. A file is there only when it is whole and its
SHA-256 is the catalog's. Nothing else of Fusiform reaches for the network by itself.

A network without an address says where it comes from; whoever knows an address, or has networks of
their own, adds them in networks.json in the data folder (go doc fusiform/nbext/catalog LocalModels).

`

func fetch(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("fetch", flag.ContinueOnError)
	list := fs.Bool("list", false, "list the networks: which are here, which can be fetched")
	names, err := parse(fs, fetchUsage, args, stderr)
	if err != nil {
		return err
	}
	switch {
	case *list && len(names) > 0:
		return &usageError{"fetch: -list takes no names"}
	case *list:
		return listModels(stdout)
	case len(names) == 0:
		return &usageError{"fetch: which network? fusiform fetch -list lists them"}
	}
	rows := make([]catalog.ModelRow, len(names))
	for i, name := range names { // all, before the first is fetched
		if rows[i], err = catalog.Model(name); err != nil {
			return notFetched(name, err)
		}
	}
	f := catalog.Fetcher{Get: newWeb(), Notify: func(s string) { fmt.Fprintln(stderr, s) }}
	for _, row := range rows {
		if err := fetchModel(ctx, f, row, stdout, stderr); err != nil {
			return err
		}
	}
	return nil
}

// fetchModel brings one network and says what it does.
func fetchModel(ctx context.Context, f catalog.Fetcher, row catalog.ModelRow, stdout, stderr io.Writer) error {
	fmt.Fprintln(stdout, row)
	if row.Size > 0 {
		fmt.Fprintf(stdout, "  size: %s\n", megabytes(row.Size))
	}
	m := &meter{name: row.Name, out: stderr, redraw: isTerminal(stderr)}
	path, err := f.Model(analysis.WithProgress(ctx, m.report), row)
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "  is whole (SHA-256 %s) at %s\n", row.SHA256, path)
	return nil
}

// notFetched says why a name is not that of a network to fetch.
func notFetched(name string, err error) error {
	var unknown *catalog.UnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	for _, d := range append(catalog.DataSets(), catalog.Tables()...) {
		if d.Name != name {
			continue
		}
		if d.Folder == "" {
			return fmt.Errorf("%s is drawn by this program: there is nothing to fetch", name)
		}
		if path, err := catalog.Folder(d.Folder); err == nil {
			return fmt.Errorf("%s is a data set and lies at %s", name, path)
		} else {
			return fmt.Errorf("%s is a data set, of which the catalog knows no address: %w", name, err)
		}
	}
	return err
}

// listModels lists the networks of the catalog, one a line.
func listModels(w io.Writer) error {
	for _, r := range catalog.Models() {
		where := "not here; " + r.Source
		var missing *catalog.MissingError
		switch path, err := r.Path(); {
		case r.File == "":
			where = "part of this program"
		case err == nil:
			where = "here: " + path
		case !errors.As(err, &missing):
			where = err.Error()
		case len(r.URLs) > 0:
			where = fmt.Sprintf("can be fetched, %s", megabytes(r.Size))
		}
		fmt.Fprintf(w, "%-20s %s [%s]\n", r.Name, where, r.License)
	}
	_, err := catalog.LocalModels()
	return err
}

// A meter shows how much has come: a bar that moves in a terminal, else a
// line every few seconds.
type meter struct {
	name   string
	out    io.Writer
	redraw bool

	mu          sync.Mutex
	first, last time.Time
	begun       int
	drawn       bool
}

func (m *meter) report(done, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.first.IsZero() {
		m.first, m.last, m.begun = now, now, done
	}
	every := 5 * time.Second
	if m.redraw {
		every = 200 * time.Millisecond
	}
	if total <= 0 || now.Sub(m.last) < every && (done < total || !m.drawn) {
		return
	}
	m.last, m.drawn = now, true
	line := fmt.Sprintf("%s: %s of %s", m.name, megabytes(int64(done)), megabytes(int64(total)))
	if took := now.Sub(m.first); done > m.begun && took > 0 {
		rate := float64(done-m.begun) / took.Seconds()
		left := time.Duration(float64(total-done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.1f MB/s, %s left", rate/1e6, left.Round(time.Second))
	}
	if !m.redraw {
		fmt.Fprintln(m.out, line)
		return
	}
	const width = 30
	n := int(int64(done) * width / int64(total))
	fmt.Fprintf(m.out, "\r\x1b[K[%s%s] %s", strings.Repeat("#", n), strings.Repeat(" ", width-n), line)
}

// end leaves the bar's line.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.redraw && m.drawn {
		fmt.Fprintln(m.out)
	}
}

func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
