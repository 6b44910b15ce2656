package plots

import (
	"errors"
	"fmt"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/tuning"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Tuning draws response profiles. Left, the mean of each category with its
// standard error; in the middle, every stimulus in the order of its response,
// strongest first, by its category; right, how similar the profiles are,
// beside the noise ceiling. What is not given is left out.
//
// One profile is drawn in the unit of its source, in the colours of the
// categories. Several are z-scored over their stimuli, unless Unit says that
// they share one; people are drawn orange and filled, networks blue and light.
// A source is a network if its name has a slash: "model/layer". More than
// three profiles are ranked as one coloured row each.
type Tuning struct {
	Profiles []*tuning.Profile
	Title    string // default: the sources
	Unit     string // of all profiles; then they are not z-scored

	// Scores of the profiles against each other, a network's with the
	// brain's, say, and the ceiling that they are to be seen beside. Names
	// say whose each score is. Default: the sources of the profiles, without
	// the first if there is one score less.
	Scores  []analysis.Score
	Names   []string
	Ceiling *analysis.Ceiling
}

// rankedApart is the number of profiles up to which each is ranked in axes of
// its own.
const rankedApart = 3

// rugMost is the number of categories up to which each has a row of marks.
const rugMost = 6

// check validates the figure and returns the profiles as they are drawn.
func (f Tuning) check() ([]*tuning.Profile, error) {
	if len(f.Profiles) == 0 {
		return nil, errors.New("plots: no profiles to draw")
	}
	if err := checkScores(f.Scores, f.Ceiling); err != nil {
		return nil, err
	}
	if f.Names != nil && len(f.Names) != len(f.Scores) {
		return nil, fmt.Errorf("plots: %d names for %d scores", len(f.Names), len(f.Scores))
	}
	out := make([]*tuning.Profile, len(f.Profiles))
	for i, p := range f.Profiles {
		switch {
		case p == nil:
			return nil, fmt.Errorf("plots: profile %d is nil", i)
		case len(p.Values) == 0:
			return nil, fmt.Errorf("plots: the profile of %q has no values", p.Source)
		case len(p.Values) != p.Stimuli.Len():
			return nil, fmt.Errorf("plots: the profile of %q has %d values for %d stimuli", p.Source, len(p.Values), p.Stimuli.Len())
		}
		for j, v := range p.Values {
			if !drawable(v) {
				return nil, fmt.Errorf("plots: the response of %q to %q is %v", p.Source, p.Stimuli.At(j).ID, v)
			}
		}
		out[i] = p
		if len(f.Profiles) > 1 && f.Unit == "" {
			z, err := p.ZScored()
			if err != nil {
				return nil, fmt.Errorf("plots: %w", err)
			}
			out[i] = z
		}
	}
	return out, nil
}

// axis says in which unit the profiles are drawn.
func (f Tuning) axis() string {
	switch {
	case f.Unit != "":
		return "response (" + label(f.Unit) + ")"
	case len(f.Profiles) == 1:
		return "response (own unit)"
	}
	return "response (z)"
}

func (f Tuning) sources() []string {
	s := make([]string, len(f.Profiles))
	for i, p := range f.Profiles {
		s[i] = label(p.Source)
	}
	return s
}

func nicks(sources []string) []string {
	out := make([]string, len(sources))
	for i, s := range sources {
		out[i] = nick(s)
	}
	return out
}

// scoreNames says whose each score is.
func (f Tuning) scoreNames() []string {
	switch s := f.sources(); {
	case f.Names != nil:
		out := make([]string, len(f.Names))
		for i, n := range f.Names {
			out[i] = label(n)
		}
		return out
	case len(f.Scores) == len(s):
		return s
	case len(f.Scores) == len(s)-1:
		return s[1:]
	default:
		return nil
	}
}

// categories returns those of all profiles, in order of first appearance.
func categoriesOf(ps []*tuning.Profile) []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range ps {
		for _, c := range p.Stimuli.Categories() {
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// Size suggests the width of a page; the height depends on how many profiles
// are ranked.
func (f Tuning) Size() (w, h vg.Length) {
	switch n := len(f.Profiles); {
	case n <= 1:
		return 7.2 * vg.Inch, 2.7 * vg.Inch
	case n <= rankedApart:
		return 7.2 * vg.Inch, vg.Length(1.5+1.3*float64(n)) * vg.Inch
	default:
		return 7.2 * vg.Inch, min(max(3.3*vg.Inch, 150+9*vg.Length(n)), 9*vg.Inch)
	}
}

// Draw implements Figure.
func (f Tuning) Draw(c draw.Canvas) error {
	ps, err := f.check()
	if err != nil {
		return err
	}
	sources := f.sources()
	colors := sourceColors(sources)
	h := heading{title: label(f.Title)}
	if h.title == "" {
		h.title = sources[0]
		if len(sources) > 1 {
			h.title = "Response profiles of " + analysis.Few(nicks(sources), 3)
		}
	}
	if len(ps) > 1 {
		h.names = make([]string, len(ps))
		for i, s := range sources {
			h.names[i] = tickFont.fit(s, 130)
		}
		h.key = func(p pen, i int, x, y vg.Length) vg.Length {
			p.bar(x, y-3, x+6, y+3, colors[i], isNetwork(sources[i]))
			return 6
		}
	}
	var panels []panel
	categories := categoriesOf(ps)
	if len(categories) > 0 {
		panels = append(panels, f.barPanel(ps, categories, sources, colors))
	}
	if len(ps) <= rankedApart {
		panels = append(panels, f.rankedPanel(ps, categories, colors))
	} else {
		panels = append(panels, f.rowsPanel(ps, categories))
	}
	if len(f.Scores) > 0 || f.Ceiling != nil {
		panels = append(panels, scorePanel(f.Scores, f.scoreNames(), f.scoreNames(), f.Ceiling))
	}
	return pen{c}.panels("tuning figure", h, panels)
}

// Alt implements Figure: of each profile the categories from the strongest
// on, then the scores and the ceiling.
func (f Tuning) Alt() string {
	ps, err := f.check()
	if err != nil {
		return "Empty figure: " + err.Error()
	}
	var b strings.Builder
	unit := "in its own unit"
	switch {
	case f.Unit != "":
		unit = "in " + label(f.Unit)
	case len(ps) > 1:
		unit = "z-scored over stimuli"
	}
	fmt.Fprintf(&b, "%s, %s.", strings.TrimSuffix(count(len(ps), "response profile"), "."), unit)
	const most = 10
	for i, p := range ps {
		if i == most {
			fmt.Fprintf(&b, " And %d more profiles.", len(ps)-most)
			break
		}
		fmt.Fprintf(&b, " %s, %d stimuli", orUnnamed(p.Source), len(p.Values))
		bars := p.ByCategory()
		if len(bars) == 0 {
			b.WriteString(".")
			continue
		}
		top := bars[0]
		var rest []string
		for _, c := range bars[1:] {
			if c.Mean > top.Mean {
				top, c = c, top
			}
			rest = append(rest, nick(c.Category)+" "+num(c.Mean, 2))
		}
		fmt.Fprintf(&b, ": strongest for %s (mean %s", nick(top.Category), num(top.Mean, 2))
		if top.N > 1 {
			fmt.Fprintf(&b, " ± %s", num(top.SEM, 2))
		}
		b.WriteString(")")
		if len(rest) > 0 {
			fmt.Fprintf(&b, "; %s", analysis.Few(rest, 8))
		}
		b.WriteString(".")
	}
	if len(f.Scores) > 0 || f.Ceiling != nil {
		names := f.scoreNames()
		for i, s := range f.Scores {
			if i == most {
				fmt.Fprintf(&b, " And %d more scores.", len(f.Scores)-most)
				break
			}
			name := ""
			if i < len(names) {
				name = names[i]
			}
			fmt.Fprintf(&b, " %s.", altScore(name, s))
		}
		fmt.Fprintf(&b, " %s.", altCeiling(f.Ceiling))
	}
	return b.String()
}
