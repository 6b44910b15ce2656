package fastgo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The forwarding methods are what go generate makes of the interface in go.mod's
// version of GoMLX.
func TestGenerated(t *testing.T) {
	to := filepath.Join(t.TempDir(), "forward.txt") // go run would take a .go file for a source
	if out, err := exec.Command("go", "run", "gen.go", to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("forward_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("forward_gen.go differs from what go generate writes")
	}
}
