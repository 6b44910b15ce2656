package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A SurfaceHeader is what a file of numbers on a cortical surface says of
// itself.
type SurfaceHeader struct {
	File       string
	Format     string // "MGH", "MGZ" or "GIfTI"
	Type       string // of the elements: "float32", "int32" …
	Vertices   int
	Frames     int      // maps, trials or volumes
	Names      []string // of the frames, where the file has any: GIfTI's Name; else nil
	TR         float64  // from one frame to the next, in s; 0 where the file does not say
	Hemisphere string   // "lh" or "rh", as in analysis.Where; empty where neither file nor name tells
	Warnings   []error  // what a reader should know
}

// A Surface is an open file of numbers on a cortical surface, one for each
// vertex in each frame: a t-map, curvature, the betas of many trials, or a run.
// Vertices are counted from 0 in the order of the surface's mesh. It is read
// frame by frame (Frame) or as the time course of chosen vertices
// (TimeCourses), and never held as a whole. Values may be NaN or infinite where
// the file says so. It is not safe for concurrent use.
type Surface struct {
	SurfaceHeader

	raw   *NIfTI     // of an .mgh or .mgz, whose values lie as those of an image do
	gifti *giftiFile // of the others
	close io.Closer
}

// OpenSurface opens a file of numbers on a surface, told by its bytes:
//
//   - FreeSurfer's .mgh and .mgz (vertices × 1 × 1 × frames, as its t-maps and
//     NSD's betas are). Where it is a volume, its voxels are taken for vertices,
//     x fastest. The TR stands behind the values in ms: of an .mgz of several
//     frames it takes a pass through the file.
//   - GIfTI, .func.gii and .shape.gii: the arrays of a file, in their order, are
//     its frames; one of vertices × k values is k of them. Arrays may be text, base64 or packed base64, of
//     integers of 8 to 64 bits or floats of 32 or 64, in either byte order and order of indices. The whole file is passed through, but no
//     value is read; a .gii.gz is unpacked in memory, up to 256 MiB. The format does not say the unit of TimeStep, and programs
//     differ: below 50 it is taken for seconds, else for ms.
//
// The hemisphere is what GIfTI calls AnatomicalStructurePrimary, else what the
// name says: lh. or rh., hemi-L or hemi-R, .L. or .R.
//
// It fails with a *FieldError that names the field, before anything is
// allocated, on dimensions that are negative or more than the file can hold, on
// arrays of different numbers of vertices, on values in another file, and on
// the coordinates of a surface (.surf.gii). Close the surface when done.
//
// The formats: https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat,
// https://www.nitrc.org/projects/gifti
func OpenSurface(path string) (*Surface, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	s, err := newSurface(path, f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.close = f
	return s, nil
}

func newSurface(file string, at io.ReaderAt, size int64) (s *Surface, err error) {
	head := make([]byte, mghHeader)
	n, _ := at.ReadAt(head, 0)
	switch head = head[:n]; {
	case isXML(head):
		s, err = newGIfTI(file, at, size)
	case isGzip(head) && isXML(unpacked(head)):
		var text []byte
		if text, err = gunzip(file, io.NewSectionReader(at, 0, size)); err == nil {
			s, err = newGIfTI(file, bytes.NewReader(text), int64(len(text)))
		}
	default:
		s, err = newMGH(file, at, size)
	}
	if err != nil {
		return nil, err
	}
	told := hemisphere(file)
	if s.Hemisphere == "" {
		s.Hemisphere = told
	} else if told != "" && told != s.Hemisphere {
		s.Warnings = append(s.Warnings, fmt.Errorf("dataset: %s: says that it is %s, but is called as if it were %s; what it says is taken", file, s.Hemisphere, told))
	}
	return s, nil
}

// Close closes the file, and gives back the temporary one if an .mgz was
// unpacked into it.
func (s *Surface) Close() error {
	if s.raw != nil {
		if err := s.raw.Close(); err != nil {
			return err
		}
	}
	if s.close == nil {
		return nil
	}
	return s.close.Close()
}

// Frame reads frame t, counted from 0: one value per vertex, into the slice if
// it is large enough. Reading frames of an .mgz in order unpacks the file once.
func (s *Surface) Frame(t int, into []float64) ([]float64, error) {
	if t < 0 || t >= s.Frames {
		return nil, s.fault("", fmt.Errorf("has no frame %d; it has %d", t, s.Frames))
	}
	if s.raw != nil {
		return s.raw.Volume(t, into)
	}
	values, err := s.gifti.frame(t)
	return append(into[:0], values...), err
}

// TimeCourses returns the values of the vertices that lie in every mask, in
// rising order, over the frames; without masks, of all. Nothing is read yet. It fails if
// a mask has not one value for each vertex, and if no vertex is in all.
func (s *Surface) TimeCourses(masks ...[]bool) (*SurfaceSeries, error) {
	vertices, err := inAll(s.Vertices, masks)
	if err != nil {
		return nil, s.fault("", err)
	}
	return &SurfaceSeries{surface: s, vertices: vertices}, nil
}

// inAll returns the positions of n that every mask has; nil without masks.
func inAll(n int, masks [][]bool) ([]int, error) {
	if len(masks) == 0 {
		return nil, nil
	}
	for k, m := range masks {
		if len(m) != n {
			return nil, fmt.Errorf("has %d vertices, mask %d has %d; take both of the same mesh (fsaverage, fsaverage5 …)", n, k, len(m))
		}
	}
	in := []int{}
next:
	for v := range n {
		for _, m := range masks {
			if !m[v] {
				continue next
			}
		}
		in = append(in, v)
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("no vertex lies in all %d masks", len(masks))
	}
	return in, nil
}

func (s *Surface) fault(field string, err error) error {
	return &FieldError{File: s.File, Field: field, Err: err}
}

// A SurfaceSeries is the values of some vertices over the frames of a file,
// read block by block: what glm.Run.Data takes. Of betas, whose frames are
// trials, Block over all vertices is the matrix that analysis.NewResponses takes.
type SurfaceSeries struct {
	surface  *Surface
	vertices []int // rising; nil stands for all
}

// Dims returns the number of frames and of vertices.
func (s *SurfaceSeries) Dims() (frames, vertices int) {
	if s.vertices == nil {
		return s.surface.Frames, s.surface.Vertices
	}
	return s.surface.Frames, len(s.vertices)
}

// Vertices returns where on the surface each of them lies.
func (s *SurfaceSeries) Vertices() []int {
	_, n := s.Dims()
	all := make([]int, n)
	for k := range all {
		all[k] = s.vertex(k)
	}
	return all
}

func (s *SurfaceSeries) vertex(k int) int {
	if s.vertices == nil {
		return k
	}
	return s.vertices[k]
}

// Block reads the vertices from lo to hi of the series: a matrix of frames ×
// (hi − lo). It takes 8 bytes for each value. Of an .mgh it reads only where the
// vertices lie; an .mgz of several blocks is unpacked as VoxelSeries.Block says;
// a GIfTI is passed through by each block, array by array. It reports progress in frames and ends
// early with ctx.
func (s *SurfaceSeries) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	frames, n := s.Dims()
	if lo < 0 || hi > n || lo >= hi {
		return nil, s.surface.fault("", fmt.Errorf("vertices %d to %d are asked for of %d", lo, hi, n))
	}
	if raw := s.surface.raw; raw != nil {
		return (&VoxelSeries{image: raw, voxels: s.vertices}).Block(ctx, lo, hi)
	}
	return s.surface.gifti.block(ctx, frames, hi-lo, func(k int) int { return s.vertex(lo + k) })
}

