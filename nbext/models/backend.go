package models

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the backend "go"

	"fusiform/internal/simd"
	"fusiform/nbext/models/fastgo"
)

// goConfig is GoMLX's own backend with one operation at a time: the parallel
// mode of compute v0.1.5 can deadlock when large products are independent.
const goConfig = "go:ops_sequential"

// An Engine is what runs networks.
type Engine struct {
	Name    string // "fast (pure Go, AVX-512)", "go (GoMLX's own)", "ONNX Runtime 1.32.0"
	Config  string // what GOMLX_BACKEND would say: "fast"
	Library string // the shared library of ONNX Runtime; else empty
	Threads int    // the processors that it may use

	// Warnings say what the choice of this engine costs.
	Warnings []error
}

func (e Engine) String() string {
	s := fmt.Sprintf("%s, up to %d threads", e.Name, e.Threads)
	if e.Library != "" {
		s += ", " + e.Library
	}
	return s
}

// Backend says what runs networks in this process: fast, which is part of
// every program and needs nothing else (package fastgo), unless GOMLX_BACKEND
// names another.
//
//	GOMLX_BACKEND=go     GoMLX's own backend in Go: an independent route to the
//	                     same numbers, 30 to 120 times slower
//	GOMLX_BACKEND=onnx   ONNX Runtime, in a program built with cgo and -tags
//	                     onnx,noxla, with its shared library at
//	                     ONNXRUNTIME_SHARED_LIBRARY_PATH
//
// Nothing is ever downloaded. It fails if GOMLX_BACKEND names a backend that is
// not compiled in or that cannot start, or if no library is named for it.
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
	switch e.kind() {
	case fastgo.Name:
		level := simd.Active().String()
		if simd.Active() == simd.Portable {
			level = "portable"
		}
		e.Name = fmt.Sprintf("%s (pure Go, %s)", fastgo.Name, level)
	case "go":
		e.Name = "go (GoMLX's own)"
		e.Warnings = append(e.Warnings, errors.New("networks run on GoMLX's own backend, 30 to 120 times slower than on \"fast\", as GOMLX_BACKEND asks"))
	case "onnx":
		e.Name, e.Threads = "ONNX Runtime", runtime.NumCPU()
		if v, ok := b.(interface{ Version() string }); ok {
			e.Name += " " + v.Version()
		}
	default:
		e.Name = b.Description()
	}
	return b, e, nil
}

// kind is the engine's name in Config: "fast", "go", "onnx".
func (e Engine) kind() string {
	name, _, _ := strings.Cut(e.Config, ":")
	if name == "onnxruntime" {
		name = "onnx"
	}
	return name
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
		return nil, fmt.Errorf("models: backend %q does not start: %w; without GOMLX_BACKEND networks run on %q", config, err, fastgo.Name)
	}
	if started.backends == nil {
		started.backends = map[string]compute.Backend{}
	}
	started.backends[config] = b
	return b, nil
}

// choose decides on a configuration.
func choose() (Engine, error) {
	config := strings.TrimSpace(os.Getenv(compute.ConfigEnvVar))
	if config == "" {
		config = fastgo.Name
	}
	e := Engine{Config: config}
	name, options, _ := strings.Cut(config, ":")
	if !slices.Contains(compute.List(), name) {
		err := fmt.Errorf("models: GOMLX_BACKEND is %q, and there is no backend %q in this program; there is: %s", config, name, strings.Join(backendNames(), ", "))
		if e.kind() == "onnx" {
			err = fmt.Errorf("%w. Build with -tags onnx,noxla for ONNX Runtime", err)
		}
		return Engine{}, err
	}
	switch e.kind() {
	case "go":
		if options == "" {
			e.Config = goConfig
		}
	case "onnx":
		if strings.ContainsAny(options, `/\`) { // a library of its own
			e.Library = options
			break
		}
		lib, err := ortLibrary()
		if err != nil {
			return Engine{}, err
		}
		if options == "" {
			options = "cpu"
		}
		e.Config, e.Library = name+":"+options+","+lib, lib
	}
	return e, nil
}

// backendNames are the compiled-in backends under one name each.
func backendNames() []string {
	names := slices.DeleteFunc(compute.List(), func(n string) bool { return n == "onnxruntime" })
	slices.Sort(names)
	return names
}

const libraryVar = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// ortLibrary is the shared library of ONNX Runtime that the environment names.
func ortLibrary() (string, error) {
	lib := os.Getenv(libraryVar)
	if lib == "" {
		return "", fmt.Errorf("models: GOMLX_BACKEND asks for ONNX Runtime; name its shared library in %s (the Python package onnxruntime has it in onnxruntime/capi)", libraryVar)
	}
	if st, err := os.Stat(lib); err != nil || st.IsDir() {
		return "", fmt.Errorf("models: %s is %q, and there is no such file", libraryVar, lib)
	}
	return lib, nil
}
