//go:build unix

package nbext

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
)

// An interrupt, as Jupyter's stop button sends it, ends the work with
// errInterrupted.
func TestAwaitInterrupted(t *testing.T) {
	_, err := Await("work", func(ctx context.Context) (int, error) {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	if !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}
