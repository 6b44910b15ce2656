package glm

import (
	"fmt"

	"fusiform/analysis"
)

// A region is one to be found in a parcel.
type region struct {
	analysis.Where
	contrast int // which; −1 is what is left over
}

// regions returns those of a parcel.
func (p *regionPlan) regions(parcel Parcel) []region {
	var out []region
	for c, contrast := range p.Contrasts {
		name := words(parcel.Name, contrast.Name)
		if parcel.Contrast != "" {
			if parcel.Contrast != contrast.Name {
				continue
			}
			name = parcel.Name
		}
		out = append(out, region{analysis.Where{Hemisphere: parcel.Hemisphere, Region: name}, c})
	}
	if p.Remainder != "" {
		out = append(out, region{analysis.Where{Hemisphere: parcel.Hemisphere, Region: words(parcel.Name, p.Remainder)}, -1})
	}
	return out
}

// contrastMaps are all contrasts of some runs.
type contrastMaps struct {
	of  *Result
	all []*Map
}

func (p *regionPlan) maps(of [3]*Result) ([3]contrastMaps, error) {
	var out [3]contrastMaps
	for k, r := range of {
		out[k].of = r
		for _, c := range p.contrasts {
			m, err := r.Contrast(c)
			if err != nil {
				return out, err
			}
			out[k].all = append(out[k].all, m)
		}
	}
	return out, nil
}

// localizer returns the Localizer within a parcel of a person.
func (p *regionPlan) localizer(r *Result, parcel Parcel) (Localizer, error) {
	l := p.Localizer
	if grid, ok := p.Grids[r.Source]; ok {
		l.Grid = grid
	}
	mask, own := parcel.Masks[r.Source]
	if !own {
		if mask = parcel.Mask; mask == nil && parcel.Masks != nil {
			return l, fmt.Errorf("parcel %q has masks of %d people, and none of this one; give one, all false if the person has no such parcel", words(parcel.Hemisphere, parcel.Name), len(parcel.Masks))
		}
	}
	if mask != nil || own {
		if len(mask) != len(r.Dead) {
			return l, &analysis.AlignmentError{What: fmt.Sprintf("glm: the mask of parcel %q has %d voxels, the model of %q %d; choose the same voxels for both", words(parcel.Hemisphere, parcel.Name), len(mask), r.Source, len(r.Dead))}
		}
		l.Within = append([][]bool{mask}, l.Within...)
	}
	return l, nil
}

// cut returns the fROI of each region, and by how many contrasts each voxel
// passes.
func (p *regionPlan) cut(l Localizer, m contrastMaps, regions []region) ([]*analysis.FROI, []int, error) {
	all := make([]*analysis.FROI, len(m.all))
	passes := make([]int, len(m.of.Dead))
	for c, contrast := range m.all {
		f, err := l.cut(m.of, contrast)
		if err != nil {
			return nil, nil, err
		}
		all[c] = f
		for j, k := range f.Keep {
			if k {
				passes[j]++
			}
		}
	}
	p.settle(all, passes)
	out := make([]*analysis.FROI, len(regions))
	for i, w := range regions {
		f := &analysis.FROI{}
		if w.contrast >= 0 {
			*f = *all[w.contrast]
			f.Contrast = p.Contrasts[w.contrast]
		} else {
			f = remainder(l, all[0], passes, m.of.Dead)
		}
		f.Contrast.Name = w.Where.String()
		out[i] = f
	}
	return out, passes, nil
}

// settle says whose voxels are that pass several contrasts.
func (p *regionPlan) settle(all []*analysis.FROI, passes []int) {
	if p.Overlap == Shared {
		return
	}
	for j, n := range passes {
		if n < 2 {
			continue
		}
		best := -1
		for c, f := range all {
			if p.Overlap == Strongest && f.Keep[j] && (best < 0 || f.Stat[j] > all[best].Stat[j]) {
				best = c
			}
		}
		for c, f := range all {
			f.Keep[j] = c == best
		}
	}
	for _, f := range all {
		f.Rule += map[Overlap]string{Strongest: ", of several contrasts the strongest", Neither: ", by no other contrast"}[p.Overlap]
	}
}

// remainder is what lives in all the masks and passes no contrast.
func remainder(l Localizer, of *analysis.FROI, passes []int, dead []bool) *analysis.FROI {
	f := &analysis.FROI{Source: of.Source, Rule: "by none of the contrasts " + of.Rule, Keep: make([]bool, len(passes)), Stat: make([]float64, len(passes)), P: make([]float64, len(passes)), Q: make([]float64, len(passes)), DefinedOn: of.DefinedOn, Dead: of.Dead}
	for j, n := range passes {
		f.P[j], f.Q[j] = 1, 1
		f.Keep[j] = n == 0 && !dead[j] && l.inside(j)
	}
	return f
}

// inside reports whether voxel j is in all masks.
func (l Localizer) inside(j int) bool {
	for _, m := range l.Within {
		if !m[j] {
			return false
		}
	}
	return true
}

// count is the row of region i at a threshold; at are the fROIs by either half
// and by all runs.
func count(w analysis.Where, t float64, l Localizer, r *Result, at [3][]*analysis.FROI, passes []int, i int) Count {
	n := Count{Person: w.Person, Hemisphere: w.Hemisphere, Region: w.Region, T: t, First: at[0][i].Count(), Second: at[1][i].Count(), All: at[2][i].Count()}
	for j, dead := range r.Dead {
		if dead || !l.inside(j) {
			continue
		}
		n.Of++
		if at[0][i].Keep[j] && at[1][i].Keep[j] {
			n.Both++
		}
		if at[2][i].Keep[j] && passes[j] > 1 {
			n.Shared++
		}
	}
	if n.First+n.Second > 0 {
		n.Dice = 2 * float64(n.Both) / float64(n.First+n.Second)
	}
	return n
}
