package nbext

import (
	"bytes"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
)

// TestFold: one line that names the function and the fault, and a stack that
// begins there.
func TestFold(t *testing.T) {
	var list []int
	for want, fault := range map[string]func(){
		"panic in nbext.TestFold.func1: runtime error: index out of range [3] with length 0": func() { list[3]++ },
		"panic in nbext.TestFold.func2: two lines":                                           func() { panic(errors.New("two\nlines")) },
	} {
		var out bytes.Buffer
		status := 0
		func() {
			defer func() {
				if v := recover(); v != nil { // as Fold does, but for the exit
					status = panicked(&out, v, stackOf(string(debug.Stack())))
				}
			}()
			fault()
		}()
		line, stack, _ := strings.Cut(out.String(), "\n\n")
		if line != want || status != 2 {
			t.Errorf("status %d, %q, want %q", status, line, want)
		}
		if !strings.HasPrefix(stack, "fusiform/nbext.TestFold.func") {
			t.Errorf("the stack begins with %.200q", stack)
		}
	}
	exited := -1
	defer func(old func(int)) { exit = old }(exit)
	exit = func(code int) { exited = code }
	func() { defer Fold() }()
	if exited != -1 {
		t.Error("a cell without a fault ends")
	}
	func() { defer Fold(); panic("x") }()
	if exited != 2 {
		t.Errorf("status %d", exited)
	}
}
