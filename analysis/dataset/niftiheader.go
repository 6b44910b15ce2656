package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// A NIfTIHeader is what a NIfTI image says of itself.
type NIfTIHeader struct {
	File      string
	Version   int           // 1 or 2
	Packed    bool          // .nii.gz
	BigEndian bool          // the byte order of the file
	Type      string        // of the elements: "int16", "float32" …
	Shape     [4]int        // voxels along x, y and z; volumes, along the fourth dimension or the fifth (1 where there is neither)
	Zooms     [3]float64    // the size of a voxel, in mm
	TR        float64       // from one volume to the next, in s; 0 where the file does not say
	Affine    [4][4]float64 // voxel (i, j, k, 1) to (x, y, z, 1) in mm: x to the right, y to the front, z up
	From      string        // where the affine comes from: "sform", "qform" or "pixdim"
	Slope     float64       // stored values are multiplied by Slope, 1 where the file does not scale,
	Inter     float64       // and Inter is added
	Space     string        // where the affine leads: "scanner", "aligned", "Talairach", "MNI", "template"; empty where the file does not say
	Warnings  []error       // what a reader should know

	Description string // what the program that wrote the file says

	offset int64 // where the values begin
	bytes  int   // of an element
	code   int16 // its type
}

const (
	niftiHeader1 = 348
	niftiHeader2 = 540
)

// Voxels returns how many voxels a volume has.
func (h *NIfTIHeader) Voxels() int { return h.Shape[0] * h.Shape[1] * h.Shape[2] }

// rising checks which voxels are asked for.
func (h *NIfTIHeader) rising(voxels []int) error {
	if len(voxels) == 0 {
		return h.fault("", errors.New("no voxel is asked for; nil stands for all"))
	}
	for k, v := range voxels {
		if v < 0 || v >= h.Voxels() {
			return h.fault("", fmt.Errorf("has no voxel %d; it has %d", v, h.Voxels()))
		}
		if k > 0 && v <= voxels[k-1] {
			return h.fault("", fmt.Errorf("voxel %d is asked for after voxel %d; list each once, in rising order", v, voxels[k-1]))
		}
	}
	return nil
}

func (h *NIfTIHeader) fault(field string, err error) error {
	return &FieldError{File: h.File, Field: field, Err: err}
}

// dialect tells the version and the byte order by the first four bytes, which
// hold the length of the header.
func (h *NIfTIHeader) dialect(b []byte) (length int, err error) {
	little, big := binary.LittleEndian.Uint32(b), binary.BigEndian.Uint32(b)
	h.BigEndian = big == niftiHeader1 || big == niftiHeader2
	switch {
	case little == niftiHeader1, big == niftiHeader1:
		h.Version = 1
		return niftiHeader1, nil
	case little == niftiHeader2, big == niftiHeader2:
		h.Version = 2
		return niftiHeader2, nil
	}
	return 0, &FieldError{h.File, "sizeof_hdr", fmt.Errorf("is %d, neither 348 (NIfTI-1) nor 540 (NIfTI-2): this is no NIfTI image; convert it with dcm2niix or nibabel", int32(little))}
}

// niftiRaw is what both versions have in common.
type niftiRaw struct {
	dim                  [8]int64
	pixdim               [8]float64
	datatype, bitpix     int16
	offset, slope, inter float64
	qform, sform         int64
	quatern, qoffset     [3]float64
	srow                 [3][4]float64
	units                int64
}

func (h *NIfTIHeader) parse(b []byte) error {
	var order binary.ByteOrder = binary.LittleEndian
	if h.BigEndian {
		order = binary.BigEndian
	}
	short := func(at int) int64 { return int64(int16(order.Uint16(b[at:]))) }
	word := func(at int) int64 { return int64(int32(order.Uint32(b[at:]))) }
	long := func(at int) int64 { return int64(order.Uint64(b[at:])) }
	single := func(at int) float64 { return float64(math.Float32frombits(order.Uint32(b[at:]))) }
	double := func(at int) float64 { return math.Float64frombits(order.Uint64(b[at:])) }
	var r niftiRaw
	if h.Version == 1 {
		if m := b[344:348]; !bytes.Equal(m, []byte("n+1\x00")) {
			return h.magic(m, "n+1")
		}
		for i := range 8 {
			r.dim[i], r.pixdim[i] = short(40+2*i), single(76+4*i)
		}
		r.datatype, r.bitpix = int16(short(70)), int16(short(72))
		r.offset, r.slope, r.inter = single(108), single(112), single(116)
		r.units = int64(b[123])
		h.Description = niftiText(b[148:228])
		r.qform, r.sform = short(252), short(254)
		for i := range 3 {
			r.quatern[i], r.qoffset[i] = single(256+4*i), single(268+4*i)
			for j := range 4 {
				r.srow[i][j] = single(280 + 16*i + 4*j)
			}
		}
	} else {
		if m := b[4:12]; !bytes.Equal(m, []byte("n+2\x00\r\n\x1a\n")) {
			return h.magic(m, "n+2")
		}
		for i := range 8 {
			r.dim[i], r.pixdim[i] = long(16+8*i), double(104+8*i)
		}
		r.datatype, r.bitpix = int16(short(12)), int16(short(14))
		at := long(168)
		if at < 0 || at > 1<<50 {
			return &FieldError{h.File, "vox_offset", fmt.Errorf("is %d; the header is damaged: copy the file again", at)}
		}
		r.offset, r.slope, r.inter = float64(at), double(176), double(184)
		r.qform, r.sform, r.units = word(344), word(348), word(500)
		h.Description = niftiText(b[240:320])
		for i := range 3 {
			r.quatern[i], r.qoffset[i] = double(352+8*i), double(376+8*i)
			for j := range 4 {
				r.srow[i][j] = double(400 + 32*i + 8*j)
			}
		}
	}
	if err := h.layout(&r); err != nil {
		return err
	}
	return h.space(&r)
}

