package analysis

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// ErrCircular reports that a fROI would be measured on stimuli that
	// defined it (double dipping; Kriegeskorte et al. 2009,
	// doi:10.1038/nn.2303). Set FROI.AllowCircular to do it knowingly.
	ErrCircular = errors.New("circular analysis")

	// ErrConstant reports values without variance, for which no
	// correlation is defined.
	ErrConstant = errors.New("constant values")

	// ErrEmpty reports a fROI without channels.
	ErrEmpty = errors.New("empty fROI")

	// ErrDead reports responses in which no channel varies over stimuli.
	ErrDead = errors.New("all channels are dead")
)

// An AlignmentError reports two things that do not belong together: responses
// to different stimuli, or a fROI of another source.
type AlignmentError struct {
	What    string   // what was to be aligned with what; "rsa: …" where the fault is not one of this package
	Missing []string // the stimulus IDs, or the channels, that are missing
}

func (e *AlignmentError) Error() string {
	what := e.What
	if !prefixed.MatchString(what) {
		what = "analysis: " + what
	}
	if len(e.Missing) == 0 {
		return what
	}
	return fmt.Sprintf("%s: %d missing: %s", what, len(e.Missing), Few(e.Missing, 5))
}

// prefixed is a text that says which package it comes from: "localizer: 3 …".
var prefixed = regexp.MustCompile(`^[a-z]+: `)

// A CategoryError reports a contrast, or a selection of stimuli, that names
// categories which the stimuli do not have.
type CategoryError struct {
	Contrast  string   // its name
	Selection bool     // no contrast, but stimuli were to be selected
	Missing   []string // the names that no stimulus has
	Have      []string // the categories and subcategories that there are
}

func (e *CategoryError) Error() string {
	what := fmt.Sprintf("contrast %q", e.Contrast)
	if e.Selection {
		what = "the selection"
	}
	return fmt.Sprintf("analysis: %s names %s, which no stimulus has; the stimuli have: %s",
		what, quoted(e.Missing), strings.Join(e.Have, ", "))
}

// Few joins at most n items for an error message and counts the rest:
// "a, b, c and 4 more". An item longer than 80 bytes is shortened.
func Few(items []string, n int) string {
	shown := items
	if len(shown) > n {
		shown = shown[:n]
	}
	var b strings.Builder
	for i, s := range shown {
		if i > 0 {
			b.WriteString(", ")
		}
		if len(s) > 80 {
			s = strings.ToValidUTF8(s[:77], "") + "..."
		}
		b.WriteString(s)
	}
	if more := len(items) - len(shown); more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

func quoted(items []string) string {
	q := make([]string, len(items))
	for i, s := range items {
		q[i] = fmt.Sprintf("%q", s)
	}
	return Few(q, 5)
}
