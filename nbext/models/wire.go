package models

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// Networks are mostly weights, and a file is read twice: when it is opened,
// past the large weights, and later those alone, one by one, as the engine
// asks for them. So no more than one of them is held, beside what the engine
// makes of it.

// largeBytes is the size from which the raw data of a tensor stay in the file.
const largeBytes = 64 << 10

// A source is a file, or bytes. Large weights are read from it when they are
// needed.
type source struct {
	io.ReaderAt
	size int64
}

// A blob is a stretch of the source, and a hash of what was there when it was
// opened.
type blob struct {
	offset, size int64
	sum          [2]uint64
}

// A blobHash makes 128 bits of hash.
type blobHash [2]maphash.Hash

var blobSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func newBlobHash() *blobHash {
	h := &blobHash{}
	for i := range h {
		h[i].SetSeed(blobSeeds[i])
	}
	return h
}

func (h *blobHash) write(b []byte) {
	for i := range h {
		h[i].Write(b)
	}
}

func (h *blobHash) sum() [2]uint64 { return [2]uint64{h[0].Sum64(), h[1].Sum64()} }

// errDamaged says that the bytes are no protobuf of an ONNX file.
var errDamaged = errors.New("damaged")

// A wire walks through the protobuf of a source.
type wire struct {
	r     *bufio.Reader
	at    int64
	large int64  // largeBytes
	head  []byte // the first bytes
	blobs map[*protos.TensorProto]blob

	decoded int // bytes, about, of what was decoded
}

// headBytes are enough to see what a file is that is not ONNX.
const headBytes = 512

// scan reads all of a source: its graph, without the raw data of large
// tensors, where those are, and the SHA-256 of all bytes. damage is errDamaged
// if it is no ONNX file; err says that it could not be read.
func scan(s source, large int64) (mp *protos.ModelProto, w *wire, sum [sha256.Size]byte, damage, err error) {
	h := sha256.New()
	all := io.TeeReader(io.NewSectionReader(s, 0, s.size), h)
	w = &wire{large: large, r: bufio.NewReaderSize(all, 4*largeBytes), blobs: map[*protos.TensorProto]blob{}}
	b, err := w.r.Peek(int(min(headBytes, s.size)))
	if err != nil {
		return nil, nil, sum, nil, err
	}
	w.head = append(w.head, b...)
	mp = &protos.ModelProto{}
	damage = w.model(mp, s.size)
	if damage != nil && !errors.Is(damage, errDamaged) {
		return nil, nil, sum, nil, damage
	}
	if _, err := io.Copy(io.Discard, w.r); err != nil {
		return nil, nil, sum, nil, err
	}
	h.Sum(sum[:0])
	return mp, w, sum, damage, nil
}

// message reads a message that ends at end. Fields of bytes go to field, which
// reads them or declines; all others are returned as they are.
func (w *wire) message(end int64, field func(num protowire.Number, size int64) (taken bool, err error)) (rest []byte, err error) {
	for w.at < end {
		tag, err := w.varint()
		if err != nil {
			return nil, err
		}
		num, typ := protowire.DecodeTag(tag)
		if num < protowire.MinValidNumber {
			return nil, errDamaged
		}
		switch typ {
		case protowire.VarintType:
			v, err := w.varint()
			if err != nil {
				return nil, err
			}
			rest = protowire.AppendVarint(protowire.AppendVarint(rest, tag), v)
		case protowire.Fixed32Type, protowire.Fixed64Type:
			size := int64(4)
			if typ == protowire.Fixed64Type {
				size = 8
			}
			if rest, err = w.bytes(protowire.AppendVarint(rest, tag), size, end); err != nil {
				return nil, err
			}
		case protowire.BytesType:
			v, err := w.varint()
			if err != nil {
				return nil, err
			}
			if v > uint64(max(0, end-w.at)) {
				return nil, errDamaged
			}
			taken, err := field(num, int64(v))
			if err != nil {
				return nil, err
			}
			if taken {
				continue
			}
			if rest, err = w.bytes(protowire.AppendVarint(protowire.AppendVarint(rest, tag), v), int64(v), end); err != nil {
				return nil, err
			}
		default: // groups, which ONNX does not have
			return nil, errDamaged
		}
	}
	if w.at != end {
		return nil, errDamaged
	}
	return rest, nil
}

// varint reads a number.
func (w *wire) varint() (uint64, error) {
	var b [binary.MaxVarintLen64]byte
	for i := range b {
		c, err := w.r.ReadByte()
		if err != nil {
			return 0, w.cut(err)
		}
		w.at++
		b[i] = c
		if c < 0x80 {
			v, n := protowire.ConsumeVarint(b[:i+1])
			if n < 0 {
				return 0, errDamaged
			}
			return v, nil
		}
	}
	return 0, errDamaged
}

