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

// unseen returns a doubt for each category that is held out whole, so that it
// is predicted by a model that has not seen it. Where the folds are groups of
// the caller's, one that is such a category and no more is meant so.
func unseen(s analysis.Stimuli, folds [][]int, groups bool) []error {
	count := map[string]int{}
	for i := range s.Len() {
		count[s.At(i).Category]++
	}
	var out []error
	for k, fold := range folds {
		held := map[string]int{}
		var order []string
		for _, i := range fold {
			c := s.At(i).Category
			if held[c]++; held[c] == 1 {
				order = append(order, c)
			}
		}
		if groups && len(order) == 1 {
			continue
		}
		for _, c := range order {
			if c != "" && held[c] == count[c] && len(count) > 1 {
				out = append(out, fmt.Errorf("category %q is held out whole in fold %d: its stimuli (%d) are predicted by a model that has seen none of it; show more of them, or leave it out", c, k+1, count[c]))
			}
		}
	}
	return out
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
