package nbext

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// Must returns v, or ends the cell if there is an error: the error is printed
// as one line, the cell's line below it, and the cell counts as failed. Use it
// in notebooks only; a program handles its errors.
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
		say(told, missing.Missing())
		return 0
	}
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(stderr, "interrupted; what was computed before is kept")
		return 1
	}
	line := "error: " + err.Error() + "\n"
	if gonbui.IsNotebook {
		line += place("main.")
	}
	io.WriteString(stderr, line) // at once: GoNB looks for the place in what it gets
	return 1
}

// place is a line that says where the caller is in the code of a package: for
// "main.", the line of the program that GoNB made of the cell. GoNB puts the
// cell's own line before it, which the program cannot know.
func place(of string) string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, of) && filepath.IsAbs(f.File) {
			return fmt.Sprintf("  at %s:%d\n", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}
