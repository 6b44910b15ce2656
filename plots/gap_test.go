package plots_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/internal/golden"
	"fusiform/plots"
)

// verticalAxes are the places of the vertical axes, from the left.
func verticalAxes(ss []shape) []float64 {
	var out []float64
	for _, s := range ss {
		if s.kind != "path" || s.stroke != "#444444" || len(s.points) != 2 {
			continue
		}
		if x0, y0, x1, y1 := s.bounds(); x0 == x1 && y1-y0 > 30 {
			out = append(out, x0)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// centre is where a point stands; of a circle, its right end.
func centre(s shape) (x, y float64) {
	x0, y0, x1, y1 := s.bounds()
	if s.arcs > 0 {
		return s.points[0][0], s.points[0][1]
	}
	return (x0 + x1) / 2, (y0 + y1) / 2
}

// medians are those of people or networks, by hand.
func medians(person bool, values ...float64) *ceiling.Medians {
	m := &ceiling.Medians{Values: values}
	for i := range values {
		s := ceiling.System{Label: "net" + string(rune('1'+i)), Region: "face units"}
		if person {
			s = ceiling.System{Label: "S" + string(rune('1'+i)) + " FFA", Person: "S" + string(rune('1'+i)), Region: "FFA"}
		}
		m.Systems = append(m.Systems, s)
	}
	return m
}

var (
	gapPeople   = []float64{.9, .95, 1, 1.05, 1.4}
	gapNetworks = []float64{.31, .42, .47, .5, .56, .62, .1, .71}
)

func oneGap() ceiling.Gap {
	return ceiling.Gap{
		Region: "FFA", Of: "face units", People: medians(true, gapPeople...), Networks: medians(false, gapNetworks...),
		Over: &ceiling.Intervals{
			Ceiling: analysis.Estimate{Value: 1, Lo: .92, Hi: 1.1}, Median: analysis.Estimate{Value: .485, Lo: .4, Hi: .55},
			Gap: analysis.Estimate{Value: -.515, Lo: -.6, Hi: -.4},
		},
	}
}

// Every value is a point at its height, also above 1; boxes are those of
// matplotlib 3.11.2 (cbook.boxplot_stats).
func TestGapPointsAndBoxes(t *testing.T) {
	ss := shapes(t, plots.Gap{Univariate: []ceiling.Gap{oneGap()}}, 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 1 {
		t.Fatalf("%d axes", len(axes))
	}
	at := axis(t, ss, true, [2]float64{axes[0], 0})
	people, networks := filled(ss, "#D85A30"), filled(ss, "#378ADD")
	people, networks = people[:len(people)-1], networks[:len(networks)-1] // the last is in the legend
	if len(people) != 5 || len(networks) != 8 {
		t.Fatalf("%d people, %d networks", len(people), len(networks))
	}
	heights := func(ps []shape) (ys, xs []float64) {
		for _, p := range ps {
			x, y := centre(p)
			ys, xs = append(ys, y), append(xs, x)
		}
		slices.Sort(ys)
		return ys, xs
	}
	py, px := heights(people)
	ny, nx := heights(networks)
	for i, v := range slices.Sorted(slices.Values(gapPeople)) {
		if math.Abs(py[i]-at(v)) > .05 {
			t.Errorf("person %v stands at %v, not %v", v, py[i], at(v))
		}
	}
	for i, v := range slices.Sorted(slices.Values(gapNetworks)) {
		if math.Abs(ny[i]-at(v)) > .05 {
			t.Errorf("network %v stands at %v, not %v", v, ny[i], at(v))
		}
	}
	if slices.Max(px) >= slices.Min(nx) {
		t.Error("people do not stand left of networks")
	}

	// Quartiles: the light boxes. Whiskers: short level lines.
	for _, b := range []struct {
		name        string
		q1, med, q3 float64
		lo, hi      float64
		left, right float64
	}{
		{"people", .95, 1, 1.05, .9, 1.05, slices.Min(px), slices.Max(px)},
		{"networks", .3925, .485, .575, .31, .71, slices.Min(nx), slices.Max(nx)},
	} {
		box, median, low, high := false, false, false, false
		for _, s := range ss {
			x0, y0, x1, y1 := s.bounds()
			if s.kind != "path" || x1 < b.left-2 || x0 > b.right+2 || x0 < axes[0] {
				continue
			}
			box = box || s.fill != "" && s.arcs == 0 && math.Abs(y0-at(b.q1)) < .02 && math.Abs(y1-at(b.q3)) < .02
			if s.stroke != "" && len(s.points) == 2 && y0 == y1 {
				median = median || math.Abs(y0-at(b.med)) < .02
				low, high = low || math.Abs(y0-at(b.lo)) < .02, high || math.Abs(y0-at(b.hi)) < .02
			}
		}
		if !box || !median || !low || !high {
			t.Errorf("%s: box %v, median %v, whiskers %v and %v", b.name, box, median, low, high)
		}
	}

	// The band is the interval of the ceiling.
	bands := filled(ss, "#D4D4D4")
	if len(bands) != 1 {
		t.Fatalf("%d bands", len(bands))
	}
	if _, y0, _, y1 := bands[0].bounds(); math.Abs(y0-at(.92)) > .02 || math.Abs(y1-at(1.1)) > .02 {
		t.Errorf("the ceiling stands from %v to %v, not .92 to 1.1", y0, y1)
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"FFA", "face units", "univariate", "gap −0.52", "[−0.60, −0.40]", "5 people", "8 networks", "similarity (noise-corrected)", "box: quartiles"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

// Both kinds of a region share its panel, in the order of the regions; one that
// is only there in one kind has a panel of its own.
func TestGapPanels(t *testing.T) {
	a, b, c := oneGap(), oneGap(), oneGap()
	b.Region, c.Region = "EBA", "PPA"
	ss := shapes(t, plots.Gap{Univariate: []ceiling.Gap{a, b}, Multivariate: []ceiling.Gap{b, c}}, 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 3 {
		t.Fatalf("%d panels, want 3", len(axes))
	}
	kinds := map[string][]string{}
	for _, s := range ss {
		if s.kind != "text" || !strings.HasSuffix(s.text, "variate") {
			continue
		}
		k := 0
		for i, x := range axes {
			if s.points[0][0] > x {
				k = i
			}
		}
		name := []string{"FFA", "EBA", "PPA"}[k]
		kinds[name] = append(kinds[name], s.text)
	}
	if len(kinds["FFA"]) != 1 || kinds["FFA"][0] != "univariate" || len(kinds["EBA"]) != 2 || kinds["EBA"][0] != "univariate" || len(kinds["PPA"]) != 1 || kinds["PPA"][0] != "multivariate" {
		t.Errorf("kinds by panel: %v", kinds)
	}
	// One scale for all.
	first, last := axis(t, ss, true, [2]float64{axes[0], 0}), axis(t, ss, true, [2]float64{axes[2], 0})
	if first(.7) != last(.7) {
		t.Errorf("the panels have different scales: .7 is at %v and %v", first(.7), last(.7))
	}
}

// One person, one network: points without boxes; without intervals the ceiling is
// a line at the median.
func TestGapFew(t *testing.T) {
	g := ceiling.Gap{Region: "FFA", People: medians(true, 1.2, 1.2), Networks: medians(false, -.3)}
	ss := shapes(t, plots.Gap{Multivariate: []ceiling.Gap{g}}, 0, 0)
	at := axis(t, ss, true, [2]float64{verticalAxes(ss)[0], 0})
	b := filled(ss, "#D4D4D4")
	if len(b) != 1 {
		t.Fatalf("%d bands", len(b))
	}
	if _, y0, _, y1 := b[0].bounds(); math.Abs((y0+y1)/2-at(1.2)) > .02 || y1-y0 > 2 {
		t.Errorf("the ceiling stands from %v to %v, not at 1.2", y0, y1)
	}
	if n := len(filled(ss, "#378ADD")); n != 2 { // and the legend
		t.Errorf("%d networks", n-1)
	}
	f := plots.Gap{Multivariate: []ceiling.Gap{g}}
	want := "Noise-corrected similarity of people with each other, and of networks with people. FFA, multivariate: people with people median 1.20 (quartiles 1.20 and 1.20, 2 values from 1.20 to 1.20); networks with people −0.30; gap −1.50."
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
}

func TestGapMarks(t *testing.T) {
	marks, _, err := plots.Marks(plots.Gap{Univariate: []ceiling.Gap{oneGap()}}, 0, 0)
	if err != nil || len(marks) != 13 {
		t.Fatal(len(marks), err)
	}
	var all []string
	for _, m := range marks {
		all = append(all, m.Text)
	}
	if !slices.Contains(all, "S5 FFA: 1.400") || !slices.Contains(all, "net7: 0.100") {
		t.Errorf("marks %q", all)
	}
}

func TestGapErrorsAndDoubts(t *testing.T) {
	with := func(change func(g *ceiling.Gap)) plots.Gap {
		g := oneGap()
		change(&g)
		return plots.Gap{Univariate: []ceiling.Gap{g}}
	}
	for name, c := range map[string]struct {
		f    plots.Gap
		want string
	}{
		"nothing":      {plots.Gap{}, "no gaps"},
		"no people":    {with(func(g *ceiling.Gap) { g.People = nil }), `gap of "FFA" has no people`},
		"no networks":  {with(func(g *ceiling.Gap) { g.Networks = &ceiling.Medians{} }), `has no networks`},
		"NaN":          {with(func(g *ceiling.Gap) { g.Networks = medians(false, .1, math.NaN()) }), `"net2" with "FFA" is NaN`},
		"lengths":      {with(func(g *ceiling.Gap) { g.People = &ceiling.Medians{Values: []float64{1}} }), "1 values for 0 people"},
		"a NaN bound":  {with(func(g *ceiling.Gap) { g.Over = &ceiling.Intervals{Ceiling: analysis.Estimate{Lo: math.NaN()}} }), "ceiling"},
		"infinite gap": {with(func(g *ceiling.Gap) { g.Over = &ceiling.Intervals{Gap: analysis.Estimate{Value: math.Inf(1)}} }), "Inf"},
	} {
		if _, err := plots.SVG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
	few := gapsOf(pairsOf(4, []string{"FFA"}, 3, .5, 1), "FFA")
	if d := (plots.Gap{Univariate: few, Multivariate: few}).Doubts(); len(d) != 1 || !strings.Contains(d[0].Error(), "4 people are too few") {
		t.Errorf("doubts %v", d)
	}
	if d := (plots.Gap{Univariate: []ceiling.Gap{{}}}).Doubts(); d != nil {
		t.Errorf("an empty gap doubts %v", d)
	}
}

func TestGapGolden(t *testing.T) {
	u, m := pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .62, 1), pairsOf(8, []string{"FFA", "EBA", "PPA"}, 12, .35, 2)
	f := plots.Gap{Univariate: gapsOf(u, "FFA", "EBA", "PPA"), Multivariate: gapsOf(m, "FFA", "EBA", "PPA")}
	golden.PNG(t, "gap.png", must(plots.PNG(f, 0, 0)))
}
