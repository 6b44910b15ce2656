package dataset_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/dataset"
)

const confoundsTable = "testdata/bids/sub-01_task-floc_desc-confounds_timeseries.tsv"

// Columns and values are those of nilearn's load_confounds, and the volumes of
// its sample_mask are those without a column of their own
// (internal/reference/bids.py; versions and seed in expected.json).
func TestNuisance(t *testing.T) {
	var want struct {
		Rows []struct {
			Asked   dataset.Nuisance `json:"asked"`
			Columns []string         `json:"columns"`
			Values  [][]float64      `json:"values"`
			Kept    []int            `json:"kept"`
		} `json:"rows"`
	}
	data, err := os.ReadFile("testdata/bids/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Rows) < 10 {
		t.Fatalf("%d rows", len(want.Rows))
	}
	for _, row := range want.Rows {
		names, values, err := row.Asked.Read(confoundsTable, 36)
		if err != nil {
			t.Errorf("%+v: %v", row.Asked, err)
			continue
		}
		columns := row.Columns
		for v := range 36 {
			if row.Kept != nil && !slices.Contains(row.Kept, v) {
				columns = append(columns, fmt.Sprintf("left_out_volume_%d", v))
			}
		}
		if !slices.Equal(names, columns) {
			t.Errorf("%+v: columns %q, nilearn has %q", row.Asked, names, columns)
			continue
		}
		for i, r := range row.Values {
			for j, x := range r {
				if d := values.At(i, j) - x; math.Abs(d) > 1e-12 {
					t.Errorf("%+v: %s in volume %d is %v, nilearn has %v", row.Asked, names[j], i, values.At(i, j), x)
				}
			}
		}
		for j := len(row.Columns); j < len(names); j++ {
			for i := range 36 {
				if one := names[j] == fmt.Sprintf("left_out_volume_%d", i); (values.At(i, j) == 1) != one || !one && values.At(i, j) != 0 {
					t.Errorf("%s is %v in volume %d", names[j], values.At(i, j), i)
				}
			}
		}
	}
}

func TestNuisanceThatIsNone(t *testing.T) {
	names, values, err := dataset.Nuisance{}.Read(confoundsTable, 36)
	if err != nil || !slices.Equal(names, []string{"left_out_volume_0"}) || values.At(0, 0) != 1 {
		t.Error(names, err) // the volume before the scanner was steady
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	motion := "trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z\tframewise_displacement\n"
	plain := write("plain.tsv", motion+"1\t2\t3\t4\t5\t6\tn/a\n1\t2\t3\t4\t5\t6\t9\n1\t2\t3\t4\t5\t7\t9\n")
	write("plain.json", `{"a_comp_cor_00": {"Mask": "WM"}}`)
	names, values, err = dataset.Nuisance{}.Read(plain, 3)
	if names != nil || values != nil || err != nil {
		t.Error(names, values, err)
	}
	for _, c := range []struct {
		n    dataset.Nuisance
		path string
		want string
	}{
		{dataset.Nuisance{Motion: 7}, plain, "Motion is 7, must be one of [0 6 12 24]"},
		{dataset.Nuisance{Scrub: dataset.Scrub{FD: math.NaN()}}, plain, "must be at least 0"},
		{dataset.Nuisance{CompCor: 2}, plain, "set Cosines"},
		{dataset.Nuisance{Motion: 12}, plain, `there is no column "rot_x_derivative1"`},
		{dataset.Nuisance{CompCor: 2, Cosines: true}, plain, "names no component a_comp_cor_… of the combined mask; it has a_comp_cor_00"},
		{dataset.Nuisance{CompCor: 2, Cosines: true}, write("alone.tsv", motion), "it says which components"},
		{dataset.Nuisance{Motion: 6}, write("empty.tsv", motion), "has 0 rows for a run of 3 volumes"},
		{dataset.Nuisance{Motion: 6}, write("late.tsv", motion+"1\t2\t3\t4\t5\t6\t0\n1\t2\tn/a\t4\t5\t6\t0\n"), `line 3, column 3 ("trans_z"): is n/a in the row of volume 1`},
		{dataset.Nuisance{Motion: 6}, write("old.tsv", "X\tY\n1\t2\n"), "the names of fMRIPrep before 1.2"},
		{dataset.Nuisance{Scrub: dataset.Scrub{FD: .5, Segment: 2}}, plain, "every volume is to be left out"},
		{dataset.Nuisance{Motion: 6}, plain, "gives 6 regressors for 3 volumes"},
	} {
		if _, _, err := c.n.Read(c.path, 3); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, %s: %v, want %q", c.n, c.path, err, c.want)
		}
	}
}
