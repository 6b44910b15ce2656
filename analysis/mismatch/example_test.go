package mismatch_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"fusiform/analysis"
	"fusiform/analysis/mismatch"
	"fusiform/analysis/tuning"
)

// On which stimuli do a network and a face region disagree most?
func ExampleRank() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "doc/anna", Category: "face", Subcategory: "human"}, {ID: "doc/bert", Category: "face", Subcategory: "human"},
		{ID: "doc/cat", Category: "face", Subcategory: "animal"}, {ID: "doc/dog", Category: "face", Subcategory: "animal"},
		{ID: "doc/lake", Category: "scene"}, {ID: "doc/road", Category: "scene"},
	})
	if err != nil {
		log.Fatal(err)
	}
	ffa := &tuning.Profile{Source: "FFA", Stimuli: stimuli, Values: []float64{2.1, 1.9, 2.0, 1.8, .2, .1}}
	units := &tuning.Profile{Source: "net faces", Stimuli: stimuli, Values: []float64{31, 29, 12, 14, 3, 1}}
	ranked, err := mismatch.Rank(ffa, units)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range ranked[:3] {
		fmt.Printf("%-8s brain %+.2f, network %+.2f: %+.2f\n", r.ID, r.Brain, r.Model, r.E)
	}
	// Output:
	// doc/cat  brain +0.76, network -0.26: -1.02
	// doc/dog  brain +0.53, network -0.09: -0.61
	// doc/bert brain +0.64, network +1.21: +0.57
}

// faces makes 20 human and 20 animal faces and 40 other pictures, and
// how 8 people's FFA answers them: all faces alike.
func faces() (s analysis.Stimuli, people []*tuning.Profile) {
	var items []analysis.Stimulus
	for i := range 80 {
		kind := [4]string{"human", "animal", "object", "scene"}[i/20]
		items = append(items, analysis.Stimulus{ID: fmt.Sprintf("doc/%s%02d", kind, i%20), Category: kind})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		log.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for k := range 8 {
		p := &tuning.Profile{Source: fmt.Sprintf("S%d FFA", k+1), Stimuli: s, Channels: 1}
		for i := range 80 {
			v := .6 * math.Sin(float64(7*i)) // what a stimulus evokes in all
			v += .5 * rng.NormFloat64()      // the person and noise
			if i < 40 {
				v += 2
			}
			p.Values = append(p.Values, v)
		}
		people = append(people, p)
	}
	return s, people
}

// faceUnits makes a network's units that answer human faces, others by as much
// less as asked.
func faceUnits(s analysis.Stimuli, less float64) *tuning.Profile {
	p := &tuning.Profile{Source: "face units", Stimuli: s, Channels: 1}
	for i := range 80 {
		v := .6*math.Sin(float64(7*i)) + .2*math.Sin(float64(11*i))
		switch {
		case i < 20:
			v += 2
		case i < 40:
			v += 2 - less
		}
		p.Values = append(p.Values, v)
	}
	return p
}

// A battery of one of the published findings, filled with the responses of
// eight people, kept as a file, and put to two networks: one that treats animal
// faces as people do, and one that does not.
func Example() {
	ctx := context.Background()
	stimuli, people := faces()
	battery, err := mismatch.Test{Seed: 1}.Battery(ctx, "face tests", mismatch.Question{
		Definition: mismatch.Published()[0],
		People:     people,
		Contrast: mismatch.Contrast{
			A: mismatch.Group{Categories: []string{"human"}},
			B: mismatch.Group{Categories: []string{"animal"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := battery.Write(&file); err != nil {
		log.Fatal(err)
	}

	if battery, err = mismatch.Read(&file); err != nil {
		log.Fatal(err)
	}
	e := battery.Entries[0]
	fmt.Printf("%s, %s − %s: published %v, people %v\n", e.Region, e.A, e.B, e.Human, e.Effect)
	for _, less := range []float64{0, 1.5} {
		report, err := battery.Report(ctx, fmt.Sprintf("net %.1f", less), map[string]*tuning.Profile{"FFA": faceUnits(stimuli, less)})
		if err != nil {
			log.Fatal(err)
		}
		l := report.Lines[0]
		fmt.Printf("%s: network %v, mismatch %v\n", report.Network, l.Network, l.Mismatch)
		fmt.Printf("  %v: %s\n", l.Verdict, l.Reading)
	}
	// Output:
	// FFA, human face − animal face: published A = B, people +0.03 [-0.24, +0.31]
	// net 0.0: network -0.01 [-0.27, +0.25], mismatch -0.05 [-0.21, +0.12]
	//   matches: human face against animal face as people, within 0.37 SD
	// net 1.5: network +1.55 [+1.31, +1.76], mismatch +1.52 [+1.32, +1.72]
	//   too strong: answers human face over animal face by 1.52 SD more than people
}

// Is the mismatch of a contrast there in every person, and in halves of the
// stimuli?
func ExampleTest_Replicate() {
	stimuli, people := faces()
	r, err := mismatch.Test{Seed: 1}.Replicate(context.Background(), people, []*tuning.Profile{faceUnits(stimuli, 1.5)}, mismatch.Contrast{
		Name: "human against animal",
		A:    mismatch.Group{Categories: []string{"human"}},
		B:    mismatch.Group{Categories: []string{"animal"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range r.Held {
		fmt.Println(h)
	}
	for _, w := range r.Warnings {
		fmt.Println(w)
	}
	// Output:
	// 8 of 8 people, p = 0.0078
	// networks: none held out
	// 100 of 100 stimuli, p = 0.001
	// contrast "human against animal": too few networks to hold some out
}

// Two properties, one of which explains where the network errs.
func ExampleTest_Explain() {
	stimuli, people := faces()
	r, err := mismatch.New(people, []*tuning.Profile{faceUnits(stimuli, 1.5)})
	if err != nil {
		log.Fatal(err)
	}
	animal := mismatch.Property{Name: "animal", Values: map[string]float64{}}
	size := mismatch.Property{Name: "size", Values: map[string]float64{}}
	for i := range stimuli.Len() {
		s := stimuli.At(i)
		animal.Values[s.ID], size.Values[s.ID] = 0, float64(i*i%7)
		if s.Category == "animal" {
			animal.Values[s.ID] = 1
		}
	}
	explained, err := mismatch.Test{Seed: 1}.Explain(context.Background(), r, size, animal)
	if err != nil {
		log.Fatal(err)
	}
	for _, x := range explained {
		fmt.Printf("%-6s r = %+.2f, slope %+.2f SD, q = %.1g\n", x.Property, x.R, x.Slope, x.Q)
	}
	// Output:
	// animal r = -0.91, slope -1.33 SD, q = 0.0002
	// size   r = +0.02, slope +0.01 SD, q = 0.9
}
