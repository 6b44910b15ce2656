package nbext

import (
	"fmt"
	"html"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// Fold ends a cell that panicked, with one line that says where and, behind a
// fold, the stack. The kernel defers it in each cell that imports this package
// (nbext/kernel); nobody else needs to call it. A panic in another goroutine,
// or in a var at the top of a cell, ends the cell as Go does.
func Fold() {
	if v := recover(); v != nil {
		exit(panicked(os.Stderr, v, stackOf(string(debug.Stack()))))
	}
}

// panicked reports a panic and returns the status that the cell ends with.
func panicked(stderr io.Writer, v any, stack string) int {
	defer gonbui.Sync()
	line := "panic" + culprit() + ": " + oneLine(fmt.Sprint(v)) + "\n"
	if !gonbui.IsNotebook {
		io.WriteString(stderr, line+"\n"+stack)
		return 2
	}
	io.WriteString(stderr, line+place("main."))
	text := fmt.Sprint(v) + "\n\n" + stack
	display("<details><summary>The stack</summary><pre>"+html.EscapeString(text)+"</pre></details>", text, nil)
	return 2
}

// culprit is the function that panicked, where that is not the cell itself:
// " in rsa.New".
func culprit() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for inPanic := false; ; {
		f, more := frames.Next()
		switch ours := !strings.HasPrefix(f.Function, "runtime."); {
		case f.Function == "runtime.gopanic":
			inPanic = true
		case inPanic && ours && strings.HasPrefix(f.Function, "main."):
			return ""
		case inPanic && ours:
			return " in " + f.Function[strings.LastIndex(f.Function, "/")+1:]
		}
		if !more {
			return ""
		}
	}
}

// stackOf leaves out of a stack what lies above the panic.
func stackOf(stack string) string {
	if i := strings.Index(stack, "\npanic("); i >= 0 {
		lines := strings.SplitN(stack[i+1:], "\n", 3)
		return lines[len(lines)-1]
	}
	return stack
}
