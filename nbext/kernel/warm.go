package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// warmKey changes when the packages that cells import would have to be
// compiled from the ground up.
func (p *place) warmKey() string {
	sum, _ := os.ReadFile(filepath.Join(p.checkout, "go.sum"))
	s := p.spec(false)
	return hash(string(sum), p.golang.Version, p.golang.BuildDir, s.Env["GOFLAGS"], strings.Join(s.Argv, "\n"), p.venv)
}

func (p *place) warmStamp() string { return filepath.Join(p.own, "warm") }

func (p *place) isWarm() bool {
	got, err := os.ReadFile(p.warmStamp())
	return err == nil && strings.TrimSpace(string(got)) == p.warmKey()
}

// warm compiles what cells import, so that the reader's first cell does not
// take half a minute, and runs a cell that imports it all, so that the kernel
// has proved that it works. If the checkout does not compile, a line says so:
// the lab can still be used to find out why.
func (p *place) warm(ctx context.Context, t *teller) error {
	if p.isWarm() {
		return nil
	}
	packages, err := p.packages(ctx)
	if err != nil {
		return err
	}
	err = t.step("the kernel", "compiling what cells import", func(note func(string)) error {
		return p.compile(ctx, note)
	})
	var broken *CommandError
	if errors.As(err, &broken) && ctx.Err() == nil {
		t.say("this checkout does not compile, so cells that import the following will fail:\n%s", broken.Output)
		return nil
	}
	if err != nil {
		return err
	}
	err = t.step("the kernel", "running a first cell", func(func(string)) error {
		out, err := p.eval(ctx, importAll(packages))
		if err == nil && strings.TrimSpace(out) != "ready" {
			err = fmt.Errorf("kernel: the first cell printed %q, expected %q", out, "ready")
		}
		return err
	})
	if err != nil {
		return err
	}
	return writeFile(p.warmStamp(), []byte(p.warmKey()+"\n"))
}

// packages lists what a notebook may import of the checkout.
func (p *place) packages(ctx context.Context) ([]string, error) {
	cmd := exec.CommandContext(ctx, p.golang.Command, "list", "-e", "-f", `{{if and .GoFiles (ne .Name "main")}}{{.ImportPath}}{{end}}`,
		"./analysis/...", "./plots/...", "./nbext/...")
	cmd.Dir = p.checkout
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("kernel: listing the packages of %s: %w", p.checkout, err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(pkg string) bool {
		return strings.HasSuffix(pkg, "/kernel") || strings.Contains(pkg, "/internal")
	}), nil
}

// compile compiles these packages as cells do.
func (p *place) compile(ctx context.Context, note func(string)) error {
	packages, err := p.packages(ctx)
	if err != nil {
		return err
	}
	run := command{dir: p.checkout, note: note, env: environ("GOFLAGS=" + p.spec(false).Env["GOFLAGS"])}
	return run.run(ctx, p.golang.Command, append([]string{"build", "-v"}, packages...)...)
}

// importAll returns a cell that imports packages and prints "ready".
func importAll(packages []string) string {
	var b strings.Builder
	b.WriteString("import (\n\t\"fmt\"\n")
	for _, pkg := range packages {
		fmt.Fprintf(&b, "\t_ %q\n", pkg)
	}
	b.WriteString(")\n\n%%\nfmt.Println(\"ready\")\n")
	return b.String()
}
