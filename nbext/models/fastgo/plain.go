package fastgo

import (
	"sync"

	"github.com/gomlx/compute"
	"github.com/pkg/errors"
)

// A plainExecutable runs on the wrapped backend.
type plainExecutable struct {
	compute.Executable
	backend *Backend
	mu      sync.RWMutex // held for writing to finalize
	done    bool
}

// Finalize waits for executions to end.
func (e *plainExecutable) Finalize() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.done {
		e.done = true
		e.Executable.Finalize()
	}
}

func (e *plainExecutable) Execute(inputs []compute.Buffer, donate []bool, _ compute.DeviceNum) ([]compute.Buffer, error) {
	in, err := unwrap(inputs)
	if err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.done {
		return nil, errors.Errorf("the graph was finalized")
	}
	outs, err := execute(e.Executable, in, donate)
	if err != nil {
		return nil, err
	}
	took(inputs, donate)
	for i, o := range outs {
		outs[i] = &buffer{Buffer: o, backend: e.backend}
	}
	return outs, nil
}

// unwrap returns the wrapped backend's buffers.
func unwrap(inputs []compute.Buffer) ([]compute.Buffer, error) {
	in := make([]compute.Buffer, len(inputs))
	for i, x := range inputs {
		b, ok := x.(*buffer)
		if !ok || b == nil {
			return nil, errors.Errorf("input %d (%T) is not of the backend %q", i, x, Name)
		}
		in[i] = b.Buffer
	}
	return in, nil
}

// took notes which buffers an execution was given for good.
func took(inputs []compute.Buffer, donate []bool) {
	for i, d := range donate {
		if d {
			inputs[i].(*buffer).donated = true
		}
	}
}

// plainValue is a value as the wrapped backend knows it. Values inside
// dynamic dimensions, paddings and quantizations need it: they are no operands.
func plainValue(v compute.Value) compute.Value {
	if x, ok := v.(*value); ok && x != nil {
		return x.plain
	}
	return v
}

func plainDims(dims []compute.DynamicDimensionSpec) []compute.DynamicDimensionSpec {
	out := make([]compute.DynamicDimensionSpec, len(dims))
	for i, d := range dims {
		d.Value = plainValue(d.Value)
		out[i] = d
	}
	return out
}

func plainPads(pads []compute.DynamicPadAxis) []compute.DynamicPadAxis {
	out := make([]compute.DynamicPadAxis, len(pads))
	for i, p := range pads {
		p.StartValue, p.EndValue, p.InteriorValue = plainValue(p.StartValue), plainValue(p.EndValue), plainValue(p.InteriorValue)
		out[i] = p
	}
	return out
}

func plainQuantization(q *compute.Quantization) *compute.Quantization {
	if q == nil {
		return nil
	}
	own := *q
	own.Scale, own.ZeroPoint = plainValue(q.Scale), plainValue(q.ZeroPoint)
	return &own
}
