package glm

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A regionPlan is Regions, checked, for some people.
type regionPlan struct {
	Regions
	contrasts  []analysis.Contrast // by trial types
	conditions analysis.Stimuli    // what is read
	types      map[string]string   // of a trial type the ID of its condition

	leftOut   []error // what was doubted
	absent    int
	lone, few []string
}

// A runSet is runs that are read together: their mean is one answer.
type runSet struct {
	name      string // of the session
	chosenBy  int    // the half whose choice is read here, which has none of these runs
	of        *Result
	responses *analysis.Responses
	rows      [][]int // of each condition, where it stands among the responses
}

func (g Regions) plan(people []*Result) (*regionPlan, error) {
	p := &regionPlan{Regions: g}
	switch {
	case len(people) == 0:
		return nil, errors.New("glm: no people to find regions in")
	case len(g.Contrasts) == 0:
		return nil, errors.New("glm: no contrast to find regions by; give localizer.Domains for faces, bodies and scenes, or contrasts of your own trial types")
	case g.Reading != BothWays && g.Reading != EachRun:
		return nil, fmt.Errorf("glm: Reading is %d, must be BothWays or EachRun", g.Reading)
	case g.Overlap < Shared || g.Overlap > Neither:
		return nil, fmt.Errorf("glm: Overlap is %d, must be Shared, Strongest or Neither", g.Overlap)
	}
	names := map[string]bool{}
	for i, r := range people {
		if r.Source == "" || names[r.Source] {
			return nil, fmt.Errorf("glm: person %d is called %q; give everybody a name of their own, and fit all runs of a person in one model", i+1, r.Source)
		}
		names[r.Source] = true
	}
	if len(g.Parcels) == 0 {
		p.Parcels = []Parcel{{}}
	}
	if err := p.named(); err != nil {
		return nil, err
	}
	if err := p.cuts(); err != nil {
		return nil, err
	}
	return p, p.shown(people)
}

// named checks the names of contrasts, parcels and regions.
func (p *regionPlan) named() error {
	var have []string
	for i, c := range p.Contrasts {
		if c.Name == "" || slices.Contains(have, c.Name) {
			return fmt.Errorf("glm: contrast %d is called %q; regions are called by their contrasts, so give each a name of its own", i+1, c.Name)
		}
		have = append(have, c.Name)
	}
	seen := map[analysis.Where]bool{}
	for _, parcel := range p.Parcels {
		at := words(parcel.Hemisphere, parcel.Name)
		if parcel.Contrast != "" && !slices.Contains(have, parcel.Contrast) {
			return fmt.Errorf("glm: parcel %q asks for the contrast %q; there are: %s", at, parcel.Contrast, analysis.Few(have, 10))
		}
		if parcel.Contrast != "" && parcel.Name == "" {
			return fmt.Errorf("glm: a parcel for the contrast %q has no name, which its region is called by", parcel.Contrast)
		}
		for _, w := range p.regions(parcel) {
			if seen[w.Where] {
				return fmt.Errorf("glm: two regions are called %q; give parcels names or hemispheres of their own", w.Where)
			}
			seen[w.Where] = true
		}
	}
	return nil
}

// cuts sets the thresholds: rising, the Localizer's own among them.
func (p *regionPlan) cuts() error {
	if p.Thresholds == nil {
		p.Thresholds = []float64{3, 5, 7, 9, 11}
	}
	p.Thresholds = append(slices.Clone(p.Thresholds), p.Localizer.MinT)
	for _, t := range p.Thresholds {
		if !(t >= 0) || math.IsInf(t, 0) {
			return fmt.Errorf("glm: a threshold of t > %v; thresholds must be finite and at least 0", t)
		}
	}
	slices.Sort(p.Thresholds)
	p.Thresholds = slices.Compact(p.Thresholds)
	return nil
}

// sets are the runs that are read, and by which half's choice.
func (p *regionPlan) sets(halves [2]*Result) ([]runSet, error) {
	if p.Reading == BothWays {
		return []runSet{{chosenBy: 0, of: halves[1]}, {chosenBy: 1, of: halves[0]}}, nil
	}
	var out []runSet
	for _, name := range halves[1].Runs() {
		one, err := halves[1].Only(name)
		if err != nil {
			return nil, err
		}
		out = append(out, runSet{name: name, chosenBy: 0, of: one})
	}
	return out, nil
}

// types are the trial types of some runs.
func (r *Result) types() []string {
	var out []string
	for _, f := range r.runs {
		for _, s := range f.conditions() {
			if !slices.Contains(out, s.Category) {
				out = append(out, s.Category)
			}
		}
	}
	slices.Sort(out)
	return out
}

