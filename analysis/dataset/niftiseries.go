package dataset

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A VoxelSeries is the time course of some voxels of an image, read block by
// block: what glm.Run.Data takes, so that a run larger than memory is fitted.
type VoxelSeries struct {
	image  *NIfTI
	voxels []int // rising; nil stands for all
}

// TimeCourses returns the time courses of the voxels that lie in every mask, in
// rising order; without masks, of all. Nothing is read yet. It fails if a mask
// has not one value for each voxel, and if no voxel is in all.
func (n *NIfTI) TimeCourses(masks ...[]bool) (*VoxelSeries, error) {
	if len(masks) == 0 {
		return &VoxelSeries{image: n}, nil
	}
	voxels := []int{}
	for k, m := range masks {
		if len(m) != n.Voxels() {
			return nil, n.fault("dim", fmt.Errorf("has %d voxels, mask %d has %d; resample the mask to the image", n.Voxels(), k, len(m)))
		}
	}
	for v := range masks[0] {
		if !slices.ContainsFunc(masks, func(m []bool) bool { return !m[v] }) {
			voxels = append(voxels, v)
		}
	}
	if len(voxels) == 0 {
		return nil, n.fault("", fmt.Errorf("no voxel lies in all %d masks", len(masks)))
	}
	return &VoxelSeries{image: n, voxels: voxels}, nil
}

// Dims returns the number of volumes and of voxels.
func (s *VoxelSeries) Dims() (volumes, voxels int) {
	if s.voxels == nil {
		return s.image.Shape[3], s.image.Voxels()
	}
	return s.image.Shape[3], len(s.voxels)
}

// Voxels returns where in the image each of them lies.
func (s *VoxelSeries) Voxels() []int {
	if s.voxels != nil {
		return slices.Clone(s.voxels)
	}
	all := make([]int, s.image.Voxels())
	for v := range all {
		all[v] = v
	}
	return all
}

// Block reads the voxels from lo to hi of the series, as NIfTI.Series does: a
// matrix of volumes × (hi − lo).
//
// A .nii.gz can only be read from its beginning. The first block of several
// therefore unpacks it into a temporary file (in the folder that TMPDIR names,
// else the system's) from which the others are read; it has no name where the
// system allows, so that nothing stays behind, and is given back with the last block and
// by Close. Where there is no room for it each block unpacks the image anew.
func (s *VoxelSeries) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	_, all := s.Dims()
	if lo < 0 || hi > all || lo >= hi {
		return nil, s.image.fault("", fmt.Errorf("voxels %d to %d are asked for of %d", lo, hi, all))
	}
	if lo == 0 && hi < all {
		if err := s.image.unpack(ctx); err != nil {
			return nil, err
		}
	}
	var block *mat.Dense
	var err error
	if s.voxels != nil {
		block, err = s.image.Series(ctx, s.voxels[lo:hi])
	} else {
		block, err = s.image.series(ctx, lo, hi, nil, hi-lo)
	}
	if lo > 0 && hi == all {
		s.image.forget()
	}
	return block, err
}

// ReadMask reads a three-dimensional image as a mask over the voxels of another:
// those whose value is not 0. It fails with a *FieldError if the shape differs, if the
// affine differs by more than a hundredth of a millimetre, and if a value is
// NaN.
func ReadMask(path string, of *NIfTI) ([]bool, error) {
	m, err := OpenNIfTI(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if m.Shape[3] != 1 || [3]int(m.Shape[:3]) != [3]int(of.Shape[:3]) {
		return nil, m.fault("dim", fmt.Errorf("is %v, but the voxels of %s are %v; resample the mask to the image", m.Shape, of.File, of.Shape[:3]))
	}
	for i := range 3 {
		for j := range 4 {
			if d := m.Affine[i][j] - of.Affine[i][j]; d > 0.01 || d < -0.01 {
				return nil, m.fault("srow", fmt.Errorf("puts voxels elsewhere than %s does (row %d, column %d: %v against %v); resample the mask to the image", of.File, i, j, m.Affine[i][j], of.Affine[i][j]))
			}
		}
	}
	values, err := m.Volume(0, nil)
	if err != nil {
		return nil, err
	}
	mask := make([]bool, len(values))
	for v, x := range values {
		if x != x {
			return nil, m.fault("", fmt.Errorf("is NaN in voxel %d; write 0 where the mask is not", v))
		}
		mask[v] = x != 0
	}
	return mask, nil
}
