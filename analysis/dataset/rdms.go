package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// An RDMColumn is one RDM of a table: how differently one source answers each
// two stimuli.
type RDMColumn struct {
	Name    string // what the header calls the column: "hIT_S1_ses1"
	Stimuli analysis.Stimuli
	Values  *mat.SymDense // n×n, in the order of Stimuli; the diagonal is 0
}

// Dissimilarity returns the matrix with what its rows are: rsa.RDMsOf takes a
// slice of such tables.
func (c RDMColumn) Dissimilarity() (source string, s analysis.Stimuli, v *mat.SymDense) {
	return c.Name, c.Stimuli, c.Values
}

// UpperRDMs reads a table of RDMs with a row for each pair of stimuli: the
// columns i and j number the two from 1, in either order, and every other
// column is an RDM. It is how the RDMs of Kriegeskorte et al. (2008),
// doi:10.1016/j.neuron.2008.10.043, are passed on: people, monkeys and models
// on 92 images. The RDMs come in the order of the columns.
//
// Number k is the k-th stimulus of s, such as Images reads them; without any
// (the zero Stimuli) the stimuli are called "1", "2" and so on. Dissimilarities
// may be of any kind, and below 0 where they were cross-validated.
//
// It fails with a *ParseError if there is no RDM, on a number that is no
// stimulus, on a pair of a stimulus with itself, on a pair that stands there
// twice or is missing, and on a value that is not finite.
func UpperRDMs(path string, s analysis.Stimuli) ([]RDMColumn, error) {
	t, f, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseUpper(t, s)
}

// maxNumber bounds the number of a stimulus: 10⁵ have 5·10⁹ pairs, more than a
// table may hold.
const maxNumber = 100_000

// A pair is two stimuli, numbered from 0, i < j.
type pair struct{ i, j int }

func parseUpper(t *table, s analysis.Stimuli) ([]RDMColumn, error) {
	ij, err := t.need("i", "j")
	if err != nil {
		return nil, err
	}
	var cols []int
	for c := range t.header {
		if !slices.Contains(ij, c) {
			cols = append(cols, c)
		}
	}
	if len(cols) == 0 {
		return nil, &ParseError{File: t.file, Line: 1, Err: errors.New("there is no RDM; every column beside i and j is one")}
	}
	n := s.Len()
	var pairs []pair
	var cells []float64 // a row of the table after the other
	lines := map[pair]int{}
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		var p pair
		if p.i, err = t.stimulusNumber(ij[0], s); err != nil {
			return nil, err
		}
		if p.j, err = t.stimulusNumber(ij[1], s); err != nil {
			return nil, err
		}
		switch {
		case p.i == p.j:
			return nil, t.fail(ij[1], fmt.Errorf("stimulus %d stands beside itself; leave the diagonal out", p.j+1))
		case p.i > p.j:
			p.i, p.j = p.j, p.i
		}
		if line, twice := lines[p]; twice {
			return nil, t.fail(ij[1], fmt.Errorf("the pair %d, %d stands in line %d already", p.i+1, p.j+1, line))
		}
		lines[p] = t.line()
		n = max(n, p.j+1)
		pairs = append(pairs, p)
		for _, c := range cols {
			v, err := t.number(c)
			if err != nil {
				return nil, err
			}
			cells = append(cells, v)
		}
	}
	if want := n * (n - 1) / 2; len(pairs) != want || want == 0 {
		return nil, &ParseError{File: t.file, Err: missingPair(n, lines)}
	}
	if s.Len() == 0 {
		if s, err = numbered(n); err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", t.file, err)
		}
	}
	out := make([]RDMColumn, len(cols))
	for k, c := range cols {
		out[k] = RDMColumn{Name: t.header[c], Stimuli: s, Values: mat.NewSymDense(n, nil)}
		for r, p := range pairs {
			out[k].Values.SetSym(p.i, p.j, cells[r*len(cols)+k])
		}
	}
	return out, nil
}

// stimulusNumber returns the field as a position, from 0, in s; s may be empty.
func (t *table) stimulusNumber(col int, s analysis.Stimuli) (int, error) {
	text, err := t.word(col)
	if err != nil {
		return 0, err
	}
	k, err := strconv.Atoi(text)
	switch {
	case err != nil || k < 1:
		return 0, t.fail(col, fmt.Errorf("%q is not the number of a stimulus; they are counted from 1", analysis.Few([]string{text}, 1)))
	case s.Len() > 0 && k > s.Len():
		return 0, t.fail(col, fmt.Errorf("there is no stimulus %d; the stimuli given are %d", k, s.Len()))
	case k > maxNumber:
		return 0, t.fail(col, fmt.Errorf("stimulus %d is more than the %d of which a table can hold the pairs", k, maxNumber))
	}
	return k - 1, nil
}

// missingPair names the first pair of n stimuli that has no line.
func missingPair(n int, lines map[pair]int) error {
	for i := range n {
		for j := i + 1; j < n; j++ {
			if _, ok := lines[pair{i, j}]; !ok {
				return fmt.Errorf("%d stimuli have %d pairs, and the table %d: the first that is missing is %d, %d", n, n*(n-1)/2, len(lines), i+1, j+1)
			}
		}
	}
	return errors.New("has no pairs of stimuli")
}

func numbered(n int) (analysis.Stimuli, error) {
	items := make([]analysis.Stimulus, n)
	for i := range items {
		items[i].ID = strconv.Itoa(i + 1)
	}
	return analysis.NewStimuli(items)
}