// read takes the responses of the sets.
func (p *regionPlan) read(halves [2]*Result) ([]runSet, error) {
	sets, err := p.sets(halves)
	if err != nil {
		return nil, err
	}
	for k := range sets {
		if sets[k].responses, err = sets[k].of.Responses(); err != nil {
			return nil, err
		}
		s := sets[k].responses.Stimuli()
		sets[k].rows = make([][]int, p.conditions.Len())
		for i := range s.Len() {
			if id, ok := p.types[s.At(i).Category]; ok {
				c, _ := p.conditions.Index(id)
				sets[k].rows[c] = append(sets[k].rows[c], i)
			}
		}
	}
	return sets, nil
}

// shown settles which conditions are read, and which trial types they are.
func (p *regionPlan) shown(people []*Result) error {
	lacking := map[string][]string{} // of a trial type who was not shown it somewhere
	var all []string
	var each [][]string
	var who []string
	for _, r := range people {
		halves, err := r.Halves()
		if err != nil {
			return err
		}
		sets, err := p.sets(halves)
		if err != nil {
			return err
		}
		for _, set := range sets {
			each, who = append(each, set.of.types()), append(who, r.Source)
			all = append(all, set.of.types()...)
		}
		all = append(all, r.types()...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, t := range all {
		for k, types := range each {
			if !slices.Contains(types, t) && !slices.Contains(lacking[t], who[k]) {
				lacking[t] = append(lacking[t], who[k])
			}
		}
	}
	if p.Conditions.Len() > 0 {
		return p.matched(all, lacking)
	}
	p.contrasts = p.Contrasts
	p.types = map[string]string{}
	var items []analysis.Stimulus
	for _, t := range all {
		if people := lacking[t]; people != nil {
			p.leftOut = append(p.leftOut, fmt.Errorf("glm: condition %q is left out: %s not shown it in all that is read: %s", t, plural(len(people), "person was", "people were"), analysis.Few(people, 5)))
			continue
		}
		p.types[t] = t
		items = append(items, analysis.Stimulus{ID: t, Category: t})
	}
	if len(items) < 2 {
		return fmt.Errorf("glm: people have %d conditions in common in all runs that are read, of %s; it takes two", len(items), analysis.Few(all, 10))
	}
	var err error
	p.conditions, err = analysis.NewStimuli(items)
	return err
}

// matched finds the trial type of each of Conditions, and turns contrasts of
// these into such of trial types.
func (p *regionPlan) matched(all []string, lacking map[string][]string) error {
	p.conditions, p.types = p.Conditions, map[string]string{}
	of := map[string]string{} // of a condition's ID the trial type
	for _, t := range all {
		id, err := p.condition(t)
		if err != nil {
			return err
		}
		if id == "" {
			continue
		}
		if other, twice := of[id]; twice {
			return fmt.Errorf("glm: the trial types %q and %q are both the condition %q; give them one name", other, t, id)
		}
		if people := lacking[t]; people != nil {
			return &analysis.AlignmentError{What: fmt.Sprintf("glm: %s not shown %q in all that is read (%s); leave the condition or the people out", plural(len(people), "person was", "people were"), t, analysis.Few(people, 5)), Missing: []string{id}}
		}
		of[id], p.types[t] = t, id
	}
	var missing []string
	for _, id := range p.conditions.IDs() {
		if _, ok := of[id]; !ok {
			missing = append(missing, id)
		}
	}
	if missing != nil {
		return &analysis.AlignmentError{What: fmt.Sprintf("glm: no trial type is called as some of the %d conditions; the trial types are: %s", p.conditions.Len(), analysis.Few(all, 12)), Missing: missing}
	}
	if p.conditions.Len() < 2 {
		return errors.New("glm: there is one condition; it takes two")
	}
	for _, c := range p.Contrasts {
		prefer, over, err := c.Split(p.conditions)
		if err != nil {
			return fmt.Errorf("glm: %w", err)
		}
		by := analysis.Contrast{Name: c.Name}
		for _, i := range prefer {
			by.Prefer = append(by.Prefer, of[p.conditions.At(i).ID])
		}
		for _, i := range over {
			by.Over = append(by.Over, of[p.conditions.At(i).ID])
		}
		p.contrasts = append(p.contrasts, by)
	}
	return nil
}

// condition returns the ID of the condition that a trial type is, or nothing.
func (p *regionPlan) condition(t string) (string, error) {
	for _, name := range []func(s analysis.Stimulus) bool{
		func(s analysis.Stimulus) bool { return s.ID == t },
		func(s analysis.Stimulus) bool { return s.ID[strings.LastIndexByte(s.ID, '/')+1:] == t },
		func(s analysis.Stimulus) bool { return s.Subcategory == t },
		func(s analysis.Stimulus) bool { return s.Category == t },
	} {
		var found []string
		for i := range p.conditions.Len() {
			if s := p.conditions.At(i); name(s) {
				found = append(found, s.ID)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return "", fmt.Errorf("glm: the trial type %q may be each of the conditions %s; give conditions as coarse as the trial types, or call them by their IDs", t, analysis.Few(found, 5))
		}
	}
	return "", nil
}
