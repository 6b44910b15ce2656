package plots_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/localizer"
	"fusiform/analysis/tuning"
	"fusiform/plots"

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
			for _, k := range [2]int{i, j} {
				if s[k].Person == "" && same { // some networks do better
					x += 0.09 * math.Sin(1.7*float64(k))
				}
			}
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
					up := min(4*i, 60)
					row.First, row.Second, row.Replicated = 6+up, 5+up, 3+up-j
				}
				row.Replicated = max(0, row.Replicated)
				row.Chance = float64(row.First*row.Second) / float64(row.Channels-row.Dead)
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

// moreFigures are one of each of the figures over many sources.
func moreFigures() map[string]plots.Figure {
	p := pairsOf(5, []string{"FFA", "PPA"}, 6, .6, 1)
	g := gapsOf(p, "FFA", "PPA")
	own := twoRegions()
	own.Curves[1].Ceiling = peopleCeiling()
	return map[string]plots.Figure{
		"layersown": own,
		"allpairs":  plots.AllPairs{Pairs: p, Below: pairsOf(5, []string{"FFA", "PPA"}, 6, .3, 2), Names: []string{"univariate", "multivariate"}},
		"fewpairs":  plots.AllPairs{Pairs: pairsOf(3, []string{"FFA", "PPA"}, 3, .6, 1)},
		"gap":       plots.Gap{Univariate: g, Multivariate: g},
		"onegap":    plots.Gap{Univariate: g[:1]},
		"sweep":     peopleAndNetwork(),
		"layers":    twoRegions(),
		"selective": plots.Selective{Rows: rowsOf([]string{"conv1", "conv2", "fc"}, "faces", "scenes"), Responses: responsesOf()},
		"statmap":   brainMap(1),
		"oneslice":  oneSlice(),
		"design":    plots.Design{Design: blockDesign()},
		"onelayer":  plots.Selective{Rows: rowsOf([]string{"fc"}, "faces", "bodies")},
	}
}

// hostileFigures are they with a text wherever one can stand.
func hostileFigures(text string, m *analysis.Measure) map[string]plots.Figure {
	p := pairsOf(3, []string{"FFA", "PPA"}, 2, .6, 1)
	g := gapsOf(p, "FFA")[0]
	for i := range p.Systems {
		s := &p.Systems[i]
		s.Label, s.Region = text+s.Label, text+s.Region
	}
	p.Measure = m
	g.Region, g.Of, g.People.Systems[0].Label = text, text, text
	steps := stepsOf(text, []int{5, 3, 0}, []float64{.5, .6})
	for _, s := range steps {
		s.FROI.Rule, s.FROI.Contrast.Name = text, text
		if s.Score != nil {
			s.Score.Measure = m
		}
	}
	rows := rowsOf([]string{"fc", "pool"}, "faces")
	for i, r := range rows {
		rows[i].Source, rows[i].Region = strings.ReplaceAll(text, "/", "")+r.Source+text, text
	}
	own := twoRegions()
	own.Curves[1].Ceiling = peopleCeiling()
	return map[string]plots.Figure{
		"layersown": own,
		"allpairs":  plots.AllPairs{Pairs: p, Below: p, Names: []string{text, text}, Title: text},
		"gap":       plots.Gap{Univariate: []ceiling.Gap{g}, Title: text},
		"sweep":     plots.Sweep{Steps: [][]localizer.Step{steps, steps}, Title: text, Names: []string{text, text}},
		"layers":    plots.Layers{Layers: []string{text + "1", text + "2"}, Title: text, Label: text, Curves: []plots.LayerCurve{{Name: text, Estimates: estimates(2, .1)}}},
		"selective": plots.Selective{Rows: rows, Title: text},
		"statmap":   named(brainMap(1), text),
		"design":    plots.Design{Design: relabelled(blockDesign(), text), Title: text},
	}
}
