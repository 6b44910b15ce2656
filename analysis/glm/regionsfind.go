package glm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// Find finds and reads the regions of people, each of whom is one Result, called
// by its Source. It reports progress in people and ends early with ctx.
//
// A region that a person does not have is no error: it is Absent, and counted;
// if nobody has any, all of the Cohort is. Find fails, naming the person, if
// somebody has one run, if a run lacks a condition of a contrast
// (*analysis.CategoryError), if a mask has not one value for each voxel, if
// somebody was not shown one of Conditions (*analysis.AlignmentError), if fewer
// than two conditions are left, and if two people or two regions have one name.
// Warnings tell of regions of fewer than ten voxels, of those that only one
// half of the runs finds, and of conditions that are left out.
func (g Regions) Find(ctx context.Context, people ...*Result) (*Found, error) {
	p, err := g.plan(people)
	if err != nil {
		return nil, err
	}
	out := &Found{Conditions: p.conditions}
	var recordings []analysis.Recording[*analysis.Responses]
	for i, r := range people {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := p.person(r, out)
		if unknown := new(analysis.CategoryError); errors.As(err, &unknown) && p.Conditions.Len() == 0 {
			err = fmt.Errorf("%w; name trial types in Contrasts, or give Conditions, which say what trial types are (dataset.FLocConditions())", err)
		}
		if err != nil {
			return nil, fmt.Errorf("glm: %s: %w", r.Source, err)
		}
		recordings = append(recordings, one...)
		analysis.ReportProgress(ctx, i+1, len(people))
	}
	if out.Cohort, err = analysis.NewCohort(recordings); err != nil {
		return nil, fmt.Errorf("glm: %w", err)
	}
	out.Warnings = p.warnings(len(recordings))
	return out, nil
}

// person finds and reads all regions of one person.
func (p *regionPlan) person(r *Result, out *Found) ([]analysis.Recording[*analysis.Responses], error) {
	halves, err := r.Halves()
	if err != nil {
		return nil, err
	}
	sets, err := p.read(halves)
	if err != nil {
		return nil, err
	}
	maps, err := p.maps([3]*Result{halves[0], halves[1], r})
	if err != nil {
		return nil, err
	}
	var recordings []analysis.Recording[*analysis.Responses]
	for _, parcel := range p.Parcels {
		l, err := p.localizer(r, parcel)
		if err != nil {
			return nil, err
		}
		regions := p.regions(parcel)
		var chosen [3][]*analysis.FROI
		for _, t := range p.Thresholds {
			l.MinT = t
			var at [3][]*analysis.FROI
			var passing [3][]int
			for k := range at {
				if at[k], passing[k], err = p.cut(l, maps[k], regions); err != nil {
					return nil, err
				}
			}
			for i, w := range regions {
				w.Person = r.Source
				out.Counts = append(out.Counts, count(w.Where, t, l, r, at, passing[2], i))
			}
			if t == p.Localizer.MinT {
				chosen = at
			}
		}
		for i, w := range regions {
			w.Person = r.Source
			out.FROIs = append(out.FROIs, chosen[2][i])
			some, err := p.record(w.Where, [2]*analysis.FROI{chosen[0][i], chosen[1][i]}, sets)
			if err != nil {
				return nil, err
			}
			recordings = append(recordings, some...)
		}
	}
	return recordings, nil
}

// record reads a region, by the fROIs of either half, in the sets of runs that
// did not choose it.
func (p *regionPlan) record(w analysis.Where, by [2]*analysis.FROI, sets []runSet) ([]analysis.Recording[*analysis.Responses], error) {
	var parts []*mat.Dense
	var out []analysis.Recording[*analysis.Responses]
	keep := func(session string, v *mat.Dense) error {
		r, err := analysis.NewResponses(w.String(), p.conditions, v)
		at := w
		at.Session = session
		out = append(out, analysis.Recording[*analysis.Responses]{Where: at, Answer: r})
		return err
	}
	for _, set := range sets {
		f := by[set.chosenBy]
		if f.Count() < max(1, p.MinVoxels) {
			continue
		}
		in, err := set.responses.Within(f)
		if err != nil {
			return nil, err
		}
		v := p.means(in, set)
		if p.Reading == EachRun {
			if err := keep(set.name, v); err != nil {
				return nil, err
			}
		}
		parts = append(parts, v)
	}
	if len(parts) == 0 {
		p.absent++
		return []analysis.Recording[*analysis.Responses]{{Where: w, Absent: true}}, nil
	}
	_, voxels := parts[0].Dims()
	if p.Reading == BothWays {
		if len(parts) == 1 {
			p.lone = append(p.lone, w.String())
		} else {
			_, more := parts[1].Dims()
			joined := mat.NewDense(p.conditions.Len(), voxels+more, nil)
			joined.Augment(parts[0], parts[1])
			parts[0], voxels = joined, voxels+more
		}
		if err := keep("", parts[0]); err != nil {
			return nil, err
		}
	}
	if voxels < fewVoxels {
		p.few = append(p.few, fmt.Sprintf("%s (%d)", w, voxels))
	}
	return out, nil
}

// fewVoxels is how many voxels make a region whose mean one noisy voxel does not
// decide.
const fewVoxels = 10

// means returns the mean over the runs of a set of each condition.
func (p *regionPlan) means(r *analysis.Responses, set runSet) *mat.Dense {
	_, c := r.Dims()
	v := mat.NewDense(p.conditions.Len(), c, nil)
	for k := range p.conditions.Len() {
		row, rows := v.RawRowView(k), set.rows[k]
		for _, i := range rows {
			for j, x := range r.Row(i) {
				row[j] += x / float64(len(rows))
			}
		}
	}
	return v
}

func (p *regionPlan) warnings(regions int) []error {
	out := p.leftOut
	if p.absent == regions {
		out = append(out, fmt.Errorf("glm: nobody has any of the regions; lower the Localizer's cuts, or see Counts for how many voxels pass at which threshold"))
	}
	if n := len(p.lone); n > 0 {
		out = append(out, fmt.Errorf("glm: %s by one half of the runs only, and read in the other half alone: %s", plural(n, "region is found", "regions are found"), analysis.Few(p.lone, 8)))
	}
	if n := len(p.few); n > 0 {
		out = append(out, fmt.Errorf("glm: %s fewer than %d voxels: %s; what so few show together is noisy", plural(n, "region has", "regions have"), fewVoxels, analysis.Few(p.few, 8)))
	}
	return out
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// words joins words that are not empty.
func words(w ...string) string { return strings.Join(strings.Fields(strings.Join(w, " ")), " ") }
