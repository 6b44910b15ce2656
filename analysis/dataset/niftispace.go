package dataset

import (
	"errors"
	"fmt"
	"math"
)

// space takes the affine, the size of a voxel and the time between volumes.
// The affine is the sform if its code is set, else the qform if its code is
// set, else what nibabel makes of the sizes alone: x grows to the left, and the
// middle of the image is the origin. That last one is a guess that a warning
// tells of.
func (h *NIfTIHeader) space(r *niftiRaw) error {
	mm := 1.0
	switch u := r.units & 7; u {
	case 1:
		mm = 1000
	case 3:
		mm = 1e-3
	case 0, 2:
	default:
		return &FieldError{h.File, "xyzt_units", fmt.Errorf("has unit of length %d, must be 1 (m), 2 (mm), 3 (µm) or 0; the header is damaged", u)}
	}
	for i := range 3 {
		z := math.Abs(r.pixdim[i+1])
		if math.IsNaN(z) || math.IsInf(z, 0) {
			return &FieldError{h.File, fmt.Sprintf("pixdim[%d]", i+1), fmt.Errorf("is %v; set the size of a voxel", r.pixdim[i+1])}
		}
		h.Zooms[i] = z * mm
	}
	if err := h.time(r); err != nil {
		return err
	}
	var a [3][4]float64
	field := ""
	switch {
	case r.sform > 0:
		h.From, field, a = "sform", "srow", r.srow
		h.Space = niftiSpace(r.sform)
	case r.qform > 0:
		h.From, field = "qform", "quatern"
		h.Space = niftiSpace(r.qform)
		var err error
		if a, err = quaternion(r); err != nil {
			return &FieldError{h.File, field, err}
		}
	default:
		h.From, field = "pixdim", "pixdim"
		for i := range 3 {
			z := math.Abs(r.pixdim[i+1])
			if z == 0 {
				z = 1
			}
			if i == 0 {
				z = -z
			}
			a[i][i] = z
			a[i][3] = -z * float64(h.Shape[i]-1) / 2
		}
		h.Warnings = append(h.Warnings, fmt.Errorf("dataset: %s: neither sform_code nor qform_code is set: where the voxels lie, and which side is left, is a guess", h.File))
	}
	for i := range 3 {
		for j := range 4 {
			h.Affine[i][j] = a[i][j] * mm
			if x := h.Affine[i][j]; math.IsNaN(x) || math.IsInf(x, 0) {
				return &FieldError{h.File, field, fmt.Errorf("the affine from the %s is %v in row %d, column %d; write the image with a valid affine (nibabel, fslorient)", h.From, x, i, j)}
			}
		}
	}
	h.Affine[3][3] = 1
	if !invertible(a) {
		return &FieldError{h.File, field, fmt.Errorf("the affine from the %s has no inverse: voxels would lie on a plane; write the image with a valid affine, or set sform_code to 0", h.From)}
	}
	h.disagree(r)
	return nil
}

// disagree tells of an sform and a qform that say different things where they
// should not: programs differ in which of them they take.
func (h *NIfTIHeader) disagree(r *niftiRaw) {
	if r.sform <= 0 || r.qform <= 0 {
		return
	}
	q, err := quaternion(r)
	if err != nil {
		return
	}
	far := apart(q, r.srow, r)
	switch {
	case (turned(q) < 0) != (turned(r.srow) < 0):
		h.Warnings = append(h.Warnings, fmt.Errorf("dataset: %s: sform and qform disagree about which side is left; the sform is taken, other programs may take the qform: find out which is right and make them agree (fslorient, nibabel's set_qform)", h.File))
	case r.sform == r.qform && far > 0.1:
		h.Warnings = append(h.Warnings, fmt.Errorf("dataset: %s: sform and qform, which should lead to the same place, put voxels up to %.2g voxels apart; the sform is taken, other programs may take the qform: make them agree (fslorient, nibabel's set_qform)", h.File, far))
	}
}

// turned returns the volume that the axes span, negative if they are left-handed.
func turned(a [3][4]float64) float64 {
	return a[0][0]*(a[1][1]*a[2][2]-a[1][2]*a[2][1]) - a[0][1]*(a[1][0]*a[2][2]-a[1][2]*a[2][0]) + a[0][2]*(a[1][0]*a[2][1]-a[1][1]*a[2][0])
}

