package nbext

import (
	"errors"
	"fmt"
	"html"
	"io"
	"os"

	"github.com/janpfeifer/gonb/gonbui"
)

// Must returns v, or ends the cell if there is an error: the error is printed
// as one line, and the cell counts as failed. Use it in notebooks only; a
// program handles its errors.
//
// Data that is not on this machine is no fault of the reader's: then the cell
// shows what to put where and ends without failing, and so do the cells that
// follow and need the same data.
func Must[T any](v T, err error) T {
	if err != nil {
		exit(end(os.Stderr, err))
	}
	return v
}

// exit is os.Exit, but for tests.
var exit = os.Exit

// end reports err and returns the status that the cell ends with.
func end(stderr io.Writer, err error) int {
	defer gonbui.Sync()
	var missing interface{ Missing() string }
	if errors.As(err, &missing) {
		notice(missing.Missing())
		return 0
	}
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(stderr, "interrupted; what was computed before is kept")
		return 1
	}
	fmt.Fprintf(stderr, "error: %v\n", err)
	return 1
}

// notice shows a message for the reader, not about a fault.
func notice(text string) {
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	display("<div style=\"border-left:4px solid #378ADD;padding:.4em .8em;white-space:pre-wrap\">"+html.EscapeString(text)+"</div>", text, nil)
}
