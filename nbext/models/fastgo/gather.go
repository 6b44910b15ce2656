package fastgo

import "github.com/gomlx/compute"

// gather lowers a Gather of one slice whose place is known, as which one of
// several tokens or heads is picked: a view.
func (p *planner) gather(n *node) bool {
	if n.op != compute.OpTypeGather || !isFloat32(n.in[0]) || !p.known(n.in[1]) {
		return false
	}
	axes, sizes := n.attrs[3].([]int), n.attrs[4].([]int)
	if n.in[1].shape.Size() != len(axes) { // several slices
		return false
	}
	at, ok := wholeNumbers(p.flat(n.in[1]))
	if !ok {
		return false
	}
	dims := n.in[0].shape.Dimensions
	starts, limits := make([]int, len(dims)), make([]int, len(dims))
	for i, a := range axes {
		if at[i] < 0 || at[i] > dims[a]-sizes[a] {
			return false
		}
		starts[a] = at[i]
	}
	for a, s := range sizes {
		limits[a] = starts[a] + s
	}
	// All other axes of the result, and those that are left out, have length 1.
	t, ok := p.tensor(n.in[0]).slice(starts, limits, nil).reshape(n.out[0].shape.Dimensions)
	if !ok {
		return false
	}
	p.locs[n.out[0]] = &loc{t: t}
	return true
}

// wholeNumbers returns the elements of a slice of indices.
func wholeNumbers(flat any) ([]int, bool) {
	var all []int
	switch x := flat.(type) {
	case []int32:
		for _, v := range x {
			all = append(all, int(v))
		}
	case []int64:
		for _, v := range x {
			all = append(all, int(v))
		}
	default:
		return nil, false
	}
	return all, true
}
