package encoding

// A Region is what there is for the targets of one region.
type Region[T any] struct {
	Name   string
	Result T
}

// ByRegion splits the targets, given the region of each channel of Y (dead
// ones included, so that positions agree), in order of first appearance; "" is
// left out. Score of each is then the median over the region. A region whose
// channels are all dead is left out.
func (r *Result) ByRegion(region []string) ([]Region[*Result], error) {
	names, at, err := r.regions(region)
	if err != nil {
		return nil, err
	}
	out := make([]Region[*Result], len(names))
	for i, name := range names {
		out[i] = Region[*Result]{name, r.in(r.Y+" "+name, at[name])}
	}
	return out, nil
}

// ByRegion splits the targets of every result, as Result.ByRegion does, so
// that comparisons are made within each region.
func (r *SubsetResult) ByRegion(region []string) ([]Region[*SubsetResult], error) {
	names, at, err := r.All.regions(region)
	if err != nil {
		return nil, err
	}
	out := make([]Region[*SubsetResult], len(names))
	for i, name := range names {
		part, _ := r.each(func(r *Result) (*Result, error) { return r.in(r.Y+" "+name, at[name]), nil })
		out[i] = Region[*SubsetResult]{name, part}
	}
	return out, nil
}

// NoiseNormalized returns every result as Result.NoiseNormalized does, so that
// comparisons are made with these scores; all leave out the same targets. Show
// them beside the raw ones.
func (r *SubsetResult) NoiseNormalized(reliability []float64) (*SubsetResult, error) {
	m := overReliability(r.All.Measure, reliability)
	return r.each(func(r *Result) (*Result, error) { return r.normalized(reliability, m) })
}

// each applies f to every result.
func (r *SubsetResult) each(f func(*Result) (*Result, error)) (*SubsetResult, error) {
	var err error
	one := func(r *Result) *Result {
		if r == nil || err != nil {
			return nil
		}
		var out *Result
		out, err = f(r)
		return out
	}
	many := func(rs []*Result) []*Result {
		out := make([]*Result, len(rs))
		for i, r := range rs {
			out[i] = one(r)
		}
		return out
	}
	out := &SubsetResult{All: one(r.All), Without: one(r.Without), Only: one(r.Only), Cut: one(r.Cut)}
	for _, c := range r.Controls {
		out.Controls = append(out.Controls, &ControlResult{
			Control: c.Control, Channels: c.Channels, Warnings: c.Warnings,
			Without: many(c.Without), Only: many(c.Only), Cut: many(c.Cut),
		})
	}
	if len(out.Controls) > 0 {
		out.Random = out.Controls[0].Only
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// regions returns the names and, for each, which targets it has.
func (r *Result) regions(region []string) (names []string, at map[string][]int, err error) {
	if want := len(r.Targets) + r.Dead; len(region) != want {
		return nil, nil, r.notOnePerChannel("region names", len(region))
	}
	at = map[string][]int{}
	for j, ch := range r.Targets {
		name := region[ch]
		if name == "" {
			continue
		}
		if at[name] == nil {
			names = append(names, name)
		}
		at[name] = append(at[name], j)
	}
	return names, at, nil
}

// in returns the result of some targets, under the name y. Dead is as before, so that what has
// one value per channel of Y still fits.
func (r *Result) in(y string, targets []int) *Result {
	out := *r
	out.Y = y
	out.Observed, out.Predicted = channelsOf(r.Observed, targets), channelsOf(r.Predicted, targets)
	out.Dead += len(r.Targets) - len(targets)
	out.Targets, out.Scores, out.Lambda = nil, nil, nil
	for _, j := range targets {
		out.Targets = append(out.Targets, r.Targets[j])
		out.Scores = append(out.Scores, r.Scores[j])
		if r.Lambda != nil {
			out.Lambda = append(out.Lambda, r.Lambda[j])
		}
	}
	return &out
}
