package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

const inspectUsage = `usage: fusiform inspect FILE…

Says what files of data hold, before a notebook loads them: names, types, shapes, the range of the
numbers and how many are NaN, and the line of Go that loads each. A file may be large: it is read
through and not kept.

  folders of images   .csv .tsv (responses, RDMs, BIDS events and confounds)
  .npy .npz           .mat (MATLAB 5 to 7.3), .h5 .hdf5
  .nii .nii.gz        .gii .mgh .mgz .annot .label (surfaces and their regions)
  .safetensors .onnx

Of parquet it says how to convert it.

`

func inspectCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("inspect", flag.ContinueOnError)
	files, err := parse(fs, inspectUsage, args, stderr)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return &usageError{"inspect: which file? fusiform help inspect lists what is read"}
	}
	var failed []error
	for i, file := range files {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		m := &meter{name: file, out: stderr, redraw: isTerminal(stderr)}
		in, err := dataset.Inspect(analysis.WithProgress(ctx, m.report), file)
		m.end()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // the others can be inspected
			failed = append(failed, err)
			continue
		}
		show(stdout, in)
	}
	return errors.Join(failed...)
}

// show prints an inspection: a line for each part, then the line of Go.
func show(w io.Writer, in *dataset.Inspection) {
	size := ""
	if info, err := os.Stat(in.Path); err == nil && info.Mode().IsRegular() {
		size = ", " + megabytes(info.Size())
	}
	fmt.Fprintf(w, "%s: %s%s\n", in.Path, in.Format, size)
	for _, note := range in.Notes {
		fmt.Fprintf(w, "  %s\n", note)
	}
	if in.Go != "" {
		fmt.Fprintf(w, "      %s\n", in.Go)
	}
	for _, p := range in.Parts {
		fmt.Fprintf(w, "  %s\n", p)
		if p.Go != "" {
			fmt.Fprintf(w, "      %s\n", p.Go)
		}
	}
	if in.More > 0 {
		fmt.Fprintf(w, "  and %d more\n", in.More)
	}
}
