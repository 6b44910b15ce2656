package kernel

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The Go programs that a kernel needs, as modules of their own: gopls wants
// other versions of its dependencies than GoNB, and neither should decide
// Fusiform's.
var (
	//go:embed pinned/tools.mod
	toolsMod string

	//go:embed pinned/tools.sum
	toolsSum string

	//go:embed pinned/gopls.mod
	goplsMod string

	//go:embed pinned/gopls.sum
	goplsSum string
)

const (
	gonbModule       = "github.com/janpfeifer/gonb"
	toolsModule      = "golang.org/x/tools"
	goimportsPackage = "golang.org/x/tools/cmd/goimports"
	goplsModule      = "golang.org/x/tools/gopls"
)

// moduleVersion returns the version of a module in the text of a go.mod.
func moduleVersion(mod, path string) string {
	for line := range strings.Lines(mod) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) >= 2 && words[0] == path {
			return words[1]
		}
	}
	return ""
}

// bin has what a kernel cannot do without; gopls, which completes what a
// person types, takes as long to compile as all else, and lies apart.
func (p *place) bin() string  { return filepath.Join(p.tools, "bin") }
func (p *place) gonb() string { return filepath.Join(p.bin(), "gonb") }

func (p *place) toolsReady() bool { return exists(p.tools) }
func (p *place) goplsReady() bool { return exists(p.gopls) }

// Two programs that GoNB calls at every cell, go and goimports, are replaced by
// one of ours, so that a cell costs little time, and needs no network, for what
// the checkout has already: see cellgo.
var (
	//go:embed cellgo/main.go
	cellgoMain string

	//go:embed cellgo/imports.go
	cellgoImports string
)

const cellgoMod = "module cellgo\n\ngo 1.26\n"

func (p *place) makeTools(ctx context.Context, t *teller) error {
	if p.toolsReady() {
		return nil
	}
	return t.step("GoNB "+moduleVersion(toolsMod, gonbModule)+" and goimports", "building with "+p.golang.Version, func(note func(string)) error {
		return replaceDir(p.tools, func(dir string) error {
			if err := p.buildTool(ctx, note, gonbModule, toolsMod, toolsSum, filepath.Join(dir, "bin")); err != nil {
				return err
			}
			if err := p.buildTool(ctx, note, goimportsPackage, toolsMod, toolsSum, filepath.Join(dir, "libexec")); err != nil {
				return err
			}
			for _, name := range []string{"go", "goimports"} {
				if err := p.buildCellgo(ctx, note, filepath.Join(dir, "bin", name)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (p *place) makeGopls(ctx context.Context, t *teller) error {
	if p.goplsReady() {
		return nil
	}
	return t.step("gopls "+moduleVersion(goplsMod, goplsModule)+" (completion in cells)", "building with "+p.golang.Version, func(note func(string)) error {
		return replaceDir(p.gopls, func(dir string) error {
			return p.buildTool(ctx, note, goplsModule, goplsMod, goplsSum, dir)
		})
	})
}

// buildTool builds a program from a go.mod and go.sum of its own.
func (p *place) buildTool(ctx context.Context, note func(string), pkg, mod, sum, out string) error {
	if err := p.build(ctx, note, pkg, map[string]string{"go.mod": mod, "go.sum": sum}, out+string(filepath.Separator)); err != nil {
		return fmt.Errorf("kernel: building %s (this needs the Go module proxy the first time): %w", pkg, err)
	}
	return nil
}

// buildCellgo builds what stands for go and goimports; its name decides for
// which.
func (p *place) buildCellgo(ctx context.Context, note func(string), path string) error {
	if p.golang.OS == "windows" {
		path += ".exe"
	}
	if err := p.build(ctx, note, ".", map[string]string{"go.mod": cellgoMod, "main.go": cellgoMain, "imports.go": cellgoImports}, path); err != nil {
		return fmt.Errorf("kernel: building cellgo: %w", err)
	}
	return nil
}

// build builds a package of a module of these files.
func (p *place) build(ctx context.Context, note func(string), pkg string, files map[string]string, out string) error {
	dir, err := os.MkdirTemp("", "fusiform-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	run := command{dir: dir, note: note, env: environ("GOFLAGS=-mod=readonly", "GOWORK=off")}
	return run.run(ctx, p.golang.Command, "build", "-v", "-ldflags=-s", "-o", out, pkg)
}
