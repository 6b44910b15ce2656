package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/localizer"
	"fusiform/nbext/catalog"
	"fusiform/nbext/models"
)

const localizeUsage = `usage: fusiform localize -model FILE -layer NAME -images DIR -contrast NAME [-t 7] [-o units.csv]

Shows the network every image of the folder and finds the units of the layer that prefer the
contrast, by Welch's t over images. Writes a CSV table with a row for each unit: channel, t, p,
q (Benjamini-Hochberg), selected. Domains of fLoc are contrasts by name: faces, bodies, scenes,
objects, characters; so is every category or subcategory of the images.

`

// localize is the command "fusiform localize": the units of a layer that
// prefer a category, as a CSV table.
func localize(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var j localizeJob
	if err := j.parse(args, stderr); err != nil {
		return err
	}
	f, err := j.run(ctx, stderr)
	if err != nil {
		return fmt.Errorf("localize: %w", err)
	}
	if err := j.write(f, stdout); err != nil {
		return fmt.Errorf("localize: %w", err)
	}
	fmt.Fprintf(stderr, "%s: %d of %d units prefer %s, %s; %d dead\n",
		f.Source, f.Count(), len(f.Keep), f.Contrast.Name, f.Rule, f.Dead)
	return nil
}

// A localizeJob is what the flags ask for.
type localizeJob struct {
	model, layer, images, contrast, out string
	minT                                float64
	size, mean, std                     string
	bgr, bgrSet                         bool
}

func (j *localizeJob) parse(args []string, stderr io.Writer) error {
	fs := flag.NewFlagSet("localize", flag.ContinueOnError)
	fs.StringVar(&j.layer, "layer", "", "`name` of the layer, as in the ONNX file")
	fs.StringVar(&j.contrast, "contrast", "", "`name` of the preferred domain, category or subcategory")
	fs.StringVar(&j.out, "o", "", "`file` for the table (default: standard output)")
	return j.read(fs, localizeUsage, args, stderr)
}

// read parses the flags of fs and those that localize and scan have in common,
// and says what is missing.
func (j *localizeJob) read(fs *flag.FlagSet, usage string, args []string, stderr io.Writer) error {
	fs.StringVar(&j.model, "model", "", "`network`: an .onnx file, or a name of the catalog")
	fs.StringVar(&j.images, "images", "", "`folder` with a subfolder for each category or an index.csv, or a name of the catalog")
	fs.Float64Var(&j.minT, "t", 7, "select units with t above this `threshold`")
	fs.StringVar(&j.size, "size", "", "`pixels` that images are brought to, 224 or 224x160 (width x height)")
	fs.StringVar(&j.mean, "mean", "", "`numbers` subtracted from pixels of 0-255, one or one per channel: 123.7,116.3,103.5")
	fs.StringVar(&j.std, "std", "", "`numbers` that pixels are divided by afterwards")
	fs.BoolVar(&j.bgr, "bgr", false, "the network takes blue, green, red")
	rest, err := parse(fs, usage, args, stderr)
	if err != nil {
		return err
	}
	name := fs.Name()
	if len(rest) > 0 {
		return &usageError{fmt.Sprintf("%s: unexpected argument %q; fusiform help %s lists the flags", name, rest[0], name)}
	}
	fs.Visit(func(f *flag.Flag) { j.bgrSet = j.bgrSet || f.Name == "bgr" })
	var missing []string
	for _, f := range []struct{ name, value string }{{"-model", j.model}, {"-images", j.images}, {"-contrast", j.contrast}} {
		if f.value == "" {
			missing = append(missing, f.name)
		}
	}
	if missing != nil {
		return &usageError{fmt.Sprintf("%s: missing %s; fusiform help %s lists the flags", name, strings.Join(missing, ", "), name)}
	}
	return nil
}

