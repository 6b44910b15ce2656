package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A Report says which files of a data set are on this machine, each list in
// the order of the row.
type Report struct {
	Dir       string // where they belong
	Whole     []File // there, with the row's SHA-256
	Absent    []File
	Different []Difference // there, and not what the row says: never written to
}

// A Difference is a file that is not what the row says.
type Difference struct {
	File
	At  string // its path on this machine
	Err error  // what is different, and the remedy
}

// String counts the files.
func (r Report) String() string {
	return fmt.Sprintf("%d of %d files are whole, %d absent, %d different", len(r.Whole), len(r.Whole)+len(r.Absent)+len(r.Different), len(r.Absent), len(r.Different))
}

// Verify reads every file of a data set that is there, and compares it with
// the row; a file that cannot be read is Different. It reports progress in
// bytes. It fails if ctx ends, and for a row that is not valid or names no
// Files.
func (r DataRow) Verify(ctx context.Context) (Report, error) {
	if len(r.Files) == 0 {
		return Report{}, fmt.Errorf("catalog: what the files of %s are is not known: there is nothing to compare with", r.Name)
	}
	items, err := r.items()
	if err != nil {
		return Report{}, err
	}
	var total int64
	for _, it := range items {
		total += it.size
	}
	return Fetcher{}.crew(ctx, total).look(ctx, r, items)
}

// look compares the files of a row.
func (c *crew) look(ctx context.Context, r DataRow, items []item) (Report, error) {
	absent, faults := make([]bool, len(items)), make([]error, len(items))
	err := c.each(ctx, len(items), func(ctx context.Context, i int) error {
		path := items[i].path()
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			absent[i] = true
			return nil
		}
		err := items[i].check(ctx, path)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if faults[i] = err; err == nil {
			c.tally.add(items[i].size)
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("catalog: looking at the files of %s: %w", r.Name, err)
	}
	report := Report{Dir: r.place()}
	for i, f := range r.Files {
		switch {
		case absent[i]:
			report.Absent = append(report.Absent, f)
		case faults[i] != nil:
			report.Different = append(report.Different, Difference{File: f, At: items[i].path(), Err: faults[i]})
		default:
			report.Whole = append(report.Whole, f)
		}
	}
	return report, nil
}

// wrong is an error that names the first files that are different.
func (r Report) wrong(name string) error {
	const shown = 3
	switch n := len(r.Different); {
	case n == 0:
		return nil
	case n == 1:
		return r.Different[0].Err
	default:
		var all []string
		for _, d := range r.Different[:min(n, shown)] {
			all = append(all, strings.TrimPrefix(d.Err.Error(), "catalog: "))
		}
		more := ""
		if n > shown {
			more = fmt.Sprintf("; and %d more", n-shown)
		}
		return fmt.Errorf("catalog: %d files of %s are there and others than the catalog's; none was changed: %s%s", n, name, strings.Join(all, "; "), more)
	}
}
