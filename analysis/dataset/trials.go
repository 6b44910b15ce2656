package dataset

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

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
// where stim_file or else trial_type stands for it. The columns session, run,
// category and subcategory are read where there are any. Without, the file's
// BIDS name tells the session and the run (sub-01_ses-02_run-03_events.tsv:
// "ses-02", "run-03"), and trial_type is the category where stim_file is the
// stimulus. NSD's responses.tsv, a table of all trials of a person, is read by its 73KID, SESSION and RUN.
//
// Trials stay in the order of the files and rows; where there are onsets, these
// must rise within each run, since betas stand in the order of time. A row whose
// stimulus is n/a is no trial, and a warning counts such. It fails with a
// *ParseError on an empty stimulus, on a stimulus that has two categories, on onsets that
// fall, and on a table without any trial.
func ReadTrials(paths ...string) (*Trials, error) {
	if len(paths) == 0 {
		return nil, errors.New("dataset: no table of trials to read")
	}
	out := &Trials{}
	seen := map[string]analysis.Stimulus{}
	for _, path := range paths {
		t, file, err := openTable(path)
		if err != nil {
			return nil, err
		}
		err = out.read(t, seen)
		file.Close()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// trialColumns are where a table has what is read; −1 where it has not.
type trialColumns struct {
	stimulus, session, run, category, subcategory, onset int
}

func (out *Trials) columns(t *table) (c trialColumns, err error) {
	at := func(names ...string) int {
		for _, n := range names {
			if k, ok := t.column[n]; ok {
				return k
			}
		}
		return -1
	}
	c = trialColumns{at("stimulus", "stim_file", "73KID", "trial_type"), at("session", "SESSION"), at("run", "RUN"), at("category"), at("subcategory"), at("onset")}
	if c.stimulus < 0 {
		return c, &ParseError{File: t.file, Line: 1, Err: fmt.Errorf("there is no column \"stimulus\" (or stim_file, or trial_type, or NSD's 73KID); rename the one that says what was shown; the header has: %s", analysis.Few(t.header, 8))}
	}
	if kind := at("trial_type"); c.category < 0 && kind != c.stimulus {
		c.category = kind
	}
	for i, name := range t.header {
		if !slices.Contains([]int{c.stimulus, c.session, c.run, c.category, c.subcategory, c.onset}, i) && !slices.Contains(out.Ignored, name) {
			out.Ignored = append(out.Ignored, name)
		}
	}
	return c, nil
}

func (out *Trials) read(t *table, seen map[string]analysis.Stimulus) error {
	c, err := out.columns(t)
	if err != nil {
		return err
	}
	session, run := "", ""
	if name, ok := parseBIDSName(filepath.Base(t.file)); ok {
		session, run = entity(name, "ses"), entity(name, "run")
	}
	last := map[[2]string]float64{}
	before, none := len(out.Rows), 0
	for err := range t.rows() {
		if err != nil {
			return err
		}
		var x Trial
		if x.ID, err = t.word(c.stimulus); err != nil {
			return err
		}
		if x.ID == "n/a" {
			none++
			continue
		}
		x.Session, x.Run = session, run
		for _, f := range []struct {
			col int
			to  *string
		}{{c.session, &x.Session}, {c.run, &x.Run}, {c.category, &x.Category}, {c.subcategory, &x.Subcategory}} {
			if f.col < 0 {
				continue
			}
			if *f.to, err = t.text(f.col); err != nil {
				return err
			}
			if *f.to == "n/a" {
				*f.to = ""
			}
		}
		was, known := seen[x.ID]
		if known && (was.Category != x.Category || was.Subcategory != x.Subcategory) {
			return t.fail(c.stimulus, fmt.Errorf("%q is of category %q %q, and was of %q %q before; a stimulus has one", clip(x.ID), x.Category, x.Subcategory, was.Category, was.Subcategory))
		}
		seen[x.ID] = x.Stimulus
		if c.onset >= 0 {
			onset, err := t.seconds(c.onset)
			if err != nil {
				return err
			}
			key := [2]string{x.Session, x.Run}
			if earlier, ok := last[key]; ok && onset < earlier {
				return t.fail(c.onset, fmt.Errorf("is %v, and the trial before began at %v; sort the rows by onset: betas stand in the order of time", onset, earlier))
			}
			last[key] = onset
		}
		out.Rows = append(out.Rows, x)
	}
	if len(out.Rows) == before {
		return &ParseError{File: t.file, Err: errors.New("has no trial with a stimulus")}
	}
	if none > 0 {
		out.Warnings = append(out.Warnings, fmt.Errorf("dataset: %s: rows with n/a for a stimulus, taken for no trials: %d", t.file, none))
	}
	return nil
}

// entity returns a key of a BIDS name with its label, "ses-02", or nothing.
func entity(n bidsName, key string) string {
	if label := n.get(key); label != "" {
		return key + "-" + label
	}
	return ""
}

// Of returns the trials with stimuli as s has them, found by ID: with their
// categories, which a table of pictures' names does not tell. Trials of others
// stay as they are; Responses.On says which are missing.
func (t *Trials) Of(s analysis.Stimuli) *Trials {
	out := &Trials{Rows: slices.Clone(t.Rows), Ignored: t.Ignored, Warnings: t.Warnings}
	for i, x := range out.Rows {
		if k, ok := s.Index(x.ID); ok {
			out.Rows[i].Stimulus = s.At(k)
		}
	}
	return out
}
