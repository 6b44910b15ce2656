package kernel

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
)

// Twin returns the fusiform command of this checkout with ONNX Runtime
// compiled in, and what to add to its environment, so that a command started
// by plain `go run` can have networks run at full speed. It is built anew when
// the sources have changed, which takes seconds.
//
// There is none (ok is false) before the lab is prepared, without a C
// compiler, or if it does not compile.
func (l Lab) Twin(ctx context.Context) (program string, env []string, ok bool) {
	p, err := l.place(ctx)
	if err != nil {
		return "", nil, false
	}
	lib, ok := p.engine()
	if !ok {
		return "", nil, false
	}
	program = filepath.Join(p.own, "fusiform")
	build := exec.CommandContext(ctx, p.golang.Command, "build", "-tags=onnx,noxla", "-ldflags=-s", "-o", program, "./nbext/cmd/fusiform")
	build.Dir = p.checkout
	build.Env = environ("GOFLAGS=" + strings.TrimSpace(p.golang.Flags))
	if build.Run() != nil {
		return "", nil, false
	}
	return program, []string{"ONNXRUNTIME_SHARED_LIBRARY_PATH=" + lib, "GOMLX_NO_AUTO_INSTALL=1"}, true
}
