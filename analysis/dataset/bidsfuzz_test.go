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
		sameLabel(key, label, n.get(key))
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
