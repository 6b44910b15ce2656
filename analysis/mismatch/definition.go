package mismatch

import "fmt"

// A Relation says how group A is answered beside group B.
type Relation int

const (
	Unknown Relation = iota
	Equal            // about equally
	Greater          // A more
	Less             // A less
)

var relations = [...]string{"unknown", "A = B", "A > B", "A < B"}

func (r Relation) String() string {
	if r < 0 || int(r) >= len(relations) {
		return fmt.Sprintf("Relation(%d)", int(r))
	}
	return relations[r]
}

// MarshalText writes the relation as "A > B".
func (r Relation) MarshalText() ([]byte, error) {
	if r < 0 || int(r) >= len(relations) {
		return nil, fmt.Errorf("mismatch: there is no relation %d", int(r))
	}
	return []byte(relations[r]), nil
}

// UnmarshalText reads what MarshalText writes.
func (r *Relation) UnmarshalText(text []byte) error {
	for k, name := range relations {
		if name == string(text) {
			*r = Relation(k)
			return nil
		}
	}
	return fmt.Errorf("mismatch: relation %q is none of %q", text, relations)
}

// A Definition says what a battery asks: of which region, about which two
// properties, and what was published. Which stimuli have the properties, and
// what people answered, is yours to supply.
type Definition struct {
	Name   string `json:"name"`
	Region string `json:"region"` // "FFA": of people, and of the network's units for the same category
	A      string `json:"a"`      // the property of group A: "human face"
	B      string `json:"b"`

	// As published, in people and in most networks.
	Human    Relation `json:"human"`
	Networks Relation `json:"networks"`
	Cite     string   `json:"cite"`
}

// Published returns the definitions of the three mismatches of Dipani & Ratan
// Murty (2026), doi:10.64898/2026.05.29.728609: what the FFA, the EBA and the
// PPA make of single stimuli, and selective units of networks do not (in 10, 9
// and 10 of 10 networks).
func Published() []Definition {
	const cite = "Dipani & Ratan Murty (2026), doi:10.64898/2026.05.29.728609"
	return []Definition{
		{Name: "animal faces", Region: "FFA", A: "human face", B: "animal face", Human: Equal, Networks: Greater, Cite: cite},
		{Name: "covered bodies", Region: "EBA", A: "bare limb", B: "covered body", Human: Equal, Networks: Greater, Cite: cite},
		{Name: "people in scenes", Region: "PPA", A: "scene without people", B: "scene with people", Human: Greater, Networks: Equal, Cite: cite},
	}
}

// contradicts reports whether an effect excludes the relation.
func (r Relation) contradicts(e Effect) bool {
	switch r {
	case Equal:
		return e.Lo > 0 || e.Hi < 0
	case Greater:
		return e.Hi < 0
	case Less:
		return e.Lo > 0
	}
	return false
}
