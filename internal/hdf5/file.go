package hdf5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// A File is an open HDF5 file. Its methods, and those of what it gives, may be
// used from several goroutines.
type File struct {
	r       io.ReaderAt
	base    int64 // where address 0 is
	size    int64 // of what follows it
	offsets int
	lengths int
	root    uint64
	heaps   heapCache
	groups  groupCache
	limit   atomic.Int64 // bytes that may still be read by a walk through the file, if limited
	limited atomic.Bool

	unsummed bool // checksums are not compared: so the fuzz test gets behind them
}

const signature = "\x89HDF\r\n\x1a\n"

// UserBlock looks for the signature where the format allows it, at 0, 512,
// 1024, 2048 and so on, and returns how many bytes stand before it.
func UserBlock(r io.ReaderAt, size int64) (int64, bool) {
	var b [8]byte
	for at := int64(0); at < size && at < 1<<30; at = max(512, 2*at) {
		if n, _ := r.ReadAt(b[:], at); n < len(b) {
			return 0, false
		}
		if string(b[:]) == signature {
			return at, true
		}
	}
	return 0, false
}

// New opens a file of that many bytes.
func New(r io.ReaderAt, size int64) (*File, error) {
	base, ok := UserBlock(r, size)
	if !ok {
		return nil, errors.New("is not an HDF5 file")
	}
	f := &File{r: r, base: base, size: size - base}
	return f, f.superblock(size)
}

// superblock reads how the file is laid out, and where its root is.
func (f *File) superblock(size int64) error {
	b, err := f.bytes(0, uint64(min(f.size, 120)))
	if err != nil {
		return err
	}
	if len(b) < 16 {
		return errCut
	}
	version := int(b[8])
	if version > 3 {
		return &UnsupportedError{What: fmt.Sprintf("a superblock of version %d", version)}
	}
	c := &cursor{b: b[9:]}
	if version < 2 {
		c.take(4) // versions of what has one alone
	}
	f.offsets, f.lengths = c.u8(), c.u8()
	for _, s := range []int{f.offsets, f.lengths} {
		if s != 2 && s != 4 && s != 8 {
			return damaged("addresses of %d and lengths of %d bytes", f.offsets, f.lengths)
		}
	}
	c.offsets, c.lengths = f.offsets, f.lengths
	var end uint64
	switch {
	case version < 2:
		c.take(1 + 2 + 2 + 4)
		if version == 1 {
			c.take(4)
		}
		c.address() // the base again
		c.address()
		end = c.address()
		c.address()
		c.address() // the root's name
		f.root = c.address()
	default:
		c.take(1)
		c.address() // the base again
		c.address() // the extension says nothing that is needed
		end = c.address()
		f.root = c.address()
		k := len(b) - len(c.b)
		if sum := c.u32(); !c.bad && sum != lookup3(b[:k]) && !f.unsummed {
			return damaged("the checksum of its superblock differs")
		}
	}
	if c.bad {
		return errCut
	}
	if end != undefined && end > uint64(size) {
		return fmt.Errorf("is cut short: it was %d bytes and is %d", end, size)
	}
	if f.root == undefined {
		return damaged("it has no root group")
	}
	return nil
}

var errCut = errors.New("is cut short")

// bytes reads that many bytes at an address. They are in the file: the size is
// compared before the allocation.
func (f *File) bytes(at, n uint64) ([]byte, error) {
	if err := f.holds(at, n); err != nil {
		return nil, err
	}
	if f.limited.Load() && f.limit.Add(-int64(n)) < 0 {
		return nil, damaged("its names lead to the same places too often")
	}
	b := make([]byte, n)
	return b, f.fill(b, at)
}

// Limit bounds what is read of the file beside values until the function it
// returns is called: 16 times its bytes, and 64 MiB. So much is far more than
// its objects have, unless they stand in one another.
func (f *File) Limit() (lift func()) {
	f.limit.Store(16*f.size + 64<<20)
	f.limited.Store(true)
	return func() { f.limited.Store(false) }
}

// fill reads into b.
func (f *File) fill(b []byte, at uint64) error {
	if err := f.holds(at, uint64(len(b))); err != nil {
		return err
	}
	n, err := f.r.ReadAt(b, f.base+int64(at))
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// holds reports an error if the file does not have that many bytes there.
func (f *File) holds(at, n uint64) error {
	if at > uint64(f.size) || n > uint64(f.size)-at {
		return damaged("%d bytes at %d, and the file ends at %d", n, at, f.size)
	}
	return nil
}

func (f *File) cursor(b []byte) *cursor {
	return &cursor{b: b, offsets: f.offsets, lengths: f.lengths}
}

// block reads a structure that begins with four letters and, with sum, ends
// with its checksum, which the cursor leaves out.
func (f *File) block(w *walk, at, n uint64, letters string, sum bool) (*cursor, error) {
	if err := w.enter(at, n); err != nil {
		return nil, err
	}
	b, err := f.bytes(at, n)
	if err != nil {
		return nil, err
	}
	return f.checked(b, at, letters, sum)
}

func (f *File) checked(b []byte, at uint64, letters string, sum bool) (*cursor, error) {
	if len(b) < 8 || string(b[:4]) != letters {
		return nil, damaged("no %s at %d", letters, at)
	}
	if sum {
		k := len(b) - 4
		if binary.LittleEndian.Uint32(b[k:]) != lookup3(b[:k]) && !f.unsummed {
			return nil, damaged("the checksum of %s at %d differs", letters, at)
		}
		b = b[:k]
	}
	return f.cursor(b[4:]), nil
}

// MaxLinks is how many names the file has room for: each takes 12 bytes or
// more.
func (f *File) MaxLinks() int { return int(f.size / 12) }

// A walk is one traversal. It enters no block twice, and no more bytes than
// the file has.
type walk struct {
	seen map[uint64]bool
	left int64
}

func (f *File) walk() *walk { return &walk{seen: map[uint64]bool{}, left: f.size} }

func (w *walk) enter(at, n uint64) error {
	if w.seen[at] {
		return damaged("the block at %d leads back to itself", at)
	}
	if n > uint64(w.left) {
		return damaged("its blocks overlap, or %d bytes at %d are not in it", n, at)
	}
	w.seen[at] = true
	w.left -= int64(n)
	return nil
}
