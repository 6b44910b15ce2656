package dataset

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"fusiform/analysis"
)

// looksSurface tells the files of a cortical surface: GIfTI and MGH by their
// bytes, annotations and labels of FreeSurfer by their names.
func looksSurface(path string, head []byte) bool {
	name := strings.ToLower(path)
	for _, ext := range []string{".gii", ".gii.gz", ".mgh", ".mgz", ".mgh.gz", ".annot", ".label"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	if isGzip(head) {
		head = unpacked(head)
		return len(head) == 4 && (isXML(head) || isMGH(head))
	}
	return isXML(head) && bytes.Contains(head, []byte("<GIFTI")) || len(head) >= mghHeader && isMGH(head)
}

// isMGH looks at the version, whose third byte is the intent.
func isMGH(head []byte) bool { return head[0] == 0 && head[1] == 0 && head[3] == 1 }

// anyVertices is more than any surface has: a .label does not say of how many
// vertices it is.
const anyVertices = 1 << 22

func (in *Inspection) surface(ctx context.Context, size int64) error {
	if ext := strings.ToLower(filepath.Ext(in.Path)); ext == ".label" || ext == ".annot" {
		return in.parcellation(0)
	}
	s, err := OpenSurface(in.Path)
	if err != nil {
		return err
	}
	defer s.Close()
	if s.gifti != nil && len(s.gifti.keys) > 0 {
		return in.parcellation(s.Vertices)
	}
	in.Format = s.Format + " surface"
	p := Part{Type: s.Type, Shape: []int{s.Vertices, s.Frames}, Go: "s, err := dataset.OpenSurface(" + strconv.Quote(in.Path) + ")"}
	var values []float64
	for f := range s.Frames {
		if err := ctx.Err(); err != nil {
			return err
		}
		if values, err = s.Frame(f, values); err != nil {
			return err
		}
		p.see(values)
		analysis.ReportProgress(ctx, int(float64(size)*float64(f+1)/float64(s.Frames)), int(size))
	}
	in.Notes = append(in.Notes, fmt.Sprintf("%d vertices × %d frame%s", s.Vertices, s.Frames, plural(s.Frames)))
	if s.Hemisphere != "" {
		in.Notes = append(in.Notes, "hemisphere "+s.Hemisphere)
	}
	if s.TR > 0 {
		in.Notes = append(in.Notes, fmt.Sprintf("one frame each %.4g s", s.TR))
	}
	if s.Names != nil {
		in.Notes = append(in.Notes, "frames "+printable(analysis.Few(s.Names, 10)))
	}
	in.warn(s.Warnings)
	in.add(p)
	return nil
}

// parcellation tells of regions; vertices is 0 where the file says it.
func (in *Inspection) parcellation(vertices int) error {
	p, err := inspectRegions(in.Path, vertices)
	if err != nil {
		return err
	}
	in.Format = "regions of a surface"
	counts := make([]int, len(p.Regions))
	last := 0
	for v, r := range p.region {
		if r >= 0 {
			counts[r]++
			last = v
		}
	}
	for i, r := range p.Regions {
		in.add(Part{Name: r, Type: "region", Note: fmt.Sprintf("%d vertices", counts[i])})
	}
	n := "vertices"
	if p.Vertices() < anyVertices {
		n = strconv.Itoa(p.Vertices())
		in.Notes = append(in.Notes, n+" vertices")
	} else {
		in.Notes = append(in.Notes, fmt.Sprintf("the last vertex is %d; the file does not say how many the surface has", last))
	}
	if p.Hemisphere != "" {
		in.Notes = append(in.Notes, "hemisphere "+p.Hemisphere)
	}
	in.Go = fmt.Sprintf("p, err := dataset.ReadParcellation(%q, %s)", in.Path, n)
	in.warn(p.Warnings)
	return nil
}

// inspectRegions reads regions of as many vertices as the file has.
func inspectRegions(path string, vertices int) (*Parcellation, error) {
	if vertices == 0 {
		vertices = anyVertices
		if strings.EqualFold(filepath.Ext(path), ".annot") {
			f, size, err := openFile(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			p := &Parcellation{File: path, Hemisphere: hemisphere(path)}
			return p, p.annot(f, size)
		}
	}
	return ReadParcellation(path, vertices)
}

// warn keeps what a reader warned of.
func (in *Inspection) warn(warnings []error) {
	for _, w := range warnings {
		in.Notes = append(in.Notes, w.Error())
	}
}
