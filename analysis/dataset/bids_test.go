package dataset_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis/dataset"
)

// tree writes files; those whose content is "" are of no bytes.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// lab is a data set as labs have them: two people, the first in two sessions, raw
// runs and what fMRIPrep made of them in two spaces and on a surface.
func lab(t *testing.T) string {
	files := map[string]string{
		"dataset_description.json": `{}`, "participants.tsv": "", "README": "", "task-floc_bold.json": `{"RepetitionTime": 2.0, "TaskName": "floc"}`,
		"sub-01/anat/sub-01_T1w.nii.gz": "", "task-rest_events.tsv": "",
		"sub-01/ses-b/func/sub-01_ses-b_task-floc_bold.json":                    `{"RepetitionTime": 1.5}`,
		"derivatives/fmriprep/dataset_description.json":                         "{}",
		"derivatives/fmriprep/sub-01.html":                                      "",
		"derivatives/fmriprep/sub-01/figures/sub-01_task-floc_desc-x_bold.svg":  "",
		"sub-02/func/sub-02_task-floc_run-1_bold.nii":                           "",
		"sub-02/func/sub-02_task-floc_run-1_events.tsv":                         "",
		"derivatives/fmriprep/sub-02/func/sub-02_task-floc_run-1_bold.nii":      "",
		"derivatives/fmriprep/sub-01/func/.sub-01_task-floc_bold.nii.gz":        "",
		"derivatives/fmriprep/sub-01/func/sub-01_task-floc_bold.nii.gz/nothing": "",
	}
	for _, ses := range []string{"a", "b"} {
		for _, run := range []string{"1", "2", "10"} {
			stem := "sub-01/ses-" + ses + "/func/sub-01_ses-" + ses + "_task-floc_run-" + run
			files[stem+"_bold.nii.gz"] = ""
			files[stem+"_sbref.nii.gz"] = ""
			files[stem+"_events.tsv"] = ""
			made := "derivatives/fmriprep/" + stem
			files[made+"_desc-confounds_timeseries.tsv"] = ""
			files[made+"_desc-confounds_timeseries.json"] = "{}"
			for _, space := range []string{"T1w", "MNI152NLin2009cAsym_res-2"} {
				files[made+"_space-"+space+"_desc-preproc_bold.nii.gz"] = ""
				files[made+"_space-"+space+"_desc-preproc_bold.json"] = `{"RepetitionTime": 2.0, "StartTime": 0.975, "SliceTimingCorrected": true}`
				files[made+"_space-"+space+"_boldref.nii.gz"] = ""
				files[made+"_space-"+space+"_desc-brain_mask.nii.gz"] = ""
				files[made+"_space-"+space+"_desc-aparcaseg_dseg.nii.gz"] = ""
				files[made+"_space-"+space+"_desc-aseg_dseg.nii.gz"] = ""
			}
			for _, hemi := range []string{"L", "R"} {
				files[made+"_hemi-"+hemi+"_space-fsaverage5_bold.func.gii"] = ""
			}
			files[made+"_space-fsLR_den-91k_bold.dtseries.nii"] = ""
		}
	}
	return tree(t, files)
}

