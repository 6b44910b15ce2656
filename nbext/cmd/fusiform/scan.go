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
	fs.StringVar(&j.model, "model", "", "`network`: an .onnx file, or a name of the catalog")
	fs.StringVar(&j.images, "images", "", "`folder` with a subfolder for each category or an index.csv, or a name of the catalog")
	fs.StringVar(&j.contrast, "contrast", "", "`names` of preferred domains, categories or subcategories, with commas between")
	fs.StringVar(&j.layers, "layers", "", "`names` of layers, with commas between, or \"all\" for every tensor (default: what modules and activations give)")
	fs.Float64Var(&j.minT, "t", 7, "select units with t above this `threshold`")
	fs.StringVar(&j.out, "o", "", "`file` for the table as CSV, besides standard output")
	fs.StringVar(&j.size, "size", "", "`pixels` that images are brought to, 224 or 224x160 (width x height)")
	fs.StringVar(&j.mean, "mean", "", "`numbers` subtracted from pixels of 0-255, one or one per channel: 123.7,116.3,103.5")
	fs.StringVar(&j.std, "std", "", "`numbers` that pixels are divided by afterwards")
	fs.BoolVar(&j.bgr, "bgr", false, "the network takes blue, green, red")
	rest, err := parse(fs, scanUsage, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return &usageError{fmt.Sprintf("scan: unexpected argument %q; fusiform help scan lists the flags", rest[0])}
	}
	fs.Visit(func(f *flag.Flag) { j.bgrSet = j.bgrSet || f.Name == "bgr" })
	var missing []string
	for _, f := range []struct{ name, value string }{{"-model", j.model}, {"-images", j.images}, {"-contrast", j.contrast}} {
		if f.value == "" {
			missing = append(missing, f.name)
		}
	}
	if missing != nil {
		return &usageError{fmt.Sprintf("scan: missing %s; fusiform help scan lists the flags", strings.Join(missing, ", "))}
	}
	return nil
}

func (j *scanJob) run(ctx context.Context, stdout, stderr io.Writer) error {
	if err := writable(j.out); err != nil {
		return err
	}
	m, err := j.open(stderr)
	if err != nil {
		return err
	}
	s, err := imagesOf(j.images)
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
