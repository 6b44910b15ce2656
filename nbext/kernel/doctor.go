package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fusiform/nbext/catalog"
)

// A Fact is one thing that the lab or an analysis rests on.
type Fact struct {
	What      string // "Go", "Python", …
	Value     string // what there is of it
	Missing   bool
	Essential bool   // nothing works without it
	Do        string // what to do about it, if anything
}

// Doctor looks at what the lab needs and has, and changes nothing. It fails
// only if ctx ends; what is wrong is told by the facts.
func (l Lab) Doctor(ctx context.Context) ([]Fact, error) {
	var facts []Fact
	p, err := l.place(ctx)
	var noGo *NoGoError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &noGo):
		return []Fact{{What: "Go", Missing: true, Essential: true, Do: "install Go 1.26 or newer and see that its bin folder is in PATH"}}, nil
	case err != nil:
		return []Fact{{What: "checkout", Missing: true, Essential: true, Do: strings.TrimPrefix(err.Error(), "kernel: ")}}, nil
	}
	facts = append(facts,
		Fact{What: "checkout", Value: p.checkout},
		Fact{What: "Go", Value: fmt.Sprintf("%s, %s/%s, %s", strings.TrimPrefix(p.golang.Version, "go"), p.golang.OS, p.golang.Arch, p.golang.Command)})

	const prepare = "`fusiform lab` makes it"
	ready := p.venvReady(ctx)
	if ready {
		version, _ := os.ReadFile(filepath.Join(p.venv, stampFile))
		facts = append(facts, Fact{What: "Python", Value: strings.TrimSpace(string(version)) + ", " + p.interpreter()}, Fact{What: "JupyterLab", Value: installed(p.venv, "jupyterlab") + ", " + p.venv})
	} else {
		py, err := findPython(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			facts = append(facts, Fact{What: "Python", Missing: true, Essential: true, Do: strings.TrimPrefix(err.Error(), "kernel: ")})
		default:
			facts = append(facts, Fact{What: "Python", Value: py.Version + ", " + py.Path})
		}
		facts = append(facts, Fact{What: "JupyterLab", Missing: true, Do: prepare})
	}
	if p.toolsReady() {
		facts = append(facts, Fact{What: "GoNB", Value: fmt.Sprintf("%s, goimports %s", moduleVersion(toolsMod, gonbModule), moduleVersion(toolsMod, toolsModule))})
	} else {
		ready = false
		facts = append(facts, Fact{What: "GoNB", Missing: true, Do: prepare})
	}
	if p.goplsReady() {
		facts = append(facts, Fact{What: "gopls", Value: moduleVersion(goplsMod, goplsModule)})
	} else {
		facts = append(facts, Fact{What: "gopls", Missing: true, Do: "cells do without completion; " + prepare})
	}
	kernel := filepath.Join(specDir(p.interactive()), "kernel.json")
	if exists(kernel) {
		facts = append(facts, Fact{What: "kernel", Value: DisplayName + ", " + kernel})
	} else {
		ready = false
		facts = append(facts, Fact{What: "kernel", Missing: true, Do: prepare})
	}
	if ready {
		facts = append(facts, p.tryKernel(ctx))
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	cache := l.Cache
	if cache == "" {
		if cache, err = catalog.CacheDir(); err != nil {
			return append(facts, Fact{What: "cache", Missing: true, Essential: true, Do: err.Error()}), nil
		}
	}
	lab, all := dirSize(p.lab), dirSize(cache)
	return append(facts, Fact{What: "cache", Value: fmt.Sprintf("%s, %s (lab %s, the rest %s)", cache, megabytes(all), megabytes(lab), megabytes(all-lab))}), nil
}

// engineCell asks, in a cell, what runs networks there.
const engineCell = `import (
	"fmt"
	"fusiform/nbext/models"
)

%%
e, err := models.Backend()
if err != nil {
	fmt.Println(err)
} else {
	fmt.Println(e)
}
`

// tryKernel runs a cell to see that cells run and what computes in them.
func (p *place) tryKernel(ctx context.Context) Fact {
	out, err := p.eval(ctx, engineCell)
	var failed *CellError
	if errors.As(err, &failed) {
		return Fact{What: "cells", Missing: true, Essential: true, Do: "fail: " + failed.Text}
	}
	if err != nil {
		return Fact{What: "cells", Missing: true, Essential: true, Do: strings.TrimPrefix(strings.TrimSpace(err.Error()), "kernel: ")}
	}
	return Fact{What: "cells", Value: "run; networks in them: " + strings.TrimSpace(out)}
}

// installed returns the version of a package in an environment.
func installed(venv, name string) string {
	found, _ := filepath.Glob(filepath.Join(venv, "lib", "python*", "site-packages", name+"-*.dist-info"))
	if len(found) == 0 {
		return "of an unknown version"
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), name+"-"), ".dist-info")
}

// dirSize returns the bytes of the files in a folder, so far as they can be
// read.
func dirSize(dir string) int64 {
	var sum int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if st, err := d.Info(); err == nil {
			sum += st.Size()
		}
		return nil
	})
	return sum
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
