package ceiling

import "fmt"

// Systems returns a System for each label, person and region, one of each per
// system. The person of a network is "". The published tables of a paper have
// them: Systems(paper.Rows()), see dataset.PaperTables.
//
// It fails if the lists differ in length.
func Systems(labels, people, regions []string) ([]System, error) {
	if len(people) != len(labels) || len(regions) != len(labels) {
		return nil, fmt.Errorf("ceiling: %d labels, %d people and %d regions; there must be one of each per system", len(labels), len(people), len(regions))
	}
	out := make([]System, len(labels))
	for i := range out {
		out[i] = System{Label: labels[i], Person: people[i], Region: regions[i]}
	}
	return out, nil
}
