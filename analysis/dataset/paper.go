package dataset

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// PaperTables are what Dipani & Ratan Murty (2026), bioRxiv,
// doi:10.64898/2026.05.29.728609, published beside the paper (CC BY 4.0), as
// they published it.
type PaperTables struct {
	// Labels name the 153 rows and columns of the matrices: "S1 FFA" for
	// a person's region, the network's name for its selective units. A
	// network stands once per category, so labels are not unique.
	Labels []string

	// Blocks say which rows belong together.
	Blocks []PaperBlock

	// Univariate and Multivariate are the noise-corrected similarities of
	// all pairs at t > 7, localizer L1. They may exceed 1; pairs of
	// regions within one person share noise and exceed it most. The file
	// says null on the diagonal; here it is 0, which means nothing: Pair
	// tells. In two univariate pairs the triangles differ in the last
	// digit, as published.
	Univariate, Multivariate *mat.Dense

	// Ceilings are how well the other people predict a person.
	Ceilings []PaperCeiling

	// Models are the networks and the layers that were read.
	Models []PaperModel
}

// A PaperBlock is a run of rows of the matrices: [Start, End).
type PaperBlock struct {
	Label      string `json:"label"`
	Start, End int    `json:"-"`
	Kind       string `json:"type"`     // "brain" or "model"
	Category   string `json:"category"` // "face", "body" or "scene"
}

// A PaperCeiling is the human–human ceiling of one person's region: the
// median over the other people of the noise-corrected similarity.
type PaperCeiling struct {
	ROI          string
	MinT         float64 // the localizer's threshold
	Subject      int     // counted from 1
	Absent       bool    // null in the file: the person has no value there, and the two are 0
	Univariate   float64
	Multivariate float64
}

// A PaperModel is a network of the paper.
type PaperModel struct {
	ID, Name               string
	Group                  string // "Untrained", or empty
	Kind                   string // "trained", "untrained", or empty for four networks that are not among the 55
	Architecture, Training string
	Face, Body, Scene      string // the layer read for each category
}

// Paper reads the folder with all_pairs_matrix_L1_t7.json,
// human_human_ceiling.json and models.csv.
//
// It fails if a matrix is not square, misses a value off the diagonal, or
// does not fit its labels and blocks. Faults of models.csv are *ParseError.
func Paper(dir string) (*PaperTables, error) {
	p := &PaperTables{}
	for _, part := range []struct {
		file string
		read func(*PaperTables, []byte) error
	}{
		{"all_pairs_matrix_L1_t7.json", (*PaperTables).readPairs},
		{"human_human_ceiling.json", (*PaperTables).readCeilings},
	} {
		path := filepath.Join(dir, part.file)
		data, err := readSmall(path)
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
		if err := part.read(p, data); err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", path, err)
		}
	}
	t, f, err := openTable(filepath.Join(dir, "models.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if p.Models, err = readModels(t); err != nil {
		return nil, err
	}
	return p, nil
}

// Pair returns the similarities of rows i and j; false for a thing with
// itself, for which nothing is published.
func (p *PaperTables) Pair(i, j int) (univariate, multivariate float64, ok bool) {
	if i == j {
		return 0, 0, false
	}
	return p.Univariate.At(i, j), p.Multivariate.At(i, j), true
}

// Rows says what each row of the matrices is: its label, the person ("S1"; ""
// for a network) and the region, which is the label of its block ("FFA", "ANNs
// (face-selective)"). ceiling.Systems takes all three:
//
//	systems, err := ceiling.Systems(paper.Rows())
//	univariate, err := ceiling.NewPairs(systems, analysis.Pearson, paper.Univariate)
func (p *PaperTables) Rows() (labels, people, regions []string) {
	n := len(p.Labels)
	labels, people, regions = slices.Clone(p.Labels), make([]string, n), make([]string, n)
	for _, b := range p.Blocks {
		for i := b.Start; i < b.End; i++ {
			regions[i] = b.Label
			if b.Kind == "brain" {
				people[i] = strings.TrimSuffix(labels[i], " "+b.Label)
			}
		}
	}
	return labels, people, regions
}

// Block returns the block with that label: "FFA", "ANNs (face-selective)".
func (p *PaperTables) Block(label string) (PaperBlock, error) {
	var have []string
	for _, b := range p.Blocks {
		if b.Label == label {
			return b, nil
		}
		have = append(have, b.Label)
	}
	return PaperBlock{}, fmt.Errorf("dataset: the paper has no block %q; it has: %q", label, have)
}

// Ceiling returns the human–human ceilings of a region at a threshold, by
// subject. It fails if there are none.
func (p *PaperTables) Ceiling(roi string, minT float64) ([]PaperCeiling, error) {
	var out []PaperCeiling
	var have []string
	for _, c := range p.Ceilings {
		if c.ROI == roi && c.MinT == minT {
			out = append(out, c)
		}
		if name := fmt.Sprintf("%s t > %g", c.ROI, c.MinT); !slices.Contains(have, name) {
			have = append(have, name)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("dataset: the paper has no ceiling for %s at t > %g; it has: %q", roi, minT, have)
	}
	return out, nil
}

// readSmall reads a file of at most 64 MiB.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const limit = 1 << 26
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return data, nil
}

