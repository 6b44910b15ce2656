package kernel

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"fusiform/nbext/catalog"
)

// Name is the name of the kernel, as `jupyter --kernel` and the metadata of
// notebooks have it.
const Name = "fusiform"

// DisplayName is what readers are shown for it.
const DisplayName = "Go (Fusiform)"

// module is the first line of the go.mod of a checkout.
const module = "module fusiform"

// A Lab is a notebook kernel for one checkout of Fusiform and all that it
// needs. The zero value works: its checkout is found, and it says nothing.
type Lab struct {
	// Checkout is the folder with Fusiform's go.mod. If it is empty,
	// FindCheckout looks for it.
	Checkout string

	// Cache is the folder in which lab/ is made; empty: catalog.CacheDir.
	Cache string

	// Out is told what is being done, a line for each step; nil: nobody.
	Out io.Writer

	// CellTimeout is the longest that Run waits for a cell; 0: 30 minutes.
	CellTimeout time.Duration

	// Parameters are the values of variables that Run sets in each notebook,
	// as papermill does: in a cell of its own, after the cell tagged
	// "parameters" which declares them. A value is a string, which is read as
	// the variable's type has it, or what JSON or YAML make of one: a number,
	// a bool, a list. Types are bool, string, the numbers, and slices of them.
	// Run fails with a *ParameterError before it executes anything if a
	// notebook has no such variable, or none of such a type.
	Parameters map[string]any
}

// A NoCheckoutError reports that the sources of Fusiform are not to be found.
type NoCheckoutError struct {
	Dir string // where the search began
}

func (e *NoCheckoutError) Error() string {
	return fmt.Sprintf("kernel: no checkout of Fusiform in %s or above it: go to the folder that you cloned, and try again", e.Dir)
}

// FindCheckout returns the folder of the checkout that holds the working
// directory, or else of the one that this program was built from. It fails
// with a *NoCheckoutError.
func FindCheckout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	if found, ok := CheckoutAbove(dir); ok {
		return found, nil
	}
	if _, source, _, ok := runtime.Caller(0); ok && filepath.IsAbs(source) {
		if found, ok := CheckoutAbove(filepath.Dir(source)); ok {
			return found, nil
		}
	}
	return "", &NoCheckoutError{Dir: dir}
}

