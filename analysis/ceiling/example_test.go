package ceiling_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

func Example() {
	stimuli, err := analysis.NewStimuli([]analysis.Stimulus{
		{ID: "doc/anna"}, {ID: "doc/bert"}, {ID: "doc/hand"}, {ID: "doc/foot"}, {ID: "doc/lake"}, {ID: "doc/road"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// The mean response of each person's face region.
	var people []*analysis.Responses
	for k, v := range [][]float64{
		{2.0, 2.4, 0.9, 0.6, 0.1, 0.2},
		{1.5, 1.4, 1.1, 0.2, 0.3, 0.0},
		{2.8, 1.9, 0.2, 0.7, 0.6, 0.1},
	} {
		r, err := analysis.NewResponses(fmt.Sprintf("S%d FFA", k+1), stimuli, mat.NewDense(6, 1, v))
		if err != nil {
			log.Fatal(err)
		}
		people = append(people, r)
	}
	profiles, err := tuning.All(people)
	if err != nil {
		log.Fatal(err)
	}
	c, err := ceiling.LeaveOneOut(profiles, tuning.Mean, tuning.Compare(analysis.Pearson))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %.2f to %.2f, %d people\n", c.Measure.Name, c.Lo, c.Hi, c.Subjects)

	// A network that knows no difference between bodies and scenes.
	answers, err := analysis.NewResponses("net/pool", stimuli, mat.NewDense(6, 1, []float64{9, 7, 1, 2, 1, 2}))
	if err != nil {
		log.Fatal(err)
	}
	network, err := tuning.New(answers)
	if err != nil {
		log.Fatal(err)
	}
	s, err := ceiling.Against(network, profiles, tuning.Compare(analysis.Pearson))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("net/pool %.2f\n", s.Value)
	for _, w := range c.Warnings {
		fmt.Println("beware:", w)
	}
	// Output:
	// Pearson r from 0.87 to 0.94, 3 people
	// net/pool 0.87
	// beware: Pearson r over 6 values is unreliable: need >= 10
	// beware: 3 people are too few to stand for others: need >= 5
}

// Five simulated people see 100 drawings twice, and a network that tells faces
// from the rest and no face from another stands beside them.
func ExampleMatrix() {
	pictures, err := simulate.Drawings{PerCategory: 20}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	cohort := simulate.Cohort{People: 6, Repeats: 2}
	showings, err := cohort.Showings(pictures)
	if err != nil {
		log.Fatal(err)
	}
	truth, err := cohort.Truth(pictures)
	if err != nil {
		log.Fatal(err)
	}
	var recordings []ceiling.Recording
	for p, person := range showings {
		name := truth[p].Person
		r, err := ceiling.Record(name, "FFA", &analysis.FROI{Source: name, Keep: truth[p].Planted("face")}, person)
		if err != nil {
			log.Fatal(err)
		}
		recordings = append(recordings, r)
	}
	detector := mat.NewDense(pictures.Len(), 1, nil)
	for i := range pictures.Len() {
		if pictures.At(i).Category == "face" {
			detector.Set(i, 0, 1)
		}
	}
	network, err := analysis.NewResponses("detector", pictures, detector)
	if err != nil {
		log.Fatal(err)
	}
	recordings = append(recordings, ceiling.Recording{System: ceiling.System{Label: "detector", Region: "face units"}, Repeats: []*analysis.Responses{network}})

	pairs, err := ceiling.Matrix(context.Background(), recordings, tuning.New, tuning.Compare(analysis.Pearson))
	if err != nil {
		log.Fatal(err)
	}
	in, err := pairs.OverStimuli(context.Background(), analysis.Bootstrap{}, "face units", "FFA")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("people %.2f, detector %.2f, below people: %v\n", in.Ceiling.Value, in.Median.Value, in.Gap.Hi < 0)
	// Output: people 0.93, detector 0.85, below people: true
}

// A simulated person sees 100 drawings three times. The median voxel was planted
// with an ncsnr of 0.5: of the variance of its mean response over three
// showings, .25/(.25 + 1/3), 43 %, is signal.
func ExampleFromRepeats() {
	pictures, err := simulate.Drawings{PerCategory: 20}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	cohort, err := simulate.Cohort{People: 1, Repeats: 3}.AtNCSNR(pictures, .5)
	if err != nil {
		log.Fatal(err)
	}
	showings, err := cohort.Showings(pictures)
	if err != nil {
		log.Fatal(err)
	}
	session, err := ceiling.ZScored(showings[0]) // all three in one session
	if err != nil {
		log.Fatal(err)
	}
	s, err := ceiling.FromRepeats(session)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ncsnr %.1f, noise ceiling %.0f %%\n", analysis.Median(s.NCSNR()), analysis.Median(s.NC(3)))
	c, err := ceiling.OfChannels(s.Reliability(), analysis.Pearson)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("a perfect model would reach r = %.2f\n", c.Lo)
	// Output:
	// ncsnr 0.5, noise ceiling 45 %
	// a perfect model would reach r = 0.67
}

// A person whose two halves correlate by .5 has reliability .67. A network that
// correlates with that person by .6 would, without the noise, by .73.
func ExampleCorrect() {
	reliability := ceiling.SpearmanBrown(.5)
	r, err := ceiling.Correct(.6, reliability, 1) // a network answers the same each time
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f %.2f\n", reliability, r)
	// Output: 0.67 0.73
}
