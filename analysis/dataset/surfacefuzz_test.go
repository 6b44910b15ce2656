package dataset

import (
	"bytes"
	"context"
	"testing"
)

// Whatever a file holds, reading it as a surface ends in values or in an error.
func FuzzSurface(f *testing.F) {
	seeds(f, "testdata/surface/*.mgh")
	seeds(f, "testdata/surface/*.mgz")
	seeds(f, "testdata/surface/*.gii")
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := newSurface("f", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		defer s.Close()
		if s.Frames > 1<<12 || s.Vertices > 1<<20 {
			return // slow, not large
		}
		series, err := s.TimeCourses()
		if err != nil {
			t.Fatal(err)
		}
		frames, n := series.Dims()
		m, err := series.Block(context.Background(), 0, n)
		if err != nil {
			return
		}
		if r, c := m.Dims(); r != frames || c != n || frames != s.Frames || n != s.Vertices {
			t.Errorf("%d×%d of %d×%d", r, c, s.Frames, s.Vertices)
		}
		last, err := s.Frame(frames-1, nil)
		if err != nil || len(last) != n {
			t.Fatalf("%d values: %v", len(last), err)
		}
		for v, x := range last {
			if y := m.At(frames-1, v); x != y && !(x != x && y != y) {
				t.Errorf("vertex %d: %v, %v", v, x, y)
			}
		}
	})
}

// What is accepted as regions gives a mask for each.
func FuzzParcellation(f *testing.F) {
	for _, pattern := range []string{"*.annot", "*.label", "*.label.gii", "lh.rois.mgz"} {
		seeds(f, "testdata/surface/"+pattern)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"f.annot", "f.label", "f.gii"} {
			p, err := parseParcellation(name, bytes.NewReader(data), int64(len(data)), 7)
			if err != nil {
				continue
			}
			for _, r := range p.Regions {
				if mask, err := p.Mask(r); err != nil || len(mask) != 7 || p.Vertices() != 7 {
					t.Errorf("%s: %q: %v, %v", name, r, mask, err)
				}
			}
			if q, err := p.named("t.ctab", string(data)); err == nil && (len(p.Regions) > 0) != (len(q.Regions) > 0) {
				t.Errorf("%q, %q", p.Regions, q.Regions)
			}
		}
	})
}