func TestBIDS(t *testing.T) {
	root := lab(t)
	made := filepath.Join(root, "derivatives", "fmriprep")
	b := dataset.BIDS{Folder: root, Derivatives: made, Entities: dataset.Entities{Task: "floc", Space: "T1w"}}
	people, err := b.People()
	if err != nil || !slices.Equal(people, []string{"01", "02"}) {
		t.Fatal(people, err)
	}
	runs, err := b.Runs("01")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range runs {
		names = append(names, r.Name)
	}
	if want := []string{"ses-a_task-floc_run-1", "ses-a_task-floc_run-2", "ses-a_task-floc_run-10", "ses-b_task-floc_run-1", "ses-b_task-floc_run-2", "ses-b_task-floc_run-10"}; !slices.Equal(names, want) {
		t.Fatalf("%q", names)
	}
	raw := filepath.Join(root, "sub-01", "ses-a", "func", "sub-01_ses-a_task-floc_run-10")
	stem := filepath.Join(made, "sub-01", "ses-a", "func", "sub-01_ses-a_task-floc_run-10")
	want := dataset.BIDSRun{
		Entities: dataset.Entities{Subject: "01", Session: "a", Task: "floc", Run: "10", Space: "T1w", Description: "preproc"},
		Name:     "ses-a_task-floc_run-10", Path: stem + "_space-T1w_desc-preproc_bold.nii.gz", Raw: raw + "_bold.nii.gz", Events: raw + "_events.tsv",
		Mask: stem + "_space-T1w_desc-brain_mask.nii.gz", Confounds: stem + "_desc-confounds_timeseries.tsv",
		Segmentations: []string{stem + "_space-T1w_desc-aparcaseg_dseg.nii.gz", stem + "_space-T1w_desc-aseg_dseg.nii.gz"},
		Sidecars:      []string{stem + "_space-T1w_desc-preproc_bold.json", filepath.Join(root, "task-floc_bold.json")},
		TR:            2, StartTime: 0.975, SliceTime: 0.4875, Shifted: true,
	}
	if d := cmp.Diff(want, runs[2]); d != "" {
		t.Error(d)
	}
	spaces, err := b.Found("Space")
	if err != nil || !slices.Equal(spaces, []string{"-", "MNI152NLin2009cAsym", "T1w", "fsLR", "fsaverage5"}) {
		t.Error(spaces, err)
	}

	// Raw runs, and the inheritance of their JSON: of session b the nearer one.
	runs, err = dataset.BIDS{Folder: root}.Runs("01")
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 6 || runs[0].TR != 2 || runs[3].TR != 1.5 || len(runs[3].Sidecars) != 2 || runs[0].Raw != "" || runs[0].Events == "" || runs[0].Shifted {
		t.Errorf("%+v", runs)
	}

	// One hemisphere of a surface; asked by a run's number, however it is written.
	runs, err = dataset.BIDS{Folder: root, Derivatives: made, Entities: dataset.Entities{Space: "fsaverage5", Hemisphere: "R", Run: "01"}}.Runs("01")
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || !strings.HasSuffix(runs[1].Path, "ses-b_task-floc_run-1_hemi-R_space-fsaverage5_bold.func.gii") || runs[1].Name != "ses-b_task-floc_run-1" || runs[1].Confounds == "" || runs[1].Events == "" || runs[1].Mask != "" {
		t.Errorf("%+v", runs)
	}
}

func TestBIDSThatIsNone(t *testing.T) {
	root := lab(t)
	made := filepath.Join(root, "derivatives", "fmriprep")
	type e = dataset.Entities
	for _, c := range []struct {
		b      dataset.BIDS
		person string
		want   string
	}{
		{dataset.BIDS{}, "01", "give the Folder"},
		{dataset.BIDS{Folder: filepath.Join(root, "nowhere")}, "01", "no such file"},
		{dataset.BIDS{Folder: filepath.Join(root, "README")}, "01", "is not a folder"},
		{dataset.BIDS{Folder: root, Derivatives: filepath.Join(root, "derivatives")}, "", "has no folder sub-…; give the folder that has them, such as " + made},
		{dataset.BIDS{Folder: root, Derivatives: "derivatives/fmriprep"}, "01", "but " + made + " is; give that"},
		{dataset.BIDS{Folder: root}, "", "has 2 people; say whose runs: 01, 02"},
		{dataset.BIDS{Folder: root, Derivatives: filepath.Join(root, "derivatives")}, "01", "has no folder sub-01, nor anybody's; give the folder that has them, such as " + made},
		{dataset.BIDS{Folder: root}, "3", "has no folder sub-3; there are 01, 02"},
		{dataset.BIDS{Folder: root, Entities: e{Subject: "01"}}, "02", "Subject is \"01\""},
		{dataset.BIDS{Folder: root, Entities: e{Task: "task-floc"}}, "01", `Task is "task-floc"; give the label without its key: "floc"`},
		{dataset.BIDS{Folder: root, Entities: e{Task: "../x"}}, "01", "cannot be a label"},
		{dataset.BIDS{Folder: root, Entities: e{Task: "FLoc"}}, "01", `has Task "FLoc", but "floc"`},
		{dataset.BIDS{Folder: root, Entities: e{Task: "nback"}}, "01", `no run of sub-01 has Task "nback"; there are floc`},
		{dataset.BIDS{Folder: root, Entities: e{Space: "T1w"}}, "01", "raw runs have no Space; give Derivatives"},
		{dataset.BIDS{Folder: root, Derivatives: made}, "01", "with Space MNI152NLin2009cAsym, T1w; give Space"},
		{dataset.BIDS{Folder: root, Derivatives: made, Entities: e{Space: "fsLR"}}, "01", "is CIFTI"},
		{dataset.BIDS{Folder: root, Derivatives: made, Entities: e{Space: "fsaverage5"}}, "01", "with Hemisphere L, R; give Hemisphere: a model is of one"},
		{dataset.BIDS{Folder: root, Derivatives: made, Entities: e{Space: "T1w", Session: "c"}}, "01", `Session "c"; there are a, b`},
	} {
		_, err := c.b.Runs(c.person)
		if err == nil || !strings.HasPrefix(err.Error(), "dataset: BIDS: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, %q: %v, want %q", c.b, c.person, err, c.want)
		}
	}
}

