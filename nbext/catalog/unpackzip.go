package catalog

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// walkZip shows the members of a zip archive.
func walkZip(r *io.SectionReader, visit func(member) error) error {
	z, err := zip.NewReader(r, r.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("it is no zip archive that can be read: %w", err)
	}
	for _, f := range z.File {
		m := member{name: f.Name, size: int64(min(f.UncompressedSize64, maxFetch+1)), open: func() (io.ReadCloser, error) {
			if f.Flags&1 != 0 {
				return nil, errEncrypted
			}
			return f.Open()
		}}
		switch mode := f.Mode(); {
		case mode.IsDir() || strings.HasSuffix(f.Name, "/"):
			m.kind = aFolder
		case !mode.IsRegular():
			m.kind = "a link or a device"
		}
		if err := visit(m); err != nil {
			return err
		}
	}
	return nil
}
