package fastgo

import (
	"github.com/gomlx/compute"
	"github.com/pkg/errors"
)

// functions returns those of the wrapped backend. Whoever has a function
// beside main has ended recording.
func functions(fs ...compute.Function) ([]compute.Function, error) {
	out := make([]compute.Function, len(fs))
	for i, f := range fs {
		g, ok := f.(*function)
		if !ok || g == nil {
			return nil, errors.Errorf("a function of type %T is not of the backend %q", f, Name)
		}
		if g.plain == nil {
			return nil, errors.Errorf("main is no closure")
		}
		out[i] = g.plain
	}
	return out, nil
}

// Call calls another function of the same graph.
func (f *function) Call(g compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	gs, err := functions(g)
	if err != nil {
		return nil, err
	}
	return f.record(compute.OpTypeCall, inputs, nil, func(h compute.Function, v []compute.Value) ([]compute.Value, error) {
		return h.Call(gs[0], v...)
	})
}

// Sort sorts along an axis by a comparison.
func (f *function) Sort(comparator compute.Function, axis int, isStable bool, inputs ...compute.Value) ([]compute.Value, error) {
	gs, err := functions(comparator)
	if err != nil {
		return nil, err
	}
	return f.record(compute.OpTypeSort, inputs, nil, func(h compute.Function, v []compute.Value) ([]compute.Value, error) {
		return h.Sort(gs[0], axis, isStable, v...)
	})
}

// While repeats body while cond holds.
func (f *function) While(cond, body compute.Function, initialState ...compute.Value) ([]compute.Value, error) {
	gs, err := functions(cond, body)
	if err != nil {
		return nil, err
	}
	return f.record(compute.OpTypeWhile, initialState, nil, func(h compute.Function, v []compute.Value) ([]compute.Value, error) {
		return h.While(gs[0], gs[1], v...)
	})
}

// If runs one of two branches.
func (f *function) If(pred compute.Value, trueBranch, falseBranch compute.Function) ([]compute.Value, error) {
	gs, err := functions(trueBranch, falseBranch)
	if err != nil {
		return nil, err
	}
	return f.record(compute.OpTypeIf, one(pred), nil, func(h compute.Function, v []compute.Value) ([]compute.Value, error) {
		return h.If(v[0], gs[0], gs[1])
	})
}

// FusedScaledDotProductAttention is left to GoMLX, which builds it of
// products and softmax.
func (f *function) FusedScaledDotProductAttention(_, _, _ compute.Value, _ compute.AttentionAxesLayout, _ *compute.ScaledDotProductAttentionConfig) (compute.Value, []compute.Value, error) {
	return nil, nil, errors.Wrap(compute.ErrNotImplemented, "fused attention")
}

// FusedScaledDotProductAttentionVJP is left to GoMLX.
func (f *function) FusedScaledDotProductAttentionVJP(_, _, _ compute.Value, _ compute.AttentionAxesLayout, _ *compute.ScaledDotProductAttentionConfig,
	_ compute.Value, _ []compute.Value, _ compute.Value) (compute.Value, compute.Value, compute.Value, error) {
	return nil, nil, nil, errors.Wrap(compute.ErrNotImplemented, "gradient of fused attention")
}
