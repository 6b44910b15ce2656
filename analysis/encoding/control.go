package encoding

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"fusiform/analysis"
)

// A Control draws channels at random that stand in for those of a fROI. Each
// control is a rival explanation of what the fROI does: that there are so many
// channels, of such layers, that respond so strongly.
//
// Draw returns distinct channels of x, in any order, as many as the fROI has;
// what it draws follows from its arguments alone. String names it as in "40
// matched in number".
type Control interface {
	fmt.Stringer
	Draw(x *analysis.Responses, f *analysis.FROI, rng *rand.Rand) ([]int, error)
}

// MatchedNumber draws as many channels as the fROI has, without replacement
// and with equal chance, from all that vary over the stimuli, the fROI's among
// them: were the fROI itself drawn so, its rank among the draws would be as
// likely the first as any other.
type MatchedNumber struct {
	// Outside leaves the fROI's channels out of the draws.
	Outside bool
}

func (MatchedNumber) String() string { return "matched in number" }

// Draw fails if fewer channels vary than the fROI has.
func (c MatchedNumber) Draw(x *analysis.Responses, f *analysis.FROI, rng *rand.Rand) ([]int, error) {
	pool := candidates(x, f, c.Outside)
	if len(pool) < f.Count() {
		return nil, fmt.Errorf("encoding: cannot draw %d features at random: only %d of %q vary over these stimuli%s", f.Count(), len(pool), x.Source(), outside(c.Outside))
	}
	return some(pool, f.Count(), rng), nil
}

// MatchedLayer is for features of several layers side by side. It draws from
// each layer as many channels as the fROI has there: layers differ in what
// they predict, and a fROI lies where it lies.
type MatchedLayer struct {
	Layer   []string // per channel of x: the layer that it is of
	Outside bool     // leaves the fROI's channels out of the draws
}

func (MatchedLayer) String() string { return "matched in layer" }

// Draw fails if there is not one layer for each channel, and if fewer channels
// of a layer vary than the fROI has there.
func (c MatchedLayer) Draw(x *analysis.Responses, f *analysis.FROI, rng *rand.Rand) ([]int, error) {
	if _, p := x.Dims(); len(c.Layer) != p {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("encoding: %d layer names for the %d channels of %q; give the layer of each channel, dead ones included", len(c.Layer), p, x.Source())}
	}
	var layers []string // in order of first appearance
	want, pool := map[string]int{}, map[string][]int{}
	for _, j := range f.Channels() {
		if want[c.Layer[j]]++; want[c.Layer[j]] == 1 {
			layers = append(layers, c.Layer[j])
		}
	}
	for _, j := range candidates(x, f, c.Outside) {
		pool[c.Layer[j]] = append(pool[c.Layer[j]], j)
	}
	var out []int
	for _, l := range layers {
		if len(pool[l]) < want[l] {
			return nil, fmt.Errorf("encoding: cannot draw %d features of layer %q at random: only %d vary over these stimuli%s", want[l], l, len(pool[l]), outside(c.Outside))
		}
		out = append(out, some(pool[l], want[l], rng)...)
	}
	return out, nil
}

// candidates returns the channels of x that vary, perhaps without the fROI's.
func candidates(x *analysis.Responses, f *analysis.FROI, outside bool) []int {
	var live []int
	for j, dead := range x.Dead() {
		if !dead && !(outside && f.Keep[j]) {
			live = append(live, j)
		}
	}
	return live
}

func outside(only bool) string {
	if only {
		return " outside the fROI; set Outside to false, or take a smaller fROI"
	}
	return ""
}

// some returns m of the pool.
func some(pool []int, m int, rng *rand.Rand) []int {
	out := make([]int, m)
	for k, at := range rng.Perm(len(pool))[:m] {
		out[k] = pool[at]
	}
	return out
}

// A judge is a control that knows what is wrong with its draws.
type judge interface {
	doubts(x *analysis.Responses, f *analysis.FROI, draws [][]int) []error
}

// drawAll makes the draws of a control; draw i depends on the seed and i alone.
func drawAll(c Control, x *analysis.Responses, f *analysis.FROI, draws int, seed uint64) (*ControlResult, error) {
	out := &ControlResult{Control: c}
	_, p := x.Dims()
	for i := range draws {
		channels, err := c.Draw(x, f, rand.New(rand.NewPCG(seed, uint64(i))))
		if err != nil {
			return nil, err
		}
		channels = slices.Sorted(slices.Values(channels))
		n := len(channels)
		if n == 0 || n == p || channels[0] < 0 || channels[n-1] >= p || len(slices.Compact(slices.Clone(channels))) != n {
			return nil, fmt.Errorf("encoding: the control %s drew %d channels of %d, or one twice, or one that does not exist", c, n, p)
		}
		out.Channels = append(out.Channels, channels)
	}
	if j, ok := c.(judge); ok {
		out.Warnings = j.doubts(x, f, out.Channels)
	}
	return out, nil
}
