package ceiling_test

import (
	"context"
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
)

// Six simulated people, whose FFAs differ in size, see 100 drawings in each of
// two sessions; a seventh has no FFA. Sessions are averaged within a person
// before people are compared; pairs of people are corrected for the noise
// between their sessions.
func ExampleCohort() {
	pictures, err := simulate.Drawings{PerCategory: 20}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	scanner := simulate.Cohort{People: 6, Repeats: 2}
	showings, err := scanner.Showings(pictures)
	if err != nil {
		log.Fatal(err)
	}
	truth, err := scanner.Truth(pictures)
	if err != nil {
		log.Fatal(err)
	}
	recordings := []analysis.Recording[*analysis.Responses]{{Where: analysis.Where{Person: "S7", Hemisphere: "rh", Region: "FFA"}, Absent: true}}
	for p, person := range showings {
		faces := &analysis.FROI{Source: truth[p].Person, Keep: truth[p].Planted("face")}
		for k, r := range person {
			ffa, err := r.Within(faces)
			if err != nil {
				log.Fatal(err)
			}
			w := analysis.Where{Person: truth[p].Person, Hemisphere: "rh", Region: "FFA"}
			name := w.String()
			w.Session = fmt.Sprint(k + 1)
			recordings = append(recordings, analysis.Recording[*analysis.Responses]{Where: w, Answer: ffa.Named(name)})
		}
	}
	cohort, err := analysis.NewCohort(recordings)
	if err != nil {
		log.Fatal(err)
	}

	people, err := cohort.Averaged(analysis.Mean)
	if err != nil {
		log.Fatal(err)
	}
	profiles, err := tuning.All(people)
	if err != nil {
		log.Fatal(err)
	}
	bounds, err := ceiling.LeaveOneOut(profiles, tuning.Pool(analysis.Pearson), tuning.Compare(analysis.Pearson))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d people, without an FFA %v: %.2f to %.2f\n", bounds.Subjects, cohort.Missing(), bounds.Lo, bounds.Hi)

	each, err := ceiling.Cohort(cohort)
	if err != nil {
		log.Fatal(err)
	}
	pairs, err := ceiling.Matrix(context.Background(), each, tuning.New, tuning.Compare(analysis.Pearson))
	if err != nil {
		log.Fatal(err)
	}
	c, err := pairs.Ceiling("rh FFA")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("by pairs, noise corrected: %.2f\n", c.Lo)
	// Output:
	// 6 people, without an FFA [S7]: 0.94 to 0.96
	// by pairs, noise corrected: 0.93
}
