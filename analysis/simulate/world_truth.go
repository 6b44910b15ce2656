package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// Truth returns what the people answer without noise, and which voxels are of
// which group. Shared is nil: what people share is in World's formula. It fails
// as Respond does.
func (w World) Truth(s analysis.Stimuli) ([]Truth, error) {
	shown, err := w.show(s)
	if err != nil {
		return nil, err
	}
	w = w.defaults()
	out := make([]Truth, w.People)
	for p := range out {
		name := fmt.Sprintf("S%d", p+1)
		out[p], err = w.answers(name, s, w.members(seeded("world voxels", w.Seed, p), w.Voxels, w.OtherVoxels), func(i int, m member) float64 {
			x := shown[i]
			if m.group < 0 {
				return dot(m.weights[:], x.own[:])
			}
			local := x.quality(m.group) + x.people[m.group]
			spread := dot(x.directions[m.group], x.code[:]) + spreadOther*dot(m.weights[:], x.code[:]) + x.people[m.group]
			return m.gain * ((1-w.Spread)*local + w.Spread*spread)
		})
		if err != nil {
			return nil, err
		}
		out[p].Noise = w.Noise / math.Sqrt(float64(w.Repeats))
	}
	return out, nil
}

// NetworkTruth returns the network's answers and which units are of which
// group: Person is "net/layer", there is no noise, and Shared is nil.
func (w World) NetworkTruth(s analysis.Stimuli) (Truth, error) {
	shown, err := w.show(s)
	if err != nil {
		return Truth{}, err
	}
	w = w.defaults()
	units := w.members(seeded("world units", w.Seed, ""), w.Units, w.OtherUnits)
	own := make([]*rand.Rand, s.Len())
	for i := range own {
		own[i] = seeded("world unit", w.Seed, s.At(i).ID)
	}
	return w.answers("net/layer", s, units, func(i int, m member) float64 {
		x, private := shown[i], unitOwn*own[i].NormFloat64()
		if m.group < 0 {
			return dot(m.weights[:], x.code[:]) + private
		}
		return m.gain*(x.quality(m.group)+x.network[m.group]) + private
	})
}

// A member is a unit or a voxel.
type member struct {
	group   int // −1 for none
	gain    float64
	weights [codeKinds]float64
}

// members returns so many of each group and others, in random order.
func (w World) members(rng *rand.Rand, each, others int) []member {
	var out []member
	for g := -1; g < len(groups); g++ {
		n := each
		if g < 0 {
			n = others
		}
		for range n {
			m := member{group: g, gain: math.Exp(gainSpread * rng.NormFloat64())}
			for k := range m.weights {
				m.weights[k] = rng.NormFloat64() / math.Sqrt(codeKinds)
			}
			out = append(out, m)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// answers asks every member about every stimulus, all members about one first.
func (w World) answers(source string, s analysis.Stimuli, members []member, answer func(i int, m member) float64) (Truth, error) {
	t := Truth{Person: source, Group: make([]string, len(members))}
	v := mat.NewDense(s.Len(), len(members), nil)
	for j, m := range members {
		if m.group >= 0 {
			t.Group[j] = groups[m.group].name
		}
	}
	for i := range s.Len() {
		for j, m := range members {
			v.Set(i, j, answer(i, m))
		}
	}
	var err error
	t.Signal, err = analysis.NewResponses(source, s, v)
	return t, err
}

// A sight is what a stimulus is.
type sight struct {
	group           int // of its category; −1 for none
	own, code       [codeKinds]float64
	graded          [3]float64  // q − what preferences add, per group
	network, people [3]float64  // what preferences add
	directions      [][]float64 // per group, of length 1
}

// quality returns 2·[s is of the group] + q, without preferences.
func (x *sight) quality(group int) float64 {
	if x.group == group {
		return pull + x.graded[group]
	}
	return x.graded[group]
}

// show returns what the stimuli are.
func (w World) show(s analysis.Stimuli) ([]*sight, error) {
	if s.Len() == 0 {
		return nil, fmt.Errorf("simulate: no stimuli to show to the world")
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	known := map[string][]float64{}
	direction := func(category string) []float64 {
		d, ok := known[category]
		if !ok {
			d = make([]float64, codeKinds)
			if category != analysis.Scrambled {
				rng := seeded("world category", w.Seed, category)
				for k := range d {
					d[k] = rng.NormFloat64()
				}
				length := math.Sqrt(dot(d, d))
				for k := range d {
					d[k] /= length
				}
			}
			known[category] = d
		}
		return d
	}
	var directions [][]float64
	for _, g := range groups {
		directions = append(directions, direction(g.name))
	}
	out := make([]*sight, s.Len())
	for i := range out {
		it := s.At(i)
		rng := seeded("world stimulus", w.Seed, it.ID)
		x := &sight{group: groupOf(it.Category), directions: directions}
		for k, d := range direction(it.Category) {
			x.own[k] = rng.NormFloat64()
			x.code[k] = pull*d + x.own[k]
		}
		for g := range x.graded {
			x.graded[g] = rng.NormFloat64()
		}
		for _, p := range w.Preferences {
			if it.Subcategory == p.Subcategory {
				x.network[groupOf(p.Group)] += p.Network
				x.people[groupOf(p.Group)] += p.People
			}
		}
		out[i] = x
	}
	return out, nil
}

func dot(a, b []float64) float64 {
	sum := 0.
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
