package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"fusiform/analysis"
	"fusiform/nbext/catalog"
)

const fetchUsage = `usage: fusiform fetch NAME…
       fusiform fetch -list
       fusiform fetch -check NAME…
       fusiform fetch -accept NAME NAME…

Brings networks and data sets of the catalog into the data folder, after showing what each is, its
licence or terms, its size, and whom to cite. An interrupted fetch goes on where it stopped. A file is
there only when it is whole and its SHA-256 is the catalog's. Nothing else of Fusiform reaches for the
network by itself.

Terms must be accepted by typing the data set's name, or with -accept in a script; that is kept in
accepted.json in the data folder, and asked again when the terms change.

What has no address says where it comes from. Whoever knows an address, has a data set in a folder
elsewhere, or has networks and data sets of their own, writes that into networks.json and datasets.json
in the data folder (go doc fusiform/nbext/catalog LocalModels, and LocalData).

`

func fetch(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return fetching{in: os.Stdin, asks: isTerminal(os.Stdin), stdout: stdout, stderr: stderr}.run(ctx, args)
}

// A fetching is one call of the command.
type fetching struct {
	in     io.Reader
	asks   bool // somebody types there
	accept []string
	stdout io.Writer
	stderr io.Writer
}

func (j fetching) run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("fetch", flag.ContinueOnError)
	list := fs.Bool("list", false, "list networks and data sets: which are here, which can be fetched")
	check := fs.Bool("check", false, "fetch nothing: compare what is here with the catalog, file by file")
	fs.Func("accept", "accept the terms of the data set with that `NAME`, which are shown (may be given several times)", func(s string) error {
		j.accept = append(j.accept, s)
		return nil
	})
	names, err := parse(fs, fetchUsage, args, j.stderr)
	if err != nil {
		return err
	}
	switch {
	case *list && (len(names) > 0 || *check || len(j.accept) > 0):
		return &usageError{"fetch: -list takes no names and no other flags"}
	case *check && len(j.accept) > 0:
		return &usageError{"fetch: -check accepts no terms"}
	case *list:
		return listCatalog(j.stdout)
	}
	for _, name := range j.accept {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return &usageError{"fetch: which network or data set? fusiform fetch -list lists them"}
	}
	wanted := make([]entry, len(names))
	for i, name := range names { // all, before the first is fetched
		if wanted[i], err = find(name); err != nil {
			return err
		}
		if slices.Contains(j.accept, name) && wanted[i].data.Terms == "" {
			return &usageError{fmt.Sprintf("fetch: -accept %s: it has no terms to accept", name)}
		}
	}
	f := catalog.Fetcher{Get: newWeb(), Notify: func(s string) { fmt.Fprintln(j.stderr, s) }}
	for _, e := range wanted {
		switch {
		case *check && e.isData:
			err = j.checkData(ctx, e.data)
		case *check:
			err = j.checkModel(ctx, f, e.model)
		case e.isData:
			err = j.fetchData(ctx, f, e.data)
		default:
			err = j.fetchModel(ctx, f, e.model)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// An entry is a network or a data set.
type entry struct {
	isData bool
	model  catalog.ModelRow
	data   catalog.DataRow
}

// find looks for a name among networks and data sets.
func find(name string) (entry, error) {
	m, errModel := catalog.Model(name)
	if errModel == nil {
		return entry{model: m}, nil
	}
	d, errData := catalog.Data(name)
	if errData == nil {
		return entry{isData: true, data: d}, nil
	}
	var noModel, noData *catalog.UnknownError
	if !errors.As(errModel, &noModel) {
		return entry{}, errModel
	}
	if !errors.As(errData, &noData) {
		return entry{}, errData
	}
	have := slices.Concat(noModel.Have, noData.Have)
	return entry{}, &catalog.UnknownError{Kind: "network or data set", Name: name, Nearest: catalog.Nearest(name, have, 3), Have: have}
}

// fetchModel brings one network and says what it does.
func (j fetching) fetchModel(ctx context.Context, f catalog.Fetcher, row catalog.ModelRow) error {
	fmt.Fprintln(j.stdout, row)
	if row.Size > 0 {
		fmt.Fprintf(j.stdout, "  size: %s\n", megabytes(row.Size))
	}
	m := j.meter(row.Name)
	path, err := f.Model(analysis.WithProgress(ctx, m.report), row)
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(j.stdout, "  is whole (SHA-256 %s) at %s\n", row.SHA256, path)
	return nil
}

// checkModel compares a network's file with the catalog.
func (j fetching) checkModel(ctx context.Context, f catalog.Fetcher, row catalog.ModelRow) error {
	if row.File == "" {
		return fmt.Errorf("%s is part of this program: there is nothing to check", row.Name)
	}
	if _, err := row.Path(); err != nil {
		return err
	}
	m := j.meter(row.Name)
	path, err := f.Model(analysis.WithProgress(ctx, m.report), row) // which only reads a file that is there
	m.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(j.stdout, "%s is whole (SHA-256 %s) at %s\n", row.Name, row.SHA256, path)
	return nil
}

func (j fetching) meter(name string) *meter {
	return &meter{name: name, out: j.stderr, redraw: isTerminal(j.stderr)}
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

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