// run checks all that can be checked, then shows the images to the network.
func (j *localizeJob) run(ctx context.Context, stderr io.Writer) (*analysis.FROI, error) {
	if err := writable(j.out); err != nil {
		return nil, err
	}
	m, err := j.open(stderr)
	if err != nil {
		return nil, err
	}
	units, err := j.units(m)
	if err != nil {
		return nil, err
	}
	s, err := readImages(j.images, stderr)
	if err != nil {
		return nil, err
	}
	c, err := localizer.Named(j.contrast, s)
	if err != nil {
		return nil, err
	}
	t := localizer.TTest{MinT: j.minT}
	if s, err = rehearse(t, c, s); err != nil {
		return nil, err
	}
	e, err := models.Backend()
	if err != nil {
		return nil, err
	}
	for _, w := range e.Warnings {
		fmt.Fprintf(stderr, "warning: %v\n", w)
	}
	fmt.Fprintf(stderr, "%d images of %s to %s/%s (%d units) on %v\n", s.Len(), j.images, m.Name(), j.layer, units, e)
	return stream(ctx, m, j.layer, units, s, t, c, stderr)
}

// open returns the network with the pre-processing that the flags ask for.
func (j *localizeJob) open(stderr io.Writer) (*models.Model, error) {
	m, err := models.Open(j.model)
	if err != nil {
		return nil, err
	}
	in := m.Input
	if j.size != "" {
		if in.Width, in.Height, err = parseSize(j.size); err != nil {
			return nil, err
		}
	}
	if j.mean != "" {
		if in.Mean, err = parseNumbers("-mean", j.mean, in.Channels); err != nil {
			return nil, err
		}
	}
	if j.std != "" {
		if in.Std, err = parseNumbers("-std", j.std, in.Channels); err != nil {
			return nil, err
		}
	}
	if j.bgrSet {
		in.BGR = j.bgr
	}
	m.Input = in
	for _, w := range m.Warnings {
		fmt.Fprintf(stderr, "warning: %v (flags -size, -mean, -std, -bgr)\n", w)
	}
	return m, nil
}

// units returns the number of units of the layer, and an error that lists
// layers if there is none of that name.
func (j *localizeJob) units(m *models.Model) (int, error) {
	layers, err := m.Layers()
	if err != nil {
		return 0, err
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		if l.Name == j.layer {
			return l.Units, nil
		}
		names[i] = l.Name
	}
	if j.layer == "" {
		last := names[max(0, len(names)-12):]
		return 0, fmt.Errorf("missing -layer; the last of the %d layers of %s are: %s", len(names), m.Name(), strings.Join(last, ", "))
	}
	return 0, &models.UnknownLayerError{Model: m.Name(), Layer: j.layer, Nearest: catalog.Nearest(j.layer, names, 5), Count: len(names)}
}

// readImages returns a data set of the catalog, or the images of a folder,
// after saying which of these may not be shown as people saw them.
func readImages(name string, stderr io.Writer) (analysis.Stimuli, error) {
	s, err := catalog.Stimuli(name)
	var unknown *catalog.UnknownError
	if !errors.As(err, &unknown) {
		return s, err
	}
	if _, statErr := os.Stat(name); errors.Is(statErr, os.ErrNotExist) {
		return analysis.Stimuli{}, fmt.Errorf("there is no folder %s, and %w", name, err)
	}
	f, err := dataset.ReadImages(name)
	if err != nil {
		return analysis.Stimuli{}, err
	}
	for _, w := range f.Warnings {
		fmt.Fprintf(stderr, "warning: %v\n", w)
	}
	return f.Stimuli, nil
}

// rehearse returns the stimuli that the contrast compares, having made sure,
// before the network runs, that the test will have enough of them.
func rehearse(t localizer.TTest, c analysis.Contrast, s analysis.Stimuli) (analysis.Stimuli, error) {
	ramp := mat.NewDense(s.Len(), 1, nil)
	for i := range s.Len() {
		ramp.Set(i, 0, float64(i))
	}
	r, err := analysis.NewResponses("rehearsal", s, ramp)
	if err != nil {
		return analysis.Stimuli{}, err
	}
	f, err := t.Localize(r, c)
	if err != nil {
		return analysis.Stimuli{}, err
	}
	return f.DefinedOn, nil
}

// portion is the number of images whose responses are in memory at once.
const portion = 64

