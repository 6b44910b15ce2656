package nbext

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/simulate"
	"fusiform/nbext/catalog"
)

// scannedFolder is where in the cache they lie.
const scannedFolder = "scanned"

// scannedFormat changes when the same scanner gives other files.
const scannedFormat = 1

// Scanned returns a data set of simulated people in a scanner: raw runs in BIDS
// and what fMRIPrep would make of them, of whom the truth is known. It is
// written into the cache the first time it is asked for (a second or two, some
// 30 MB), and found there later.
//
// S1 is sub-01; the task is "drawings", trial types are the IDs of the stimuli, and
// the space is "T1w". It fails as simulate.Scanner.Scan does.
func Scanned(ctx context.Context, s simulate.Scanner, shown analysis.Stimuli) (BIDS, error) {
	ds, err := digests(shown)
	if err != nil {
		return BIDS{}, err
	}
	h := sha256.New()
	part(h, fmt.Sprintf("%d %+v", scannedFormat, s))
	for i, d := range ds {
		part(h, shown.At(i).ID+"\x00"+shown.At(i).Category)
		h.Write(d[:])
	}
	cache, err := catalog.CacheDir()
	if err != nil {
		return BIDS{}, err
	}
	dir := filepath.Join(cache, scannedFolder, brief(hex.EncodeToString(h.Sum(nil))))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			return BIDS{}, err
		}
		tmp, err := os.MkdirTemp(filepath.Dir(dir), "*"+tempSuffix)
		if err != nil {
			return BIDS{}, err
		}
		defer os.RemoveAll(tmp)
		if err := WriteScans(analysis.WithProgress(ctx, Progress("runs of simulated people")), tmp, s, shown); err != nil {
			return BIDS{}, err
		}
		// Whoever was faster wrote the same.
		if err := os.Rename(tmp, dir); err != nil && !isFolder(dir) {
			return BIDS{}, err
		}
	}
	now := time.Now()
	os.Chtimes(dir, now, now) // that it was used
	return BIDS{Folder: dir, Derivatives: filepath.Join(dir, "derivatives", "fmriprep"), Task: "drawings", Space: "T1w"}, nil
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// WriteScans writes the data set of Scanned into a folder. It reports progress
// in runs and ends early with ctx.
func WriteScans(ctx context.Context, folder string, s simulate.Scanner, shown analysis.Stimuli) error {
	people, err := s.Scan(shown)
	if err != nil {
		return err
	}
	w := scanWriter{folder: folder}
	w.json("dataset_description.json", map[string]any{"Name": "Simulated people", "BIDSVersion": "1.10.0", "DatasetType": "raw"})
	w.json("derivatives/fmriprep/dataset_description.json", map[string]any{"Name": "Simulated people, preprocessed", "BIDSVersion": "1.10.0", "DatasetType": "derivative",
		"GeneratedBy": []map[string]string{{"Name": "Fusiform, in the layout of fMRIPrep"}}})
	table := "participant_id\n"
	for i, p := range people {
		label := fmt.Sprintf("%02d", i+1)
		table += "sub-" + label + "\n"
		for k := range p.Runs {
			if err := ctx.Err(); err != nil {
				return err
			}
			w.run(label, k+1, p, p.Run(k))
			analysis.ReportProgress(ctx, i*p.Runs+k+1, len(people)*p.Runs)
		}
	}
	w.text("participants.tsv", table)
	return w.err
}

// A scanWriter writes files below a folder, until one fails.
type scanWriter struct {
	folder string
	err    error
}

func (w *scanWriter) path(name string) string {
	path := filepath.Join(w.folder, filepath.FromSlash(name))
	if w.err == nil {
		w.err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	return path
}

func (w *scanWriter) text(name, text string) {
	path := w.path(name)
	if w.err == nil {
		w.err = os.WriteFile(path, []byte(text), 0o644)
	}
}

func (w *scanWriter) json(name string, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		w.err = err
		return
	}
	w.text(name, string(bytes.TrimSpace(b))+"\n")
}

// run writes a raw run and what preprocessing made of it.
func (w *scanWriter) run(label string, number int, p *simulate.Scan, r *simulate.ScanRun) {
	stem := fmt.Sprintf("sub-%s/func/sub-%[1]s_task-drawings_run-%d", label, number)
	made := "derivatives/fmriprep/" + stem
	w.json("task-drawings_bold.json", map[string]any{"TaskName": "drawings", "RepetitionTime": r.TR})
	var events strings.Builder
	events.WriteString("onset\tduration\ttrial_type\n")
	for _, e := range r.Events {
		fmt.Fprintf(&events, "%g\t%g\t%s\n", e.Onset, e.Duration, e.Type)
	}
	w.text(stem+"_events.tsv", events.String())
	volumes, voxels := r.Values.Dims()
	h := dataset.NIfTIHeader{Shape: [4]int{p.Shape[0], p.Shape[1], p.Shape[2], volumes}, TR: r.TR, Affine: p.Affine, From: "sform", Type: "int16"}
	rows := make([][]float64, volumes)
	raw := make([]float64, voxels)
	for i := range rows {
		rows[i] = r.Values.RawRowView(i)
	}
	w.image(stem+"_bold.nii.gz", h, len(rows), func(i int) []float64 {
		for v, x := range rows[i] {
			raw[v] = 0
			if x == x {
				raw[v] = x // the writer rounds
			}
		}
		return raw
	})
	h.Type = "float32"
	w.image(made+"_space-T1w_desc-preproc_bold.nii.gz", h, len(rows), func(i int) []float64 { return rows[i] })
	w.json(made+"_space-T1w_desc-preproc_bold.json", map[string]any{"RepetitionTime": r.TR, "StartTime": r.TR / 2, "SliceTimingCorrected": true, "SkullStripped": false})
	h.Type, h.Shape[3], h.TR = "uint8", 1, 0
	w.image(made+"_space-T1w_desc-brain_mask.nii.gz", h, 1, func(int) []float64 {
		for v, in := range r.Brain {
			raw[v] = 0
			if in {
				raw[v] = 1
			}
		}
		return raw
	})
	w.text(made+"_desc-confounds_timeseries.tsv", confounds(r))
}

func (w *scanWriter) image(name string, h dataset.NIfTIHeader, volumes int, volume func(int) []float64) {
	path := w.path(name)
	if w.err != nil {
		return
	}
	out, err := dataset.CreateNIfTI(path, h)
	if err != nil {
		w.err = err
		return
	}
	defer out.Close()
	for i := range volumes {
		if w.err = out.Volume(volume(i)); w.err != nil {
			return
		}
	}
	w.err = out.Close()
}
