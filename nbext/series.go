package nbext

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis/dataset"
	"fusiform/analysis/glm"
)

// courses are the time courses of some voxels, or vertices, of a run: its file
// is open only while it is read, since a data set has more runs than a process
// may have open files.
type courses struct {
	path            string
	masks           [][]bool
	volumes, voxels int

	file   io.Closer
	series glm.Series
}

// Dims returns the number of volumes and of voxels.
func (c *courses) Dims() (volumes, voxels int) { return c.volumes, c.voxels }

// Block reads the voxels from lo to hi.
func (c *courses) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	if c.file == nil {
		if err := c.open(); err != nil {
			return nil, err
		}
	}
	b, err := c.series.Block(ctx, lo, hi)
	if err != nil || hi == c.voxels {
		c.file.Close()
		c.file = nil
	}
	return b, err
}

func (c *courses) open() error {
	if strings.HasSuffix(c.path, ".gii") {
		f, err := dataset.OpenSurface(c.path)
		if err != nil {
			return err
		}
		s, err := f.TimeCourses(c.masks...)
		return c.take(f, s, err)
	}
	f, err := dataset.OpenNIfTI(c.path)
	if err != nil {
		return err
	}
	s, err := f.TimeCourses(c.masks...)
	return c.take(f, s, err)
}

// take keeps an open file and its time courses, or closes it where there are none.
func (c *courses) take(file io.Closer, s glm.Series, err error) error {
	if err != nil {
		file.Close()
		return err
	}
	c.file, c.series = file, s
	c.volumes, c.voxels = s.Dims()
	return nil
}

// openCourses says how large a run is, and closes it again.
func openCourses(path string, masks ...[]bool) (*courses, error) {
	c := &courses{path: path, masks: masks}
	if err := c.open(); err != nil {
		return nil, err
	}
	err := c.file.Close()
	c.file = nil
	if err != nil {
		return nil, fmt.Errorf("nbext: %w", err)
	}
	return c, nil
}