// stream shows the images portion by portion, so that a layer of any size
// can be localized.
func stream(ctx context.Context, m *models.Model, layer string, units int, s analysis.Stimuli, t localizer.TTest, c analysis.Contrast, stderr io.Writer) (*analysis.FROI, error) {
	acc := localizer.NewAccumulator(units)
	p := &progressLine{w: stderr, total: s.Len()}
	defer p.end()
	for from := 0; from < s.Len(); from += portion {
		var items []analysis.Stimulus
		for i := from; i < min(from+portion, s.Len()); i++ {
			items = append(items, s.At(i))
		}
		part, err := analysis.NewStimuli(items)
		if err != nil {
			return nil, err
		}
		r, err := m.Responses(analysis.WithProgress(ctx, func(done, _ int) { p.show(from + done) }), layer, part)
		if err != nil {
			return nil, err
		}
		for i, it := range items {
			if err := acc.Add(it, r.Row(i)); err != nil {
				return nil, err
			}
		}
	}
	return acc.Localize(t, m.Name()+"/"+layer, c)
}

// A progressLine counts images: on a terminal in place, elsewhere a line for
// every tenth.
type progressLine struct {
	w           io.Writer
	total, last int
}

func (p *progressLine) show(done int) {
	if terminal(p.w) {
		fmt.Fprintf(p.w, "\r%d of %d images", done, p.total)
	} else if tenth := 10 * done / p.total; tenth > p.last {
		p.last = tenth
		fmt.Fprintf(p.w, "%d of %d images\n", done, p.total)
	}
}

func (p *progressLine) end() {
	if terminal(p.w) {
		fmt.Fprintln(p.w)
	}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// writable fails where the table could not be put, before the work is done.
func writable(out string) error {
	if out == "" {
		return nil
	}
	if st, err := os.Stat(out); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("-o %s is not a file", out)
	}
	if st, err := os.Stat(filepath.Dir(out)); err != nil || !st.IsDir() {
		return fmt.Errorf("-o %s: there is no folder %s", out, filepath.Dir(out))
	}
	return nil
}

// write puts the table on stdout, or into the file of -o.
func (j *localizeJob) write(f *analysis.FROI, stdout io.Writer) error {
	if j.out == "" {
		return unitTable(stdout, f)
	}
	var table bytes.Buffer
	if err := unitTable(&table, f); err != nil {
		return err
	}
	return replaceFile(j.out, table.Bytes())
}

// unitTable writes a row for each unit, numbers in full precision.
func unitTable(w io.Writer, f *analysis.FROI) error {
	t := csv.NewWriter(w) // keeps the first error for Error
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	t.Write([]string{"channel", "t", "p", "q", "selected"})
	for i, keep := range f.Keep {
		t.Write([]string{strconv.Itoa(i), number(f.Stat[i]), number(f.P[i]), number(f.Q[i]), strconv.FormatBool(keep)})
	}
	t.Flush()
	return t.Error()
}

func parseSize(s string) (w, h int, err error) {
	a, b, two := strings.Cut(s, "x")
	if !two {
		b = a
	}
	w, errW := strconv.Atoi(a)
	h, errH := strconv.Atoi(b)
	if errW != nil || errH != nil || w < 1 || h < 1 {
		return 0, 0, fmt.Errorf("-size %q is not a size in pixels; write 224, or 224x160 for width x height", s)
	}
	return w, h, nil
}

// parseNumbers reads one number for all channels, or one for each.
func parseNumbers(name, s string, channels int) ([]float32, error) {
	fields := strings.Split(s, ",")
	if len(fields) != 1 && len(fields) != channels {
		return nil, fmt.Errorf("%s %q has %d numbers, the network takes %d channels; give one or %d", name, s, len(fields), channels, channels)
	}
	out := make([]float32, channels)
	for i := range out {
		f := fields[min(i, len(fields)-1)]
		x, err := strconv.ParseFloat(strings.TrimSpace(f), 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a number", name, f)
		}
		out[i] = float32(x)
	}
	return out, nil
}
