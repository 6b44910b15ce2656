package encoding

// A ControlRow is a claim about a fROI held against one control: a row of a
// table (nbext.Table).
type ControlRow struct {
	Control    string  // "matched in number"
	Claim      string  // "necessary", "sufficient" or "relied on"
	FROI       float64 // the score without the fROI, with it alone, or with it cut
	Random     float64 // the mean score of the random subsets in its place
	Difference float64 // FROI − Random: the claim is that it is below 0, or above for "sufficient"

	// Lo and Hi are between what 95 of 100 draws differ from FROI, which is no
	// confidence interval: see Spread. P is that of Comparison, in the
	// direction of the claim.
	Lo, Hi, P float64
}

// Table holds the fROI against every control: for each the rows of Necessity,
// Sufficiency and Reliance, in this order. A control without draws has none.
func (r *SubsetResult) Table() []ControlRow {
	var out []ControlRow
	for _, c := range r.Controls {
		for _, claim := range []struct {
			name    string
			of      *Result
			draws   []*Result
			compare func(*ControlResult) Comparison
		}{
			{"necessary", r.Without, c.Without, r.Necessity},
			{"sufficient", r.Only, c.Only, r.Sufficiency},
			{"relied on", r.Cut, c.Cut, r.Reliance},
		} {
			if claim.of == nil || len(claim.draws) == 0 {
				continue
			}
			x := claim.compare(c)
			d := x.Difference
			out = append(out, ControlRow{c.Control.String(), claim.name, x.FROI, x.FROI - d.Value, d.Value, d.Lo, d.Hi, x.P})
		}
	}
	return out
}
