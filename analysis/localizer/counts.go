package localizer

import "fusiform/analysis"

// A Count says how many channels of a source a localizer selected; it is a row
// of a table.
type Count struct {
	Source, Region, Rule string
	Channels, Dead       int
	Selected             int
	Percent              float64 // selected, of all channels
}

// Counts returns a row for each fROI, in order, empty ones too.
func Counts(frois []*analysis.FROI) []Count {
	rows := make([]Count, len(frois))
	for i, f := range frois {
		rows[i] = Count{Source: f.Source, Region: f.Contrast.Name, Rule: f.Rule, Channels: len(f.Keep), Dead: f.Dead, Selected: f.Count()}
		if len(f.Keep) > 0 {
			rows[i].Percent = 100 * float64(rows[i].Selected) / float64(len(f.Keep))
		}
	}
	return rows
}
