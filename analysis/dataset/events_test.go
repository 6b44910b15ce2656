package dataset_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

func events(t *testing.T, text string, seconds float64) (*dataset.Events, error) {
	t.Helper()
	return dataset.ReadEvents(filepath.Join(write(t, "run", map[string]string{"events.tsv": text}), "events.tsv"), seconds)
}

func TestEvents(t *testing.T) {
	e, err := events(t, "duration\tonset\tresponse_time\ttrial_type\tmodulation\r\n"+
		"2.5\t30\tn/a\thouse\t1\r\n0\t-1.5\t.4\t\"<b>face\"\"</b>\"\t2\r\n1\t12\tn/a\tn/a\t1\r\n1\t13\tn/a\tface\t0\r\n20\t30\tn/a\tface\t0.5\r\n", 40)
	if err != nil {
		t.Fatal(err)
	}
	want := []analysis.Event{{Onset: -1.5, Type: `<b>face"</b>`, Modulation: 2}, {Onset: 30, Duration: 2.5, Type: "house", Modulation: 1}, {Onset: 30, Duration: 20, Type: "face", Modulation: .5}}
	if diff := cmp.Diff(want, e.Rows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"response_time"}, e.Ignored); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`<b>face"</b>`, "house", "face"}, e.Types()); diff != "" {
		t.Error(diff)
	}
	if len(e.Warnings) != 3 || !strings.Contains(e.Warnings[2].Error(), "beyond the run's end at 40 s") {
		t.Error(e.Warnings)
	}
}

func TestEventsFaults(t *testing.T) {
	const head = "onset\tduration\ttrial_type\n"
	for name, c := range map[string]struct {
		text         string
		line, column int
		want         string
	}{
		"empty":             {"", 0, 0, "is empty"},
		"no rows":           {head, 0, 0, "no event"},
		"no types":          {"onset\tduration\n1\t2\n", 1, 0, `no column "trial_type"`},
		"commas":            {"onset,duration,trial_type\n1,2,a\n", 1, 0, "no column"},
		"onset n/a":         {head + "1\t2\ta\nn/a\t2\ta\n", 3, 1, "not guessed"},
		"duration n/a":      {head + "1\tn/a\ta\n", 2, 2, "not guessed"},
		"duration negative": {head + "1\t-2\ta\n", 2, 2, "less than 0"},
		"type empty":        {head + "1\t2\t\n", 2, 3, "is empty"},
		"twice":             {head + "1\t2\ta\n1\t2\tb\n1\t3\ta\n", 4, 1, "line 2"},
		"late":              {head + "1\t2\ta\n302.5\t2\ta\n", 3, 1, "run ends at 302.5"},
		"milliseconds":      {head + "1\t2\ta\n1e9\t2\ta\n", 3, 1, "in seconds"},
		"NaN":               {head + "NaN\t2\ta\n", 2, 1, "NaN"},
		"all n/a":           {head + "1\t2\tn/a\n", 0, 0, "no event"},
	} {
		_, err := events(t, c.text, 302.5)
		var p *dataset.ParseError
		if !errors.As(err, &p) || p.Line != c.line || p.Column != c.column || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfounds(t *testing.T) {
	const text = "trans_x\tframewise_displacement\tcsf\n0.1\tn/a\t5\n0.2\t0.3\t6\n"
	file := filepath.Join(write(t, "run", map[string]string{"confounds.tsv": text}), "confounds.tsv")
	names, v, err := dataset.Confounds{Columns: []string{"framewise_displacement", "trans_x"}, ZeroFirst: true}.Read(file, 2)
	if err != nil || !mat.Equal(v, mat.NewDense(2, 2, []float64{0, .1, .3, .2})) || names[1] != "trans_x" {
		t.Error(names, v, err)
	}
	names, v, err = dataset.Confounds{ZeroFirst: true}.Read(file, 0)
	if err != nil || len(names) != 3 || v.At(1, 2) != 6 {
		t.Error(names, v, err)
	}
	for _, c := range []struct {
		c       dataset.Confounds
		volumes int
		want    string
	}{
		{dataset.Confounds{}, 2, "line 2, column 2 (\"framewise_displacement\"): is n/a in the row of volume 0"},
		{dataset.Confounds{Columns: []string{"trans_x"}}, 3, "2 rows for a run of 3 volumes"},
		{dataset.Confounds{Columns: []string{"trans_q"}}, 2, `no column "trans_q"`},
		{dataset.Confounds{Columns: []string{"csf", "csf"}}, 2, "twice"},
		{dataset.Confounds{Columns: []string{}}, 2, "no column is asked for"},
	} {
		if _, _, err := c.c.Read(file, c.volumes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.c, err)
		}
	}
	late := filepath.Join(write(t, "run", map[string]string{"confounds.tsv": "a\n1\nn/a\n"}), "confounds.tsv")
	if _, _, err := (dataset.Confounds{ZeroFirst: true}).Read(late, 2); err == nil || strings.Contains(err.Error(), "ZeroFirst") {
		t.Error(err)
	}
}

// TestHaxbyFiles reads the raw runs of a person: what data/README.md says of them.
func TestHaxbyFiles(t *testing.T) {
	dir := realdata.Folder(t, "brain/haxby2001_sub001_1slice")
	n, err := dataset.OpenNIfTI(filepath.Join(dir, "run01_bold.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if n.Shape != [4]int{40, 20, 1, 121} || n.TR != 2.5 || n.Type != "int16" || n.From != "sform" || n.Warnings != nil {
		t.Errorf("%+v", n.NIfTIHeader)
	}
	y, err := n.Series(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	constant := 0
	for v := range n.Voxels() {
		col := mat.Col(nil, v, y)
		varies := false
		for _, x := range col {
			varies = varies || x != col[0]
		}
		if !varies {
			constant++
		}
	}
	if constant != 270 {
		t.Errorf("%d voxels have no variance, want 270", constant)
	}
	e, err := dataset.ReadEvents(filepath.Join(dir, "run01_events.tsv"), 121*n.TR)
	if err != nil || len(e.Rows) != 8 || len(e.Types()) != 8 || e.Warnings != nil {
		t.Errorf("%+v: %v", e, err)
	}
}
