package dataset

import "fusiform/analysis"

// A condition is one of the ten of the fLoc localizer, as the human tables
// call it and as the image folders do.
type condition struct{ name, domain, folder string }

// conditions are fLoc's, in the order of the profile tables: two of each
// domain. The instruments of fLoc are string instruments; the human tables
// call them guitars.
var conditions = []condition{
	{"adult_faces", "face", "adult"},
	{"child_faces", "face", "child"},
	{"bodies", "body", "body"},
	{"limbs", "body", "limb"},
	{"cars", "object", "car"},
	{"guitars", "object", "instrument"},
	{"corridors", "scene", "corridor"},
	{"houses", "scene", "house"},
	{"words", "character", "word"},
	{"numbers", "character", "number"},
}

// flocDomain maps the folders of fLoc to their domain.
var flocDomain = func() map[string]string {
	m := map[string]string{analysis.Scrambled: analysis.Scrambled}
	for _, c := range conditions {
		m[c.folder] = c.domain
	}
	return m
}()

// isFLoc reports whether the folders are fLoc's ten, with or without
// scrambled, and no others. The names must differ.
func isFLoc(names []string) bool {
	domains := 0
	for _, n := range names {
		d, ok := flocDomain[n]
		if !ok {
			return false
		}
		if d != analysis.Scrambled {
			domains++
		}
	}
	return domains == len(conditions)
}

// FLocConditions returns the ten conditions of the fLoc localizer as stimuli
// without pictures, in the order of the profile tables:
//
//	floc/adult_faces, floc/child_faces, floc/bodies, floc/limbs, floc/cars,
//	floc/guitars, floc/corridors, floc/houses, floc/words, floc/numbers
//
// Categories and subcategories are those of the images: floc/guitars is an
// object and an instrument. Stigliani, Weiner & Grill-Spector (2015),
// doi:10.1523/JNEUROSCI.4822-14.2015.
func FLocConditions() analysis.Stimuli { return flocConditions }

var flocConditions = func() analysis.Stimuli {
	var items []analysis.Stimulus
	for _, c := range conditions {
		items = append(items, analysis.Stimulus{ID: "floc/" + c.name, Category: c.domain, Subcategory: c.folder})
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		panic(err) // the table above is wrong
	}
	return s
}()

// conditionNames returns the columns of the human tables, in the order of
// FLocConditions.
func conditionNames() []string {
	names := make([]string, len(conditions))
	for i, c := range conditions {
		names[i] = c.name
	}
	return names
}
