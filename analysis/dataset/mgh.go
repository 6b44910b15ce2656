package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// mghHeader is where the values of an .mgh begin.
const mghHeader = 284

// mghTypes are NIfTI's codes of FreeSurfer's types.
var mghTypes = map[int32]int16{0: 2, 1: 8, 3: 16, 4: 4, 10: 512}

// newMGH opens FreeSurfer's .mgh or .mgz. Behind the header its values lie as
// those of a NIfTI image do, so that one reads them.
func newMGH(file string, at io.ReaderAt, size int64) (*Surface, error) {
	var head [mghHeader]byte
	n, _ := at.ReadAt(head[:2], 0)
	raw := &NIfTI{NIfTIHeader: NIfTIHeader{File: file, BigEndian: true, Slope: 1, offset: mghHeader}, at: at, size: size}
	raw.Packed = isGzip(head[:n])
	if err := raw.readAt(head[:], 0); err != nil {
		return nil, err
	}
	word := func(at int) int32 { return int32(binary.BigEndian.Uint32(head[at:])) }
	if v := word(0); v&0xff != 1 || v>>16 != 0 { // the second byte is the intent, since FreeSurfer 8
		return nil, raw.fault("version", fmt.Errorf("is %d, must be 1: this is neither MGH nor GIfTI; convert it with mri_convert", v))
	}
	total := int64(1)
	for i := range 4 {
		d := int64(word(4 + 4*i))
		if d < 1 {
			return nil, raw.fault(mghDims[i], fmt.Errorf("is %d, must be at least 1; the header is damaged", d))
		}
		if d > (1<<50)/total {
			return nil, raw.fault(mghDims[i], fmt.Errorf("is %d: with the dimensions before more than 2⁵⁰ values; the header is damaged", d))
		}
		total *= d
		raw.Shape[i] = int(d)
	}
	code, ok := mghTypes[word(20)]
	if !ok {
		return nil, raw.fault("type", fmt.Errorf("is %d, must be 0 (uchar), 1 (int), 3 (float), 4 (short) or 10 (ushort); convert it with mri_convert -odt float", word(20)))
	}
	t := niftiTypes[code]
	raw.code, raw.Type, raw.bytes = code, t.name, t.bytes
	if err := raw.fits(size); err != nil {
		return nil, err
	}
	s := &Surface{SurfaceHeader: SurfaceHeader{File: file, Format: "MGH", Type: raw.Type, Vertices: raw.Voxels(), Frames: raw.Shape[3]}, frames: raw}
	if raw.Packed {
		s.Format = "MGZ"
	}
	if s.Frames > 1 {
		return s, s.mghTR(raw, mghHeader+total*int64(raw.bytes))
	}
	return s, nil
}

var mghDims = [4]string{"width", "height", "depth", "nframes"}

// mghTR reads the time between frames, which stands behind the values, in ms.
func (s *Surface) mghTR(raw *NIfTI, end int64) error {
	var b [4]byte
	if err := raw.readAt(b[:1], end-1); err != nil {
		return err
	}
	if raw.readAt(b[:], end) != nil {
		return nil // nothing stands behind the values
	}
	ms := float64(math.Float32frombits(binary.BigEndian.Uint32(b[:])))
	switch {
	case ms == 0:
		return nil
	case math.IsNaN(ms), math.IsInf(ms, 0), ms < 0:
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: tr is %v ms; there is no TR", s.File, ms))
		return nil
	case ms < slowest:
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: tr is %v ms: perhaps seconds were written; say the TR in glm.Run", s.File, ms))
	}
	s.TR = ms / 1000
	return nil
}

// slowest is longer than a TR in s and shorter than one in ms.
const slowest = 50

var errNotSurface = errors.New("is the mesh of a surface, not values on it; open its .func.gii, .shape.gii or .mgz")
