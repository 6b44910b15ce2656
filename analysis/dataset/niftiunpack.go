package dataset

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// A niftiStream is where a .nii.gz is unpacked: as a stream or, if it is needed
// more than once, into a temporary file.
type niftiStream struct {
	stream   *bufio.Reader
	next     int64    // the position in the unpacked file that stream is at
	twice    int64    // bytes unpacked that will have to be unpacked again
	full     bool     // no temporary file can be had
	temp     *os.File // the temporary file
	unpacked bool     // it is complete
	named    bool     // it could not be removed while it is open
}

// plain returns where unpacked bytes are read at will, nil if there is no such
// place.
func (n *NIfTI) plain() io.ReaderAt {
	switch {
	case !n.Packed:
		return n.at
	case n.unpacked:
		return n.temp
	}
	return nil
}

// end returns where the values end.
func (n *NIfTI) end() int64 {
	return n.offset + int64(n.Voxels())*int64(n.Shape[3])*int64(n.bytes)
}

// likely returns how many values of a .nii.gz there is room for before it has
// shown that it holds them: 64 bytes for each of its own, at least 8 MiB.
func (n *NIfTI) likely() int { return int(max(1<<20, 8*n.size)) }

// back makes ready to read from volume t on. It unpacks a .nii.gz for good if
// what was unpacked in vain comes to more than half of it.
func (n *NIfTI) back(ctx context.Context, t int) error {
	at := n.offset + int64(n.Voxels())*int64(t)*int64(n.bytes)
	if n.plain() != nil || n.stream == nil || at >= n.next {
		return nil
	}
	if n.twice += n.next; n.twice > n.end()/2 {
		if err := n.unpack(ctx); ctx.Err() != nil {
			return err
		} // what else is wrong with the file may lie behind volume t
	}
	return nil
}

// unpack unpacks a .nii.gz into a temporary file. It fails with ctx and if the
// image is damaged. Where there is no room it leaves reading to the stream.
func (n *NIfTI) unpack(ctx context.Context) error {
	if n.plain() != nil || n.full {
		return nil
	}
	f, err := os.CreateTemp("", "fusiform-*.nii")
	if err != nil {
		n.full = true
		return nil
	}
	n.temp, n.named = f, os.Remove(f.Name()) != nil
	chunk := make([]byte, 1<<18)
	for at, end := int64(0), n.end(); at < end; at += int64(len(chunk)) {
		if err = ctx.Err(); err != nil {
			n.forget()
			return err
		}
		chunk = chunk[:min(int64(len(chunk)), end-at)]
		if err = n.unpackAt(chunk, at); err != nil {
			n.forget()
			n.full = true
			return err
		}
		if _, err = f.Write(chunk); err != nil {
			n.forget()
			n.full = true
			return nil
		}
	}
	n.unpacked, n.stream = true, nil
	return nil
}

// forget gives the temporary file back.
func (n *NIfTI) forget() {
	if n.temp == nil {
		return
	}
	n.temp.Close()
	if n.named {
		os.Remove(n.temp.Name())
	}
	n.temp, n.unpacked, n.stream, n.twice = nil, false, nil, 0
}

// unpackAt fills b from a position in the unpacked file.
func (n *NIfTI) unpackAt(b []byte, at int64) error {
	if n.stream == nil || at < n.next {
		s, err := gzip.NewReader(bufio.NewReaderSize(io.NewSectionReader(n.at, 0, n.size), 1<<18))
		if err != nil {
			return n.short(err, 0)
		}
		n.stream, n.next = bufio.NewReaderSize(s, niftiBeyond), 0
	}
	skipped, err := io.CopyN(io.Discard, n.stream, at-n.next)
	n.next += skipped
	if err == nil {
		var k int
		k, err = io.ReadFull(n.stream, b)
		n.next += int64(k)
	}
	if err == nil && n.offset > 0 && n.next == n.end() {
		err = n.check()
	}
	if err != nil {
		n.stream = nil
		return n.short(err, n.next)
	}
	return nil
}

// niftiBeyond is how far beyond the values the end of a .nii.gz is looked for.
const niftiBeyond = 1 << 12

// check looks a little beyond the values, where a .nii.gz usually ends and its
// checksum shows whether the bytes are those that were packed. What else may
// follow, other bytes or an end that is missing, does not concern the values.
func (n *NIfTI) check() error {
	if _, err := n.stream.Peek(niftiBeyond); errors.Is(err, gzip.ErrChecksum) {
		return fmt.Errorf("%w: the bytes are not those that were packed", err)
	}
	return nil
}
