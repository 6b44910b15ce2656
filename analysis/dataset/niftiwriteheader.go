package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// niftiSpaces are what sform_code and qform_code say the affine leads to.
var niftiSpaces = []string{"", "scanner", "aligned", "Talairach", "MNI", "template"}

func niftiSpace(code int64) string {
	if code < 0 || code >= int64(len(niftiSpaces)) {
		return ""
	}
	return niftiSpaces[code]
}

// encode checks the header, completes it, and returns its bytes, the four that
// say that there is no extension included.
func (h *NIfTIHeader) encode() ([]byte, error) {
	if h.Shape[3] == 0 {
		h.Shape[3] = 1
	}
	if h.Slope == 0 {
		h.Slope = 1
	}
	if h.Type == "" {
		h.Type = "float32"
	}
	r := niftiRaw{slope: h.Slope, inter: h.Inter}
	for code, t := range niftiTypes {
		if t.why == "" && t.name == h.Type {
			r.datatype, r.bitpix = code, int16(8*t.bytes)
		}
	}
	if r.datatype == 0 {
		return nil, h.fault("datatype", fmt.Errorf("is %q; write float32, float64, or an integer such as uint8 or int16", h.Type))
	}
	if h.TR < 0 || math.IsNaN(h.TR) || math.IsInf(h.TR, 0) {
		return nil, h.fault("pixdim[4]", fmt.Errorf("TR is %v, must be in seconds, or 0 if volumes are not in time", h.TR))
	}
	for field, x := range map[string]float64{"scl_slope": h.Slope, "scl_inter": h.Inter} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, h.fault(field, fmt.Errorf("is %v", x))
		}
	}
	if len(h.Description) > 79 || strings.ContainsRune(h.Description, 0) {
		return nil, h.fault("descrip", fmt.Errorf("has %d bytes, must be at most 79, none of them 0", len(h.Description)))
	}
	r.dim = [8]int64{3, 1, 1, 1, 1, 1, 1, 1}
	r.units = 2 // mm
	h.Version = 1
	for i, d := range h.Shape {
		if d < 1 {
			return nil, h.fault(fmt.Sprintf("dim[%d]", i+1), fmt.Errorf("is %d, must be at least 1", d))
		}
		if d > math.MaxInt16 {
			h.Version = 2
		}
		r.dim[i+1] = int64(d)
	}
	if h.Shape[3] > 1 || h.TR > 0 {
		r.dim[0] = 4
		r.pixdim[4] = h.TR
		if h.TR > 0 {
			r.units |= 8 // s
		}
	}
	h.orient(&r)
	b := h.binary(&r)
	// A reader's checks are a writer's: what is not read is not written.
	back := NIfTIHeader{File: h.File}
	if _, err := back.dialect(b); err != nil {
		return nil, err
	}
	if err := back.parse(b); err != nil {
		return nil, err
	}
	if far := apart([3][4]float64(back.Affine[:3]), [3][4]float64(h.Affine[:3]), &r); !(far < 0.01) {
		return nil, h.fault("pixdim", fmt.Errorf("alone would be written, since From is %q, but Affine is not what the sizes lead to (%.2g voxels off); set From to \"sform\"", h.From, far))
	}
	back.Packed, back.Warnings = h.Packed, nil
	*h = back
	return b, nil
}

// orient sets the sizes of voxels and the affine, twice if it has no shear.
func (h *NIfTIHeader) orient(r *niftiRaw) {
	r.pixdim[0] = 1
	for j := range 3 {
		a := h.Affine
		r.pixdim[j+1] = math.Hypot(math.Hypot(a[0][j], a[1][j]), a[2][j])
	}
	if h.From == "pixdim" {
		return
	}
	r.sform = 2 // what nibabel writes where nothing is known
	for code, name := range niftiSpaces {
		if name == h.Space && code > 0 {
			r.sform = int64(code)
		}
	}
	copy(r.srow[:], h.Affine[:3])
	if turn(r) {
		r.qform = r.sform
	}
}

