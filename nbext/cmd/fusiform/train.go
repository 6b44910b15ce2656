package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"fusiform/analysis"
	"fusiform/nbext/models"
)

const trainUsage = `usage: fusiform train-drawnet [-seed N] [-o drawnet.onnx]

Trains the small network that comes embedded as drawnet anew, on drawings made for it, and writes
it as an ONNX file. It takes two minutes. On another processor the same seed gives other weights, and
about the same accuracy.

`

func trainDrawnet(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("train-drawnet", flag.ContinueOnError)
	seed := fs.Uint64("seed", 1, "`number` that decides first weights, pictures and drop-out")
	out := fs.String("o", "drawnet.onnx", "`file` for the network")
	rest, err := parse(fs, trainUsage, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return &usageError{fmt.Sprintf("train-drawnet: unexpected argument %q", rest[0])}
	}
	if err := writable(*out); err != nil {
		return fmt.Errorf("train-drawnet: %w", err)
	}
	e, err := models.Backend()
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "training on %v\n", e)
	start, told := time.Now(), time.Now()
	ctx = analysis.WithProgress(ctx, func(done, total int) {
		if now := time.Now(); done > 0 && (done == total || now.Sub(told) > 10*time.Second) {
			told = now
			left := time.Duration(float64(now.Sub(start)) * float64(total-done) / float64(done))
			fmt.Fprintf(stderr, "%d of %d steps, %s left\n", done, total, left.Round(time.Second))
		}
	})
	network, t, err := models.TrainDrawnet(ctx, *seed)
	if err != nil {
		return err
	}
	if err := replaceFile(*out, network); err != nil {
		return fmt.Errorf("train-drawnet: %w", err)
	}
	fmt.Fprintf(stdout, "%s: %d bytes, seed %d; of new pictures it knows %.1f %% (outlines) and %.1f %% (shaded), chance 20 %%; took %s\n",
		*out, len(network), t.Seed, 100*t.Outline, 100*t.Shaded, time.Since(start).Round(time.Second))
	return nil
}
