package plots_test

import (
	"image"
	"image/color"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
)

// stimulusFigures are one each of the figures of stimuli, localizers' overlap,
// subsets, mismatches and lesions.
func stimulusFigures() map[string]plots.Figure {
	s := withPictures(stimuli(kind{"face", 6}, kind{"body", 5}, kind{"scene", 9}, kind{"object", 7}))
	return map[string]plots.Figure{
		"ranked":      plots.Ranked{Profile: must(tuning.New(simulate("S1 FFA", s, 10, "face", 1)))},
		"map":         plots.MDS{Embedding: must(rsa.MDS{}.Embed(ctx, must(rsa.New(simulate("net/layer", s, 10, "face", 1), analysis.Pearson)).RDM()))},
		"venn":        plots.Venn{Overlap: overlap(42, 71, 30)},
		"lines":       plots.SubsetLines{Results: threeNetworks(), Ceiling: peopleCeiling()},
		"one line":    plots.SubsetLines{Results: threeNetworks()[:1]},
		"mismatch":    plots.Mismatch{Residuals: residuals(s)},
		"report card": plots.ReportCard{Report: report()},
		"lesion":      plots.LesionCurve{Effects: lesions(39)},
		"lesions":     plots.LesionCurve{Effects: lesions(5, 10, 20, 39)},
	}
}

// withPictures gives each stimulus a picture: half as high as it is wide, dark at
// the left.
func withPictures(s analysis.Stimuli) analysis.Stimuli {
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		items[i] = s.At(i)
		items[i].Image = func() (image.Image, error) {
			img := image.NewRGBA(image.Rect(0, 0, 32, 16))
			for y := range 16 {
				for x := range 32 {
					img.Set(x, y, color.RGBA{uint8(8 * x), uint8(8*x/2 + 9*i%128), 90, 255})
				}
			}
			return img, nil
		}
	}
	return must(analysis.NewStimuli(items))
}

// overlap of 1280 channels.
func overlap(a, b, both int) localizer.Overlap {
	keep := func(from, n int) *analysis.FROI {
		f := &analysis.FROI{Source: "mobilenet_v2/pool62", Contrast: localizer.Faces, Keep: make([]bool, 1280)}
		for i := range n {
			f.Keep[from+i] = true
		}
		return f
	}
	f, g := keep(0, a), keep(a-both, b)
	f.Rule, g.Rule = "Welch t > 7", "conjunction, q < 0.05"
	return must(localizer.Compare(f, g))
}

// threeNetworks have the scores all .6, .5, .4; lesioned .55, .45, .4;
// selective only .2, .25, .1; and random medians .25, .3, .15 of three draws.
func threeNetworks() []*encoding.SubsetResult {
	of := func(name string, score float64, features int) *encoding.Result {
		r := result()
		r.X, r.Scores, r.Features = name, []float64{score, score}, features
		return r
	}
	var out []*encoding.SubsetResult
	for i, name := range []string{"alexnet/fc6", "resnet50/pool", "vit_b/head"} {
		d := []float64{0, .1, .2}[i]
		r := &encoding.SubsetResult{
			All: of(name, .6-d, 70), Without: of(name, []float64{.55, .45, .4}[i], 61), Only: of(name, []float64{.2, .25, .1}[i], 9),
			Random: []*encoding.Result{of(name, []float64{.1, .3, .1}[i], 9), of(name, []float64{.25, .4, .2}[i], 9), of(name, []float64{.3, .2, .15}[i], 9)},
		}
		r.Controls = []*encoding.ControlResult{{
			Control: encoding.MatchedNumber{}, Only: r.Random,
			Without: []*encoding.Result{of(name, .58, 61), of(name, .57, 61), of(name, .59, 61)},
		}}
		out = append(out, r)
	}
	return out
}

// residuals are those of three networks against four people, who agree but on
// the first three stimuli.
func residuals(s analysis.Stimuli) *mismatch.Residuals {
	base := must(tuning.New(simulate("base", s, 20, "face", 11)))
	of := func(source string, seed uint64, bump ...float64) *tuning.Profile {
		p := *must(tuning.New(simulate(source, s, 20, "face", seed)))
		v := make([]float64, s.Len())
		for i := range v {
			v[i] = base.Values[i] + .2*p.Values[i]
		}
		for i, b := range bump {
			v[i] += b
		}
		p.Values, p.Source = v, source
		return &p
	}
	people := []*tuning.Profile{of("S1 FFA", 1), of("S2 FFA", 2), of("S3 FFA", 3), of("S4 FFA", 4)}
	nets := []*tuning.Profile{of("net1/pool", 5, 1.5, -1.6, .8), of("net2/pool", 6, 1.4, -1.5, .7), of("net3/pool", 7, 1.6, -1.7, .9)}
	return must(mismatch.New(people, nets))
}