// bytes appends the next size bytes to b.
func (w *wire) bytes(b []byte, size, end int64) ([]byte, error) {
	if size > end-w.at {
		return nil, errDamaged
	}
	n := len(b)
	b = append(b, make([]byte, size)...)
	if _, err := io.ReadFull(w.r, b[n:]); err != nil {
		return nil, w.cut(err)
	}
	w.at += size
	return b, nil
}

// cut tells a file that ends early from one that cannot be read.
func (w *wire) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged
	}
	return err
}

// pass goes past the next size bytes and hashes them.
func (w *wire) pass(size int64) (blob, error) {
	at, h := blob{offset: w.at, size: size}, newBlobHash()
	for size > 0 {
		b, err := w.r.Peek(int(min(size, largeBytes)))
		if err != nil {
			return blob{}, w.cut(err)
		}
		h.write(b)
		n, _ := w.r.Discard(len(b)) // all of it was there
		size -= int64(n)
		w.at += int64(n)
	}
	at.sum = h.sum()
	return at, nil
}

// merge decodes the fields b into m.
func (w *wire) merge(b []byte, m proto.Message) error {
	if err := w.weigh(b, m.ProtoReflect().Descriptor(), 0); err != nil {
		return err
	}
	if (proto.UnmarshalOptions{Merge: true}).Unmarshal(b, m) != nil {
		return errDamaged
	}
	return nil
}

// The numbers of the fields on the way to raw data, from onnx.proto.
const (
	fieldModelGraph       = 7
	fieldGraphNode        = 1
	fieldGraphInitializer = 5
	fieldNodeAttribute    = 5
	fieldAttributeTensor  = 5
	fieldTensorRawData    = 9
)

func (w *wire) model(mp *protos.ModelProto, end int64) error {
	var g *protos.GraphProto
	rest, err := w.message(end, func(num protowire.Number, size int64) (bool, error) {
		if num != fieldModelGraph {
			return false, nil
		}
		if g == nil {
			g = &protos.GraphProto{}
		}
		return true, w.graph(g, w.at+size)
	})
	if err != nil {
		return err
	}
	mp.Graph = g
	return w.merge(rest, mp)
}

func (w *wire) graph(g *protos.GraphProto, end int64) error {
	rest, err := w.message(end, func(num protowire.Number, size int64) (bool, error) {
		switch num {
		case fieldGraphNode:
			n := &protos.NodeProto{}
			g.Node = append(g.Node, n)
			return true, w.either(n, size, func() error { return w.node(n, w.at+size) })
		case fieldGraphInitializer:
			t := &protos.TensorProto{}
			g.Initializer = append(g.Initializer, t)
			return true, w.tensor(t, w.at+size)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return w.merge(rest, g)
}

// either decodes a small message at once, and a large one by large.
func (w *wire) either(m proto.Message, size int64, large func() error) error {
	if size >= w.large {
		return large()
	}
	b, err := w.bytes(nil, size, w.at+size)
	if err != nil {
		return err
	}
	return w.merge(b, m)
}

func (w *wire) node(n *protos.NodeProto, end int64) error {
	rest, err := w.message(end, func(num protowire.Number, size int64) (bool, error) {
		if num != fieldNodeAttribute {
			return false, nil
		}
		a := &protos.AttributeProto{}
		n.Attribute = append(n.Attribute, a)
		return true, w.either(a, size, func() error { return w.attribute(a, w.at+size) })
	})
	if err != nil {
		return err
	}
	return w.merge(rest, n)
}

func (w *wire) attribute(a *protos.AttributeProto, end int64) error {
	rest, err := w.message(end, func(num protowire.Number, size int64) (bool, error) {
		if num != fieldAttributeTensor {
			return false, nil
		}
		if a.T == nil {
			a.T = &protos.TensorProto{}
		}
		return true, w.tensor(a.T, w.at+size)
	})
	if err != nil {
		return err
	}
	return w.merge(rest, a)
}

// tensor reads a tensor; of several raw data, the last count.
func (w *wire) tensor(t *protos.TensorProto, end int64) error {
	rest, err := w.message(end, func(num protowire.Number, size int64) (_ bool, err error) {
		if num != fieldTensorRawData {
			return false, nil
		}
		delete(w.blobs, t)
		t.RawData = nil
		if size < w.large {
			t.RawData, err = w.bytes(nil, size, w.at+size)
			return true, err
		}
		w.blobs[t], err = w.pass(size)
		return true, err
	})
	if err != nil {
		return err
	}
	return w.merge(rest, t)
}