// CheckoutAbove returns the checkout that is dir or holds it.
func CheckoutAbove(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if isCheckout(dir) {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

func isCheckout(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == module {
			return true
		}
	}
	return false
}

// A place knows where the parts of a lab lie. Only some of them exist before
// Prepare.
type place struct {
	checkout string
	lab      string // <cache>/lab
	venv     string // JupyterLab and its Python
	tools    string // GoNB and goimports
	gopls    string
	own      string // what belongs to this checkout
	golang   golang
}

// place finds out where things are or will be.
func (l Lab) place(ctx context.Context) (*place, error) {
	p := &place{checkout: l.Checkout}
	var err error
	if p.checkout == "" {
		if p.checkout, err = FindCheckout(); err != nil {
			return nil, err
		}
	}
	if p.checkout, err = filepath.Abs(p.checkout); err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	if real, err := filepath.EvalSymlinks(p.checkout); err == nil {
		p.checkout = real
	}
	if !isCheckout(p.checkout) {
		return nil, &NoCheckoutError{Dir: p.checkout}
	}
	cache := l.Cache
	if cache == "" {
		if cache, err = catalog.CacheDir(); err != nil {
			return nil, err
		}
	}
	if cache, err = filepath.Abs(cache); err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	if p.golang, err = goEnv(ctx, p.checkout); err != nil {
		return nil, err
	}
	p.lab = filepath.Join(cache, "lab")
	p.venv = filepath.Join(p.lab, "python-"+hash(requirements))
	p.tools = filepath.Join(p.lab, "tools-"+hash(toolsMod, toolsSum, cellgoMod, cellgoMain, cellgoImports, p.golang.Version))
	p.gopls = filepath.Join(p.lab, "gopls-"+hash(goplsMod, goplsSum, p.golang.Version))
	p.own = filepath.Join(p.lab, "checkout-"+hash(p.checkout))
	return p, nil
}

// hash returns a short name for contents.
func hash(parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		fmt.Fprintf(h, "%d\n%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))[:10]
}

// Prepare makes what is missing of the lab and says what it does: a private
// Python environment with JupyterLab, GoNB with goimports and gopls, the kernel
// spec, and the compiled packages that cells import. It needs Go, Python 3.9 or
// newer with its venv module, and, the first time, a network.
//
// A part is made in full or not at all: a killed run leaves nothing that a
// later one would take for finished, and two at once wait for each other.
// When all is there it returns in a fraction of a second.
//
// If the packages of the checkout do not compile, the lab works all the same,
// and a line says so.
func (l Lab) Prepare(ctx context.Context) error {
	t := newTeller(l.Out)
	p, err := l.prepare(ctx, t)
	if err != nil {
		return err
	}
	return p.addGopls(ctx, t)
}

// prepare makes all but gopls, which neither Run nor the first look at a
// notebook has to wait for.
func (l Lab) prepare(ctx context.Context, t *teller) (*place, error) {
	p, err := l.place(ctx)
	if err != nil {
		return nil, err
	}
	if p.ready(ctx) {
		return p, p.writeSpecs()
	}
	unlock, err := p.lock(ctx, t)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if p.ready(ctx) { // by the one that we waited for
		return p, p.writeSpecs()
	}
	t.say("preparing the lab in %s (minutes the first time, seconds later on)", p.lab)

	// The network is busy with Python's packages while the processor is with
	// Go's.
	var wg sync.WaitGroup
	var pythonErr, toolsErr error
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() {
		if pythonErr = p.makeVenv(both, t); pythonErr != nil {
			cancel()
		}
	})
	wg.Go(func() {
		if toolsErr = p.makeTools(both, t); toolsErr != nil {
			cancel()
		}
	})
	wg.Wait()
	if err := firstCause(pythonErr, toolsErr); err != nil {
		return nil, err
	}
	if err := p.writeSpecs(); err != nil {
		return nil, err
	}
	if err := p.warm(ctx, t); err != nil {
		return nil, err
	}
	t.say("the lab is ready")
	return p, nil
}

// ready reports whether there is nothing to prepare.
func (p *place) ready(ctx context.Context) bool {
	return p.venvReady(ctx) && p.toolsReady() && p.isWarm()
}

// addGopls builds gopls if it is missing.
func (p *place) addGopls(ctx context.Context, t *teller) error {
	if p.goplsReady() {
		return nil
	}
	unlock, err := p.lock(ctx, t)
	if err != nil {
		return err
	}
	defer unlock()
	return p.makeGopls(ctx, t)
}

// lock keeps others from making parts of the lab, and takes away what killed
// runs left.
func (p *place) lock(ctx context.Context, t *teller) (unlock func(), err error) {
	if err := os.MkdirAll(p.lab, 0o755); err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	unlock, err = lock(ctx, filepath.Join(p.lab, "lock"), func() {
		t.say("another fusiform is preparing the lab: waiting for it")
	})
	if err != nil {
		return nil, err
	}
	left, _ := filepath.Glob(filepath.Join(p.lab, tempPrefix+"*"))
	for _, dir := range left {
		os.RemoveAll(dir)
	}
	return unlock, nil
}

// firstCause returns the error that made the others stop.
func firstCause(errs ...error) error {
	var canceled error
	for _, err := range errs {
		switch {
		case errors.Is(err, context.Canceled):
			canceled = err
		case err != nil:
			return err
		}
	}
	return canceled
}

// tempPrefix begins the names of folders that are being made.
const tempPrefix = "tmp-"

// replaceDir makes the folder path by calling fill with a temporary folder
// beside it and renaming that, so that path is whole or not there.
func replaceDir(path string, fill func(dir string) error) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(path), tempPrefix)
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	return nil
}

// writeFile writes a file whole or not at all, and leaves one alone that has
// these contents.
func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
