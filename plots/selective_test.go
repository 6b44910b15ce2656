package plots_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fusiform/analysis/localizer"
	"fusiform/analysis/tuning"
	"fusiform/internal/golden"
	"fusiform/plots"
)

// trainedAndTwins are two regions in one layer of a network and two twins.
func trainedAndTwins() []localizer.Replication {
	row := func(source, region string, first, second, both int) localizer.Replication {
		return localizer.Replication{Source: source + "/fc/relu", Region: region, Channels: 200, Dead: 100, First: first, Second: second, Replicated: both, Chance: float64(first*second) / 100}
	}
	return []localizer.Replication{
		row("net", "faces", 40, 50, 30), row("net", "scenes", 20, 30, 10),
		row("net (untrained, seed 0)", "scenes", 10, 10, 4), row("net (untrained, seed 0)", "faces", 10, 20, 2),
		row("net (untrained, seed 1)", "faces", 0, 10, 0), row("net (untrained, seed 1)", "scenes", 10, 10, 0),
	}
}

// Shares stand at their heights: 30 of 200 units are 15 %; chance of 40 and 50 of
// 100 living units is 20, 10 %. Twins are found by region, not by place.
func TestSelectiveShares(t *testing.T) {
	ss := shapes(t, plots.Selective{Rows: trainedAndTwins()}, 0, 0)
	left := verticalAxes(ss)[0]
	at := axis(t, ss, true, [2]float64{left, 0})
	trained := inPanel(ss, "#378ADD", left, 1e9)
	if len(trained) != 2 || math.Abs(trained[0][1]-at(15)) > .05 || math.Abs(trained[1][1]-at(5)) > .05 {
		t.Fatalf("trained at %v, want %v and %v", trained, at(15), at(5))
	}
	var twins []float64
	for _, p := range inPanel(ss, "#FFFFFF", left, 1e9) {
		twins = append(twins, p[1])
	}
	if len(twins) != 4 {
		t.Fatalf("%d twins, want 2 for each region", len(twins))
	}
	faces, scenes := twins[:2], twins[2:]
	slices.Sort(faces)
	slices.Sort(scenes)
	for i, want := range []float64{0, 1, 0, 2} {
		if got := append(faces, scenes...)[i]; math.Abs(got-at(want)) > .05 {
			t.Errorf("twin %d stands at %v, not %v", i, got, at(want))
		}
	}
	// Dotted lines of chance: 10 % and mean of 1 and 0; 3 % and .5 of both.
	var dotted []float64
	for _, s := range ss {
		if x0, y0, _, y1 := s.bounds(); s.dash != "" && y0 == y1 && x0 > left && y0 < at(16) {
			dotted = append(dotted, y0)
		}
	}
	if len(dotted) != 4 {
		t.Fatalf("%d lines of chance, want 4", len(dotted))
	}
	for i, want := range []float64{10, .5, 3, .5} { // trained faces: 40·50/100 = 20; twins: 2 and 0; scenes: 6; 1 and 1
		if math.Abs(dotted[i]-at(want)) > .05 {
			t.Errorf("chance %d stands at %v, not %v", i, dotted[i], at(want))
		}
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"net: units that other images find again", "fc/relu", "200 units; numbers: units found again", "30", "10", "found again (% of units)", "trained", "untrained, 2 seeds", "chance", "faces", "scenes"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
}

// Counts stand beside the squares, so an axis of per cent that is too short for
// its label keeps the unit.
func TestSelectiveUnitOfLowPanels(t *testing.T) {
	all := texts(shapes(t, plots.Selective{Rows: rowsOf(layerNames(8), "faces", "bodies", "scenes")}, plots.Column, 0))
	if n := strings.Count(strings.Join(all, "|"), "% of units"); n != 3 {
		t.Errorf("%d of 3 axes say that they are per cent: %q", n, all)
	}
}

// Several layers: a panel for each region, layers in their order.
func TestSelectiveLayers(t *testing.T) {
	ss := shapes(t, plots.Selective{Rows: rowsOf([]string{"conv1", "conv2", "fc"}, "faces", "scenes")}, 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 2 {
		t.Fatalf("%d panels, want one for each region", len(axes))
	}
	at := axis(t, ss, true, [2]float64{axes[0], 0})
	points := inPanel(ss, "#378ADD", axes[0], axes[1]-30)
	for i, want := range []float64{100 * 3. / 1024, 100 * 7. / 512, 100 * 11. / 256} {
		if len(points) != 3 || math.Abs(points[i][1]-at(want)) > .05 {
			t.Errorf("layer %d: %v, want %v", i, points, at(want))
		}
	}
	if n := len(inPanel(ss, "#FFFFFF", axes[0], axes[1]-30)); n != 15 {
		t.Errorf("%d points of twins, want 5 in 3 layers", n)
	}
	if all := strings.Join(texts(ss), "|"); !strings.Contains(all, "conv1|conv2|fc") {
		t.Errorf("layers out of order: %s", all)
	}
}

// Of many layers the chance of the trained network is one dotted line, and numbers
// stand as far apart as they must, the last layer's among them.
func TestSelectiveManyLayers(t *testing.T) {
	ss := shapes(t, plots.Selective{Rows: rowsOf(layerNames(60), "faces")}, 0, 0)
	left := verticalAxes(ss)[0]
	at := axis(t, ss, true, [2]float64{left, 0})
	dotted, numbers := 0, []string{}
	for _, s := range ss {
		if x0, _, x1, _ := s.bounds(); s.kind == "path" && s.dash == "1.2,1.5" && x0 > left && x1 > x0 {
			if i := dotted; i == 0 && math.Abs(s.points[0][1]-at(100*30./1016/1024)) > .1 { // 6·5 of 1016 living of 1024
				t.Errorf("chance begins at %v, not %v", s.points[0][1], at(100*30./1016/1024))
			}
			dotted++
		}
		if s.kind == "text" && len(s.text) < 3 && s.points[0][0] > left {
			numbers = append(numbers, s.text)
		}
	}
	if dotted != 59+1 { // and the key
		t.Errorf("chance has %d pieces, want 59", dotted-1)
	}
	if len(numbers) < 10 || len(numbers) > 40 || numbers[len(numbers)-1] != "63" {
		t.Errorf("numbers %q", numbers)
	}
}

// The boxes hold the responses to each category, a dot for every image.
func TestSelectiveResponses(t *testing.T) {
	s := stimuli(kind{"face", 5}, kind{"body", 8})
	one := profile("net/fc", s, append(slices.Clone(gapPeople), gapNetworks...)...)
	f := plots.Selective{Rows: trainedAndTwins(), Responses: []*tuning.Profile{one}}
	ss := shapes(t, f, 0, 0)
	axes := verticalAxes(ss)
	if len(axes) != 2 {
		t.Fatalf("%d panels", len(axes))
	}
	at := axis(t, ss, true, [2]float64{axes[1], 0})
	points := inPanel(ss, "#378ADD", axes[1], 1e9)
	if len(points) != 13 {
		t.Fatalf("%d images, want 13", len(points))
	}
	var faces []float64
	for _, p := range points[:5] {
		faces = append(faces, p[1])
	}
	slices.Sort(faces)
	for i, v := range gapPeople { // in rising order
		if math.Abs(faces[i]-at(v)) > .05 {
			t.Errorf("response %v stands at %v, not %v", v, faces[i], at(v))
		}
	}
	boxes := 0
	for _, s := range ss {
		if x0, y0, _, y1 := s.bounds(); s.kind == "path" && s.fill != "none" && x0 > axes[1] {
			for _, q := range [][2]float64{{.95, 1.05}, {.3925, .575}} { // as matplotlib has them
				if math.Abs(y0-at(q[0])) < .02 && math.Abs(y1-at(q[1])) < .02 {
					boxes++
				}
			}
		}
	}
	if boxes != 2 {
		t.Errorf("%d boxes at the quartiles, want 2", boxes)
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || len(marks) != 2+4+13 {
		t.Fatal(len(marks), err)
	}
	if m := marks[6]; m.Text != "face-001 (face), net/fc: 0.90" || len(m.Stimuli) != 1 || m.Stimuli[0].ID != "set/face-001.png" {
		t.Errorf("a response says %q, %v", m.Text, m.Stimuli)
	}
	if m := marks[11]; m.Text != "body-001 (body), net/fc: 0.31" || m.Stimuli[0].ID != "set/body-001.png" {
		t.Errorf("a response says %q, %v", m.Text, m.Stimuli)
	}
	// Two: z-scored, and said so.
	f.Responses = responsesOf()
	all := strings.Join(texts(shapes(t, f, 0, 0)), "|")
	if !strings.Contains(all, "response (z)") || !strings.Contains(all, "squares: drawnet/fc; circles: mean of 5 untrained/fc") {
		t.Errorf("two profiles: %s", all)
	}
}

func TestSelectiveAltMarksDoubts(t *testing.T) {
	f := plots.Selective{Rows: trainedAndTwins(), Responses: []*tuning.Profile{profile("net/fc", stimuli(kind{"face", 2}, kind{"body", 1}), 1, 2, .5)}}
	want := "Selective units of net that an independent set of images finds again. faces in fc/relu: 30 of 200 (15 %), by chance 20; untrained 1 on average over 2 seeds (0 to 2), by chance 1. " +
		"scenes in fc/relu: 10 of 200 (5 %), by chance 6; untrained 2 on average over 2 seeds (0 to 4), by chance 1. " +
		"Responses of net/fc: face median 1.50 (quartiles 1.25 and 1.75, 2 values from 1.00 to 2.00), body 0.50."
	if got := f.Alt(); got != want {
		t.Errorf("Alt:\n%s\nwant\n%s", got, want)
	}
	marks, _, err := plots.Marks(plots.Selective{Rows: trainedAndTwins()}, 0, 0)
	if err != nil || len(marks) != 6 {
		t.Fatal(len(marks), err)
	}
	var all []string
	for _, m := range marks {
		all = append(all, m.Text)
	}
	if !slices.Contains(all, "net/fc/relu, faces: 30 of 200 units found again (15 %), by chance 20") {
		t.Errorf("marks %q", all)
	}
	if d := f.Doubts(); len(d) != 1 || !strings.Contains(d[0].Error(), "2 untrained twins for all untrained networks") {
		t.Errorf("doubts %v", d)
	}
	if d := (plots.Selective{Rows: rowsOf([]string{"fc"}, "faces")}).Doubts(); d != nil {
		t.Errorf("five twins are doubted: %v", d)
	}
	if d := (plots.Selective{}).Doubts(); d != nil {
		t.Errorf("nothing is doubted: %v", d)
	}
}

func TestSelectiveErrors(t *testing.T) {
	with := func(change func(r []localizer.Replication) []localizer.Replication) plots.Selective {
		return plots.Selective{Rows: change(trainedAndTwins())}
	}
	for name, c := range map[string]struct {
		f    plots.Selective
		want string
	}{
		"nothing":        {plots.Selective{}, "no selective units"},
		"no channels":    {plots.Selective{Rows: []localizer.Replication{{Source: "net/fc"}}}, "0 of 0 units"},
		"more than all":  {with(func(r []localizer.Replication) []localizer.Replication { r[0].Replicated = 201; return r }), "201 of 200 units"},
		"more dead":      {with(func(r []localizer.Replication) []localizer.Replication { r[0].Dead = 201; return r }), "201 of them dead"},
		"twice":          {with(func(r []localizer.Replication) []localizer.Replication { return append(r, r[0]) }), `"faces" of "net/fc/relu" stands twice`},
		"one lacks":      {with(func(r []localizer.Replication) []localizer.Replication { return r[:5] }), `"scenes" in layer "fc/relu" is not there in each of 2 twins`},
		"one has more":   {with(func(r []localizer.Replication) []localizer.Replication { r[3].Region = "bodies"; return r }), `has "bodies" in layer "fc/relu", the trained network "net" has not`},
		"another layer":  {with(func(r []localizer.Replication) []localizer.Replication { r[3].Channels = 300; return r }), "a twin has as many"},
		"a nil response": {plots.Selective{Rows: trainedAndTwins(), Responses: []*tuning.Profile{nil}}, "profile 0 is nil"},
		"a NaN response": {plots.Selective{Rows: trainedAndTwins(), Responses: []*tuning.Profile{profile("net/fc", stimuli(kind{"face", 1}), math.NaN())}}, "NaN"},
	} {
		if _, err := plots.SVG(c.f, 0, 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "plots: ") {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
		if alt := c.f.Alt(); !strings.HasPrefix(alt, "Empty figure") {
			t.Errorf("%s: Alt says %q", name, alt)
		}
	}
}

// Without twins, with nothing found at all, in many layers.
func TestSelectiveFew(t *testing.T) {
	for name, f := range map[string]plots.Selective{
		"no twins":    {Rows: trainedAndTwins()[:2]},
		"none":        {Rows: []localizer.Replication{{Source: "net/fc", Region: "faces", Channels: 10, Dead: 10}}},
		"no slash":    {Rows: []localizer.Replication{{Source: "net", Channels: 10}}},
		"many layers": {Rows: rowsOf(layerNames(60), "faces")},
	} {
		if _, err := plots.PNG(f, 0, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSelectiveGolden(t *testing.T) {
	golden.PNG(t, "selective.png", must(plots.PNG(plots.Selective{Rows: rowsOf([]string{"fc"}, "faces", "bodies", "scenes"), Responses: responsesOf()}, 0, 0)))
	golden.PNG(t, "selectivelayers.png", must(plots.PNG(plots.Selective{Rows: rowsOf([]string{"conv1", "conv2", "conv3", "fc"}, "faces", "bodies", "scenes")}, 0, 0)))
}
