package fastgo

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"fusiform/internal/simd"
)

// Name is what GOMLX_BACKEND calls this backend.
const Name = "fast"

// hostConfig keeps GoMLX's backend to one operation at a time: in parallel,
// compute v0.1.5 can deadlock.
const hostConfig = "ops_sequential"

func init() { compute.Register(Name, New) }

// A Backend runs graphs of static shapes fast and all others on the backend
// that it wraps.
type Backend struct {
	host      compute.Backend
	finalized atomic.Bool
	watcher   *Watcher // whose graphs are watched, if any
	limits    limits
}

// limits are how many bytes graphs may hold; 0: no more than memory does.
type limits struct{ value, compiled float64 }

// Limited returns the backend for graphs that nobody vouches for: a value of
// more than so many bytes is an error when it is added, and a graph whose values
// are more than so many together is one when it is compiled.
func (b *Backend) Limited(value, compiled float64) *Backend {
	return &Backend{host: b.host, limits: limits{value, compiled}}
}

// New returns a backend. There is nothing to configure: it fails if config is
// not empty.
func New(config string) (compute.Backend, error) {
	if config != "" {
		return nil, errors.Errorf("the backend %q has no option %q; it has none", Name, config)
	}
	host, err := gobackend.New(hostConfig)
	if err != nil {
		return nil, err
	}
	return &Backend{host: host}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return Name }

// String returns the backend's name.
func (b *Backend) String() string { return Name }

// Description names the instruction set and the number of threads.
func (b *Backend) Description() string {
	return fmt.Sprintf("pure Go with kernels for %v, up to %d threads", simd.Active(), runtime.GOMAXPROCS(0))
}

// NumDevices returns 1.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription describes the only device.
func (b *Backend) DeviceDescription(compute.DeviceNum) string { return "CPU" }

// Capabilities are those of the wrapped backend; weights are better given as
// constants, since then they are packed once.
func (b *Backend) Capabilities() compute.Capabilities {
	c := b.host.Capabilities().Clone()
	c.PreferConstantsForVariables = true
	return c
}

// Builder begins a graph.
func (b *Backend) Builder(name string) compute.Builder {
	bb := &builder{backend: b, name: name}
	bb.main = &function{b: bb, name: compute.MainName}
	return bb
}

// BufferFromFlatData copies a slice into a new buffer.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	h, err := b.host.BufferFromFlatData(device, flat, shape)
	if err != nil {
		return nil, err
	}
	return &buffer{Buffer: h, backend: b}, nil
}

// HasSharedBuffers reports that buffers lie in memory that the caller sees.
func (b *Backend) HasSharedBuffers() bool { return true }

// NewSharedBuffer returns a buffer and the slice that is its memory.
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	h, flat, err := b.host.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return &buffer{Buffer: h, backend: b}, flat, nil
}

// Finalize ends the backend.
func (b *Backend) Finalize() {
	b.finalized.Store(true)
	b.host.Finalize()
}

// IsFinalized reports whether Finalize was called.
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

// A buffer is one of the wrapped backend's under our name.
type buffer struct {
	compute.Buffer
	backend *Backend
	donated bool // an execution took it: Finalize has nothing to do
}

func (b *buffer) Backend() compute.Backend { return b.backend }

func (b *buffer) Finalize() error {
	if b.donated {
		return nil
	}
	return b.Buffer.Finalize()
}

func (b *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return nil, errors.Errorf("backend %q has one device; nothing can be copied to device %d", Name, device)
}
