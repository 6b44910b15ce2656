package dataset

import (
	"fusiform/analysis"
)

// A Trial is one showing of a stimulus.
type Trial struct {
	analysis.Stimulus
	Session string // "ses-01"; empty where there is one
	Run     string
}

// Trials are what was shown, one row for each trial in the order of the betas.
type Trials struct {
	Rows     []Trial
	Ignored  []string // columns that are not read
	Warnings []error
}

// ReadTrials reads tables of what was shown, one file after the other, a row
// for each trial: csv or tsv with a column stimulus, or the events.tsv of BIDS,
// where stim_file, or else trial_type, stands for it. Columns session, run,
// category and subcategory are read where there are any; without, BIDS names
// (sub-01_ses-02_run-03_events.tsv) tell session and run, and each of several
// files is a run.
//
// Trials stay in the order of the files and rows; those of a table with onsets
// must rise in each run. A row whose stimulus is n/a is left out, with a
// warning. It fails with a *ParseError on an empty stimulus, on one that has
// two categories, and on a table without any trial.
func ReadTrials(paths ...string) (*Trials, error) {
	panic("dataset: not built yet")
}
