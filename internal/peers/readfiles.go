package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fusiform/analysis/dataset"
)

// file returns the path of one of the files that are read, which is made if it
// is not there yet. It is gone with the command's folder.
func (z readSizes) file(ctx context.Context, b *bench, name string) (string, error) {
	dir := filepath.Join(b.dir, "read")
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if free, ok := freeGB(dir); ok && free < z.gigabytes(name) {
		return "", fmt.Errorf("%s takes %.1f GB and %s has %.1f GB free; set TMPDIR to a folder elsewhere", name, z.gigabytes(name), dir, free)
	}
	fmt.Fprintf(b.say, "%s writing %s, %.2f GB\n", time.Now().Format("15:04:05"), path, z.gigabytes(name))
	switch name {
	case "float32.nii":
		return path, z.image(ctx, path, dataset.NIfTIHeader{Type: "float32"}, z.float32s)
	case "int16.nii":
		return path, z.image(ctx, path, dataset.NIfTIHeader{Type: "int16", Slope: .5, Inter: 10}, z.int16s)
	case "int16.nii.gz":
		return path, z.image(ctx, path, dataset.NIfTIHeader{Type: "int16", Slope: .5, Inter: 10}, z.packed)
	}
	arg, err := json.Marshal(map[string]any{"kind": strings.TrimSuffix(name, filepath.Ext(name)), "file": path, "betas": z.betas, "matrix": z.matrix})
	if err != nil {
		return "", err
	}
	if _, _, err := (process{}).run(ctx, b.python, "-E", "-s", b.script("readfiles"), string(arg)); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	return path, nil
}

// gigabytes is the most that a file takes.
func (z readSizes) gigabytes(name string) float64 {
	voxels := z.shape[0] * z.shape[1] * z.shape[2]
	n := 0
	switch name {
	case "float32.nii":
		n = 4 * voxels * z.float32s
	case "int16.nii":
		n = 2 * voxels * z.int16s
	case "int16.nii.gz":
		n = 2 * voxels * z.packed
	case "contiguous.h5", "gzip.h5":
		n = 2 * z.betas[0] * z.betas[1] * z.betas[2] * z.betas[3]
	default:
		n = 8 * z.matrix * z.matrix
	}
	return float64(n) / 1e9
}

// image writes a run: a head of 800 to 1100 that varies by 30, and little
// outside. The noise is a long list that is begun elsewhere for each volume.
func (z readSizes) image(ctx context.Context, path string, h dataset.NIfTIHeader, volumes int) error {
	h.Shape = [4]int{z.shape[0], z.shape[1], z.shape[2], volumes}
	h.Affine = [4][4]float64{{-2, 0, 0, 96}, {0, 2, 0, -96}, {0, 0, 2, -60}, {0, 0, 0, 1}}
	h.TR, h.Space = 2, "scanner"
	w, err := dataset.CreateNIfTI(path, h)
	if err != nil {
		return err
	}
	defer w.Close()
	rng := rand.New(rand.NewPCG(20261126, 0))
	noise := make([]float64, 1<<20)
	for i := range noise {
		noise[i] = rng.NormFloat64()
	}
	head := wholeBrain{shape: z.shape}.brain()
	mean, scale, out := make([]float64, len(head)), make([]float64, len(head)), make([]float64, len(head))
	for v, in := range head {
		if scale[v] = 4; in {
			mean[v], scale[v] = 800+300*rng.Float64(), 30
		}
	}
	for range volumes {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := rng.IntN(len(noise))
		for v := range out {
			out[v] = mean[v] + scale[v]*noise[(v+at)%len(noise)]
		}
		if err := w.Volume(out); err != nil {
			return err
		}
	}
	return w.Close()
}
