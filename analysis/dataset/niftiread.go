package dataset

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
)

const (
	// niftiChunk is how many bytes are read at once: enough that the call does
	// not count, few enough to be still in the cache when they become numbers.
	niftiChunk = 1 << 17
	// niftiPiece is how many numbers are made of them, and scaled, at once.
	niftiPiece = 1 << 11
)

// A niftiBuffer is what one goroutine reads with.
type niftiBuffer struct {
	raw    []byte
	values []float64
}

// buffer returns the buffer of goroutine i.
func (n *NIfTI) buffer(i int) *niftiBuffer {
	for len(n.buffers) <= i {
		n.buffers = append(n.buffers, niftiBuffer{make([]byte, niftiChunk), make([]float64, niftiPiece)})
	}
	return &n.buffers[i]
}

// together does jobs in as many goroutines as there are processors. It returns
// the error of the first job that failed.
func (n *NIfTI) together(jobs int, do func(job int, b *niftiBuffer) error) error {
	workers := min(jobs, runtime.GOMAXPROCS(0), 8)
	n.buffer(workers - 1)
	return together(jobs, workers, func(w, job int) error { return do(job, &n.buffers[w]) })
}

// read appends values of volume t: of the voxels from lo to hi or, if voxels
// are listed, of those; they all lie from lo to hi.
func (n *NIfTI) read(b *niftiBuffer, t, lo, hi int, voxels []int, to []float64) ([]float64, error) {
	start := n.offset + int64(t)*int64(n.Voxels())*int64(n.bytes)
	for lo < hi {
		k := min(hi-lo, len(b.raw)/n.bytes)
		wanted := k
		if voxels != nil { // from the next that is wanted to the last one that the buffer holds
			lo = voxels[0]
			k = min(hi-lo, len(b.raw)/n.bytes)
			wanted, _ = slices.BinarySearch(voxels, lo+k)
			k = voxels[wanted-1] + 1 - lo
		}
		raw := b.raw[:k*n.bytes]
		if err := n.readAt(raw, start+int64(lo)*int64(n.bytes)); err != nil {
			return nil, err
		}
		to = slices.Grow(to, wanted)
		if wanted == k {
			to = to[:len(to)+k]
			n.decode(to[len(to)-k:], raw)
		} else {
			to = n.pick(b, lo, raw, voxels[:wanted], to)
		}
		if voxels != nil {
			if voxels = voxels[wanted:]; len(voxels) == 0 {
				break
			}
		}
		lo += k
	}
	return to, nil
}

// pick appends the values of the listed voxels, of which raw, from voxel lo on,
// holds the elements.
func (n *NIfTI) pick(b *niftiBuffer, lo int, raw []byte, voxels []int, to []float64) []float64 {
	for len(voxels) > 0 {
		skip := (voxels[0] - lo) * n.bytes
		lo, raw = voxels[0], raw[skip:]
		k := min(len(raw)/n.bytes, niftiPiece)
		values := b.values[:k]
		n.decode(values, raw[:k*n.bytes])
		i := 0
		for ; i < len(voxels) && voxels[i]-lo < k; i++ {
			to = append(to, values[voxels[i]-lo])
		}
		voxels, lo, raw = voxels[i:], lo+k, raw[k*n.bytes:]
	}
	return to
}

// readAt fills b from a position in the file, unpacked if it is packed.
func (n *NIfTI) readAt(b []byte, at int64) error {
	plain := n.plain()
	if plain == nil {
		return n.unpackAt(b, at)
	}
	k, err := plain.ReadAt(b, at)
	if k == len(b) {
		return nil
	}
	return n.short(err, at+int64(k))
}

// short says that the file ends, or breaks, too early.
func (n *NIfTI) short(err error, at int64) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n.fault("", fmt.Errorf("breaks off after %d bytes (%w); copy or download it again", at, err))
}
