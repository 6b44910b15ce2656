package plots_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/localizer"
	"fusiform/analysis/tuning"

	"gonum.org/v1/gonum/mat"
)

var ctx = context.Background()

// pairsOf are the similarities of people, of whom each has the regions, and of
// networks with units for each region: people near 1 with each other, networks
// near far; regions of one person beyond 1.
func pairsOf(persons int, regions []string, networks int, far float64, seed uint64) *ceiling.Pairs {
	var s []ceiling.System
	for _, r := range regions {
		for i := range persons {
			who := fmt.Sprintf("S%d", i+1)
			s = append(s, ceiling.System{Label: who + " " + r, Person: who, Region: r})
		}
	}
	for _, r := range regions {
		for i := range networks {
			s = append(s, ceiling.System{Label: fmt.Sprintf("net%d/pool", i+1), Region: r + " units"})
		}
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	n := len(s)
	v := mat.NewDense(n, n, nil)
	for i, a := range s {
		for j := i + 1; j < n; j++ {
			b := s[j]
			same := a.Region == b.Region || a.Region+" units" == b.Region
			x := 0.1
			switch {
			case a.Person != "" && a.Person == b.Person:
				x = 1.4
			case a.Person != "" && b.Person != "" && same:
				x = 0.98
			case a.Person != "" && b.Person != "":
				x = -0.35
			case same:
				x = far
			}
			x += 0.08 * rng.NormFloat64()
			v.Set(i, j, x)
			v.Set(j, i, x)
		}
	}
	return must(ceiling.NewPairs(s, analysis.Pearson, v))
}

// gapsOf are the gaps of regions of pairsOf.
func gapsOf(p *ceiling.Pairs, regions ...string) []ceiling.Gap {
	var pairs [][2]string
	for _, r := range regions {
		pairs = append(pairs, [2]string{r + " units", r})
	}
	return must(p.Gaps(ctx, analysis.Bootstrap{Draws: 200}, pairs...))
}

// stepsOf are five thresholds of a source, of which counts pass; none of the
// last if its count is 0.
func stepsOf(source string, counts []int, values []float64) []localizer.Step {
	f := &analysis.FROI{Source: source, Contrast: localizer.Faces, Rule: "Welch t > 0", Keep: make([]bool, 512)}
	var out []localizer.Step
	for i, c := range counts {
		s := localizer.Step{Cut: float64(3 + 2*i), Count: c, Fraction: float64(c) / 512, FROI: f, Empty: c == 0}
		if i < len(values) && c > 0 {
			v := score(values[i], values[i]-.12, math.Min(values[i]+.1, 1))
			s.Score = &v
		}
		out = append(out, s)
	}
	return out
}

// rowsOf are the units of a network and of five twins that are found again.
func rowsOf(layers []string, regions ...string) []localizer.Replication {
	rng := rand.New(rand.NewPCG(5, 5))
	var out []localizer.Replication
	for k := range 6 {
		name := "drawnet"
		if k > 0 {
			name = fmt.Sprintf("drawnet (untrained, seed %d)", k-1)
		}
		for i, l := range layers {
			for j, r := range regions {
				row := localizer.Replication{Source: name + "/" + l, Region: r, Channels: 128 << max(0, 3-i), Dead: 8}
				row.First = 3 + rng.IntN(4)
				row.Second = 3 + rng.IntN(4)
				row.Replicated = rng.IntN(2)
				if k == 0 {
					row.First, row.Second, row.Replicated = 20+6*i, 18+6*i, 5+6*i-2*j
				}
				row.Replicated = max(0, row.Replicated)
				row.Chance = float64(row.First*row.Second) / float64(row.Channels)
				out = append(out, row)
			}
		}
	}
	return out
}

// responsesOf are those of face units to other images, of a trained and an
// untrained network.
func responsesOf() []*tuning.Profile {
	s := stimuli(kind{"face", 20}, kind{"body", 18}, kind{"scene", 22}, kind{"object", 20})
	return []*tuning.Profile{
		must(tuning.New(simulate("drawnet/fc", s, 30, "face", 3))),
		must(tuning.New(simulate("mean of 5 untrained/fc", s, 4, "", 8))),
	}
}