// What labs have that is not as it should be, and what is said of it.
func TestBIDSOddities(t *testing.T) {
	f := func(names ...string) map[string]string {
		m := map[string]string{}
		for _, n := range names {
			name, text, _ := strings.Cut(n, " ")
			m[name] = text
		}
		return m
	}
	for name, c := range map[string]struct {
		files map[string]string
		ask   dataset.Entities
		want  string // of the error; empty: it is found
	}{
		"two tasks":               {files: f("sub-1/func/sub-1_task-a_bold.nii", "sub-1/func/sub-1_task-b_bold.nii"), want: "with Task a, b; give Task"},
		"two acquisitions":        {files: f("sub-1/func/sub-1_task-a_acq-x_run-1_bold.nii", "sub-1/func/sub-1_task-a_run-01_bold.nii"), want: "give Acquisition: -, x"},
		"without an acquisition":  {files: f("sub-1/func/sub-1_task-a_acq-x_run-1_bold.nii", "sub-1/func/sub-1_task-a_run-01_bold.nii"), ask: dataset.Entities{Acquisition: dataset.Without}},
		"an entity without field": {files: f("sub-1/func/sub-1_task-a_chunk-1_bold.nii", "sub-1/func/sub-1_task-a_chunk-2_bold.nii"), want: `differ in "chunk"; move one`},
		"packed and not":          {files: f("sub-1/func/sub-1_task-a_bold.nii", "sub-1/func/sub-1_task-a_bold.nii.gz"), want: "a_bold.nii.gz; remove one"},
		"run 1 and 01":            {files: f("sub-1/func/sub-1_task-a_run-1_bold.nii", "sub-1/func/sub-1_task-a_run-01_bold.nii"), want: "give Run: 01, 1"},
		"session 1 is not 01":     {files: f("sub-1/ses-01/func/sub-1_ses-01_task-a_bold.nii"), ask: dataset.Entities{Session: "1"}, want: `has Session "1"; there are 01`},
		"echoes":                  {files: f("sub-1/func/sub-1_task-a_echo-1_bold.nii", "sub-1/func/sub-1_task-a_echo-2_bold.nii"), want: "with Echo 1, 2; give Echo: echoes are not combined"},
		"phase beside magnitude":  {files: f("sub-1/func/sub-1_task-a_part-mag_bold.nii", "sub-1/func/sub-1_task-a_part-phase_bold.nii")},
		"no run":                  {files: f("sub-1/anat/sub-1_T1w.nii"), want: "there is no …_bold.nii, .nii.gz or .func.gii of sub-1; looked in"},
		"a run of another":        {files: f("sub-1/func/sub-2_task-a_bold.nii"), want: "there is no …_bold.nii"},
		"events twice":            {files: f("sub-1/func/sub-1_task-a_acq-x_run-1_bold.nii", "sub-1/func/sub-1_task-a_run-1_events.tsv", "sub-1/func/sub-1_task-a_acq-x_events.tsv"), want: "neither says more of it"},
		"JSON that is a list":     {files: f("sub-1/func/sub-1_task-a_bold.nii", "task-a_bold.json []"), want: "is not JSON as BIDS has it"},
		"a JSON bomb":             {files: f("sub-1/func/sub-1_task-a_bold.nii", "task-a_bold.json "+strings.Repeat("[", 1<<20)), want: "is not JSON as BIDS has it"},
		"a large JSON":            {files: f("sub-1/func/sub-1_task-a_bold.nii", "task-a_bold.json {\"a\":\""+strings.Repeat("x", 4<<20)+"\"}"), want: "more than 4194304 bytes"},
		"TR as a text":            {files: f("sub-1/func/sub-1_task-a_bold.nii", `task-a_bold.json {"RepetitionTime":"2"}`), want: `RepetitionTime: is "2", must be a number of seconds`},
		"TR in ms":                {files: f("sub-1/func/sub-1_task-a_bold.nii", `task-a_bold.json {"RepetitionTime":2000}`), want: "RepetitionTime: is 2000, must be above 0 and at most 60"},
		"uneven volumes":          {files: f("sub-1/func/sub-1_task-a_bold.nii", `task-a_bold.json {"VolumeTiming":[0,3,9]}`), want: "VolumeTiming: says that volumes are not evenly spaced"},
		"shifted beyond TR":       {files: f("sub-1/func/sub-1_task-a_bold.nii", `task-a_bold.json {"RepetitionTime":2,"StartTime":3}`), want: "StartTime: is 3 s, after the end"},
	} {
		t.Run(name, func(t *testing.T) {
			runs, err := dataset.BIDS{Folder: tree(t, c.files), Entities: c.ask}.Runs("")
			if c.want == "" && (err != nil || len(runs) != 1) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%d runs, %v; want %q", len(runs), err, c.want)
			}
		})
	}
}

