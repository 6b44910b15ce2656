package nbext

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// Reveal shows a class what was found beside what a student predicted, and asks
// for a prediction first: while there is none, the number stays hidden. It reports
// whether it was told, so that a figure can wait for it, too.
//
//	if nb.Reveal("face units among 256", "40", float64(faces.Count())) {
//		nb.Show(figure)
//	}
//
// A prediction is a number, with a point for decimals; what is none is said to
// be none. It is close within a fifth of what was found; a count is close within
// one half, too.
func Reveal(question, prediction string, found float64) (told bool) {
	verdict, said := reveal(question, prediction, found)
	say(verdict, said)
	return verdict != open
}

// Check tells a student whether a task is done, and if not, a hint.
//
//	nb.Check("a contrast that finds scene units", scenes.Count() > 10, "whom does Prefer name?")
func Check(task string, done bool, hint string) {
	if done {
		say(good, "✓ "+task)
		return
	}
	text := "not yet: " + task
	if hint = strings.TrimSpace(hint); hint != "" {
		text += " (" + hint + ")"
	}
	say(open, text)
}

// A verdict is how an answer looks; its colour is never all that tells it.
type verdict string

const (
	told verdict = "#378ADD" // nothing to judge
	open verdict = "#8a6d00" // nothing to judge yet
	good verdict = "#1d7a46"
	poor verdict = "#b3401a"
)

func reveal(question, prediction string, found float64) (verdict, string) {
	prediction = strings.TrimSpace(prediction)
	if prediction == "" {
		return open, "Predict first: " + question + "? Write your number between the quotes, and run the cell again."
	}
	guess, err := strconv.ParseFloat(strings.Replace(prediction, "−", "-", 1), 64)
	if err != nil || math.IsNaN(guess) || math.IsInf(guess, 0) {
		return open, fmt.Sprintf("%q is no number: predict with one such as 12 or 0.5", prediction)
	}
	text := fmt.Sprintf("%s: you predicted %s, found %s", question, number(guess), number(found))
	near := math.Abs(found) / 5
	if found == math.Trunc(found) { // a count
		near = math.Max(near, 0.5)
	}
	if math.Abs(guess-found) <= near {
		return good, text + ". Close."
	}
	return poor, text + ". What did you expect to be different?"
}

// say shows a message for the reader, with a coloured edge.
func say(v verdict, text string) {
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	display(fmt.Sprintf(`<div style="border-left:4px solid %s;padding:.4em .8em;white-space:pre-wrap">%s</div>`, v, html.EscapeString(text)), text, nil)
}