// turn finds the quaternion of the affine in srow: half the axis of the turn
// that its unit columns are. It reports whether there is one that puts the
// voxels where the affine does: not if the affine has shear.
func turn(r *niftiRaw) bool {
	var m [3][3]float64
	if turned(r.srow) < 0 {
		r.pixdim[0] = -1
	}
	for i := range 3 {
		r.qoffset[i] = r.srow[i][3]
		for j, flip := range [3]float64{1, 1, r.pixdim[0]} {
			m[i][j] = r.srow[i][j] / r.pixdim[j+1] * flip
		}
	}
	// Four times the squares of a, b, c and d; the largest of them is divided by.
	q := [4]float64{1 + m[0][0] + m[1][1] + m[2][2], 1 + m[0][0] - m[1][1] - m[2][2], 1 - m[0][0] + m[1][1] - m[2][2], 1 - m[0][0] - m[1][1] + m[2][2]}
	k := 0
	for i := range q {
		if q[i] > q[k] {
			k = i
		}
	}
	rows := [4][4]float64{
		{q[0], m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]},
		{m[2][1] - m[1][2], q[1], m[0][1] + m[1][0], m[0][2] + m[2][0]},
		{m[0][2] - m[2][0], m[0][1] + m[1][0], q[2], m[1][2] + m[2][1]},
		{m[1][0] - m[0][1], m[0][2] + m[2][0], m[1][2] + m[2][1], q[3]},
	}
	s := 1 / (2 * math.Sqrt(q[k]))
	if rows[k][0] < 0 {
		s = -s
	}
	for i := range r.quatern {
		r.quatern[i] = float64(float32(rows[k][i+1] * s))
	}
	a, err := quaternion(r)
	return err == nil && apart(a, r.srow, r) < 0.01
}

// apart returns how far two affines put any corner of the image from each
// other, in voxels.
func apart(a, b [3][4]float64, r *niftiRaw) float64 {
	voxel := min(math.Abs(r.pixdim[1]), math.Abs(r.pixdim[2]), math.Abs(r.pixdim[3]))
	far := 0.0
	for corner := range 8 {
		var d float64
		for i := range 3 {
			x := a[i][3] - b[i][3]
			for j := range 3 {
				if corner>>j&1 == 1 {
					x += (a[i][j] - b[i][j]) * float64(r.dim[j+1]-1)
				}
			}
			d += x * x
		}
		far = max(far, math.Sqrt(d)/voxel)
	}
	return far
}

// binary lays the header out, little-endian.
func (h *NIfTIHeader) binary(r *niftiRaw) []byte {
	le := binary.LittleEndian
	if h.Version == 1 {
		b := make([]byte, niftiHeader1+4)
		single := func(at int, x float64) { le.PutUint32(b[at:], math.Float32bits(float32(x))) }
		short := func(at int, x int64) { le.PutUint16(b[at:], uint16(x)) }
		le.PutUint32(b, niftiHeader1)
		for i := range 8 {
			short(40+2*i, r.dim[i])
			single(76+4*i, r.pixdim[i])
		}
		short(70, int64(r.datatype))
		short(72, int64(r.bitpix))
		single(108, niftiHeader1+4)
		single(112, r.slope)
		single(116, r.inter)
		b[38], b[123] = 'r', byte(r.units)
		copy(b[148:], h.Description)
		short(252, r.qform)
		short(254, r.sform)
		for i := range 3 {
			single(256+4*i, r.quatern[i])
			single(268+4*i, r.qoffset[i])
			for j := range 4 {
				single(280+16*i+4*j, r.srow[i][j])
			}
		}
		copy(b[344:], "n+1")
		return b
	}
	b := make([]byte, niftiHeader2+4)
	double := func(at int, x float64) { le.PutUint64(b[at:], math.Float64bits(x)) }
	word := func(at int, x int64) { le.PutUint32(b[at:], uint32(x)) }
	le.PutUint32(b, niftiHeader2)
	copy(b[4:], "n+2\x00\r\n\x1a\n")
	le.PutUint16(b[12:], uint16(r.datatype))
	le.PutUint16(b[14:], uint16(r.bitpix))
	for i := range 8 {
		le.PutUint64(b[16+8*i:], uint64(r.dim[i]))
		double(104+8*i, r.pixdim[i])
	}
	le.PutUint64(b[168:], niftiHeader2+4)
	double(176, r.slope)
	double(184, r.inter)
	copy(b[240:], h.Description)
	word(344, r.qform)
	word(348, r.sform)
	for i := range 3 {
		double(352+8*i, r.quatern[i])
		double(376+8*i, r.qoffset[i])
		for j := range 4 {
			double(400+32*i+8*j, r.srow[i][j])
		}
	}
	word(500, r.units)
	return b
}
