package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Register prepares the lab and lets other programs of this user find the
// kernel: VS Code, a JupyterLab or classic notebook of their own, papermill,
// nbmake, nbconvert, Quarto. It returns the kernel.json that it wrote, in the
// folder where Jupyter looks (`jupyter --data-dir`). The kernel is that of
// this checkout, in place of any other that was registered before.
func (l Lab) Register(ctx context.Context) (string, error) {
	p, err := l.prepare(ctx, newTeller(l.Out))
	if err != nil {
		return "", err
	}
	dir, err := p.userSpecDir(ctx)
	if err != nil {
		return "", err
	}
	js, err := json.MarshalIndent(p.spec(true), "", "  ")
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	path := filepath.Join(dir, "kernel.json")
	return path, writeFile(path, append(js, '\n'))
}

// Unregister takes back what Register did, and returns the folder that it
// removed; it is empty if there was none. A kernel of the same name that is
// not Fusiform's is left alone, with an error.
func (l Lab) Unregister(ctx context.Context) (string, error) {
	p, err := l.prepare(ctx, newTeller(l.Out))
	if err != nil {
		return "", err
	}
	dir, err := p.userSpecDir(ctx)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(dir, "kernel.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	var s spec
	if json.Unmarshal(data, &s) != nil || s.DisplayName != DisplayName {
		return "", fmt.Errorf("kernel: %s is not a kernel of ours: remove it yourself", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	return dir, nil
}

// userSpecDir asks Jupyter where it looks for the kernels of this user.
func (p *place) userSpecDir(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, p.interpreter(), "-I", "-c", "import jupyter_core.paths as p; print(p.jupyter_data_dir())")
	cmd.Env = environ("PYTHONHOME=", "PYTHONPATH=", "PYTHONUTF8=1")
	out, err := cmd.Output()
	dir := strings.TrimSpace(string(out))
	if err == nil && !filepath.IsAbs(dir) {
		err = fmt.Errorf("it said %q", dir)
	}
	if err != nil {
		return "", fmt.Errorf("kernel: asking Jupyter for its folder: %w", err)
	}
	return specDir(dir), nil
}
