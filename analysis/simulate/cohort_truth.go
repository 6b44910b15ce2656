package simulate

import (
	"fmt"
	"math"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A Truth is what is known of one simulated person, and can be compared with
// what a method finds.
type Truth struct {
	Person string              // the source of the person's responses: "S1"
	Group  []string            // per voxel: "face", "body", "scene", or "" for none
	Signal *analysis.Responses // n×voxels, without noise
	Noise  float64             // standard deviation of the noise in each value of Cohort.Respond

	// Shared holds, per group, the profile over the n stimuli that all
	// people have in common, T_g + 0.35 R_g0: that of a voxel with gain 1
	// and no patterns of its own. A person's mean profile is this one,
	// scaled and with the person's own part added.
	Shared map[string][]float64
}

// Planted marks the voxels of a group: what FROI.Keep is to be compared with.
func (t Truth) Planted(group string) []bool {
	out := make([]bool, len(t.Group))
	for v, g := range t.Group {
		out[v] = g == group
	}
	return out
}

// Truth returns what the people answer without noise, and why. It fails as
// Respond does.
func (c Cohort) Truth(s analysis.Stimuli) ([]Truth, error) {
	if s.Len() == 0 {
		return nil, fmt.Errorf("simulate: no stimuli to show to the cohort")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c = c.defaults()
	seen, err := see(s)
	if err != nil {
		return nil, err
	}
	// What people share: a reading per group, and one for voxels of none.
	read := map[int]*mat.Dense{-1: readings(seen, 1+sharedKinds, seeded("shared", c.Seed, ""))}
	shared := map[string][]float64{}
	for g, group := range groups {
		read[g] = readings(seen, 1+sharedKinds, seeded("shared", c.Seed, group.name))
		for i := range s.Len() {
			shared[group.name] = append(shared[group.name], tuned(g, s.At(i).Category)+sharedProfile*read[g].At(i, 0))
		}
	}
	out := make([]Truth, c.People)
	for p := range out {
		voxels := c.person(p)
		own := readings(seen, 1+ownKinds, seeded("own", c.Seed, p))
		own.Scale(c.Own, own)
		v := mat.NewDense(s.Len(), len(voxels), nil)
		t := Truth{Person: fmt.Sprintf("S%d", p+1), Group: make([]string, len(voxels)), Noise: c.Noise / math.Sqrt(float64(c.Repeats)), Shared: shared}
		for j, x := range voxels {
			category := func(name string) float64 { return tuned(x.group, name) }
			if x.group >= 0 {
				t.Group[j] = groups[x.group].name
			} else {
				category = c.whim(p, j)
			}
			for i := range s.Len() {
				v.Set(i, j, x.answer(category(s.At(i).Category), read[x.group].RawRowView(i), own.RawRowView(i)))
			}
		}
		if t.Signal, err = analysis.NewResponses(t.Person, s, v); err != nil {
			return nil, err
		}
		out[p] = t
	}
	return out, nil
}

// answer is the formula of Cohort without the noise.
func (v voxel) answer(tuning float64, shared, own []float64) float64 {
	y := v.gain*sharedProfile*shared[0] + ownProfile*own[0]
	for k, b := range v.shared {
		y += sharedPatterns * b * shared[1+k]
	}
	for k, b := range v.own {
		y += ownPatterns * b * own[1+k]
	}
	if v.group < 0 {
		y *= otherReadings
	}
	return v.gain*tuning + y
}

func tuned(group int, category string) float64 {
	if t, ok := groups[group].tuning[category]; ok {
		return t
	}
	return groups[group].otherwise
}

// whim is the tuning of a voxel of no group: to each category that there is
// or will be, its own number.
func (c Cohort) whim(p, voxel int) func(category string) float64 {
	known := map[string]float64{}
	return func(category string) float64 {
		t, ok := known[category]
		if !ok {
			t = otherTuning + otherSpread*seeded("whim", c.Seed, p, voxel, category).NormFloat64()
			known[category] = t
		}
		return t
	}
}
