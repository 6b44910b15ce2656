package plots_test

import (
	"math"
	"math/rand/v2"

	"fusiform/analysis"
	"fusiform/analysis/glm"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
)

// brainMap is a simulated person: an ellipsoid of 3 mm voxels, noise, a face
// region at the right and the left, of which the right one is larger, and a
// place region that prefers the opposite. The image runs from right to left and
// from front to back, as many scanners' do.
func brainMap(seed uint64) plots.StatMap {
	rng := rand.New(rand.NewPCG(seed, 1))
	f := plots.StatMap{Name: "t", Title: "S1, faces", Threshold: 3, Shape: [3]int{44, 52, 16},
		Affine: [4][4]float64{{-3, 0, 0, 64.5}, {0, -3, 0, 52.5}, {0, 0, 3, -30}, {0, 0, 0, 1}}}
	within := func(x, y, z, cx, cy, cz, r float64) bool { return math.Hypot(math.Hypot(x-cx, y-cy), z-cz) < r }
	faces := &analysis.FROI{Source: "S1", Contrast: analysis.Contrast{Name: "faces"}}
	places := &analysis.FROI{Source: "S1", Contrast: analysis.Contrast{Name: "places"}}
	at := 0
	for k := range f.Shape[2] {
		for j := range f.Shape[1] {
			for i := range f.Shape[0] {
				x, y, z := 64.5-3*float64(i), 52.5-3*float64(j), -30+3*float64(k)
				r := math.Hypot(math.Hypot(x/58, (y+20)/68), (z-5)/45)
				light := 0.0
				if r < 1 {
					light = 500 + 300*math.Cos(7*r)*math.Cos(x/9)*math.Sin(y/8) + 20*rng.NormFloat64()
					t := rng.NormFloat64()
					right, left := within(x, y, z, 40, -50, -12, 10), within(x, y, z, -40, -48, -15, 7)
					away := within(x, y, z, 27, -42, -6, 8) || within(x, y, z, -27, -42, -6, 8)
					switch {
					case right || left:
						t += 6
					case away:
						t -= 5
					}
					f.Voxels, f.Values = append(f.Voxels, at), append(f.Values, t)
					faces.Keep, places.Keep = append(faces.Keep, (right || left) && t > 3), append(places.Keep, away && t < -3)
				}
				f.Behind = append(f.Behind, light)
				at++
			}
		}
	}
	f.Regions = []*analysis.FROI{faces, places}
	return f
}

// blockDesign is the design of a run of four conditions in blocks.
func blockDesign() *glm.Design {
	var events []analysis.Event
	for i := range 12 {
		events = append(events, analysis.Event{Onset: float64(16*i + 6), Duration: 12, Type: []string{"face", "body", "house", "object"}[(i*7)%4]})
	}
	motion := mat.NewDense(100, 2, nil)
	rng := rand.New(rand.NewPCG(3, 1))
	for i := range 100 {
		for j := range 2 {
			v := rng.NormFloat64() * .02
			if i > 0 {
				v += motion.At(i-1, j)
			}
			motion.Set(i, j, v)
		}
	}
	return must(glm.FirstLevel{}.Design(glm.Run{Name: "run-1", TR: 2, Events: events, Confounds: motion, ConfoundNames: []string{"trans_x", "rot_z"}}, 100))
}

// oneSlice is a coronal slice without an affine, behind or regions, of which
// nothing is below 0.
func oneSlice() plots.StatMap {
	f := plots.StatMap{Shape: [3]int{12, 1, 9}}
	for i := range 12 * 9 {
		f.Values = append(f.Values, float64(i%7))
	}
	return f
}

// named is a map with a text wherever one can stand.
func named(f plots.StatMap, text string) plots.StatMap {
	f.Name, f.Title = text, text
	for i, r := range f.Regions {
		r.Source, r.Contrast.Name = text, text+string(rune('a'+i))
	}
	return f
}

// relabelled is a design with a text in all its names.
func relabelled(d *glm.Design, text string) *glm.Design {
	for j := range d.Columns {
		d.Columns[j] = text + d.Columns[j]
	}
	return d
}