// time takes the time between volumes, if there are several along the fourth
// dimension.
func (h *NIfTIHeader) time(r *niftiRaw) error {
	if r.dim[0] < 4 || r.dim[4] == 1 && h.Shape[3] > 1 {
		return nil
	}
	t := r.pixdim[4]
	if math.IsNaN(t) || math.IsInf(t, 0) || t < 0 {
		return &FieldError{h.File, "pixdim[4]", fmt.Errorf("is %v; set the time between volumes (fslmerge -tr, nibabel's set_zooms), or 0 if there is none", t)}
	}
	switch u := r.units & 0x38; u {
	case 8:
		h.TR = t
	case 16:
		h.TR = t / 1e3
	case 24:
		h.TR = t / 1e6
	case 0:
		h.TR = t
		if t > 0 {
			h.Warnings = append(h.Warnings, fmt.Errorf("dataset: %s: the file does not say the unit of time; pixdim[4] = %v is taken for seconds", h.File, t))
		}
	case 32, 40, 48:
		h.Warnings = append(h.Warnings, fmt.Errorf("dataset: %s: the fourth dimension is no time (unit %d); there is no TR", h.File, u))
	default:
		return &FieldError{h.File, "xyzt_units", fmt.Errorf("has unit of time %d, must be 8 (s), 16 (ms), 24 (µs) or 0; the header is damaged", u)}
	}
	return nil
}

// quaternion makes an affine of a rotation given by (b, c, d), voxel sizes and
// an origin: method 2 of the format.
func quaternion(r *niftiRaw) (m [3][4]float64, err error) {
	b, c, d := r.quatern[0], r.quatern[1], r.quatern[2]
	a2 := 1 - (b*b + c*c + d*d)
	if !(a2 > -1e-5) {
		return m, fmt.Errorf("(%v, %v, %v) is longer than 1, so it is no rotation; write the image with a valid affine", b, c, d)
	}
	var a float64
	if a2 < 1e-7 { // a half turn, rounded in single precision
		s := 1 / math.Sqrt(b*b+c*c+d*d)
		b, c, d = b*s, c*s, d*s
	} else {
		a = math.Sqrt(a2)
	}
	rot := [3][3]float64{
		{a*a + b*b - c*c - d*d, 2*b*c - 2*a*d, 2*b*d + 2*a*c},
		{2*b*c + 2*a*d, a*a + c*c - b*b - d*d, 2*c*d - 2*a*b},
		{2*b*d - 2*a*c, 2*c*d + 2*a*b, a*a + d*d - c*c - b*b},
	}
	flip := 1.0
	switch {
	case r.pixdim[0] == -1:
		flip = -1
	case r.pixdim[0] != 1 && r.pixdim[0] != 0:
		return m, fmt.Errorf("pixdim[0] is %v, must be 1 or −1 (or 0 for 1)", r.pixdim[0])
	}
	for j := range 3 {
		z := r.pixdim[j+1]
		if z <= 0 {
			return m, errors.New("a voxel size (pixdim[1] to pixdim[3]) is not positive, so there is no affine; write the image again with nibabel")
		}
		if j == 2 {
			z *= flip
		}
		for i := range 3 {
			m[i][j] = rot[i][j] * z
		}
	}
	for i := range 3 {
		m[i][3] = r.qoffset[i]
	}
	return m, nil
}

// invertible reports whether the axes span space: the volume that they span,
// beside the product of their lengths.
func invertible(a [3][4]float64) bool {
	box := 1.0
	for j := range 3 {
		box *= math.Sqrt(a[0][j]*a[0][j] + a[1][j]*a[1][j] + a[2][j]*a[2][j])
	}
	return math.Abs(turned(a)) > 1e-6*box
}

// World returns where the middle of a voxel lies, in mm: x to the right, y to
// the front, z up.
func (h *NIfTIHeader) World(voxel int) [3]float64 {
	i, j, k := voxel%h.Shape[0], voxel/h.Shape[0]%h.Shape[1], voxel/(h.Shape[0]*h.Shape[1])
	var w [3]float64
	for r := range w {
		a := h.Affine[r]
		w[r] = a[0]*float64(i) + a[1]*float64(j) + a[2]*float64(k) + a[3]
	}
	return w
}

// Hemispheres marks the voxels whose middle lies left (x < 0) and right (x > 0)
// of the plane x = 0. That is the plane between the hemispheres where the image
// is in a standard space (MNI, Talairach); in the scanner's own it is near it
// only if the head lay straight.
func (h *NIfTIHeader) Hemispheres() (left, right []bool) {
	left, right = make([]bool, h.Voxels()), make([]bool, h.Voxels())
	for v := range left {
		x := h.World(v)[0]
		left[v], right[v] = x < 0, x > 0
	}
	return left, right
}
