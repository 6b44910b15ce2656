package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const cellTimeout = 30 * time.Minute

// A CellError reports a cell that failed.
type CellError struct {
	Notebook string // its path
	Cell     int    // as JupyterLab numbers cells: from 1, code cells only
	Text     string // what went wrong, as the cell tells it
}

func (e *CellError) Error() string {
	return fmt.Sprintf("%s, cell %d: %s", filepath.Base(e.Notebook), e.Cell, e.Text)
}

// An Executed is a notebook that was run and what came of it.
type Executed struct {
	Notebook string   // the path of the source, which is as it was
	Executed string   // the notebook with its outputs
	Page     string   // the same as an HTML page that needs no network
	Figures  []string // the images in the outputs, in order
	Texts    []string // what stands in place of each where only text is shown
	Cells    int      // code cells
	Took     time.Duration
}

// Run prepares the lab, executes the notebooks one after the other, each in a
// kernel of its own and in its own folder, and writes into outDir for each
// NAME.ipynb the executed NAME.ipynb, the page NAME.html, and every image of
// the outputs as NAME-CELL-NUMBER.png (.svg, .jpg), the cell of Parameters not
// counted. Files of these names are replaced; the source is not changed. It
// tells Out about each cell.
//
// If a cell fails, takes longer than CellTimeout, or takes the kernel down,
// the rest of that notebook is not run, but what there is of it is written,
// and the error holds a *CellError. The other notebooks are run all the same.
//
// When ctx ends, so do the cell and the kernel.
func (l Lab) Run(ctx context.Context, notebooks []string, outDir string) ([]Executed, error) {
	if len(notebooks) == 0 {
		return nil, errors.New("kernel: no notebook to run")
	}
	outDir, err := filepath.Abs(outDir)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	seen := map[string]string{}
	for _, path := range notebooks {
		nb, err := readNotebook(path)
		if err != nil {
			return nil, err
		}
		if lang := nb.language(); lang != "" && lang != "go" {
			return nil, fmt.Errorf("kernel: %s is a notebook in %s, not in Go", path, lang)
		}
		name := filepath.Base(path)
		if other, ok := seen[name]; ok {
			return nil, fmt.Errorf("kernel: %s and %s would both be written to %s: run them apart", other, path, filepath.Join(outDir, name))
		}
		seen[name] = path
		_, remove, err := l.withParameters(path)
		if err != nil {
			return nil, err
		}
		remove()
		if a, err := filepath.Abs(path); err == nil && filepath.Dir(a) == outDir {
			return nil, fmt.Errorf("kernel: the executed %s would replace its source: choose another folder than %s", path, outDir)
		}
	}
	t := newTeller(l.Out)
	p, err := l.prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	var all []Executed
	var errs []error
	for _, path := range notebooks {
		done, err := l.runOne(ctx, p, t, path, outDir)
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		if err != nil {
			errs = append(errs, err)
		}
		if done != nil {
			all = append(all, *done)
		}
	}
	return all, errors.Join(errs...)
}

func (l Lab) runOne(ctx context.Context, p *place, t *teller, path, outDir string) (*Executed, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	timeout := l.CellTimeout
	if timeout <= 0 {
		timeout = cellTimeout
	}
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	done := &Executed{Notebook: path, Executed: filepath.Join(outDir, stem+".ipynb"), Page: filepath.Join(outDir, stem+".html")}
	notebook, remove, err := l.withParameters(path)
	if err != nil {
		return nil, err
	}
	defer remove()
	j := job{Notebook: notebook, Executed: done.Executed, Page: done.Page, Kernel: Name, Folder: filepath.Dir(path), Timeout: timeout.Seconds()}

	t.say("%s: starting the kernel", stem)
	start := time.Now()
	cells := &cellTeller{teller: t, stem: stem, cell: start}
	last, err := p.execute(ctx, j, cells.happened)
	cells.stop()
	if err != nil {
		return nil, err
	}
	done.Cells, done.Took = last.Of, time.Since(start)
	nb, err := readNotebook(done.Executed)
	if err != nil {
		return nil, err
	}
	if done.Figures, done.Texts, err = writeFigures(nb, outDir, stem); err != nil {
		return nil, err
	}
	if last.Event == "failed" {
		return done, cellError(path, last, timeout)
	}
	t.say("%s: %d cells in %s; wrote %s.ipynb, %s.html and %d figures to %s", stem, done.Cells, seconds(done.Took), stem, stem, len(done.Figures), outDir)
	return done, nil
}

// withParameters returns the path of the notebook to execute: the source, or a
// copy with Parameters.
func (l Lab) withParameters(path string) (notebook string, remove func(), err error) {
	if len(l.Parameters) == 0 {
		return path, func() {}, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("kernel: %w", err)
	}
	if data, err = parameterize(path, data, l.Parameters); err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "fusiform-run-")
	if err != nil {
		return "", nil, fmt.Errorf("kernel: %w", err)
	}
	notebook = filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(notebook, data, 0o600); err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("kernel: %w", err)
	}
	return notebook, func() { os.RemoveAll(dir) }, nil
}

// A cellTeller tells how a notebook goes on: each cell that is done, and now
// and then that a long one is still running.
type cellTeller struct {
	*teller
	stem string
	cell time.Time // when it began
	quit chan struct{}
}

func (c *cellTeller) happened(e event) {
	c.stop()
	switch e.Event {
	case "start":
		c.cell = time.Now()
		c.quit = make(chan struct{})
		go func(quit chan struct{}, start time.Time) {
			tick := time.NewTicker(alive)
			defer tick.Stop()
			for {
				select {
				case <-quit:
					return
				case <-tick.C:
					c.say("%s: cell %d of %d is running, %s", c.stem, e.Cell, e.Of, seconds(time.Since(start)))
				}
			}
		}(c.quit, c.cell)
	case "done":
		c.say("%s: cell %d of %d: %s", c.stem, e.Cell, e.Of, seconds(time.Since(c.cell)))
	case "stopped":
		c.say("%s: cell %d of %d failed after %s", c.stem, e.Cell, e.Of, seconds(time.Since(c.cell)))
	}
}

func (c *cellTeller) stop() {
	if c.quit != nil {
		close(c.quit)
		c.quit = nil
	}
}

// cellError says what went wrong in a cell: what it wrote to stderr if its
// program ran, else what the compiler said.
func cellError(path string, e event, timeout time.Duration) *CellError {
	fail := &CellError{Notebook: path, Cell: e.Cell}
	stderr := tail(strings.TrimSuffix(strings.TrimSpace(plain(e.Stderr)), e.Value), 20)
	switch {
	case e.Kind == "timeout":
		fail.Text = fmt.Sprintf("still not done after %s (-timeout)", seconds(timeout))
	case e.Kind == "dead":
		fail.Text = "the kernel died; a lack of memory is the usual reason"
	case strings.HasPrefix(e.Value, "exit status") && stderr != "":
		fail.Text = stderr
	case e.Traceback != "":
		fail.Text = tail(e.Traceback, 40)
	default:
		fail.Text = strings.TrimSpace(plain(e.Name + ": " + e.Value))
	}
	return fail
}
