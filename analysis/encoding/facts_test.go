package encoding

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/internal/realdata"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// table reads a csv whose first column is the stimulus.
func table(t *testing.T, path string) (header []string, r *analysis.Responses) {
	f, err := os.Open(path)
	must(t, f, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	must(t, lines, err)
	items := make([]analysis.Stimulus, len(lines)-1)
	v := mat.NewDense(len(items), len(lines[0])-1, nil)
	for i, line := range lines[1:] {
		items[i].ID = line[0]
		for j, cell := range line[1:] {
			x, err := strconv.ParseFloat(cell, 64)
			v.Set(i, j, must(t, x, err))
		}
	}
	s, err := analysis.NewStimuli(items)
	return lines[0][1:], responses(t, filepath.Base(path), must(t, s, err), v)
}

// TestPublishedPerson repeats an analysis of a real person with known results
// (data/README.md: scikit-learn 1.9, λ 30, 9 contiguous folds, mean over
// voxels of r over the pooled held-out predictions).
func TestPublishedPerson(t *testing.T) {
	dir := realdata.Folder(t, "brain/roi81_single_subject")
	_, x := table(t, filepath.Join(dir, "alexnet_pcs.csv"))
	names, y := table(t, filepath.Join(dir, "betas_81x696.csv"))
	s := y.Stimuli()
	e := Evaluation{
		Fitter: Ridge{Lambdas: []float64{30}},
		Group: func(it analysis.Stimulus) string {
			i, _ := s.Index(it.ID)
			return strconv.Itoa(i / 9)
		},
	}
	r, err := e.Run(context.Background(), x, y, analysis.Pearson)
	must(t, r, err)
	for i, name := range names {
		names[i], _, _ = strings.Cut(name, "_")
	}
	rois, err := r.ByRegion(names)
	must(t, rois, err)
	want := map[string]float64{"EVC": .479, "OPA": .462, "PPA": .589, "LOC": .628, "PFS": .128, "OFA": .554, "FFA": .232}
	for _, roi := range rois {
		if got := stat.Mean(roi.Result.Scores, nil); math.Abs(got-want[roi.Name]) > .0005 {
			t.Errorf("%s: mean r = %.4f, want %.3f", roi.Name, got, want[roi.Name])
		}
		delete(want, roi.Name)
	}
	if len(want) > 0 {
		t.Errorf("no such regions: %v", want)
	}
	t.Log(r.Score())
}
