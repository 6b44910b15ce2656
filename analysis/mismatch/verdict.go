package mismatch

import (
	"fmt"
	"math"
)

// A Verdict is what an entry of a battery says of a network. With h the effect
// in people, n that in the network, m = n − h the mismatch, each with its 95 %
// interval over stimuli (and people), and B the band of the entry, the first
// that holds is the verdict:
//
//	Matches     the interval of m lies within [−B, B]
//	Undecided   the interval of m holds 0, or |m| ≤ B
//	Opposite    the intervals of h and n exclude 0, on different sides
//	TooWeak     the interval of h excludes 0, and m has the other sign than h
//	TooStrong   otherwise: n is farther than h from 0, or people have no effect
//
// So a network that equals what people share is held to differ in at most 5 of
// 100 entries, and a match is shown, not assumed.
type Verdict int

const (
	Untested Verdict = iota // the network gave no profile for the region
	Matches
	Undecided
	Opposite
	TooWeak
	TooStrong
)

var verdicts = [...]string{"untested", "matches", "undecided", "opposite", "too weak", "too strong"}

func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdicts) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdicts[v]
}

// judge applies the rule of Verdict.
func judge(human, network, mismatch Effect, band float64) Verdict {
	excludes := func(e Effect) bool { return e.Lo > 0 || e.Hi < 0 }
	switch {
	case -band <= mismatch.Lo && mismatch.Hi <= band:
		return Matches
	case !excludes(mismatch), math.Abs(mismatch.Value) <= band:
		return Undecided
	case excludes(human) && excludes(network) && human.Value*network.Value < 0:
		return Opposite
	case excludes(human) && mismatch.Value*human.Value < 0:
		return TooWeak
	}
	return TooStrong
}
