package nbext

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/internal/realdata"
)

func TestRuns(t *testing.T) {
	runs, err := Runs(filepath.Join(realdata.Folder(t, "brain/haxby2001_sub001_1slice"), "*_bold.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 12 || runs[0].Name != "run01" || runs[11].Name != "run12" || runs[4].TR != 2.5 || len(runs[4].Events) != 8 {
		t.Fatalf("%d runs, %+v", len(runs), runs)
	}
	if volumes, voxels := runs[0].Data.Dims(); volumes != 121 || voxels != 800 {
		t.Errorf("%d volumes of %d voxels", volumes, voxels)
	}
	mask := make([]bool, 800)
	mask[400] = true
	if runs, err = Runs(filepath.Join(realdata.Folder(t, "brain/haxby2001_sub001_1slice"), "run01_bold.nii.gz"), mask); err != nil {
		t.Fatal(err)
	}
	if _, voxels := runs[0].Data.Dims(); voxels != 1 {
		t.Errorf("%d voxels in a mask of one", voxels)
	}
}

func TestRunsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a_bold.nii.gz": "x", "b.nii": "x", "c_bold.nii": "x", "c_events.tsv": "onset\tduration\ttrial_type\n0\t1\tface\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"none*": "no file is called", "[": "the pattern", "a*": "has no table of events: expected " + filepath.Join(dir, "a_events.tsv"),
		"b.nii": "is not called", "c*nii": "c_bold.nii",
	} {
		if pattern != "[" {
			pattern = filepath.Join(dir, pattern)
		}
		if _, err := Runs(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", pattern, err, want)
		}
	}
}

func TestNatural(t *testing.T) {
	names := []string{"run-10_bold", "run-2_bold", "run-1_bold", "run-02_bold", "ses-2/run-1", "ses-1/run-9", "b", "a", ""}
	slices.SortStableFunc(names, natural)
	want := []string{"", "a", "b", "run-1_bold", "run-2_bold", "run-02_bold", "run-10_bold", "ses-1/run-9", "ses-2/run-1"}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// A run is open only while it is read: there are more runs than a process may
// have open files.
func TestCoursesAreClosed(t *testing.T) {
	b, _, _ := smallScan(t)
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	c := p.Runs[0].Data.(*courses)
	if c.file != nil {
		t.Error("a run is open before it is read")
	}
	if _, err := c.Block(t.Context(), 0, 10); err != nil || c.file == nil {
		t.Error("a run is closed between its blocks", err)
	}
	if _, err := c.Block(t.Context(), 10, c.voxels); err != nil || c.file != nil {
		t.Error("a run stays open when it has been read", err)
	}
	if _, err := c.Block(t.Context(), 0, c.voxels+1); err == nil || c.file != nil {
		t.Error("a run stays open after an error", err)
	}
}

// What is to be doubted of events is shown, not dropped.
func TestRunsTellTheirWarnings(t *testing.T) {
	b, _, _ := smallScan(t)
	stem := filepath.Join(b.Folder, "sub-01", "func", "sub-01_task-drawings_run-1")
	put(t, stem+"_events.tsv", "onset\tduration\ttrial_type\n4\t1\tface\n8\t1\tn/a\n")
	p, err := b.Person("01")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "events of trial_type n/a, left out: 1") {
		t.Error(p.Warnings)
	}
	out := os.Stdout
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = w
	_, err = Runs(stem + "_bold.nii.gz")
	os.Stdout = out
	w.Close()
	text, _ := io.ReadAll(r)
	if err != nil || !strings.Contains(string(text), "events of trial_type n/a, left out: 1") {
		t.Errorf("%q, %v", text, err)
	}
}
