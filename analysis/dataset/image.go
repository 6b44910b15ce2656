package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fusiform/analysis"
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
	st, err := r.Stat()
	if err != nil {
		return analysis.Stimulus{}, fmt.Errorf("%s: %w", name, err)
	}
	h, err := readHead(r, st.Size())
	if err != nil {
		return analysis.Stimulus{}, fmt.Errorf("%s: %w", name, err)
	}
	f.doubts.note(rel, h)
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
			img, err := decodeImage(data)
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
