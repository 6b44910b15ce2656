package dataset

import (
	"strings"
	"testing"
)

// FuzzBIDSName takes names apart and puts them together again.
func FuzzBIDSName(f *testing.F) {
	for _, s := range []string{
		"sub-01_ses-a_task-floc_run-2_space-T1w_desc-preproc_bold.nii.gz", "sub-01_task-rest_bold_confounds.tsv", "task-floc_events.tsv", "bold.json",
		"sub-_bold.nii", "sub-01__bold.nii", "sub-01_sub-02_bold.nii", "sub-01_task-a-b_bold.nii", "_.", "a.", ".nii", "sub-01_task-ä_bold.nii", "../sub-01_bold.nii",
		"sub-01_task-<script>_bold.nii", "sub-01_run-00000000000000000000000000000000001_bold.nii", strings.Repeat("a-b_", 80) + "bold.nii",
	} {
		f.Add(s, "run", "1")
	}
	f.Fuzz(func(t *testing.T, base, key, label string) {
		n, ok := parseBIDSName(base)
		if !ok {
			return
		}
		var parts []string
		for i, k := range n.keys {
			parts = append(parts, k+"-"+n.labels[i])
			if n.get(k) != n.labels[i] || !n.fits(k, n.labels[i]) || n.fits(k, Without) {
				t.Fatalf("%q: %q", base, k)
			}
		}
		again := strings.Join(append(parts, n.suffix), "_") + n.ext
		if again != base && !strings.HasSuffix(strings.TrimSuffix(base, n.ext), "_bold_confounds") {
			t.Fatalf("%q became %q", base, again)
		}
		if !n.appliesTo(n) || strings.ContainsAny(n.name(), `/\`) {
			t.Fatalf("%q", base)
		}
		n.entities()
		n.fits(key, label)
		if !sameLabel(key, label, label) {
			t.Fatalf("%q is not %q", label, label)
		}
	})
}

// FuzzBIDSSidecar reads the JSON beside a run.
func FuzzBIDSSidecar(f *testing.F) {
	for _, s := range []string{
		`{"RepetitionTime": 2.0, "StartTime": 0.975, "SliceTimingCorrected": true}`, `{"RepetitionTime": 1e999}`, `{"RepetitionTime": null, "StartTime": -1}`, `{"VolumeTiming": [0, 1]}`,
		`[]`, `null`, ``, `{"a":{"a":{"a":{}}}}`, `{"RepetitionTime": 2, "RepetitionTime": "2"}`, `{"repetitiontime": 2}`, "\xef\xbb\xbf{}", `{"StartTime": 1e-320}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSidecar("x.json", b)
		if err != nil {
			return
		}
		if x := s.RepetitionTime; x != nil && !(*x > 0 && *x <= 60) {
			t.Fatalf("a repetition time of %v", *x)
		}
		if x := s.StartTime; x != nil && !(*x >= 0 && *x < 1e300*10) {
			t.Fatalf("a start time of %v", *x)
		}
	})
}

// FuzzNuisance reads tables of confounds.
func FuzzNuisance(f *testing.F) {
	for _, s := range []string{
		"trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z\tframewise_displacement\n1\t2\t3\t4\t5\t6\tn/a\n1\t2\t3\t4\t5\t6\t0\n1\t2\t3\t4\t5\t7\t9\n",
		"non_steady_state_outlier00\tcosine00\n1\t1\n0\t0\n0\t-1\n", "cosine\n", "cosine00\n1e308\n-1e308\n", "", "X\n1\n", "cosine00\tcosine00\n1\t2\n",
	} {
		f.Add(s, 6, true, .5, 2)
		f.Add(s, 0, true, 0., 0)
	}
	f.Fuzz(func(t *testing.T, s string, motion int, cosines bool, fd float64, segment int) {
		c := Nuisance{Motion: motion, Cosines: cosines, Scrub: Scrub{FD: fd, Segment: segment}}
		if c.check() != nil {
			return
		}
		table, err := newTable("x.tsv", strings.NewReader(s))
		if err != nil {
			return
		}
		names, values, err := c.parse(table, 0, nil)
		if err != nil || names == nil {
			return
		}
		if _, k := values.Dims(); k != len(names) {
			t.Fatalf("%d columns called %q", k, names)
		}
	})
}
