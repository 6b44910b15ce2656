package dataset

import (
	"fmt"
	"path/filepath"
	"strings"

	"fusiform/analysis"
)

// A ROI81Person is one person who was shown 81 categories of objects, and what
// two models say of these.
type ROI81Person struct {
	Voxels  *analysis.Responses // 81×696, betas
	Regions []string            // per voxel: EVC, OPA, PPA, LOC, PFS, OFA or FFA
	AlexNet *analysis.Responses // 81×20, principal components
	Words   *analysis.Responses // 81×30, principal components of word2vec
}

// ROI81 reads the folder roi81_single_subject: betas_81x696.csv, alexnet_pcs.csv
// and word2vec_pcs.csv (QuantumMatter/cracking-the-code-dw1 @ 68f7c3b6). The
// region of a voxel is the part of its column's name before "_". Stimuli go by
// the name of their category, and have no category themselves.
//
// It fails like CSV, with a *ParseError for a voxel without a region, and with
// an *analysis.AlignmentError if the tables do not have the same stimuli.
func ROI81(dir string) (*ROI81Person, error) {
	var p ROI81Person
	var names []string
	for _, f := range []struct {
		name string
		r    **analysis.Responses
	}{{"betas_81x696.csv", &p.Voxels}, {"alexnet_pcs.csv", &p.AlexNet}, {"word2vec_pcs.csv", &p.Words}} {
		t, file, err := openTable(filepath.Join(dir, f.name))
		if err != nil {
			return nil, err
		}
		r, columns, err := readResponses(t, "category")
		file.Close()
		if err != nil {
			return nil, err
		}
		if p.Voxels == nil {
			names = columns
		} else if r, err = r.On(p.Voxels.Stimuli()); err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", t.file, err)
		}
		*f.r = r
	}
	for i, n := range names {
		region, _, ok := strings.Cut(n, "_")
		if !ok || region == "" {
			return nil, &ParseError{File: filepath.Join(dir, "betas_81x696.csv"), Line: 1, Column: i + 2, Name: n, Err: fmt.Errorf("a voxel is called REGION_NUMBER, such as FFA_v003")}
		}
		p.Regions = append(p.Regions, region)
	}
	return &p, nil
}