// hemisphere tells the side by a file's name; empty if it says none or both.
func hemisphere(path string) string {
	name := path[strings.LastIndexAny(path, `/\`+string(os.PathSeparator))+1:]
	side := ""
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' }) {
		told := ""
		switch word {
		case "lh", "hemi-L", "L":
			told = "lh"
		case "rh", "hemi-R", "R":
			told = "rh"
		}
		if told != "" && side != "" && told != side {
			return ""
		}
		if told != "" {
			side = told
		}
	}
	return side
}

func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

// isXML reports whether a file begins as XML does.
func isXML(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), []byte("<"))
}

// unpacked returns what the beginning of a packed file unpacks to, as far as it
// does.
func unpacked(head []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	out := make([]byte, 4)
	n, _ := io.ReadFull(r, out)
	return out[:n]
}

// maxGunzip is how large a .gii.gz may be when it is unpacked.
const maxGunzip = 1 << 28

// gunzip unpacks a GIfTI that is packed as a whole, as nilearn's are.
func gunzip(file string, r io.Reader) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, &FieldError{File: file, Err: err}
	}
	text, err := io.ReadAll(io.LimitReader(z, maxGunzip+1))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("breaks off (%w); copy or download it again", err)
	}
	if err == nil && len(text) > maxGunzip {
		err = fmt.Errorf("unpacks to more than %d bytes; unpack it (gunzip) and open the .gii", maxGunzip)
	}
	if err != nil {
		return nil, &FieldError{File: file, Err: err}
	}
	return text, nil
}