// Events and confounds may stand higher up, or be called as older versions call them.
func TestBIDSInherits(t *testing.T) {
	root := tree(t, map[string]string{
		"task-a_events.tsv": "", "sub-1/sub-1_task-a_acq-x_events.tsv": "", "sub-1/func/sub-1_task-a_acq-x_bold.nii": "",
		"sub-2/func/sub-2_task-a_bold.nii": "", "sub-3/func/sub-3_task-b_bold.nii": "",
		"made/sub-1/func/sub-1_task-a_acq-x_bold_confounds.tsv": "", "made/sub-1/func/sub-1_task-a_acq-x_bold_space-T1w_preproc.nii.gz": "",
		"made/sub-1/func/sub-1_task-a_acq-x_space-T1w_desc-preproc_bold.nii.gz": "", "made/sub-1/func/sub-1_task-a_desc-confounds_regressors.tsv": "",
		"made/sub-1/func/sub-1_task-a_acq-x_space-T1w_desc-preproc_bold.json": `{"SliceTimingCorrected": false}`,
	})
	for person, want := range map[string]string{"1": "sub-1/sub-1_task-a_acq-x_events.tsv", "2": "task-a_events.tsv", "3": ""} {
		runs, err := dataset.BIDS{Folder: root}.Runs(person)
		if want != "" {
			want = filepath.Join(root, filepath.FromSlash(want))
		}
		if err != nil || len(runs) != 1 || runs[0].Events != want {
			t.Errorf("sub-%s: %+v, %v; want %s", person, runs, err, want)
		}
	}
	runs, err := dataset.BIDS{Folder: root, Derivatives: filepath.Join(root, "made")}.Runs("1")
	if err != nil || filepath.Base(runs[0].Confounds) != "sub-1_task-a_acq-x_bold_confounds.tsv" || runs[0].Raw == "" || len(runs[0].Warnings) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// Links that lead in circles lead nowhere, and those to content that is not
// there are told.
func TestBIDSLinks(t *testing.T) {
	root := tree(t, map[string]string{"sub-1/func/sub-1_task-a_run-1_bold.nii": ""})
	link := func(to, at string) {
		if err := os.Symlink(to, filepath.Join(root, at)); err != nil {
			t.Skip(err)
		}
	}
	link(root, "sub-loop")
	link("sub-self", "sub-self")
	link("../..", "sub-1/ses-loop")
	b := dataset.BIDS{Folder: root}
	if people, err := b.People(); err != nil || !slices.Equal(people, []string{"1", "loop"}) {
		t.Fatal(people, err)
	}
	if runs, err := b.Runs("1"); err != nil || len(runs) != 1 {
		t.Errorf("%+v, %v", runs, err)
	}
	if _, err := b.Runs("loop"); err == nil || !strings.Contains(err.Error(), "there is no …_bold.nii") {
		t.Error(err)
	}
	link("../../.git/annex/objects/xx/MD5E-s1.nii", "sub-1/func/sub-1_task-a_run-2_bold.nii")
	if _, err := b.Runs("1"); err == nil || !strings.Contains(err.Error(), "fetch it (datalad get)") {
		t.Error(err)
	}
}

// A folder of thousands of names is read at once.
func TestBIDSOfManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 2000 files")
	}
	files := map[string]string{"sub-1/func/sub-1_task-a_bold.nii": ""}
	root := tree(t, files)
	for i := range 2000 {
		name := filepath.Join(root, "sub-1", "func", "sub-1_task-a_desc-x"+strings.Repeat("y", i%40)+string(rune('a'+i%26))+"_"+string(rune('a'+i/26%26))+strings.Repeat("z", i/676)+".json")
		if f, err := os.Create(name); err == nil {
			f.Close()
		}
	}
	if runs, err := (dataset.BIDS{Folder: root}).Runs("1"); err != nil || len(runs) != 1 {
		t.Errorf("%+v, %v", runs, err)
	}
}
