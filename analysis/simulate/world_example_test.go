package simulate_test

import (
	"fmt"
	"log"

	"fusiform/analysis"
	"fusiform/analysis/encoding"
	"fusiform/analysis/localizer"
	"fusiform/analysis/simulate"
)

// The same study in two worlds: in one, a person's face voxels need the
// network's face units, in the other they read a code spread over all units.
func ExampleWorld() {
	faces := analysis.Contrast{Name: "faces", Prefer: []string{"face"}}
	for _, w := range []simulate.World{{Spread: 0}, {Spread: 1}} {
		w.People, w.Voxels = 1, 10
		loc, err := w.Stimuli("localizer", 40)
		if err != nil {
			log.Fatal(err)
		}
		images, err := w.Stimuli("images", 30)
		if err != nil {
			log.Fatal(err)
		}
		respond := func(s analysis.Stimuli) (net, person *analysis.Responses) {
			net, err := w.Network(s)
			if err != nil {
				log.Fatal(err)
			}
			people, err := w.Respond(s)
			if err != nil {
				log.Fatal(err)
			}
			return net, people[0]
		}
		net, person := respond(loc)
		units, err := localizer.TTest{MinT: 7}.Localize(net, faces)
		if err != nil {
			log.Fatal(err)
		}
		voxels, err := localizer.TTest{MinT: 7}.Localize(person, faces)
		if err != nil {
			log.Fatal(err)
		}
		net, person = respond(images)
		ffa, err := person.Within(voxels)
		if err != nil {
			log.Fatal(err)
		}
		r, err := encoding.Subsets{Draws: 1}.Evaluate(net, ffa, units)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("all units %.2f, face units lesioned %.2f, face units only %.2f\n", r.All.Score().Value, r.Without.Score().Value, r.Only.Score().Value)
	}
	// Output:
	// all units 0.91, face units lesioned 0.35, face units only 0.92
	// all units 0.94, face units lesioned 0.94, face units only 0.64
}
