package plots

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// Text from files may run from right to left. A label that does is isolated
// (UAX #9, unicode.org/reports/tr9), so that what a figure writes behind it,
// such as " (60)", stands on its right as behind any other label. No text has
// these letters from elsewhere: clean takes them off.
const (
	isolate   = '\u2068' // FIRST STRONG ISOLATE
	isolated  = '\u2069' // POP DIRECTIONAL ISOLATE
	leftMark  = '\u200e' // LEFT-TO-RIGHT MARK
	rightMark = '\u200f' // RIGHT-TO-LEFT MARK
)

// strong returns the direction of a letter: L or R, or ON if it has none.
func strong(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	switch c := p.Class(); c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.AL:
		return bidi.R
	}
	return bidi.ON
}

// turns tells text with letters that are read from right to left.
func turns(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x590 && strong(r) == bidi.R })
}

// apart isolates a label that has such letters.
func apart(s string) string {
	if turns(s) {
		return string(isolate) + s + string(isolated)
	}
	return s
}

// cut ends a text after n letters with an ellipsis, within its isolate.
func cut(r []rune, n int) string {
	s := strings.TrimRight(string(r[:n]), " ,;:") + "…"
	if strings.Count(s, string(isolate)) > strings.Count(s, string(isolated)) {
		s += string(isolated)
	}
	return s
}

// cleanSentence cleans a text that labels stand in and leaves their isolates,
// if each of them ends before the next.
func cleanSentence(s string) string {
	open := false
	for _, r := range s {
		switch {
		case r == isolate && !open:
			open = true
		case r == isolated && open:
			open = false
		case r == isolate || r == isolated:
			return clean(s)
		}
	}
	if open {
		return clean(s)
	}
	return cleanBut(s, isolate, isolated)
}

// bare takes the isolates off, which no typeface draws.
func bare(s string) string {
	return strings.NewReplacer(string(isolate), "", string(isolated), "").Replace(s)
}

// visual returns the letters of a text in the order in which they stand from
// left to right, for canvases that do not order them themselves. The text as
// a whole runs from left to right; an isolated label as its first letter does.
// Arabic letters are not joined.
func visual(s string) string {
	if !turns(s) {
		return bare(s)
	}
	var b strings.Builder
	for s != "" {
		before, after, ok := strings.Cut(s, string(isolate))
		b.WriteString(ordered(before, bidi.L))
		if !ok {
			break
		}
		var label string
		label, s, _ = strings.Cut(after, string(isolated))
		base := bidi.L
		for _, r := range label {
			if c := strong(r); c != bidi.ON {
				base = c
				break
			}
		}
		b.WriteString(ordered(label, base))
	}
	return bare(b.String())
}

// ordered returns the visual order of a text without isolates in a paragraph
// of the direction base. The package bidi says which runs of letters have
// which direction, and leaves to put the runs in order (rule L2). In a
// paragraph from right to left that is the reverse. In one from left to right
// it is the reverse of each group of runs that begins with one from right to
// left and goes on over numbers that belong to it.
func ordered(s string, base bidi.Class) string {
	if !turns(s) && base == bidi.L {
		return s
	}
	letters := []rune(s)
	marked := resolved(letters, base)
	if base == bidi.L { // bidi takes the direction from the first letter
		letters, marked = append([]rune{leftMark}, letters...), append([]rune{leftMark}, marked...)
	}
	var p bidi.Paragraph
	if _, err := p.SetString(string(marked)); err != nil {
		return s
	}
	order, err := p.Order()
	if err != nil {
		return s
	}
	var out, group []string // group: to be reversed
	flush := func() {
		slices.Reverse(group)
		out, group = append(out, group...), nil
	}
	for i := range order.NumRuns() {
		run := order.Run(i)
		from, to := run.Pos()
		text := string(letters[from : to+1])
		switch {
		case run.Direction() == bidi.RightToLeft:
			group = append(group, reversed(text))
		case base == bidi.R:
			group = append(group, text)
		default:
			n := 0
			if len(group) > 0 {
				n = numeric(text)
			}
			if n > 0 {
				group = append(group, text[:n])
			}
			if n < len(text) {
				flush()
				out = append(out, text[n:])
			}
		}
	}
	flush()
	return strings.TrimPrefix(strings.Join(out, ""), string(leftMark))
}

// resolved returns the letters with marks of a direction for brackets that
// belong together and have one (rule N0), which bidi.Paragraph of
// golang.org/x/text v0.38.0 leaves out: it takes ( and ) for different kinds.
func resolved(letters []rune, base bidi.Class) []rune {
	out := slices.Clone(letters)
	at := make([]bidi.Class, len(letters)) // L, R or ON
	var pairs [][2]int
	var opened []int
	last := base
	for i, r := range letters {
		p, _ := bidi.LookupRune(r)
		at[i] = strong(r)
		switch c := p.Class(); {
		case at[i] != bidi.ON:
			last = at[i]
		case c == bidi.EN && last == bidi.L:
			at[i] = bidi.L
		case c == bidi.EN || c == bidi.AN:
			at[i] = bidi.R
		case p.IsOpeningBracket():
			opened = append(opened, i)
		case p.IsBracket():
			for k := len(opened) - 1; k >= 0; k-- {
				if bidi.ReverseString(string(letters[opened[k]])) == string(r) {
					pairs = append(pairs, [2]int{opened[k], i})
					opened = opened[:k]
					break
				}
			}
		}
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return a[0] - b[0] })
	for _, pair := range pairs {
		inside := at[pair[0]+1 : pair[1]]
		other := bidi.L + bidi.R - base
		to := base
		if !slices.Contains(inside, base) {
			if !slices.Contains(inside, other) {
				continue
			}
			for i := pair[0] - 1; i >= 0; i-- {
				if at[i] != bidi.ON {
					to = at[i]
					break
				}
			}
		}
		for _, i := range pair {
			at[i], out[i] = to, rightMark
			if to == bidi.L {
				out[i] = leftMark
			}
		}
	}
	return out
}

// numeric returns how many bytes of a run that follows one from right to left
// are a number: it stands on that one's left.
func numeric(s string) int {
	n, at := 0, 0
	for _, r := range s {
		p, size := bidi.LookupRune(r)
		at += size
		switch p.Class() {
		case bidi.EN, bidi.AN, bidi.ET, bidi.NSM:
			n = at
		case bidi.ES, bidi.CS:
		default:
			return n
		}
	}
	return n
}

// reversed reverses a run of letters: marks stay behind the letter that they
// stand on, and brackets are mirrored.
func reversed(s string) string {
	var letters []string
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		if p.Class() == bidi.NSM && len(letters) > 0 {
			letters[len(letters)-1] += string(r)
			continue
		}
		letters = append(letters, bidi.ReverseString(string(r)))
	}
	slices.Reverse(letters)
	return strings.Join(letters, "")
}