// niftiText returns a text that ends at a byte 0, of at most 79 bytes.
func niftiText(b []byte) string {
	text, _, _ := bytes.Cut(b[:79], []byte{0})
	return strings.ToValidUTF8(string(text), "?")
}

func (h *NIfTIHeader) magic(m []byte, want string) error {
	err := fmt.Errorf("is %q, must be %q: this is no NIfTI image; convert it with nibabel", bytes.TrimRight(m, "\x00"), want)
	switch {
	case bytes.HasPrefix(m, []byte("ni1")), bytes.HasPrefix(m, []byte("ni2")):
		err = fmt.Errorf("is %q: the header of a pair .hdr and .img; join them into one .nii (fslchfiletype NIFTI, or nibabel.save)", m[:3])
	case len(bytes.Trim(m, "\x00")) == 0:
		err = errors.New("is empty: an Analyze 7.5 header, which does not say left from right; convert it to .nii")
	}
	return &FieldError{h.File, "magic", err}
}

// layout takes the shape, the type, the scaling and where the values begin.
func (h *NIfTIHeader) layout(r *niftiRaw) error {
	fail := func(field, format string, args ...any) error {
		return &FieldError{h.File, field, fmt.Errorf(format, args...)}
	}
	dims := r.dim[0]
	if dims < 1 || dims > 7 {
		return fail("dim[0]", "is %d dimensions, must be 1 to 7; the header is damaged", dims)
	}
	if dims >= 6 && r.dim[1] == 1 && r.dim[2] == 1 && r.dim[3] == 1 && r.dim[4] == 1 && r.dim[5] > 1 && r.dim[6] > 1 {
		return fail("dim", "is that of CIFTI (rows and columns, %d×%d), which is not read; take it apart: wb_command -cifti-separate FILE COLUMN -metric CORTEX_LEFT lh.func.gii -metric CORTEX_RIGHT rh.func.gii -volume-all rest.nii.gz", r.dim[5], r.dim[6])
	}
	h.Shape = [4]int{1, 1, 1, 1}
	total := int64(1)
	for i := 1; i <= int(dims); i++ {
		d := r.dim[i]
		if d < 1 {
			return fail(fmt.Sprintf("dim[%d]", i), "is %d, must be at least 1; the header is damaged, or the image is empty", d)
		}
		if i > 4 && d > 1 && h.Shape[3] > 1 {
			return fail(fmt.Sprintf("dim[%d]", i), "is %d: the image has volumes along two dimensions; split it into images of four", d)
		}
		if d > (1<<50)/total {
			return fail(fmt.Sprintf("dim[%d]", i), "is %d: with the dimensions before more than 2⁵⁰ values; the header is damaged", d)
		}
		total *= d
		if i <= 4 || d > 1 { // betas may be volumes along the fifth dimension, the fourth being 1
			h.Shape[min(i, 4)-1] = int(d)
		}
	}
	t, ok := niftiTypes[r.datatype]
	if !ok {
		return fail("datatype", "is %d, which no NIfTI has; the header is damaged", r.datatype)
	}
	if t.why != "" {
		return fail("datatype", "is %d: %s", r.datatype, t.why)
	}
	if int(r.bitpix) != 8*t.bytes {
		return fail("bitpix", "is %d, but an element of type %s has %d bits; the header is damaged", r.bitpix, t.name, 8*t.bytes)
	}
	h.Type, h.bytes, h.code = t.name, t.bytes, r.datatype
	least := float64(niftiHeader1 + 4)
	if h.Version == 2 {
		least = niftiHeader2 + 4
	}
	if !(r.offset >= least && r.offset <= 1<<50) || r.offset != math.Trunc(r.offset) {
		return fail("vox_offset", "is %v, must be a whole number from %v; write the file again with nibabel", r.offset, least)
	}
	h.offset = int64(r.offset)
	// As nibabel has it: a slope of 0, NaN or infinity scales nothing.
	h.Slope, h.Inter = 1, 0
	if r.slope != 0 && !math.IsNaN(r.slope) && !math.IsInf(r.slope, 0) {
		if math.IsNaN(r.inter) || math.IsInf(r.inter, 0) {
			return fail("scl_inter", "is %v where scl_slope is %v; set it to 0 if nothing is to be added", r.inter, r.slope)
		}
		h.Slope, h.Inter = r.slope, r.inter
	}
	return nil
}

// fits compares what the header claims with the size of the file: of a packed
// one, with the most that so many bytes can unpack to.
func (h *NIfTIHeader) fits(size int64) error {
	need := float64(h.offset) + float64(h.Voxels())*float64(h.Shape[3])*float64(h.bytes)
	have, how := float64(size), "has"
	if h.Packed {
		have, how = 1032*float64(size), "can unpack to at most" // deflate's best: 258 bytes for two bits
	}
	if need <= have {
		return nil
	}
	return &FieldError{h.File, "dim", fmt.Errorf("says %d×%d×%d×%d values of type %s from byte %d on, %.0f bytes, but the file %s %.0f; the copy is incomplete or the header damaged",
		h.Shape[0], h.Shape[1], h.Shape[2], h.Shape[3], h.Type, h.offset, need, how, have)}
}
