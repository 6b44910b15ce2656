package ceiling

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"fusiform/analysis"
)

// FromBlocks separates signal from noise as FromRepeats does, in the repeats
// of one block of channels after the other, such as dataset.Betas.Blocks gives: so
// it is told of a whole brain of which only a part is in memory at once. Numbers
// are those of FromRepeats on all channels together.
//
// It fails with the error of a block, if there is none, if blocks differ in
// source or stimuli, and like FromRepeats.
func FromBlocks(blocks iter.Seq2[[]*analysis.Responses, error]) (*SignalNoise, error) {
	var all *SignalNoise
	for repeats, err := range blocks {
		if err != nil {
			return nil, err
		}
		s, err := FromRepeats(repeats)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = s
			continue
		}
		if s.Source != all.Source || !s.Stimuli.Same(all.Stimuli) || !slices.Equal(s.Repeats, all.Repeats) {
			return nil, &analysis.AlignmentError{What: fmt.Sprintf("ceiling: blocks of channels of %q and of %q, not of one source and the same showings", all.Source, s.Source)}
		}
		all.Signal, all.Noise = append(all.Signal, s.Signal...), append(all.Noise, s.Noise...)
	}
	if all == nil {
		return nil, errors.New("ceiling: no blocks of channels")
	}
	dead, silent, again := 0, 0, 0
	for j, signal := range all.Signal {
		switch {
		case signal > 0:
		case all.Noise[j] > 0:
			silent++
		default:
			dead++
		}
	}
	for _, n := range all.Repeats {
		if n > 1 {
			again++
		}
	}
	all.Warnings = nil
	all.doubt(again, dead, silent)
	return all, nil
}

// Above marks the channels whose ncsnr exceeds a cut: those that are reliable
// enough to be explained. The choice goes by how much the answers of a channel to
// stimuli differ, not by which of them it prefers, so that it makes no profile; a
// reliability that is told of the chosen channels by the same showings is too
// high, though.
func (s *SignalNoise) Above(ncsnr float64) []bool {
	out := s.NCSNR()
	keep := make([]bool, len(out))
	for j, v := range out {
		keep[j] = v > ncsnr
	}
	return keep
}
