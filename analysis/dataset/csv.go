package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// CSV reads a response table: one row per stimulus, one column per channel.
//
//	stimulus,category,v1,v2
//	floc/adult/adult-001.jpg,face,0.82,1.31
//
// The first column is called stimulus and holds the IDs, as other responses
// and the images carry them. Columns called category and subcategory may
// stand anywhere; all others are channels, in order. Their names must differ
// and are otherwise not kept. The separator is a comma, a semicolon or a tab,
// as the header has it; a .tsv is always read by tabs. Fields may be quoted;
// a byte-order mark and Windows line ends are accepted. Decimals are written
// with a point. The source of the responses is the file's name without its
// extension.
//
// It fails with a *ParseError that names line and column for an empty, NaN or
// infinite cell, a line that is longer or shorter than the header, and an ID
// that stands twice. Tables above 1 GiB are refused.
func CSV(path string) (*analysis.Responses, error) {
	t, file, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, _, err := readResponses(t, "stimulus")
	return r, err
}

// readResponses reads a table whose first column is called id, and returns the
// names of the channels as well.
func readResponses(t *table, id string) (*analysis.Responses, []string, error) {
	if t.header[0] != id {
		return nil, nil, &ParseError{File: t.file, Line: 1, Column: 1, Name: t.header[0], Err: fmt.Errorf("the first column must be called %q and hold the stimulus IDs", id)}
	}
	category, hasCategory := t.column["category"]
	hasCategory = hasCategory && category > 0
	subcategory, hasSubcategory := t.column["subcategory"]
	var channels []int
	for i := range t.header {
		if i > 0 && !(hasCategory && i == category) && !(hasSubcategory && i == subcategory) {
			channels = append(channels, i)
		}
	}
	if len(channels) == 0 {
		return nil, nil, &ParseError{File: t.file, Line: 1, Err: errors.New("there is no channel: expected at least one column of numbers beside stimulus, category and subcategory")}
	}
	var items []analysis.Stimulus
	var values []float64
	lines := map[string]int{}
	for err := range t.rows() {
		if err != nil {
			return nil, nil, err
		}
		var it analysis.Stimulus
		if it.ID, err = t.word(0); err != nil {
			return nil, nil, err
		}
		if first, dup := lines[it.ID]; dup {
			return nil, nil, t.fail(0, fmt.Errorf("%q stands in line %d already; IDs must be unique, since responses are aligned by them; a table of trials is for ReadTrials", it.ID, first))
		}
		lines[it.ID] = t.line()
		if hasCategory {
			if it.Category, err = t.text(category); err != nil {
				return nil, nil, err
			}
		}
		if hasSubcategory {
			if it.Subcategory, err = t.text(subcategory); err != nil {
				return nil, nil, err
			}
		}
		for _, c := range channels {
			v, err := t.number(c)
			if err != nil {
				return nil, nil, err
			}
			values = append(values, v)
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, nil, &ParseError{File: t.file, Err: errors.New("has a header and no stimuli")}
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: %s: %w", t.file, err)
	}
	source := strings.TrimSuffix(filepath.Base(t.file), filepath.Ext(t.file))
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = t.header[c]
	}
	r, err := analysis.NewResponses(source, s, mat.NewDense(len(items), len(channels), values))
	return r, names, err
}

// WriteCSV writes r as CSV reads it: stimulus, category, subcategory, and a
// column for each channel, called by its position. Numbers are written so
// that they are read back exactly.
func WriteCSV(w io.Writer, r *analysis.Responses) error {
	n, c := r.Dims()
	row := append(make([]string, 0, c+3), "stimulus", "category", "subcategory")
	for j := range c {
		row = append(row, strconv.Itoa(j))
	}
	out := csv.NewWriter(w)
	if err := out.Write(row); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	for i := range n {
		it := r.Stimuli().At(i)
		row = append(row[:0], it.ID, it.Category, it.Subcategory)
		for _, v := range r.Row(i) {
			row = append(row, strconv.FormatFloat(v, 'g', -1, 64))
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("dataset: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}
