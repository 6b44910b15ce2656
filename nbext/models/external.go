package models

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gomlx/compute-onnx/support/protos"
)

// torch.onnx.export(dynamo=True) writes the weights into a second file beside
// the first, net.onnx.data. Such files are read if they lie in the folder of the
// first one or below it; a path that leads out of it, by itself or by a symbolic
// link, is refused.

// externals are the files beside an ONNX file that have weights of it. They
// continue its source: the bytes of the first begin where it ends.
type externals struct {
	dir   string // empty: there is no folder
	files map[string]source
	start map[string]int64
	all   joined
	sum   hash.Hash       // of the weights, in the order of the graph
	known map[string]blob // stretches that were read: weights may share one
	read  int64
}

// maxShared bounds how often the bytes of a file may be weights over again, but
// for a few.
const (
	maxShared = 2
	fewShared = 1 << 20
)

// place finds the bytes of a tensor that lie in another file. It hashes them.
func (e *externals) place(t *protos.TensorProto) (blob, error) {
	size, err := tensorBytes(t)
	if err != nil {
		return blob{}, err
	}
	if len(t.RawData) > 0 {
		return blob{}, errors.New("it has values and external data: the file is damaged")
	}
	location, offset := "", int64(0)
	for _, kv := range t.ExternalData {
		switch v := kv.GetValue(); kv.GetKey() {
		case "location":
			location = v
		case "offset", "length":
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < 0 {
				return blob{}, fmt.Errorf("the %s of its external data is %.40q", kv.Key, v)
			}
			if kv.Key == "offset" {
				offset = n
			} else if n != size {
				return blob{}, fmt.Errorf("%d bytes of external data for shape %v, expected %d: the file is damaged", n, t.Dims, size)
			}
		case "checksum", "basepath": // of no use here
		default:
			return blob{}, fmt.Errorf("its external data have the key %.40q, which ONNX does not know", kv.GetKey())
		}
	}
	s, err := e.open(location)
	if err != nil {
		return blob{}, err
	}
	if offset > s.size || size > s.size-offset {
		return blob{}, fmt.Errorf("its values are bytes %d to %d of the external data %q, which has %d: it was cut short, or belongs to another network", offset, offset+size, location, s.size)
	}
	at := blob{offset: e.start[location] + offset, size: size}
	where := fmt.Sprintf("%q %d %d", location, offset, size)
	if e.read += size; e.read > maxShared*e.all.size()+fewShared {
		return blob{}, errors.New("the weights lie upon each other in the external data: the file is damaged")
	}
	if at, ok := e.known[where]; ok {
		return at, nil
	}
	h := newBlobHash()
	if _, err := io.Copy(io.MultiWriter(writes(h.write), e.sum), io.NewSectionReader(s, offset, size)); err != nil {
		return blob{}, fmt.Errorf("reading the external data %q: %w", location, err)
	}
	at.sum = h.sum()
	e.known[where] = at
	return at, nil
}

// writes makes a writer of a function that cannot fail.
type writes func(b []byte)

func (w writes) Write(b []byte) (int, error) { w(b); return len(b), nil }

// mostBeside bounds the files beside one.
const mostBeside = 1000

// open opens a file of the folder, once.
func (e *externals) open(location string) (source, error) {
	if s, ok := e.files[location]; ok {
		return s, nil
	}
	if len(e.files) == mostBeside {
		return source{}, fmt.Errorf("its external data lie in more than %d files", mostBeside)
	}
	if e.dir == "" {
		return source{}, errors.New("its values lie in another file (external data), which is not there; save the network as one file (external_data=False)")
	}
	if !filepath.IsLocal(filepath.FromSlash(location)) {
		return source{}, fmt.Errorf("its values lie in the external data %.200q, which is not in the folder of the network; only files beside it are read", location)
	}
	root, err := os.OpenRoot(e.dir)
	if err != nil {
		return source{}, err
	}
	defer root.Close()
	st, err := root.Stat(filepath.FromSlash(location))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return source{}, fmt.Errorf("its values lie in the external data %.200q, which is missing: put that file beside the .onnx file, under the name that it was saved with", location)
	case err != nil:
		return source{}, fmt.Errorf("its values lie in the external data %.200q, which cannot be read: %w", location, err)
	case !st.Mode().IsRegular():
		return source{}, fmt.Errorf("its values lie in the external data %.200q, which is not a file", location)
	}
	f, err := root.Open(filepath.FromSlash(location))
	if err != nil {
		return source{}, fmt.Errorf("its values lie in the external data %.200q, which cannot be read: %w", location, err)
	}
	s := source{f, st.Size()} // closed when nobody has it any more
	if s.size <= keptOpen {
		defer f.Close()
		b := make([]byte, s.size)
		if _, err := io.ReadFull(f, b); err != nil {
			return source{}, fmt.Errorf("reading the external data %q: %w", location, err)
		}
		s.ReaderAt = bytes.NewReader(b)
	}
	e.files[location], e.start[location] = s, e.all.size()
	e.all = append(e.all, s)
	return s, nil
}

// newExternals prepares for files in dir, beside the source s.
func newExternals(s source, dir string) *externals {
	return &externals{dir: dir, files: map[string]source{}, start: map[string]int64{}, all: joined{s}, sum: sha256.New(), known: map[string]blob{}}
}

// finish makes the external data part of f: of what is read, and of its hash.
func (e *externals) finish(f *file) {
	if len(e.files) == 0 {
		return
	}
	f.src = source{e.all, e.all.size()}
	e.sum.Write(f.sum[:])
	e.sum.Sum(f.sum[:0])
}

// joined are sources one after the other.
type joined []source

func (j joined) size() (n int64) {
	for _, s := range j {
		n += s.size
	}
	return n
}

// ReadAt reads from one of the sources: no weight lies in two.
func (j joined) ReadAt(b []byte, off int64) (int, error) {
	for _, s := range j {
		if off < s.size {
			return s.ReadAt(b, off)
		}
		off -= s.size
	}
	return 0, io.EOF
}
