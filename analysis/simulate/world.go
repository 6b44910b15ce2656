package simulate

import (
	"fmt"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A World is a network and people who look at the same stimuli, where it is
// known whether the network's selective units are what people's selective
// voxels need. Stimuli need no pictures: what they are follows from their ID
// and category.
//
// A stimulus s has, for each of the groups face, body and scene, a quality
// q_g(s), how good a face it is; and a code h(s) of 20 numbers, which knows
// its category too, spread over all of them:
//
//	h(s) = 2·d_category + e(s),  d random directions of length 1
//
// In the network, a unit of a group answers a_u (2·[s is of the group] + q_g(s)),
// and a unit of none b_u·h(s); each adds 0.5 of something of its own. In
// people, a voxel of no group answers b_v·e(s), which has no preference for any
// category, and a voxel of group g
//
//	y = a_v ((1−Spread)·(2·[s is of the group] + q_g(s)) + Spread·(d_g + 0.7 b_v)·h(s))
//
// and all voxels add noise / √Repeats. a is log-normal with median 1, b normal
// with variance 1/20, so that b·e has variance 1, and all the rest standard
// normal. In both worlds a localizer finds selective units and voxels. At
// Spread 0, the localized world, selective units are necessary and sufficient
// for selective voxels: nothing else knows q_g. At Spread 1, the distributed
// world, they are neither: other units know h, and they know of h the category
// only.
//
// Everything follows from the Seed and the ID, category and subcategory of a
// stimulus: it does not matter what else is shown.
type World struct {
	Seed   uint64
	Spread float64 // 0 (localized) to 1 (distributed): how much of a selective voxel's answer reads the code spread over all units

	Units      int // of the network, per group; 0 means 30
	OtherUnits int // of no group; 0 means 300

	People      int // 0 means 8
	Voxels      int // per group and person; 0 means 30
	OtherVoxels int // of no group, per person; 0 means 90

	// Repeats is how often each stimulus is shown to people; responses are
	// the mean. 0 means 4.
	Repeats int

	// Noise is the standard deviation of a voxel's response to one showing;
	// 0 means 1. For responses without noise, see Truth; for a chosen ratio of
	// signal to noise, AtNCSNR.
	Noise float64

	// Preferences plant differences between network and people.
	Preferences []Preference
}

// A Preference plants a preference within a category: it adds so much to the
// quality q of the group for stimuli of a subcategory. With Network 1 and People
// 0, a network's face units prefer human faces by half of what they prefer any
// face to an object, and people's voxels do not. What shows of it in a profile
// is in the Signal of Truth.
type Preference struct {
	Group, Subcategory string // "face", "human"
	Network, People    float64
}

// The sizes of the parts of an answer; see World.
const (
	codeKinds   = 20
	pull        = 2. // of a category, in the code and in the tuning of a group
	unitOwn     = .5
	spreadOther = .7
)

// shownKinds are what World.Stimuli shows, and their subcategories in turn.
var shownKinds = []struct {
	category string
	sub      []string
}{
	{"face", []string{"human", "animal"}}, {"body", []string{"bare", "covered"}}, {"scene", []string{"empty", "people"}}, {"object", []string{"object"}},
}

// Stimuli returns so many faces, bodies, scenes and objects, without pictures,
// under IDs that begin with a name: sets of different names share no stimulus.
// Half of the faces are human and half animal, of the bodies bare and covered,
// of the scenes empty and with people (Subcategory).
func (w World) Stimuli(name string, perCategory int) (analysis.Stimuli, error) {
	if perCategory < 1 {
		return analysis.Stimuli{}, fmt.Errorf("simulate: %d stimuli per category; there must be at least 1", perCategory)
	}
	var items []analysis.Stimulus
	for _, k := range shownKinds {
		for i := range perCategory {
			items = append(items, analysis.Stimulus{ID: fmt.Sprintf("%s/%s-%03d", name, k.category, i+1), Category: k.category, Subcategory: k.sub[i%len(k.sub)]})
		}
	}
	return analysis.NewStimuli(items)
}

// Network returns the answers of the network's units, in one layer; units of
// the groups lie scattered among the others.
func (w World) Network(s analysis.Stimuli) (*analysis.Responses, error) {
	t, err := w.NetworkTruth(s)
	if err != nil {
		return nil, err
	}
	return t.Signal, nil
}

// Respond shows the stimuli to everyone. The responses are those of S1, S2 …;
// voxels of the groups lie scattered among the others.
//
// It fails if a number of the world is negative, Spread is not in [0, 1], or a
// preference is of no group.
func (w World) Respond(s analysis.Stimuli) ([]*analysis.Responses, error) { return w.mean(s, 0, 1) }

// Halves shows the stimuli to everyone as Respond does, and returns the mean
// over the first, third … showing apart from that over the second, fourth …,
// for split-half reliability. It needs an even number of Repeats.
func (w World) Halves(s analysis.Stimuli) (halves [2][]*analysis.Responses, err error) {
	if n := w.defaults().Repeats; n%2 != 0 {
		return halves, fmt.Errorf("simulate: %d repeats cannot be halved; set Repeats to an even number", n)
	}
	for k := range halves {
		if halves[k], err = w.mean(s, k, 2); err != nil {
			return halves, err
		}
	}
	return halves, nil
}

// AtNCSNR returns the world with the Noise at which the median voxel of all its
// people has the given noise-ceiling signal-to-noise ratio when it is shown these
// stimuli, as Cohort.AtNCSNR does.
//
// It fails if ncsnr is not above 0 and finite, with fewer than two stimuli, and
// like Respond.
func (w World) AtNCSNR(s analysis.Stimuli, ncsnr float64) (World, error) {
	if !(ncsnr > 0) || math.IsInf(ncsnr, 1) {
		return w, fmt.Errorf("simulate: an ncsnr of %v; it must be above 0 and finite: for voxels without noise see Truth", ncsnr)
	}
	if s.Len() < 2 {
		return w, fmt.Errorf("simulate: %d stimuli; signal is what differs between stimuli, so it takes at least 2", s.Len())
	}
	truth, err := w.Truth(s)
	if err != nil {
		return w, err
	}
	var signal []float64
	for _, t := range truth {
		for v := range t.Group {
			signal = append(signal, stat.StdDev(mat.Col(nil, v, t.Signal.Matrix()), nil))
		}
	}
	w.Noise = analysis.Median(signal) / ncsnr
	return w, nil
}

// mean averages every step-th showing, counted from the given one.
func (w World) mean(s analysis.Stimuli, from, step int) ([]*analysis.Responses, error) {
	truth, err := w.Truth(s)
	if err != nil {
		return nil, err
	}
	w = w.defaults()
	shown := float64((w.Repeats - from + step - 1) / step)
	out := make([]*analysis.Responses, len(truth))
	for p, t := range truth {
		v := mat.DenseCopyOf(t.Signal.Matrix())
		for i := range s.Len() {
			row := v.RawRowView(i)
			for k := from; k < w.Repeats; k += step {
				rng := seeded("world noise", w.Seed, p, k, s.At(i).ID)
				for j := range row {
					row[j] += w.Noise / shown * rng.NormFloat64()
				}
			}
		}
		if out[p], err = analysis.NewResponses(t.Person, s, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (w World) defaults() World {
	for _, d := range []struct {
		field *int
		value int
	}{{&w.Units, 30}, {&w.OtherUnits, 300}, {&w.People, 8}, {&w.Voxels, 30}, {&w.OtherVoxels, 90}, {&w.Repeats, 4}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if w.Noise == 0 {
		w.Noise = 1
	}
	return w
}

func (w World) check() error {
	if least := min(w.Units, w.OtherUnits, w.People, w.Voxels, w.OtherVoxels, w.Repeats); least < 0 || !(w.Noise >= 0) || math.IsInf(w.Noise, 1) {
		return fmt.Errorf("simulate: a world of %d units per group, %d others, %d people, %d voxels per group, %d others, %d repeats, noise %v: none can be negative or infinite",
			w.Units, w.OtherUnits, w.People, w.Voxels, w.OtherVoxels, w.Repeats, w.Noise)
	}
	if !(w.Spread >= 0 && w.Spread <= 1) {
		return fmt.Errorf("simulate: Spread is %v, must be from 0 (localized) to 1 (distributed)", w.Spread)
	}
	for _, p := range w.Preferences {
		if groupOf(p.Group) < 0 {
			return fmt.Errorf("simulate: a preference of group %q; the groups are face, body and scene", p.Group)
		}
		if math.IsNaN(p.Network+p.People) || math.IsInf(p.Network+p.People, 0) {
			return fmt.Errorf("simulate: the preference for %q is %v in the network and %v in people; it must be finite", p.Subcategory, p.Network, p.People)
		}
	}
	return nil
}

// groupOf returns the index into groups; −1 for none.
func groupOf(category string) int {
	for g := range groups {
		if groups[g].name == category {
			return g
		}
	}
	return -1
}