func (p *PaperTables) readPairs(data []byte) error {
	var in struct {
		Labels []string `json:"labels"`
		Blocks []struct {
			PaperBlock
			Start *int `json:"start"`
			End   *int `json:"end"`
		} `json:"blocks"`
		Univariate   [][]*float64 `json:"univariate"`
		Multivariate [][]*float64 `json:"multivariate"`
	}
	if err := decode(data, &in); err != nil {
		return err
	}
	n := len(in.Labels)
	if n == 0 {
		return errors.New("has no labels")
	}
	p.Labels = in.Labels
	at := 0
	for _, b := range in.Blocks {
		if b.Start == nil || b.End == nil || *b.Start != at || *b.End <= at || *b.End > n {
			return fmt.Errorf("block %q does not follow the one before within the %d labels", b.Label, n)
		}
		if b.Kind != "brain" && b.Kind != "model" {
			return fmt.Errorf("block %q is of type %q, neither brain nor model", b.Label, b.Kind)
		}
		b.PaperBlock.Start, b.PaperBlock.End = *b.Start, *b.End
		p.Blocks = append(p.Blocks, b.PaperBlock)
		at = *b.End
	}
	if at != n {
		return fmt.Errorf("the blocks end at %d of %d labels", at, n)
	}
	var err error
	if p.Univariate, err = pairs(in.Univariate, n); err != nil {
		return fmt.Errorf("univariate: %w", err)
	}
	if p.Multivariate, err = pairs(in.Multivariate, n); err != nil {
		return fmt.Errorf("multivariate: %w", err)
	}
	return nil
}

// pairs checks an n×n matrix that is null on the diagonal and nowhere else.
func pairs(rows [][]*float64, n int) (*mat.Dense, error) {
	if len(rows) != n {
		return nil, fmt.Errorf("%d rows for %d labels", len(rows), n)
	}
	for i, row := range rows {
		if len(row) != n {
			return nil, fmt.Errorf("row %d has %d values for %d labels", i, len(row), n)
		}
	}
	m := mat.NewDense(n, n, nil)
	for i, row := range rows {
		for j, v := range row {
			switch {
			case i != j && v == nil:
				return nil, fmt.Errorf("pair (%d, %d) is null", i, j)
			case i == j && v != nil:
				return nil, fmt.Errorf("the diagonal holds %v at %d, expected null", *v, i)
			case v != nil:
				m.Set(i, j, *v)
			}
		}
	}
	return m, nil
}

func (p *PaperTables) readCeilings(data []byte) error {
	var in map[string]map[string][]struct {
		Subject      int      `json:"subject"`
		Univariate   *float64 `json:"normed_pearsonr"`
		Multivariate *float64 `json:"normed_rdmr"`
	}
	if err := decode(data, &in); err != nil {
		return err
	}
	for roi, byT := range in {
		for threshold, people := range byT {
			minT, err := strconv.ParseFloat(threshold, 64)
			if err != nil || minT < 0 || minT > 100 {
				return fmt.Errorf("%s: %q is no threshold", roi, threshold)
			}
			seen := map[int]bool{}
			for _, v := range people {
				if v.Subject < 1 || seen[v.Subject] {
					return fmt.Errorf("%s, t > %g: subject %d is not a number from 1, or stands twice", roi, minT, v.Subject)
				}
				seen[v.Subject] = true
				c := PaperCeiling{ROI: roi, MinT: minT, Subject: v.Subject}
				switch {
				case v.Univariate == nil && v.Multivariate == nil:
					c.Absent = true
				case v.Univariate == nil || v.Multivariate == nil:
					return fmt.Errorf("%s, t > %g, subject %d: one value of two is null", roi, minT, v.Subject)
				default:
					c.Univariate, c.Multivariate = *v.Univariate, *v.Multivariate
				}
				p.Ceilings = append(p.Ceilings, c)
			}
		}
	}
	if len(p.Ceilings) == 0 {
		return errors.New("has no ceilings")
	}
	slices.SortFunc(p.Ceilings, func(a, b PaperCeiling) int {
		return cmp.Or(cmp.Compare(a.ROI, b.ROI), cmp.Compare(a.MinT, b.MinT), cmp.Compare(a.Subject, b.Subject))
	})
	return nil
}

// decode reads one JSON value and nothing after it.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func readModels(t *table) ([]PaperModel, error) {
	cols, err := t.need("id", "display_name", "family_or_group", "trained_or_untrained", "architecture", "training", "face_layer", "body_layer", "scene_layer")
	if err != nil {
		return nil, err
	}
	var models []PaperModel
	lines := map[string]int{}
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		var m PaperModel
		for i, field := range []*string{&m.ID, &m.Name, &m.Group, &m.Kind, &m.Architecture, &m.Training, &m.Face, &m.Body, &m.Scene} {
			if *field, err = t.text(cols[i]); err != nil {
				return nil, err
			}
		}
		if m.Kind != "" && m.Kind != "trained" && m.Kind != "untrained" {
			return nil, t.fail(cols[3], fmt.Errorf("%q is neither trained nor untrained", m.Kind))
		}
		if first, dup := lines[m.ID]; dup || m.ID == "" {
			return nil, t.fail(cols[0], fmt.Errorf("the ID %q is empty or stands in line %d already", m.ID, first))
		}
		lines[m.ID] = t.line()
		models = append(models, m)
	}
	if models == nil {
		return nil, &ParseError{File: t.file, Err: errors.New("lists no models")}
	}
	return models, nil
}
