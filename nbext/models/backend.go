package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // pure Go, everywhere

	_ "fusiform/nbext/models/fastgo"

	"fusiform/nbext/catalog"
)

// goConfig is pure Go with one operator at a time: the parallel mode of
// compute v0.1.5 can deadlock when large products are independent.
const goConfig = "go:ops_sequential"

const pureGo = "pure Go"

// An Engine is what runs networks.
type Engine struct {
	Name    string // "ONNX Runtime 1.32.0", "pure Go"
	Config  string // what GOMLX_BACKEND would say: "go:ops_sequential"
	Library string // the shared library; empty for pure Go
	Threads int    // the processors that it may use

	// Warnings say why a faster engine is not in use.
	Warnings []error
}

func (e Engine) String() string {
	s := fmt.Sprintf("%s, up to %d threads", e.Name, e.Threads)
	if e.Library != "" {
		s += ", " + e.Library
	}
	return s
}

// Backend says what runs networks in this process: what GOMLX_BACKEND names
// ("go", "onnx", "onnx:cuda"), if it is set; else ONNX Runtime, if the program
// was built with -tags onnx,noxla and the library is found; else pure Go.
//
// The library is looked for at ONNXRUNTIME_SHARED_LIBRARY_PATH and where the
// lab command puts it, in the cache folder. Nothing is ever downloaded.
//
// It fails if GOMLX_BACKEND names a backend that is not compiled in or that
// cannot start, or if ONNXRUNTIME_SHARED_LIBRARY_PATH names no file.
func Backend() (Engine, error) {
	_, e, err := engine()
	return e, err
}

// started are the backends of this process, by configuration: ONNX Runtime
// can be started only once.
var started struct {
	sync.Mutex
	backends map[string]compute.Backend
}

func engine() (compute.Backend, Engine, error) {
	e, err := choose()
	if err != nil {
		return nil, Engine{}, err
	}
	b, err := start(e.Config)
	if err != nil {
		return nil, Engine{}, err
	}
	e.Threads = runtime.GOMAXPROCS(0)
	switch {
	case isORT(e.Config):
		e.Name, e.Threads = "ONNX Runtime", runtime.NumCPU()
		if v, ok := b.(interface{ Version() string }); ok {
			e.Name += " " + v.Version()
		}
	case strings.HasPrefix(e.Config, "go"):
		e.Name = pureGo
	default:
		e.Name = b.Description()
	}
	return b, e, nil
}

// start returns the backend of a configuration, started once.
func start(config string) (compute.Backend, error) {
	started.Lock()
	defer started.Unlock()
	if b := started.backends[config]; b != nil {
		return b, nil
	}
	var b compute.Backend
	err := guard(func() (err error) {
		b, err = compute.NewWithConfig(config)
		return err
	})
	if err != nil {
		hint := ""
		if isORT(config) {
			hint = "; GOMLX_BACKEND=go does without it"
		}
		return nil, fmt.Errorf("models: backend %q does not start: %w%s", config, err, hint)
	}
	if started.backends == nil {
		started.backends = map[string]compute.Backend{}
	}
	started.backends[config] = b
	return b, nil
}

func isORT(config string) bool { return strings.HasPrefix(config, "onnx") }

// ortBuilt reports whether ONNX Runtime is compiled in.
func ortBuilt() bool { return slices.Contains(compute.List(), "onnx") }

// choose decides on a configuration.
func choose() (Engine, error) {
	if config := strings.TrimSpace(os.Getenv(compute.ConfigEnvVar)); config != "" {
		name, options, _ := strings.Cut(config, ":")
		if !slices.Contains(compute.List(), name) {
			err := fmt.Errorf("models: GOMLX_BACKEND is %q, and there is no backend %q in this program; there is: %s", config, name, strings.Join(backendNames(), ", "))
			if isORT(name) {
				err = fmt.Errorf("%w. Build with -tags onnx,noxla for ONNX Runtime", err)
			}
			return Engine{}, err
		}
		if !isORT(name) {
			return Engine{Config: config}, nil
		}
		if strings.ContainsAny(options, `/\`) { // a library of its own
			return Engine{Config: config, Library: options}, nil
		}
		lib, err := ortLibrary()
		if err != nil {
			return Engine{}, err
		}
		if options == "" {
			options = "cpu"
		}
		return Engine{Config: name + ":" + options + "," + lib, Library: lib}, nil
	}
	if !ortBuilt() {
		return Engine{Config: goConfig, Warnings: []error{errors.New("networks run in pure Go, 40 to 200 times slower than ONNX Runtime; build with -tags onnx,noxla to use that")}}, nil
	}
	lib, err := ortLibrary()
	if err != nil {
		if os.Getenv(libraryVar) != "" {
			return Engine{}, err
		}
		return Engine{Config: goConfig, Warnings: []error{fmt.Errorf("networks run in pure Go, 40 to 200 times slower than ONNX Runtime: %w", err)}}, nil
	}
	return Engine{Config: "onnx:cpu," + lib, Library: lib}, nil
}

// backendNames are the compiled-in backends under one name each.
func backendNames() []string {
	names := slices.DeleteFunc(compute.List(), func(n string) bool { return n == "onnxruntime" })
	slices.Sort(names)
	return names
}

const libraryVar = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// ortLibrary finds the shared library of ONNX Runtime.
func ortLibrary() (string, error) {
	if lib := os.Getenv(libraryVar); lib != "" {
		if st, err := os.Stat(lib); err != nil || st.IsDir() {
			return "", fmt.Errorf("models: %s is %q, and there is no such file", libraryVar, lib)
		}
		return lib, nil
	}
	dir, err := catalog.CacheDir()
	if err != nil {
		return "", err
	}
	for _, pattern := range []string{"libonnxruntime*.so*", "libonnxruntime*.dylib"} {
		found, _ := filepath.Glob(filepath.Join(dir, "lab", "onnxruntime-*", pattern))
		if len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("models: the library of ONNX Runtime is neither named by %s nor in %s; `fusiform lab` puts it there", libraryVar, filepath.Join(dir, "lab"))
}
