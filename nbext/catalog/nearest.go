package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// An UnknownError reports a name that the catalog does not have.
type UnknownError struct {
	Kind    string   // "data set" or "network"
	Name    string   // what was asked for
	Nearest []string // names that it may have meant, the likeliest first
	Have    []string // all names
	Hint    string   // what the name stands for instead, if anything
}

func (e *UnknownError) Error() string {
	hint := ""
	if e.Hint != "" {
		hint = " (" + e.Hint + ")"
	}
	return fmt.Sprintf("catalog: there is no %s %q%s; nearest: %s; the catalog has: %s",
		e.Kind, e.Name, hint, strings.Join(e.Nearest, ", "), strings.Join(e.Have, ", "))
}

// Nearest returns the at most n names that are most like name, the likest
// first, ties in the order given. Likeness is an edit distance that does not
// tell upper from lower case and holds it lightly if name leaves characters
// out: a missing character costs 1, a wrong or superfluous one 3.
func Nearest(name string, among []string, n int) []string {
	type candidate struct {
		name string
		cost int
	}
	typed := []rune(strings.ToLower(name))
	all := make([]candidate, len(among))
	for i, a := range among {
		all[i] = candidate{a, distance(typed, []rune(strings.ToLower(a)))}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return a.cost - b.cost })
	var out []string
	for _, c := range all[:min(max(n, 0), len(all))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the weighted Levenshtein distance from what was typed to what
// was meant. Wagner & Fischer (1974), doi:10.1145/321796.321811.
func distance(typed, meant []rune) int {
	const missing, wrong = 1, 3
	row := make([]int, len(meant)+1) // the cost of the typed prefix to each prefix of meant
	for j := range row {
		row[j] = j * missing
	}
	for _, t := range typed {
		diagonal := row[0]
		row[0] += wrong
		for j, m := range meant {
			replace := diagonal
			if t != m {
				replace += wrong
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+wrong, row[j]+missing)
		}
	}
	return row[len(meant)]
}
