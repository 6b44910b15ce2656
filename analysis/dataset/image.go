package dataset

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"fusiform/analysis"
)

const (
	extensions = "png, jpg, jpeg, gif, bmp, tif, tiff, webp"
	maxPixels  = 100_000_000 // beyond any stimulus; 400 MB once decoded
	maxBytes   = 1 << 28     // of a file
)

func isImageName(file string) bool {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(file), "."))
	for _, e := range strings.Split(extensions, ", ") {
		if ext == e {
			return true
		}
	}
	return false
}

// stimulus makes a stimulus of the image at a path within the folder, after a
// look at its header.
func (f folder) stimulus(rel, category, subcategory string) (analysis.Stimulus, error) {
	name := filepath.Join(f.path, filepath.FromSlash(rel))
	if !isImageName(rel) {
		return analysis.Stimulus{}, fmt.Errorf("%s is no image by its name (%s)", name, extensions)
	}
	r, err := openRegular(f.root, rel, maxBytes)
	if err != nil {
		return analysis.Stimulus{}, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	if err := checkImage(r); err != nil {
		return analysis.Stimulus{}, fmt.Errorf("%s: %w", name, err)
	}
	dir := f.path // not f: the root is closed by then
	return analysis.Stimulus{
		ID:          filepath.Base(dir) + "/" + rel,
		Category:    category,
		Subcategory: subcategory,
		Image: func() (image.Image, error) {
			data, err := readAgain(dir, rel)
			if err != nil {
				return nil, err
			}
			if err := checkImage(bytes.NewReader(data)); err != nil {
				return nil, fmt.Errorf("dataset: %s: %w", name, err)
			}
			img, _, err := image.Decode(bytes.NewReader(data))
			if err != nil {
				return nil, fmt.Errorf("dataset: %s: %w", name, err)
			}
			return img, nil
		},
		Digest: func() ([32]byte, error) {
			data, err := readAgain(dir, rel)
			if err != nil {
				return [32]byte{}, err
			}
			return sha256.Sum256(data), nil
		},
	}, nil
}

// checkImage reads the header of an image.
func checkImage(r io.Reader) error {
	c, _, err := image.DecodeConfig(r)
	switch {
	case errors.Is(err, image.ErrFormat):
		return fmt.Errorf("is not an image, whatever it is called: %w", err)
	case err != nil:
		return fmt.Errorf("is not a whole image: %w", err)
	case c.Width <= 0 || c.Height <= 0:
		return fmt.Errorf("is an image of %d×%d pixels", c.Width, c.Height)
	case c.Width > maxPixels/c.Height:
		return fmt.Errorf("is an image of %d×%d pixels, more than the %d megapixels that are read", c.Width, c.Height, maxPixels/1_000_000)
	}
	return nil
}

// openRegular opens a regular file of at most limit bytes within the root.
func openRegular(root *os.Root, rel string, limit int64) (*os.File, error) {
	info, err := root.Stat(rel)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("is a folder or a device, not a file")
	case info.Size() > limit:
		return nil, fmt.Errorf("has %d bytes, more than the %d that are read", info.Size(), limit)
	}
	return root.Open(rel)
}

// readAgain reads a file within dir, long after dir was listed.
func readAgain(dir, rel string) ([]byte, error) {
	data, err := readWithin(dir, rel)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", filepath.Join(dir, filepath.FromSlash(rel)), err)
	}
	return data, nil
}

func readWithin(dir, rel string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	r, err := openRegular(root, rel, maxBytes)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxBytes))
}
