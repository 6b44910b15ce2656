package glm

import (
	"fmt"

	"fusiform/analysis"
)

// A Grid says where the voxels of a model lie in their image.
type Grid struct {
	Shape  [3]int // voxels along x, y and z
	Voxels []int  // of each voxel of the model its place in the image, x running fastest; nil: the model has them all
}

// Clusters returns, per voxel of the model, the size of the cluster that it
// belongs to, 0 where keep is false. Voxels of a cluster hang together by faces
// (six neighbours, as scipy.ndimage.label has it); voxels that the model has
// not part them.
//
// It fails with an *analysis.AlignmentError if keep has not one value for each
// voxel, and if a place is not in the grid or taken twice.
func (g Grid) Clusters(keep []bool) ([]int, error) {
	total := 1
	for _, s := range g.Shape {
		if s < 1 || s > 1<<30/total {
			return nil, fmt.Errorf("glm: a grid of %v voxels; give the shape of the image", g.Shape)
		}
		total *= s
	}
	places := g.Voxels
	if places == nil {
		places = make([]int, total)
		for v := range places {
			places[v] = v
		}
	}
	if len(places) != len(keep) {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("glm: a grid of %d voxels for %d of the model; give it the voxels that were fitted (VoxelSeries.Voxels)", len(places), len(keep))}
	}
	at := make([]int32, total) // of a place, 1 + the voxel that is kept there
	taken := make([]bool, total)
	for v, p := range places {
		if p < 0 || p >= total || taken[p] {
			return nil, fmt.Errorf("glm: voxel %d lies at place %d, which is taken or not among the %d of the grid", v, p, total)
		}
		taken[p] = true
		if keep[v] {
			at[p] = int32(v) + 1
		}
	}
	size := make([]int, len(keep))
	nx, nxy := g.Shape[0], g.Shape[0]*g.Shape[1]
	for v, k := range keep {
		if !k || size[v] > 0 {
			continue
		}
		cluster := []int{places[v]}
		members := []int32{int32(v)}
		at[places[v]] = 0
		visit := func(p int, inside bool) {
			if inside && at[p] > 0 {
				members = append(members, at[p]-1)
				cluster = append(cluster, p)
				at[p] = 0
			}
		}
		for len(cluster) > 0 {
			p := cluster[len(cluster)-1]
			cluster = cluster[:len(cluster)-1]
			x, y, z := p%nx, p%nxy/nx, p/nxy
			visit(p-1, x > 0)
			visit(p+1, x < nx-1)
			visit(p-nx, y > 0)
			visit(p+nx, y < g.Shape[1]-1)
			visit(p-nxy, z > 0)
			visit(p+nxy, z < g.Shape[2]-1)
		}
		for _, m := range members {
			size[m] = len(members)
		}
	}
	return size, nil
}
