package dataset_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// reference is what internal/reference/dataset.py wrote.
type reference struct {
	NPY    map[string][][]float64 `json:"npy"`
	Images map[string]struct {
		RGB    [][][3]uint8 `json:"rgb"`
		SHA256 string       `json:"sha256"`
	} `json:"images"`
	Table struct {
		IDs    []string    `json:"ids"`
		Values [][]float64 `json:"values"`
	} `json:"table"`
	People struct {
		Profiles map[string]struct {
			People      int       `json:"people"`
			Sessions    int       `json:"sessions"`
			LeaveOneOut float64   `json:"leave_one_out"`
			Mean        []float64 `json:"mean"`
		} `json:"profiles"`
		RSMs map[string]struct {
			People      int       `json:"people"`
			Sessions    int       `json:"sessions"`
			LeaveOneOut float64   `json:"leave_one_out"`
			Diagonal    []float64 `json:"diagonal"`
		} `json:"rsms"`
		Betas struct {
			Rows   int       `json:"rows"`
			Absent int       `json:"absent"`
			RHPFus []float64 `json:"rh_pFus"`
		} `json:"betas"`
	} `json:"people"`
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// write writes files below a new folder called name, and returns the folder.
func write(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for file, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
