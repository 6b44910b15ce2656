package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/nbext/models"
)

const scanUsage = `usage: fusiform scan -model FILE -images DIR -contrast NAME[,NAME...] [-t 7] [-layers NAME,...|all] [-o table.csv]

Shows the network every image of the folder once and finds, in all of its layers, the units that
prefer each contrast, by Welch's t over images. Prints a row for each layer and contrast: units,
dead ones (without variance), selected ones, their percentage, and the largest t. An interrupted
scan goes on where it was when it is started again.

`

// scan is the command "fusiform scan": the units of all layers that prefer
// some categories, counted.
func scan(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var j scanJob
	if err := j.parse(args, stderr); err != nil {
		return err
	}
	if err := j.run(ctx, stdout, stderr); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

// A scanJob is what the flags ask for.
type scanJob struct {
	localizeJob
	layers string
}

func (j *scanJob) parse(args []string, stderr io.Writer) error {
	fs := flag.NewFlagSet("scan", flag.ContinueOnError)
	fs.StringVar(&j.contrast, "contrast", "", "`names` of preferred domains, categories or subcategories, with commas between")
	fs.StringVar(&j.layers, "layers", "", "`names` of layers, with commas between, or \"all\" for every tensor (default: what modules and activations give)")
	fs.StringVar(&j.out, "o", "", "`file` for the table as CSV, besides standard output")
	return j.read(fs, scanUsage, args, stderr)
}

func (j *scanJob) run(ctx context.Context, stdout, stderr io.Writer) error {
	if err := writable(j.out); err != nil {
		return err
	}
	m, err := j.open(stderr)
	if err != nil {
		return err
	}
	s, err := readImages(j.images, stderr)
	if err != nil {
		return err
	}
	sc := models.Scan{Localizer: localizer.TTest{MinT: j.minT}, Tensors: j.layers == "all"}
	if j.layers != "" && !sc.Tensors {
		sc.Layers = names(j.layers)
	}
	for _, name := range names(j.contrast) {
		c, err := localizer.Named(name, s)
		if err != nil {
			return err
		}
		sc.Contrasts = append(sc.Contrasts, c)
	}
	if len(sc.Contrasts) == 0 {
		return errors.New("-contrast names nothing")
	}
	e, err := models.Backend()
	if err != nil {
		return err
	}
	for _, w := range e.Warnings {
		fmt.Fprintf(stderr, "warning: %v\n", w)
	}
	fmt.Fprintf(stderr, "images of %s to %s on %v\n", j.images, m.Name(), e)
	r, err := j.show(ctx, sc, m, s, stderr)
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintf(stderr, "%v\n", err) // says where the rest goes on
		}
		return err
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(stderr, "warning: %v\n", w)
	}
	rows := r.Table()
	if j.out != "" {
		var table bytes.Buffer
		if err := scanCSV(&table, rows); err != nil {
			return err
		}
		if err := replaceFile(j.out, table.Bytes()); err != nil {
			return err
		}
	}
	return scanText(stdout, rows)
}

func (j *scanJob) show(ctx context.Context, sc models.Scan, m *models.Model, s analysis.Stimuli, stderr io.Writer) (*models.ScanResult, error) {
	p := &progressLine{w: stderr}
	defer p.end()
	return sc.Run(analysis.WithProgress(ctx, func(done, total int) {
		p.total = total
		p.show(done)
	}), m, s)
}

// names are what stands between commas.
func names(list string) []string {
	var out []string
	for n := range strings.SplitSeq(list, ",") {
		if n = strings.TrimSpace(n); n != "" {
			out = append(out, n)
		}
	}
	return out
}

var scanHead = []string{"layer", "op", "contrast", "units", "dead", "selected", "percent", "largest t"}

// scanText writes rows in columns for a reader.
func scanText(w io.Writer, rows []models.ScanRow) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(scanHead, "\t"))
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%.2f\t%.1f\n", r.Layer, r.Op, r.Contrast, r.Units, r.Dead, r.Selected, r.Percent, r.Largest)
	}
	return t.Flush()
}

// scanCSV writes rows with numbers in full precision.
func scanCSV(w io.Writer, rows []models.ScanRow) error {
	t := csv.NewWriter(w) // keeps the first error for Error
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	t.Write(scanHead)
	for _, r := range rows {
		t.Write([]string{r.Layer, r.Op, r.Contrast, strconv.Itoa(r.Units), strconv.Itoa(r.Dead), strconv.Itoa(r.Selected), number(r.Percent), number(r.Largest)})
	}
	t.Flush()
	return t.Error()
}