// report has a line for each verdict.
func report() *mismatch.Report {
	e := func(v, d float64) mismatch.Effect { return mismatch.Effect{Value: v, Lo: v - d, Hi: v + d} }
	return &mismatch.Report{Battery: "three mismatches and more", Network: "resnet50", Lines: []mismatch.Line{
		{Entry: "animal faces", Region: "FFA", Human: e(.1, .3), Network: e(1.4, .4), Mismatch: e(1.3, .4), Band: .35, Q: .0004, Verdict: mismatch.TooStrong, Reading: "answers human face over animal face by 1.30 SD more than people"},
		{Entry: "covered bodies", Region: "EBA", Human: e(.05, .25), Network: e(.12, .3), Mismatch: e(.07, .3), Band: .5, Q: .43, Verdict: mismatch.Matches},
		{Entry: "people in scenes", Region: "PPA", Human: e(.9, .25), Network: e(.1, .3), Mismatch: e(-.8, .3), Band: .4, Q: .012, Verdict: mismatch.TooWeak},
		{Entry: "faces turned upside down against upright ones", Region: "FFA", Human: e(.6, .25), Network: e(.3, .6), Mismatch: e(-.3, .6), Band: .4, Q: .2, Verdict: mismatch.Undecided},
		{Entry: "hands", Region: "EBA", Human: e(.6, .2), Network: e(-.8, .3), Mismatch: e(-1.4, .3), Band: .4, Q: .001, Verdict: mismatch.Opposite},
		{Entry: "words", Region: "VWFA", Human: e(1.6, .2), Band: .4, Q: 1, P: 1, Verdict: mismatch.Untested, Reading: "not tested"},
	}}
}

// lesions are the effects of lesions of so many of 128 units on accuracy:
// faces suffer, bodies and scenes as from random lesions. A second task and
// the comparison of categories stand among them.
func lesions(units ...int) []analysis.LesionEffect {
	var out []analysis.LesionEffect
	for i, u := range units {
		for k, c := range []string{"face", "body", "scene"} {
			e := analysis.LesionEffect{Task: "accuracy", Category: c, Images: 24, Units: u, Of: 128, Chance: .2, Intact: 1 - .05*float64(k),
				Control: "matched in number", Random: .9 - .05*float64(k), RandomLo: .8 - .05*float64(k), RandomHi: .95 - .05*float64(k), P: .4, Q: .5}
			e.Lesioned = e.Random
			if c == "face" {
				e.Lesioned, e.P, e.Q = .85-.1*float64(i), .01, .03
			}
			out = append(out, e)
			e.Task, e.Lesioned = "resemblance", .123
			out = append(out, e)
		}
		out = append(out, analysis.LesionEffect{Task: "accuracy", Category: "faces less the others", Units: u, Of: 128, Control: "matched in number", Lesioned: -.4, Contrast: true})
	}
	return out
}

// hostileStimulusFigures show a text wherever they show one.
func hostileStimulusFigures(text string, s analysis.Stimuli) map[string]plots.Figure {
	p := must(tuning.New(simulate(text, s, 6, "", 1)))
	q := must(tuning.New(simulate("net/"+text, s, 6, "", 2)))
	points := mat.NewDense(s.Len(), 2, nil)
	for i := range s.Len() {
		points.SetRow(i, []float64{float64(i), float64(i * i % 7)})
	}
	o := overlap(5, 6, 2)
	o.Source, o.RuleA, o.RuleB = text, text, text+"!"
	nets := threeNetworks()
	for _, r := range nets {
		r.All.X, r.All.Y, r.Without.Y, r.Only.Y = text, text, text, text
	}
	card := report()
	card.Battery, card.Network = text, text
	for i := range card.Lines {
		card.Lines[i].Entry, card.Lines[i].Region, card.Lines[i].Reading = text, text, text
	}
	effects := append(lesions(39), lesions(20)...)
	for i := range effects {
		effects[i].Category = text + effects[i].Category
		effects[i].Task, effects[i].Control = text, text
		effects[i].Contrast = i%7%2 == 1 || effects[i].Contrast
	}
	return map[string]plots.Figure{
		"ranked":      plots.Ranked{Profile: p, Title: text, Unit: text},
		"map":         plots.MDS{Embedding: &rsa.Embedding{Source: text, Kind: text, Stimuli: s, Points: points, Stress: .1, R: .9}, Title: text},
		"venn":        plots.Venn{Overlap: o, Title: text},
		"lines":       plots.SubsetLines{Results: nets, Title: text},
		"mismatch":    plots.Mismatch{Residuals: must(mismatch.New([]*tuning.Profile{p}, []*tuning.Profile{q})), Brain: text, Network: text, Title: text},
		"report card": plots.ReportCard{Report: card, Title: text},
		"lesions":     plots.LesionCurve{Effects: effects, Title: text},
		"lesion":      plots.LesionCurve{Effects: effects[:7], Title: text},
	}
}
