package main

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A wholeBrain is a person made up with a seed: runs of 16-bit volumes with an
// ellipsoid brain, four conditions in blocks of 12 s, some voxels that answer
// houses or faces, noise whose ρ rises from 0.1 at the front to 0.6 at the back,
// and six motion confounds.
type wholeBrain struct {
	shape         [3]int
	volumes, runs int
	pack          bool // .nii.gz
}

const brainTR = 2.

func (w wholeBrain) write(dir string) (glmFiles, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return glmFiles{}, err
	}
	ext := ".nii"
	if w.pack {
		ext += ".gz"
	}
	f := glmFiles{
		Runs: w.runs,
		Bold: filepath.Join(dir, "run-%02d_bold"+ext), Events: filepath.Join(dir, "run-%02d_events.tsv"),
		Confounds: filepath.Join(dir, "run-%02d_confounds.tsv"), Mask: filepath.Join(dir, "mask.nii"),
	}
	brain := w.brain()
	mask := make([]int16, len(brain))
	for v, in := range brain {
		if in {
			mask[v] = 1
		}
	}
	err := w.nifti(f.Mask, 1, func(int) []int16 { return mask })
	for r := 1; r <= w.runs && err == nil; r++ {
		rng := rand.New(rand.NewPCG(20261126, uint64(r)))
		types := w.types(rng)
		var events, motion strings.Builder
		events.WriteString("onset\tduration\ttrial_type\n")
		for k, t := range types {
			fmt.Fprintf(&events, "%g\t12\t%s\n", 8+float64(16*k), t)
		}
		motion.WriteString("trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z\n")
		for range w.volumes {
			for c := range 6 {
				fmt.Fprintf(&motion, "%.5f%c", rng.NormFloat64(), "\t\t\t\t\t\n"[c])
			}
		}
		err = errors.Join(
			os.WriteFile(fmt.Sprintf(f.Events, r), []byte(events.String()), 0o666),
			os.WriteFile(fmt.Sprintf(f.Confounds, r), []byte(motion.String()), 0o666),
			w.nifti(fmt.Sprintf(f.Bold, r), w.volumes, w.voxels(rng, brain, types)))
	}
	return f, err
}

// types are what is shown in each block, every type as often.
func (w wholeBrain) types(rng *rand.Rand) []string {
	var out []string
	for len(out) < int((float64(w.volumes)*brainTR-24)/16) {
		for _, k := range rng.Perm(4) {
			out = append(out, []string{"face", "house", "body", "car"}[k])
		}
	}
	return out[:int((float64(w.volumes)*brainTR-24)/16)]
}

// brain is the ellipsoid that fills the image.
func (w wholeBrain) brain() []bool {
	nx, ny, nz := w.shape[0], w.shape[1], w.shape[2]
	in := make([]bool, nx*ny*nz)
	half := func(i, n int) float64 { return (float64(i) + .5 - float64(n)/2) / (.47 * float64(n)) }
	for v := range in {
		x, y, z := half(v%nx, nx), half(v/nx%ny, ny), half(v/(nx*ny), nz)
		in[v] = x*x+y*y+z*z < 1
	}
	return in
}

// voxels returns a function that makes the volumes one after another.
func (w wholeBrain) voxels(rng *rand.Rand, brain []bool, types []string) func(t int) []int16 {
	nx, ny := w.shape[0], w.shape[1]
	noise, out := make([]float64, len(brain)), make([]int16, len(brain))
	return func(t int) []int16 {
		shown := ""
		if k := int(math.Floor((float64(t)*brainTR - 8 - 5) / 16)); k >= 0 && k < len(types) { // 5 s late
			shown = types[k]
		}
		for v, in := range brain {
			if !in {
				out[v] = int16(rng.IntN(8))
				continue
			}
			rho := .1 + .5*float64(v/nx%ny)/float64(ny)
			noise[v] = rho*noise[v] + rng.NormFloat64()
			x := 10000 + 100*noise[v]
			if shown == "house" && v%nx < nx/8*3 || shown == "face" && v%nx > nx/8*5 {
				x += 60
			}
			out[v] = int16(math.Round(x))
		}
		return out
	}
}

// nifti writes volumes as a NIfTI-1 file of 16-bit integers, voxels of 3 mm.
func (w wholeBrain) nifti(path string, volumes int, volume func(t int) []int16) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var to io.Writer = file
	if strings.HasSuffix(path, ".gz") {
		z, err2 := gzip.NewWriterLevel(file, gzip.BestSpeed)
		if err2 != nil {
			return err2
		}
		defer func() { err = errors.Join(z.Close(), err) }()
		to = z
	}
	h := make([]byte, 352)
	le := binary.LittleEndian
	le.PutUint32(h, 348)
	dim := []int{4, w.shape[0], w.shape[1], w.shape[2], volumes, 1, 1, 1}
	if volumes == 1 {
		dim[0] = 3
	}
	for i, d := range dim {
		le.PutUint16(h[40+2*i:], uint16(d))
	}
	le.PutUint16(h[70:], 4) // 16-bit integers
	le.PutUint16(h[72:], 16)
	for i, d := range []float32{1, 3, 3, 3, brainTR, 0, 0, 0, 352, 1, 0} { // pixdim, vox_offset, scl_slope, scl_inter
		le.PutUint32(h[76+4*i:], math.Float32bits(d))
	}
	h[123] = 2 | 8           // millimetres and seconds
	le.PutUint16(h[254:], 1) // sform: scanner
	for row := range 3 {
		le.PutUint32(h[280+16*row+4*row:], math.Float32bits(3))
	}
	copy(h[344:], "n+1\x00")
	if _, err := to.Write(h); err != nil {
		return err
	}
	buffer := make([]byte, 0, 2*len(w.brain()))
	for t := range volumes {
		buffer = buffer[:0]
		for _, x := range volume(t) {
			buffer = le.AppendUint16(buffer, uint16(x))
		}
		if _, err := to.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}
