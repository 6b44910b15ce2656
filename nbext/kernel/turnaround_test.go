package kernel

import (
	"fmt"
	"os"
	"testing"
)

// TestTurnaround measures what a warm cell takes, from its request to its
// answer, and to its picture, on a machine that does nothing else:
//
//	FUSIFORM_TURNAROUND=1 go test ./nbext/kernel -run Turnaround -v
//
// The minimum of seven; the processor's time hardly depends on what else the
// machine does.
func TestTurnaround(t *testing.T) {
	if os.Getenv("FUSIFORM_TURNAROUND") == "" {
		t.Skip("set FUSIFORM_TURNAROUND on a machine that does nothing else")
	}
	k := startTalk(t, false)
	const prepare = `import (
	"fusiform/analysis"
	"fusiform/analysis/localizer"
	"fusiform/analysis/rsa"
	nb "fusiform/nbext"
	"fusiform/nbext/models"
	"fusiform/plots"
)
`
	for _, c := range []struct {
		name, before, code string
		limit              float64 // seconds; 0: none
	}{
		{"trivial", "", "%%\nfmt.Println(6 * 7)", .5},
		{"a picture without a network", prepare + "%%\nfmt.Print()", `%%
s := nb.Must(analysis.NewStimuli([]analysis.Stimulus{{ID: "a", Category: "x"}, {ID: "b", Category: "x"}, {ID: "c", Category: "y"}}))
r := nb.Must(analysis.NewResponses("net/layer", s, mat.NewDense(3, 4, []float64{1, 2, 3, 4, 2, 1, 1, 3, 4, 3, 2, 1})))
nb.Show(plots.RSM{Matrix: nb.Must(rsa.New(r, analysis.Pearson))})`, 1},
		{"RSM of cached responses", `var net = nb.Must(models.Open("drawnet"))
var test = nb.Must(nb.Data("drawn-test"))
var faces = nb.Must(localizer.TTest{MinT: 7}.Localize(nb.Must(nb.Run(net, "relu_fc", nb.Must(nb.Data("drawn")))), localizer.Faces))`, `%%
nb.Show(plots.RSM{Matrix: nb.Must(rsa.New(nb.Must(nb.Must(nb.Run(net, "relu_fc", test)).Within(faces)), analysis.Pearson)).Grouped()})`, 1},
	} {
		if c.before != "" {
			k.ask("execute", c.before)
		}
		var best answer
		for i := range 8 {
			a := k.ask("execute", fmt.Sprintf("%s\n// %d", c.code, i)) // another cell each time
			if a.Status != "ok" {
				t.Fatalf("%s: %s %s", c.name, a.Stderr, a.Traceback)
			}
			switch {
			case i == 0: // not warm
			case i == 1:
				best = a
			default:
				best.Seconds, best.Shown, best.CPU = min(best.Seconds, a.Seconds), min(best.Shown, a.Shown), min(best.CPU, a.CPU)
			}
		}
		t.Logf("%-28s %.2f s, picture after %.2f s, processor %.2f s", c.name, best.Seconds, best.Shown, best.CPU)
		if best.Seconds > c.limit {
			t.Errorf("%s takes %.2f s, more than %.2f s", c.name, best.Seconds, c.limit)
		}
	}
}
