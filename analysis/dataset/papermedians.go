package dataset

import "fusiform/analysis"

// A PaperMedian is the human–human ceiling of a region at one threshold of the
// localizer: the median over people of PaperCeiling, the published rule.
type PaperMedian struct {
	ROI          string
	MinT         float64
	People       int // who have the region at that threshold
	Absent       int // who have not
	Univariate   float64
	Multivariate float64
}

// Medians returns the ceilings of all regions and thresholds in the order of the
// file. A region that nobody has at a threshold is left out.
func (p *PaperTables) Medians() []PaperMedian {
	var out []PaperMedian
	for i := 0; i < len(p.Ceilings); {
		first := p.Ceilings[i]
		m := PaperMedian{ROI: first.ROI, MinT: first.MinT}
		var uni, multi []float64
		for ; i < len(p.Ceilings) && p.Ceilings[i].ROI == first.ROI && p.Ceilings[i].MinT == first.MinT; i++ {
			if p.Ceilings[i].Absent {
				m.Absent++
				continue
			}
			uni = append(uni, p.Ceilings[i].Univariate)
			multi = append(multi, p.Ceilings[i].Multivariate)
		}
		if m.People = len(uni); m.People > 0 {
			m.Univariate, m.Multivariate = analysis.Median(uni), analysis.Median(multi)
			out = append(out, m)
		}
	}
	return out
}
