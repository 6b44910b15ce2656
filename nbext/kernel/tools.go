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

// Two programs that GoNB calls at every cell are replaced by scripts, so that a
// cell costs no time, and needs no network, for what the checkout has already.
//
// goimports asks the go command about all modules, and that asks some proxy
// about those whose description is not at hand.
const goimportsScript = `#!/bin/sh
GOPROXY=off exec "${0%/*}/../libexec/goimports" "$@"
`

// "go get" looks for what a cell imports in the module of the cell alone: it
// asks the network for packages of gonum, say, and might take a newer version
// than the checkout's. So it is left out if all imports are found without; if
// one is not, it starts from what the checkout requires.
//
// A cell that imports nbext gets its panics folded (nbext.Fold): the program
// that GoNB made of it, and no other, defers that, on a line that is there.
const goScript = `#!/bin/sh
case "$*" in
"build -o "* | "test -c "*)
	if [ -n "$GONB_TMP_DIR" ] && [ "$PWD" = "$GONB_TMP_DIR" ]; then
		rm -f fusiform_fold.go
		if [ "$1" = build ] && grep -q '"fusiform/nbext"$' main.go && grep -q '^func main() {$' main.go; then
			sed 's/^func main() {$/& defer fusiformFold()/' main.go >main.folded && mv main.folded main.go &&
				printf 'package main\n\nimport nbext "fusiform/nbext"\n\nvar fusiformFold = nbext.Fold\n' >fusiform_fold.go
		fi
	fi
	;;
"get" | "get -t")
	case "$(GOPROXY=off "$FUSIFORM_GO" list ${2:+-test} -f '{{.Incomplete}}' . 2>/dev/null)" in
	"" | *true*) "$FUSIFORM_GO" mod edit -require=fusiform@v0.0.0 || exit ;;
	*) exit 0 ;;
	esac
	;;
esac
exec "$FUSIFORM_GO" "$@"
`

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
			for name, text := range map[string]string{"go": goScript, "goimports": goimportsScript} {
				if err := os.WriteFile(filepath.Join(dir, "bin", name), []byte(text), 0o755); err != nil {
					return fmt.Errorf("kernel: %w", err)
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
	dir, err := os.MkdirTemp("", "fusiform-build-")
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"go.mod": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("kernel: %w", err)
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	run := command{dir: dir, note: note, env: environ("GOFLAGS=-mod=readonly", "GOWORK=off")}
	if err := run.run(ctx, p.golang.Command, "build", "-v", "-ldflags=-s", "-o", out+string(filepath.Separator), pkg); err != nil {
		return fmt.Errorf("kernel: building %s (this needs the Go module proxy the first time): %w", pkg, err)
	}
	return nil
}
