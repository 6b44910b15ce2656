package inference

import "fusiform/analysis"

// A Row is a model, or a bound of the noise ceiling, with its interval, as a
// table shows it.
type Row struct {
	Label         string
	Value, Lo, Hi float64
	SE            float64
	People        int
	Stimuli       int
}

// Rows returns the models in their order, and after them the lower and the upper
// bound of the noise ceiling.
func (r *Result) Rows() []Row {
	rows := make([]Row, 0, len(r.Models)+2)
	add := func(label string, e analysis.Estimate) {
		rows = append(rows, Row{Label: label, Value: e.Value, Lo: e.Lo, Hi: e.Hi, SE: e.SE, People: len(r.People), Stimuli: r.Stimuli})
	}
	for _, m := range r.Models {
		add(m.Label, m.Score)
	}
	add("noise ceiling, lower bound", r.Lo)
	add("noise ceiling, upper bound", r.Hi)
	return rows
}

// Scores returns ScoreOf of each model, in order.
func (r *Result) Scores() []analysis.Score {
	scores := make([]analysis.Score, len(r.Models))
	for j := range scores {
		scores[j] = r.ScoreOf(j)
	}
	return scores
}
