package kernel

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A spec is the kernel.json by which Jupyter starts a kernel. Jupyter replaces
// ${PATH} in Env.
type spec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
}

// Two folders with a kernel of the same name: one for people, with gopls, and
// one for Run, which needs none.
func (p *place) interactive() string { return filepath.Join(p.own, "share", "jupyter") }
func (p *place) headless() string    { return filepath.Join(p.own, "headless") }

func specDir(data string) string { return filepath.Join(data, "kernels", Name) }

// spec returns the kernel spec. Cells are compiled in a folder of their own
// whose go.work takes the checkout in; nothing is written to the checkout.
// Errors are text, with the cell and its line (-raw_error): as HTML they would
// be shown twice, once without a place, and not at all in some viewers.
func (p *place) spec(person bool) spec {
	path := []string{p.bin()}
	args := []string{p.gonb(), "--kernel", "{connection_file}", "-go_work=" + p.checkout, "-extra_log=" + p.kernelLog(), "-raw_error"}
	if person {
		path = append(path, p.gopls)
	}
	path = append(path, filepath.Dir(p.golang.Command))

	env := map[string]string{
		"FUSIFORM_GO": literal(p.golang.Command),
		"GOFLAGS":     literal(strings.TrimSpace(p.golang.Flags + " -ldflags=-s")), // -s: links in half the time
		"PATH":        literal(strings.Join(path, string(filepath.ListSeparator))) + string(filepath.ListSeparator) + "${PATH}",
	}
	return spec{Argv: args, DisplayName: DisplayName, Language: "go", InterruptMode: "message", Env: env}
}

// literal keeps Jupyter from replacing variables in s.
func literal(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// kernelLog is where GoNB tells its story.
func (p *place) kernelLog() string { return filepath.Join(p.own, "gonb.log") }

// writeSpecs writes what Jupyter reads. It changes no file that is as it
// should be.
func (p *place) writeSpecs() error {
	if st, err := os.Stat(p.kernelLog()); err == nil && st.Size() > 4<<20 {
		os.Remove(p.kernelLog())
	}
	for data, person := range map[string]bool{p.interactive(): true, p.headless(): false} {
		js, err := json.MarshalIndent(p.spec(person), "", "  ")
		if err != nil {
			return fmt.Errorf("kernel: %w", err)
		}
		if err := writeFile(filepath.Join(specDir(data), "kernel.json"), append(js, '\n')); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(p.config(), "labconfig", "page_config.json"), []byte(pageConfig))
}
