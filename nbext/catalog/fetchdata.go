package catalog

import (
	"context"
	"errors"
)

// A File is one file of a data set, or the archive that holds some.
type File struct {
	Path   string   // below the row's folder, with forward slashes
	Size   int64    // in bytes
	SHA256 string   // in hexadecimal
	URLs   []string // mirrors, the first to be tried first; none: an archive holds it, or nobody here knows an address
}

// An Archive is one file that holds many: zip, tar or tar.gz, by content. It
// is fetched as a hidden file, verified, unpacked, and removed; one that the
// user has put at Path is used in place, and stays.
//
// Its members lie below the folder of Path: "images.zip" unpacks into the
// row's folder, "sub-1/images.zip" below sub-1. Only members that are Files
// of the row without addresses are written, each with the row's size and
// SHA-256 or not at all; the others are left out and counted.
type Archive struct {
	File
	Strip int // leading elements of its members' paths that are dropped
}

// Data returns the folder of a data set, after fetching what of its Files is
// not on this machine. Files that are there are used in place, wherever links
// of the user lead; a wrong one is an error that names it, and is never
// written to. It fails with a *MissingError if a file is absent that no
// address and no archive gives.
func (f Fetcher) Data(ctx context.Context, r DataRow) (dir string, err error) {
	return "", errors.ErrUnsupported
}
