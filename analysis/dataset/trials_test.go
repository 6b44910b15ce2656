package dataset_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

var bare = cmpopts.IgnoreFields(analysis.Stimulus{}, "Image", "Digest")

func trial(id, category, session, run string) dataset.Trial {
	return dataset.Trial{Stimulus: analysis.Stimulus{ID: id, Category: category}, Session: session, Run: run}
}

func TestReadTrials(t *testing.T) {
	dir := write(t, "t", map[string]string{
		"sub-1_ses-02_task-x_run-3_events.tsv": "onset\tduration\ttrial_type\tstim_file\tresponse\n0\t2\tface\ta.png\t1\n4\t2\tn/a\tn/a\t0\n6\t2\tscene\tb.png\tn/a\n",
		"sub-1_ses-02_task-x_run-4_events.tsv": "onset\tduration\ttrial_type\tstim_file\n0\t2\tface\ta.png\n",
		"plain.tsv":                            "onset\tduration\ttrial_type\n1\t2\tface\n1\t2\tbody\n",
		"own.csv":                              "run;stimulus;session;category;subcategory\n2;x;s1;face;adult\n1;y;s1;n/a;\n",
	})
	got, err := dataset.ReadTrials(filepath.Join(dir, "sub-1_ses-02_task-x_run-3_events.tsv"), filepath.Join(dir, "sub-1_ses-02_task-x_run-4_events.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := []dataset.Trial{trial("a.png", "face", "ses-02", "run-3"), trial("b.png", "scene", "ses-02", "run-3"), trial("a.png", "face", "ses-02", "run-4")}
	if diff := cmp.Diff(want, got.Rows, bare); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"duration", "response"}, got.Ignored); diff != "" {
		t.Error(diff)
	}
	if len(got.Warnings) != 1 || !strings.HasSuffix(got.Warnings[0].Error(), "rows with n/a for a stimulus, taken for no trials: 1") {
		t.Error(got.Warnings)
	}
	if got, err = dataset.ReadTrials(filepath.Join(dir, "plain.tsv")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]dataset.Trial{trial("face", "", "", ""), trial("body", "", "", "")}, got.Rows, bare); diff != "" {
		t.Error(diff)
	}
	nsd := filepath.Join(write(t, "nsd", map[string]string{"responses.tsv": "SUBJECT\tSESSION\tRUN\tTRIAL\t73KID\t10KID\tTIME\tRT\n1\t1\t12\t63\t46003\t626\t.5\tNaN\n1\t2\t1\t1\t61883\t5013\t.6\t900\n"}), "responses.tsv")
	if got, err = dataset.ReadTrials(nsd); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]dataset.Trial{trial("46003", "", "1", "12"), trial("61883", "", "2", "1")}, got.Rows, bare); diff != "" {
		t.Error(diff)
	}
	if got, err = dataset.ReadTrials(filepath.Join(dir, "plain.tsv")); err != nil {
		t.Fatal(err)
	}
	s, err := analysis.NewStimuli([]analysis.Stimulus{{ID: "face", Category: "animate"}})
	if err != nil {
		t.Fatal(err)
	}
	if of := got.Of(s); of.Rows[0].Category != "animate" || of.Rows[1].Category != "" || got.Rows[0].Category != "" {
		t.Errorf("%+v", of)
	}
	if got, err = dataset.ReadTrials(filepath.Join(dir, "own.csv")); err != nil {
		t.Fatal(err)
	}
	x := trial("x", "face", "s1", "2")
	x.Subcategory = "adult"
	if diff := cmp.Diff([]dataset.Trial{x, trial("y", "", "s1", "1")}, got.Rows, bare); diff != "" {
		t.Error(diff)
	}
}

func TestReadTrialsFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "is empty",
		"onset,duration\n1,2\n":                 `there is no column "stimulus" (or stim_file, or trial_type, or NSD's 73KID); rename the one that says what was shown; the header has: onset, duration`,
		"stimulus\n":                            "has no trial",
		"stimulus\nn/a\n":                       "has no trial",
		"stimulus,x\n,1\n":                      "is empty",
		"stimulus,category\na,b\na,c\n":         `line 3, column 1 ("stimulus"): "a" is of category "c" "", and was of "b" "" before`,
		"stimulus,onset\na,4\nb,3\n":            "sort the rows by onset",
		"stimulus,onset\na,n/a\n":               "onset",
		"stimulus\na\x01\n":                     "control character",
		"stimulus,session\na,s\n\"b\n":          "line",
		"stimulus,category\n" + "a,b\na,b\nc\n": "wrong number of fields",
	} {
		dir := write(t, "t", map[string]string{"t.csv": text})
		_, err := dataset.ReadTrials(filepath.Join(dir, "t.csv"))
		var parse *dataset.ParseError
		if !errors.As(err, &parse) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := dataset.ReadTrials(); err == nil {
		t.Error("no table is read")
	}
	if _, err := dataset.ReadTrials("testdata/none.csv"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestGLMsingle(t *testing.T) {
	c := []analysis.Stimulus{{ID: "a"}, {ID: "b", Category: "face"}, {ID: "c"}}
	ids := func(g dataset.GLMsingle) string {
		trials, err := g.Trials()
		if err != nil {
			return err.Error()
		}
		var out []string
		for _, x := range trials {
			out = append(out, strings.TrimSpace(x.ID+x.Category+" "+x.Session+" "+x.Run))
		}
		return strings.Join(out, ",")
	}
	for want, g := range map[string]dataset.GLMsingle{
		"c,a,bface,c":   {Order: []float64{3, 1, 2, 3}, Conditions: c},
		"c,a,bface,c,a": {Order: []float64{2, 0, 1, 2, 0}, Conditions: c},
		"a ses-01 run-01,c ses-01 run-01,a ses-02 run-03": {Order: []float64{1, 3, 1}, Conditions: c, RunTrials: []float64{2, 0, 1}, RunSessions: []float64{1, 1, 2}},
	} {
		if got := ids(g); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for want, g := range map[string]dataset.GLMsingle{
		"has 0 trials of 3 conditions":   {Conditions: c},
		"has 1 trials of 0 conditions":   {Order: []float64{1}},
		"trial 1 is of condition 1.5":    {Order: []float64{1.5}, Conditions: c},
		"trial 2 is of condition 4":      {Order: []float64{1, 4}, Conditions: c},
		"trial 1 is of condition -1":     {Order: []float64{-1}, Conditions: c},
		"counts from 0 to 3":             {Order: []float64{0, 3}, Conditions: c},
		"neither condition 0 nor":        {Order: []float64{1, 2}, Conditions: c},
		"2 runs have trials and 1 a se":  {Order: []float64{3}, Conditions: c, RunTrials: []float64{1, 0}, RunSessions: []float64{1}},
		"run 2 has 1 trials, and 0 are":  {Order: []float64{3}, Conditions: c, RunTrials: []float64{1, 1}},
		"has 2 trials, and its runs 1":   {Order: []float64{3, 3}, Conditions: c, RunTrials: []float64{1}},
		"the session of run 1 is 0.5":    {Order: []float64{3}, Conditions: c, RunTrials: []float64{1}, RunSessions: []float64{.5}},
		"run 1 has -1 trials, and 1 are": {Order: []float64{3}, Conditions: c, RunTrials: []float64{-1}},
	} {
		if got := ids(g); !strings.Contains(got, want) || !strings.HasPrefix(got, "dataset: ") {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestNSD reads a small tree of the layout of the Natural Scenes Dataset.
func TestNSD(t *testing.T) {
	ref := readBetas(t).NSD
	nsd := dataset.NSD{Dir: "testdata/betas/nsd"}
	mask, err := nsd.ROI(2, "floc-faces")
	if err != nil {
		t.Fatal(err)
	}
	two, err := nsd.ROI(2, "floc-faces", 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for v, x := range ref.Labels {
		if mask[v] != (x > 0) || two[v] != (x == 2 || x == 3) {
			t.Errorf("voxel %d of label %v: %v, %v", v, x, mask[v], two[v])
		}
	}
	ratio, err := nsd.NCSNR(2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ref.NCSNR, ratio); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ asked, want []int }{{nil, []int{1, 2, 4, 7}}, {[]int{4, 1}, []int{4, 1}}} {
		b, err := nsd.Betas(2, c.asked...)
		if err != nil {
			t.Fatal(err)
		}
		b.Within = [][]bool{mask}
		var ids, sessions []string
		var values [][]float64
		for _, k := range c.want {
			s := ref.Sessions[fmt.Sprint(k)]
			ids = append(ids, s.Trials...)
			for _, row := range s.Betas {
				var in []float64
				for v, x := range row {
					if mask[v] {
						in = append(in, x)
					}
				}
				values = append(values, in)
				sessions = append(sessions, fmt.Sprintf("ses-%02d", k))
			}
		}
		set, err := b.Repeats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for i, id := range ids {
			if b.Trials[i].ID != id || b.Trials[i].Session != sessions[i] {
				t.Errorf("trial %d: %+v, want %s in %s", i, b.Trials[i], id, sessions[i])
			}
			r := set.Responses[seen[id]]
			seen[id]++
			k, ok := r.Stimuli().Index(id)
			if !ok || len(set.Voxels) != len(values[i]) {
				t.Fatalf("%s is not there, or %d voxels are not %d", id, len(set.Voxels), len(values[i]))
			}
			if diff := cmp.Diff(values[i], r.Row(k), near); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBetasOfSurfaces: the frames of a surface are trials, packed or not, and
// masks leave vertices out.
func TestBetasOfSurfaces(t *testing.T) {
	for _, file := range []string{"lh.f4.mgh", "lh.f4.mgz", "hemi-L_GZipBase64Binary_little.func.gii"} {
		path := filepath.Join("testdata/surface", file)
		s, err := dataset.OpenSurface(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f, err := dataset.OpenBetas(path, "", s.Frames)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		b := dataset.Betas{Source: "S1", Parts: []dataset.BetaBlocks{f}, Within: [][]bool{make([]bool, s.Vertices)}, Block: 2}
		var odd []int
		for v := 1; v < s.Vertices; v += 2 {
			b.Within[0][v] = true
			odd = append(odd, v)
		}
		for k := range s.Frames {
			b.Trials = append(b.Trials, trial(fmt.Sprint(k), "", "", ""))
		}
		set, err := b.Averaged(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Voxels) == 0 || len(set.Voxels)+set.Invalid+set.Constant != len(odd) {
			t.Errorf("%s: %+v of %v", file, set, odd)
		}
		for k := range s.Frames {
			frame, err := s.Frame(k, nil)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range set.Voxels {
				if got := set.Responses[0].Row(k)[j]; got != frame[v] || v%2 == 0 {
					t.Errorf("%s: frame %d, vertex %d: %v, want %v", file, k, v, got, frame[v])
				}
			}
		}
	}
}

func TestNSDFaults(t *testing.T) {
	nsd := dataset.NSD{Dir: "testdata/betas/nsd"}
	betas := func(subject int, sessions ...int) error { _, err := nsd.Betas(subject, sessions...); return err }
	roi := func(name string, labels ...float64) error { _, err := nsd.ROI(2, name, labels...); return err }
	_, other := dataset.NSD{Dir: "testdata/betas/nsd", Space: "func1mm"}.Betas(2)
	_, nowhere := dataset.NSD{Dir: "testdata/none"}.Betas(2)
	_, nine := nsd.NCSNR(9)
	for want, err := range map[string]error{
		"there is no subject 0":                 betas(0),
		"there is no subject 9":                 betas(9),
		"no subject 9":                          nine,
		"subj01":                                betas(1),
		"session 41":                            betas(2, 41),
		"or asked for twice":                    betas(2, 1, 1),
		"betas_session03.hdf5":                  betas(2, 1, 3),
		"func1mm":                               other,
		"nsd_expdesign.mat":                     nowhere,
		"is no name of a file":                  roi("../floc-faces"),
		`"" is no name`:                         roi(""),
		"floc-words.nii.gz":                     roi("floc-words"),
		"no voxel of \"floc-faces\" in subject": roi("floc-faces", 77),
	} {
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
