package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
)

// Events are the events of a run, by onset.
type Events struct {
	Rows     []analysis.Event
	Ignored  []string // columns that are not read
	Warnings []error
}

// ReadEvents reads the events.tsv of a run as BIDS has it: a header and a row
// for each event, with the columns onset and duration (in seconds) and
// trial_type, and modulation where there is one; other columns are Ignored.
// seconds is how long the run lasts (volumes × TR); 0 says that it is not known.
//
// Rows may stand in any order. A row whose trial_type is n/a, which BIDS allows
// for what belongs to no condition, is left out, as is one with modulation 0;
// both are told in Warnings, and so are events that last beyond the run's end.
// It fails with a *ParseError that names line and column on an onset or
// a duration that is n/a, negative durations, two events of one type with the
// same onset, and an event that begins after the run's end.
//
// The format: https://bids-specification.readthedocs.io, "Task events".
func ReadEvents(path string, seconds float64) (*Events, error) {
	t, file, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseEvents(t, seconds)
}

func parseEvents(t *table, seconds float64) (*Events, error) {
	cols, err := t.need("onset", "duration", "trial_type")
	if err != nil {
		return nil, err
	}
	modulation, modulated := t.column["modulation"]
	e := &Events{}
	for i, name := range t.header {
		if !slices.Contains(cols, i) && !(modulated && i == modulation) {
			e.Ignored = append(e.Ignored, name)
		}
	}
	type key struct {
		onset float64
		kind  string
	}
	lines := map[key]int{}
	var untyped, null, late int
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		var ev analysis.Event
		if ev.Onset, err = t.seconds(cols[0]); err != nil {
			return nil, err
		}
		if ev.Duration, err = t.seconds(cols[1]); err != nil {
			return nil, err
		}
		if ev.Type, err = t.word(cols[2]); err != nil {
			return nil, err
		}
		if modulated {
			if ev.Modulation, err = t.number(modulation); err != nil {
				return nil, err
			}
		}
		switch k := (key{ev.Onset, ev.Type}); {
		case ev.Duration < 0:
			return nil, t.fail(cols[1], fmt.Errorf("is %v; an event cannot last less than 0 seconds", ev.Duration))
		case seconds > 0 && ev.Onset >= seconds:
			return nil, t.fail(cols[0], fmt.Errorf("is %v, but the run ends at %v s; are these the events of another run, or in milliseconds?", ev.Onset, seconds))
		case ev.Type == "n/a":
			untyped++
			continue
		case modulated && ev.Modulation == 0:
			null++
			continue
		case lines[k] > 0:
			return nil, t.fail(cols[0], fmt.Errorf("is that of line %d, too, of the same trial_type %q; remove one of them: they would count twice", lines[k], ev.Type))
		default:
			lines[k] = t.line()
		}
		if seconds > 0 && ev.Onset+ev.Duration > seconds {
			late++
		}
		e.Rows = append(e.Rows, ev)
	}
	if len(e.Rows) == 0 {
		return nil, &ParseError{File: t.file, Err: errors.New("has no event with a trial_type")}
	}
	slices.SortStableFunc(e.Rows, func(a, b analysis.Event) int {
		switch {
		case a.Onset < b.Onset:
			return -1
		case a.Onset > b.Onset:
			return 1
		}
		return 0
	})
	e.warn(t.file, "events of trial_type n/a, left out", untyped)
	e.warn(t.file, "events of modulation 0, left out", null)
	e.warn(t.file, fmt.Sprintf("events that last beyond the run's end at %v s", seconds), late)
	return e, nil
}

func (e *Events) warn(file, what string, n int) {
	if n > 0 {
		e.Warnings = append(e.Warnings, fmt.Errorf("dataset: %s: %s: %d", file, what, n))
	}
}

// Types returns the types of the events in order of appearance.
func (e *Events) Types() []string {
	var out []string
	for _, ev := range e.Rows {
		if !slices.Contains(out, ev.Type) {
			out = append(out, ev.Type)
		}
	}
	return out
}

// seconds is a number that must be there.
func (t *table) seconds(col int) (float64, error) {
	if s := strings.TrimSpace(t.row[col]); s == "n/a" {
		return 0, t.fail(col, errors.New("is n/a; give it in seconds or remove the row: when something happened is not guessed"))
	}
	v, err := t.number(col)
	if err == nil && math.Abs(v) > 1e7 {
		err = t.fail(col, fmt.Errorf("is %v s, more than a hundred days; times are in seconds from the first volume on", v))
	}
	return v, err
}
