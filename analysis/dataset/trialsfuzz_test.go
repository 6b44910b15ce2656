package dataset

import (
	"bytes"
	"testing"

	"fusiform/analysis"
)

// Whatever is read as trials has stimuli, each of one category.
func FuzzTrials(f *testing.F) {
	seeds(f, "testdata/betas/trials.csv")
	for _, s := range []string{"onset\tduration\ttrial_type\tstim_file\n0\t2\tface\ta.png\n4\t2\tn/a\tn/a\n", "stimulus;session;run\na;1;2\n", "stimulus,category\na,b\na,c\n", "stimulus,onset\na,4\nb,3\n", "\xef\xbb\xbfstimulus\n\"a\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("sub-1_ses-2_run-3_events.tsv", bytes.NewReader(data))
		if err != nil {
			return
		}
		var out Trials
		if err := out.read(table, map[string]analysis.Stimulus{}); err != nil {
			return
		}
		seen := map[string]string{}
		for _, x := range out.Rows {
			if c, ok := seen[x.ID]; ok && c != x.Category || x.ID == "" {
				t.Errorf("%+v, was %q", x, c)
			}
			seen[x.ID] = x.Category
		}
	})
}
