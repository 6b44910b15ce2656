package ceiling

import (
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// A SignalNoise is how much of what each channel of one source answers comes
// again when a stimulus is shown again.
type SignalNoise struct {
	Source   string
	Stimuli  analysis.Stimuli // every stimulus that was shown, in order of first appearance
	Repeats  []int            // per stimulus: how often it was shown
	Signal   []float64        // per channel: standard deviation of what comes again
	Noise    []float64        // per channel: standard deviation of what does not, in one showing
	Warnings []error
}

// FromRepeats separates signal from noise in the responses of one source to
// stimuli that were shown several times. Each of repeats holds one showing of
// all stimuli or of some (a repeat, a run, a session); they are aligned by ID,
// and a stimulus may have been shown more often than another. As in the
// Natural Scenes Dataset, for each channel
//
//	noise²  = mean over the stimuli shown at least twice of the variance over
//	          their showings (n−1)
//	signal² = max(0, total − noise²)
//
// where total is the variance of all responses (n−1). They should be ZScored,
// session by session, since what differs between sessions as a whole counts as
// noise here; total is then (n−sessions)/(n−1), where Allen et al. (2022),
// doi:10.1038/s41593-021-00962-x, take 1: a voxel without signal has an ncsnr of
// some √((sessions−1)/(n−1)) more there.
//
// It fails if the repeats differ in source or channels, with fewer than two
// stimuli, and if no stimulus was shown twice. Warnings count stimuli that were
// shown once, channels that never vary, and channels without signal
// (ErrUnreliable), and say if fewer than ten stimuli were shown again.
func FromRepeats(repeats []*analysis.Responses) (*SignalNoise, error) {
	x, err := gather(repeats)
	if err != nil {
		return nil, err
	}
	s := &SignalNoise{Source: x.source, Stimuli: x.stimuli, Repeats: make([]int, len(x.of)), Noise: make([]float64, x.channels)}
	again := 0
	for i, shown := range x.of {
		s.Repeats[i] = len(shown)
		if len(shown) > 1 {
			again++
		}
	}
	switch {
	case len(x.of) < 2:
		return nil, fmt.Errorf("ceiling: %q answered 1 stimulus; signal is what differs between stimuli, so it takes at least 2", x.source)
	case again == 0:
		return nil, fmt.Errorf("ceiling: none of the %d stimuli was shown to %q twice; noise is what differs between showings of the same stimulus (are the IDs the same in each repeat?)", len(x.of), x.source)
	}
	_, s.Signal, _ = x.total()
	sum, squares := make([]float64, x.channels), make([]float64, x.channels)
	for _, shown := range x.of {
		n := float64(len(shown))
		if n < 2 {
			continue
		}
		clear(sum)
		clear(squares)
		for _, one := range shown[1:] {
			simd.Moments(sum, squares, one.row, shown[0].row)
		}
		for j, d := range sum {
			s.Noise[j] += math.Max(0, squares[j]-d*d/n) / (n - 1) / float64(again)
		}
	}
	dead, silent := 0, 0
	for j, sd := range s.Signal {
		total, noise := sd*sd, s.Noise[j]
		if total == 0 {
			dead++
		} else if total <= noise {
			silent++
		}
		s.Signal[j], s.Noise[j] = math.Sqrt(math.Max(0, total-noise)), math.Sqrt(noise)
	}
	s.doubt(again, dead, silent)
	return s, nil
}

func (s *SignalNoise) doubt(again, dead, silent int) {
	c := len(s.Noise)
	if again < fewRepeated {
		s.Warnings = append(s.Warnings, fmt.Errorf("%s: noise from %d stimuli that were shown again is unreliable: need >= %d", s.Source, again, fewRepeated))
	}
	if once := len(s.Repeats) - again; once > 0 {
		s.Warnings = append(s.Warnings, fmt.Errorf("%s: %d of %d stimuli were shown once; they say something of the total variance and nothing of the noise", s.Source, once, len(s.Repeats)))
	}
	if dead > 0 {
		s.Warnings = append(s.Warnings, fmt.Errorf("%s: %d of %d channels never vary; they have neither signal nor noise", s.Source, dead, c))
	}
	if silent > 0 {
		s.Warnings = append(s.Warnings, fmt.Errorf("%w: %s: %d of %d channels vary no more between stimuli than between showings of one", ErrUnreliable, s.Source, silent, c))
	}
}

// fewRepeated is the number of stimuli below which a noise variance carries a
// warning: from 10 stimuli shown twice its 95 % interval spans a factor of 6.
const fewRepeated = 10

// String says how many stimuli were shown how often, and the median and the range
// of the noise-ceiling signal-to-noise ratio (NCSNR) over channels.
func (s *SignalNoise) String() string {
	snr := s.NCSNR()
	if len(snr) == 0 || len(s.Repeats) == 0 {
		return fmt.Sprintf("%s: no channels or no stimuli", s.Source)
	}
	slices.Sort(snr)
	lo, hi := slices.Min(s.Repeats), slices.Max(s.Repeats)
	times := fmt.Sprintf("%d to %d times", lo, hi)
	if lo == hi {
		times = fmt.Sprintf("%d times", lo)
	}
	return fmt.Sprintf("%s: %d stimuli shown %s, %d channels: ncsnr %.3g (median; %.3g to %.3g)", s.Source, len(s.Repeats), times, len(snr), analysis.Median(snr), snr[0], snr[len(snr)-1])
}

// NCSNR returns the noise-ceiling signal-to-noise ratio of each channel,
// Signal/Noise: 0 for a channel without signal, +Inf for one that answers
// every showing alike, as the units of a network do.
func (s *SignalNoise) NCSNR() []float64 {
	out := make([]float64, len(s.Signal))
	for j, signal := range s.Signal {
		if signal > 0 {
			out[j] = signal / s.Noise[j]
		}
	}
	return out
}

// MeanRepeats returns how often the n stimuli were shown, as counts for the
// noise of their mean responses: the harmonic mean
//
//	n / Σ 1/Repeats[i]
//
// so that with A stimuli shown three times, B twice and C once, 1/MeanRepeats
// is (A/3 + B/2 + C)/(A + B + C), as in the Natural Scenes Dataset.
func (s *SignalNoise) MeanRepeats() float64 { return meanShowings(s.Repeats) }

// Reliability returns how much of the variance of each channel's mean response
// over all showings is signal, 0 to 1: FromNCSNR at MeanRepeats. It is what
// OfChannels and encoding.Result.NoiseNormalized take.
func (s *SignalNoise) Reliability() []float64 {
	out := s.NCSNR()
	for j, v := range out {
		out[j] = FromNCSNR(v, s.MeanRepeats())
	}
	return out
}

// NC returns the noise ceiling of each channel in percent of variance, for
// responses that are the mean of n showings:
//
//	100 · ncsnr² / (ncsnr² + 1/n)
//
// n need not be whole: MeanRepeats is the n of all the showings that there are.
func (s *SignalNoise) NC(n float64) []float64 {
	out := s.NCSNR()
	for j, v := range out {
		out[j] = 100 * FromNCSNR(v, n)
	}
	return out
}

// FromNCSNR returns the reliability of a mean over n showings, 0 to 1, of a
// channel with that noise-ceiling signal-to-noise ratio (as published with the
// Natural Scenes Dataset),
//
//	ncsnr² / (ncsnr² + 1/n)
//
// 1 for an ncsnr of +Inf. It is the correlation that two such means would have
// with each other; a perfect model correlates with one by its root. It panics
// if ncsnr is negative or NaN, or n not above 0.
func FromNCSNR(ncsnr, n float64) float64 {
	if !(ncsnr >= 0) || !(n > 0) {
		panic(fmt.Sprintf("ceiling: ncsnr %v and %v showings; neither can be negative", ncsnr, n))
	}
	if ncsnr == 0 {
		return 0
	}
	return 1 / (1 + 1/(n*ncsnr*ncsnr))
}

// ToNCSNR returns the noise-ceiling signal-to-noise ratio of one showing from
// the reliability of a mean over n, such as that of SplitHalf,
//
//	√(reliability / (n (1 − reliability)))
//
// It fails with ErrUnreliable unless 0 ≤ reliability < 1: of a reliability of
// 1 the noise is not known to be any.
func ToNCSNR(reliability, n float64) (float64, error) {
	if !(reliability >= 0 && reliability < 1) || !(n > 0) {
		return 0, fmt.Errorf("ceiling: %w: no ncsnr follows from a reliability of %v over %v showings; it must be from 0 to below 1", ErrUnreliable, reliability, n)
	}
	return math.Sqrt(reliability / (n * (1 - reliability))), nil
}
