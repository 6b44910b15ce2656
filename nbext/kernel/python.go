package kernel

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

var (
	//go:embed pinned/requirements.in
	requirementsIn string

	//go:embed pinned/requirements.txt
	requirements string
)

// The oldest Python that requirements.txt has versions for.
const (
	oldestMajor = 3
	oldestMinor = 9
)

// stampFile lies in a virtual environment that is complete. It holds the
// version of the Python that it was made with.
const stampFile = "fusiform.stamp"

// A python is an interpreter.
type python struct {
	Path    string
	Version string // 3.11.7
	Lacks   string // the module that is missing to make an environment
}

// probe is understood by Python 2, too.
const probe = `import sys
print("%d.%d.%d" % sys.version_info[:3])
try:
    import venv
    import ensurepip
except ImportError as e:
    print(str(e).split("'")[1] if "'" in str(e) else "venv")
`

// askPython runs an interpreter to see what it is.
func askPython(ctx context.Context, path string) (python, error) {
	cmd := exec.CommandContext(ctx, path, "-c", probe)
	cmd.Env = environ("PYTHONHOME=", "PYTHONPATH=")
	out, err := cmd.Output()
	if err != nil {
		return python{}, err
	}
	words := strings.Fields(string(out))
	if len(words) == 0 {
		return python{}, errors.New("it did not tell its version")
	}
	py := python{Path: path, Version: words[0]}
	if len(words) > 1 {
		py.Lacks = words[1]
	}
	return py, nil
}

// old reports whether a version is too old for us, or none at all.
func (p python) old() bool {
	words := strings.Split(p.Version, ".")
	if len(words) < 2 {
		return true
	}
	major, err1 := strconv.Atoi(words[0])
	minor, err2 := strconv.Atoi(words[1])
	return err1 != nil || err2 != nil || major < oldestMajor || major == oldestMajor && minor < oldestMinor
}

// A NoPythonError reports that no Python on this machine can make the lab's
// environment.
type NoPythonError struct {
	Found []string // each interpreter, and what is wrong with it
	Lacks bool     // one would do but for its venv module
}

func (e *NoPythonError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kernel: JupyterLab needs Python %d.%d or newer with its venv module, and there is none in PATH", oldestMajor, oldestMinor)
	for _, f := range e.Found {
		b.WriteString("\n\t" + f)
	}
	if e.Lacks {
		b.WriteString("\n\tOn Debian and Ubuntu: apt install python3-venv")
	} else {
		b.WriteString("\n\tOn Debian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python")
	}
	return b.String()
}

// findPython returns the first Python in PATH that will do. It fails with a
// *NoPythonError.
func findPython(ctx context.Context) (python, error) {
	names := []string{"python3", "python"}
	for minor := 20; minor >= oldestMinor; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	none := &NoPythonError{}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err != nil {
			continue
		}
		py, err := askPython(ctx, path)
		switch {
		case ctx.Err() != nil:
			return python{}, ctx.Err()
		case err != nil:
			none.Found = append(none.Found, fmt.Sprintf("%s does not run: %v", path, err))
		case py.old():
			none.Found = append(none.Found, fmt.Sprintf("%s is Python %s: too old", path, py.Version))
		case py.Lacks != "":
			none.Found = append(none.Found, fmt.Sprintf("%s is Python %s, but lacks the module %s", path, py.Version, py.Lacks))
			none.Lacks = true
		default:
			return py, nil
		}
	}
	return python{}, none
}

// interpreter is the Python of the lab's environment.
func (p *place) interpreter() string { return filepath.Join(p.venv, "bin", "python") }

// venvReady reports whether the environment is complete and its Python is the
// one that it was made with: the system may have got another since.
func (p *place) venvReady(ctx context.Context) bool {
	stamp, err := os.ReadFile(filepath.Join(p.venv, stampFile))
	if err != nil {
		return false
	}
	py, err := askPython(ctx, p.interpreter())
	return err == nil && py.Version == strings.TrimSpace(string(stamp))
}

// pinnedVersion returns the version that the lock has for a package, for the
// newest Python.
func pinnedVersion(name string) string {
	version := ""
	for line := range strings.Lines(requirements) {
		if rest, ok := strings.CutPrefix(line, name+"=="); ok {
			version = strings.Fields(rest)[0]
		}
	}
	return version
}

// makeVenv makes the environment. An environment cannot be moved, so it is
// made where it will be, and its stamp comes last.
func (p *place) makeVenv(ctx context.Context, t *teller) error {
	if p.venvReady(ctx) {
		return nil
	}
	py, err := findPython(ctx)
	if err != nil {
		return err
	}
	return t.step("JupyterLab "+pinnedVersion("jupyterlab"), "installing into a private environment of Python "+py.Version+" (some 250 MB)", func(note func(string)) error {
		if err := os.RemoveAll(p.venv); err != nil {
			return fmt.Errorf("kernel: %w", err)
		}
		run := command{note: note, env: environ("PYTHONHOME=", "PYTHONPATH=", "PIP_USER=0", "PIP_TARGET=", "PIP_PREFIX=")}
		if err := run.run(ctx, py.Path, "-m", "venv", p.venv); err != nil {
			return fmt.Errorf("kernel: making a Python environment: %w", err)
		}
		lock := filepath.Join(p.venv, "requirements.txt")
		if err := writeFile(lock, []byte(requirements)); err != nil {
			return err
		}
		pip := []string{"-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "--prefer-binary"}
		err := run.run(ctx, p.interpreter(), append(pip, "--no-deps", "-r", lock)...)
		if err != nil && ctx.Err() == nil && !unreachable(err) {
			// A Python newer than the lock, or a platform that one
			// of its versions does not come for.
			t.say("JupyterLab: the locked versions do not install on this Python; taking the newest of what it needs")
			in := filepath.Join(p.venv, "requirements.in")
			if err := writeFile(in, []byte(requirementsIn)); err != nil {
				return err
			}
			err = run.run(ctx, p.interpreter(), append(pip, "-r", in)...)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("kernel: installing JupyterLab (this needs the Python package index, or a mirror given by PIP_INDEX_URL): %w", err)
		}
		return writeFile(filepath.Join(p.venv, stampFile), []byte(py.Version+"\n"))
	})
}

// unreachable reports whether pip failed for want of a network.
func unreachable(err error) bool {
	var failed *CommandError
	if !errors.As(err, &failed) {
		return false
	}
	for _, sign := range []string{"Failed to establish a new connection", "NewConnectionError", "Temporary failure in name resolution", "Could not fetch URL", "connection broken", "ProxyError"} {
		if strings.Contains(failed.Output, sign) {
			return true
		}
	}
	return false
}
