package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	// mghHeader is where the values of an .mgh begin.
	mghHeader = 284
	// slowest is longer than a TR in s and shorter than one in ms.
	slowest = 50
)

// mghTypes are NIfTI's codes of FreeSurfer's types.
var mghTypes = map[int32]int16{0: 2, 1: 8, 3: 16, 4: 4, 10: 512}

var mghDims = [4]string{"width", "height", "depth", "nframes"}

// newMGH opens FreeSurfer's .mgh or .mgz. Behind the header its values lie as
// those of a NIfTI image do: with such a header before the file, NIfTI's reader
// reads it.
func newMGH(file string, at io.ReaderAt, size int64) (*Surface, error) {
	s := &Surface{SurfaceHeader: SurfaceHeader{File: file, Format: "MGH"}}
	var head [mghHeader]byte
	n, _ := at.ReadAt(head[:2], 0)
	r := io.Reader(io.NewSectionReader(at, 0, size))
	packed := isGzip(head[:n])
	if packed {
		s.Format = "MGZ"
		z, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<16))
		if err != nil {
			return nil, s.broken(0, err)
		}
		r = z
	}
	if n, err := io.ReadFull(r, head[:]); err != nil {
		return nil, s.broken(int64(n), err)
	}
	word := func(at int) int32 { return int32(binary.BigEndian.Uint32(head[at:])) }
	if v := word(0); v&0xff != 1 || v>>16 != 0 { // the second byte is the intent, since FreeSurfer 8
		return nil, s.fault("version", fmt.Errorf("is %d, must be 1: this is neither MGH nor GIfTI; convert it with mri_convert", v))
	}
	total := int64(1)
	var dims [4]int64
	for i := range dims {
		d := int64(word(4 + 4*i))
		if d < 1 {
			return nil, s.fault(mghDims[i], fmt.Errorf("is %d, must be at least 1; the header is damaged", d))
		}
		if d > (1<<50)/total {
			return nil, s.fault(mghDims[i], fmt.Errorf("is %d: with the dimensions before more than 2⁵⁰ values; the header is damaged", d))
		}
		total *= d
		dims[i] = d
	}
	code, ok := mghTypes[word(20)]
	if !ok {
		return nil, s.fault("type", fmt.Errorf("is %d, must be 0 (uchar), 1 (int), 3 (float), 4 (short) or 10 (ushort); convert it with mri_convert -odt float", word(20)))
	}
	need, have, how := mghHeader+total*int64(niftiTypes[code].bytes), size, "has"
	if packed {
		have, how = 1032*min(size, 1<<50), "can unpack to at most" // deflate's best
	}
	if need > have {
		return nil, s.fault(mghDims[3], fmt.Errorf("is %d: %d×%d×%d×%d values of type %s take %d bytes, but the file %s %d; the copy is incomplete or the header damaged",
			dims[3], dims[0], dims[1], dims[2], dims[3], niftiTypes[code].name, need, how, have))
	}
	before := niftiBefore(dims, code)
	if packed { // packed files may stand one behind the other
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(before)
		_ = z.Close()
		before = b.Bytes()
	}
	raw, err := newNIfTI(file, behind{before, at}, int64(len(before))+size)
	if err != nil {
		return nil, err
	}
	s.raw, s.Type, s.Vertices, s.Frames = raw, niftiTypes[code].name, int(total/dims[3]), int(dims[3])
	if s.Frames > 1 {
		err = s.mghTR(r, need-mghHeader)
	}
	return s, err
}

// mghTR passes over the values to the time between frames in ms, which may be
// missing.
func (s *Surface) mghTR(r io.Reader, values int64) error {
	n := values
	var err error
	if seeker, ok := r.(io.Seeker); ok {
		_, err = seeker.Seek(values, io.SeekCurrent)
	} else {
		n, err = io.CopyN(io.Discard, r, values)
	}
	if err != nil {
		return s.broken(mghHeader+n, err)
	}
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return nil
	}
	ms := float64(math.Float32frombits(binary.BigEndian.Uint32(b[:])))
	switch {
	case ms == 0:
		return nil
	case math.IsNaN(ms), math.IsInf(ms, 0), ms < 0:
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: tr is %v ms; there is no TR", s.File, ms))
		return nil
	case ms < slowest:
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: tr is %v ms: perhaps seconds were written; give glm.Run the TR that was measured with", s.File, ms))
	}
	s.TR = ms / 1000
	return nil
}

func (s *Surface) broken(at int64, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return s.fault("", fmt.Errorf("breaks off after %d bytes (%w); copy or download it again", at, err))
}

// niftiBefore is a NIfTI-2 header that makes a NIfTI of the .mgh that follows.
func niftiBefore(dims [4]int64, code int16) []byte {
	b := make([]byte, niftiHeader2+4)
	order := binary.BigEndian
	order.PutUint32(b, niftiHeader2)
	copy(b[4:], "n+2\x00\r\n\x1a\n")
	order.PutUint16(b[12:], uint16(code))
	order.PutUint16(b[14:], uint16(8*niftiTypes[code].bytes))
	order.PutUint64(b[16:], 4)
	for i, d := range dims {
		order.PutUint64(b[24+8*i:], uint64(d))
	}
	order.PutUint64(b[168:], uint64(len(b)+mghHeader))
	order.PutUint32(b[348:], 1) // sform
	for i := range 3 {
		order.PutUint64(b[400+40*i:], math.Float64bits(1))
	}
	return b
}

// A behind reader has bytes before those of another.
type behind struct {
	before []byte
	r      io.ReaderAt
}

func (j behind) ReadAt(b []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(j.before)) {
		n = copy(b, j.before[at:])
	}
	if n == len(b) {
		return n, nil
	}
	k, err := j.r.ReadAt(b[n:], at+int64(n)-int64(len(j.before)))
	return n + k, err
}
