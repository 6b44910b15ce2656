package catalog

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// walkTarGz shows the members of a tar archive that is compressed by gzip.
func walkTarGz(ctx context.Context, r io.Reader, visit func(member) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("it is no gzip file that can be read: %w", err)
	}
	return walkTar(readFunc(func(b []byte) (int, error) { // passing over a long member ends with ctx, too
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return z.Read(b)
	}), visit)
}

// walkTar shows the members of a tar archive.
func walkTar(r io.Reader, visit func(member) error) error {
	t := tar.NewReader(r)
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case err == io.EOF && n > 0:
			return nil
		case err != nil && n == 0:
			return fmt.Errorf("it is neither zip nor tar nor tar.gz: %w", err)
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return fmt.Errorf("it breaks off after %d members: %w", n, err)
		}
		m := member{name: h.Name, size: h.Size, open: func() (io.ReadCloser, error) { return io.NopCloser(t), nil }}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse:
		case tar.TypeDir, tar.TypeXGlobalHeader:
			m.kind = aFolder
		case tar.TypeSymlink, tar.TypeLink:
			m.kind = "a link"
		default:
			m.kind = "a device"
		}
		if err := visit(m); err != nil {
			return err
		}
	}
}

// readFunc is a reader of one function.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }
