package encoding

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"fusiform/analysis"
)

// defaultFolds is the customary k of k-fold cross-validation.
const defaultFolds = 5

// deal splits the given rows of s into k folds of nearly equal size, each
// with nearly the same mixture of categories (and subcategories): within a
// category the stimuli are shuffled, the categories are shuffled too, and all
// are dealt out in turn like cards.
//
// Shuffling means sorting by SHA-256(seed as 8 little-endian bytes, name), so
// that a stimulus keeps its fold when the order of the stimuli changes. Rows
// within a fold are ascending.
func deal(s analysis.Stimuli, rows []int, k int, seed uint64) ([][]int, error) {
	switch {
	case k < 2:
		return nil, fmt.Errorf("cross-validation needs at least 2 folds, got %d", k)
	case len(rows) < k:
		return nil, fmt.Errorf("%d stimuli cannot be dealt into %d folds; set Folds to at most %d or use more stimuli", len(rows), k, len(rows))
	}
	type card struct {
		row       int
		group, id [32]byte
	}
	cards := make([]card, len(rows))
	for i, r := range rows {
		it := s.At(r)
		cards[i] = card{r, keyed(seed, it.Category+"\x00"+it.Subcategory), keyed(seed, it.ID)}
	}
	slices.SortFunc(cards, func(a, b card) int {
		if c := bytes.Compare(a.group[:], b.group[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	folds := make([][]int, k)
	for i, c := range cards {
		folds[i%k] = append(folds[i%k], c.row)
	}
	for _, f := range folds {
		slices.Sort(f)
	}
	return folds, nil
}

// grouped makes a fold of each group, in order of first appearance.
func grouped(s analysis.Stimuli, group func(analysis.Stimulus) string) ([][]int, error) {
	var folds [][]int
	at := map[string]int{}
	for i := 0; i < s.Len(); i++ {
		g := group(s.At(i))
		k, ok := at[g]
		if !ok {
			k = len(folds)
			at[g] = k
			folds = append(folds, nil)
		}
		folds[k] = append(folds[k], i)
	}
	if len(folds) < 2 {
		return nil, fmt.Errorf("all %d stimuli are in one group; holding it out leaves nothing to fit on", s.Len())
	}
	return folds, nil
}

func keyed(seed uint64, name string) [32]byte {
	return sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), name...))
}

// others returns the rows that are not held out; both are ascending.
func others(rows, held []int) []int {
	out := make([]int, 0, len(rows)-len(held))
	for _, r := range rows {
		if _, in := slices.BinarySearch(held, r); !in {
			out = append(out, r)
		}
	}
	return out
}

// upTo returns 0, 1 … n−1.
func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
