package models

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"fusiform/analysis"
)

// plainly runs a network, whose input are the responses of w×h×channels, on
// GoMLX's own backend.
func (p *parsed) plainly(r *analysis.Responses, w, h, channels int, layer string) (out []float32, err error) {
	n, units := r.Dims()
	x := make([]float32, 0, n*units)
	for i := range n {
		for _, v := range r.Row(i) {
			x = append(x, float32(v))
		}
	}
	err = guard(func() error {
		b, err := start(goConfig)
		if err != nil {
			return err
		}
		e, err := model.NewExec(b, p.store, func(s *model.Scope, x *graph.Node) []*graph.Node { return p.call(s, x, known, layer) })
		if err != nil {
			return err
		}
		defer e.Finalize()
		if _, err := e.Compile(shapes.Make(dtypes.Float32, n, channels, h, w)); err != nil {
			return err
		}
		ys, err := e.Exec(tensors.FromFlatDataAndDimensions(x, n, channels, h, w))
		if err != nil {
			return err
		}
		return tensors.ConstFlatData(ys[0], func(v []float32) { out = append(out, v...) })
	})
	return out, err
}
