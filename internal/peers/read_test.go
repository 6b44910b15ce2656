package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fusiform/analysis/dataset"
)

var smallReads = readSizes{
	shape: [3]int{9, 8, 5}, float32s: 7, int16s: 6, packed: 5, planes: [2]int{2, 4},
	betas: [4]int{11, 3, 4, 5}, slab: 4, matrix: 13,
}

// TestPythonRead: what is read is what nibabel, h5py and scipy read, bit for bit.
func TestPythonRead(t *testing.T) {
	b, err := newBench(t.Context(), options{rounds: 1, timeout: time.Minute, python: peersPython(t), measure: measure{Budget: time.Millisecond}}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	parts := map[string]int{"read/nifti/float32": 7, "read/nifti/int16 scaled": 6, "read/nifti/voxels": 1, "read/nifti/gz": 5,
		"read/hdf5/contiguous": 3, "read/hdf5/gzip": 3, "read/mat5": 1, "read/mat73": 1}
	tasks := smallReads.tasks()
	if len(tasks) != len(parts) {
		t.Errorf("%d tasks, expected %d", len(tasks), len(parts))
	}
	for _, task := range tasks {
		if err := task.Before(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		ours, file := inProcess(t, task), filepath.Join(b.dir, "answer")
		r, err := b.peer(t.Context(), task, task.Peers[0], 1, file)
		if err != nil {
			t.Fatal(err)
		}
		peer, err := readAnswer(file)
		if err != nil || !slices.Equal(ours, peer) || len(ours) != 2+3*parts[task.Name] || r.Runs < 2 {
			t.Errorf("%s: %d values %v, the peer's %d %v (%v)", task.Name, len(ours), ours, len(peer), peer, err)
		}
	}
}

// TestReadFiles: the images are made as they are described, once, and only
// where there is room.
func TestReadFiles(t *testing.T) {
	var said bytes.Buffer
	b := &bench{dir: t.TempDir(), say: &said}
	for name, volumes := range map[string]int{"float32.nii": 7, "int16.nii": 6, "int16.nii.gz": 5} {
		for range 2 {
			path, err := smallReads.file(t.Context(), b, name)
			if err != nil {
				t.Fatal(err)
			}
			n, err := dataset.OpenNIfTI(path)
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			v, err := n.Volume(volumes-1, nil)
			if err != nil {
				t.Fatal(err)
			}
			if middle := v[4+9*(4+8*2)]; n.Shape != [4]int{9, 8, 5, volumes} || middle < 650 || middle > 1250 || v[0] < -30 || v[0] > 30 || n.Packed != strings.HasSuffix(name, ".gz") {
				t.Errorf("%s: %v, packed %v, %v in the middle, %v in the corner", name, n.Shape, n.Packed, middle, v[0])
			}
		}
	}
	if n := strings.Count(said.String(), "writing"); n != 3 {
		t.Errorf("%d files were written:\n%s", n, &said)
	}
	if _, ok := freeGB(b.dir); ok {
		large := smallReads
		large.int16s = 1 << 45
		os.Remove(filepath.Join(b.dir, "read", "int16.nii"))
		if _, err := large.file(t.Context(), b, "int16.nii"); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
			t.Errorf("without room: %v", err)
		}
	}
}
