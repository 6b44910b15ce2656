package localizer

import (
	"slices"

	"fusiform/analysis"
)

// The contrasts of the fLoc localizer: one domain against all the others,
// scrambled images left out (Stigliani, Weiner & Grill-Spector 2015,
// doi:10.1523/JNEUROSCI.4822-14.2015). The domains are the categories of the
// stimuli: face (adult, child), body (body, limb), scene (corridor, house),
// object (car, instrument), character (word, number).
var (
	Faces      = analysis.Contrast{Name: "faces", Prefer: []string{"face"}}
	Bodies     = analysis.Contrast{Name: "bodies", Prefer: []string{"body"}}
	Scenes     = analysis.Contrast{Name: "scenes", Prefer: []string{"scene"}}
	Objects    = analysis.Contrast{Name: "objects", Prefer: []string{"object"}}
	Characters = analysis.Contrast{Name: "characters", Prefer: []string{"character"}}
)

// Named returns the contrast that a person calls by that name: a category or
// a subcategory of s against every other category, or "faces", "bodies",
// "scenes", "objects", "characters" where s has that domain. A category of s
// goes first, should it be called "faces" itself.
//
// It fails with an *analysis.CategoryError that lists what s has.
func Named(name string, s analysis.Stimuli) (analysis.Contrast, error) {
	have := append(s.Categories(), s.Subcategories()...)
	if name != "" && slices.Contains(have, name) {
		return analysis.Contrast{Name: name, Prefer: []string{name}}, nil
	}
	for _, c := range [...]analysis.Contrast{Faces, Bodies, Scenes, Objects, Characters} {
		if c.Name != name {
			continue
		}
		if !slices.Contains(have, c.Prefer[0]) {
			return analysis.Contrast{}, &analysis.CategoryError{Contrast: name, Missing: slices.Clone(c.Prefer), Have: have}
		}
		// A copy: no caller can change what the others see.
		return analysis.Contrast{Name: c.Name, Prefer: slices.Clone(c.Prefer)}, nil
	}
	return analysis.Contrast{}, &analysis.CategoryError{Contrast: name, Missing: []string{name}, Have: have}
}
