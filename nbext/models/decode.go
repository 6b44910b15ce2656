package models

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"

	"fusiform/analysis"
)

// maxNodes bounds the graph: the largest vision networks have some thousand
// nodes.
const maxNodes = 200_000

// A file is a decoded ONNX file. Large float weights are left in the source:
// their TensorProtos say so (see weightAt).
type file struct {
	src   source
	sum   [sha256.Size]byte
	mp    *protos.ModelProto // not to be changed: see model
	blobs []blob
	err   error // why there is no model

	beside *externals // while it is decoded

	built *Built // instead of all that: a network that is defined in Go
}

// readFile decodes a source. It fails if that cannot be read; what is wrong
// with its contents is told by model.
func readFile(s source) (*file, error) { return readFileIn(s, "") }

// readFileIn is readFile for a source that lies in the folder dir, from which
// external data are read.
func readFileIn(s source, dir string) (*file, error) {
	mp, w, sum, damage, err := scan(s, largeBytes)
	if err != nil {
		return nil, err
	}
	f := &file{src: s, sum: sum, mp: mp}
	f.beside = newExternals(s, dir)
	if f.err = f.decode(w, damage); f.err != nil {
		f.mp = nil
	}
	f.beside.finish(f)
	f.beside = nil
	return f, nil
}

// model returns the graph, to be changed at will.
func (f *file) model() (*protos.ModelProto, error) {
	if f.err != nil {
		return nil, f.err
	}
	return proto.Clone(f.mp).(*protos.ModelProto), nil
}

// decode checks what GoMLX takes on trust: that every tensor has as many
// values as its shape says, and that every node reads only what stands before
// it.
func (f *file) decode(w *wire, damage error) error {
	mp := f.mp
	if damage != nil {
		if looksLikeText(w.head) {
			return errors.New("this is a text file, not an ONNX file")
		}
		return errors.New("this is not a whole ONNX file: it is damaged or was cut short (compare its size and SHA-256 with the source's)")
	}
	g := mp.Graph
	switch {
	case g == nil || len(g.Node) == 0:
		if looksLikeText(w.head) {
			return errors.New("this is a text file, not an ONNX file")
		}
		return errors.New("there is no graph in this file: it is not ONNX, or was cut short")
	case len(mp.Functions) > 0:
		return fmt.Errorf("the file defines %d functions of its own, which cannot be run; export the network with its functions inlined", len(mp.Functions))
	case len(g.SparseInitializer) > 0:
		return errors.New("the file has sparse weights, which cannot be run; export it with dense ones")
	case len(g.Node) > maxNodes:
		return fmt.Errorf("the graph has %d nodes, more than %d", len(g.Node), maxNodes)
	}
	tensors := map[string]bool{}
	for _, t := range g.Initializer {
		if t == nil || t.Name == "" {
			return errors.New("the file has a weight without a name: it is damaged")
		}
		if tensors[t.Name] {
			return fmt.Errorf("two weights share the name %q: the file is damaged", t.Name)
		}
		tensors[t.Name] = true
		if err := f.tensor(t, w, true); err != nil {
			return fmt.Errorf("weight %q: %w", t.Name, err)
		}
	}
	for i, in := range g.Input {
		if in == nil || in.Name == "" {
			return fmt.Errorf("input %d of the graph has no name", i)
		}
		tensors[in.Name] = true
	}
	return f.checkOrder(w, g, tensors)
}

// checkOrder checks that every tensor is made once, before it is read. A
// graph that passes has no cycle.
func (f *file) checkOrder(w *wire, g *protos.GraphProto, have map[string]bool) error {
	var loose []string
	for i, n := range g.Node {
		if n == nil {
			return fmt.Errorf("node %d is empty: the file is damaged", i)
		}
		for _, in := range n.Input {
			if in != "" && !have[in] {
				loose = append(loose, fmt.Sprintf("%s reads %q", nodeName(n), in))
			}
		}
		for _, a := range n.Attribute {
			if a == nil {
				return fmt.Errorf("%s has an empty attribute: the file is damaged", nodeName(n))
			}
			if a.T != nil {
				if err := f.tensor(a.T, w, n.OpType == "Constant" && a.Name == "value"); err != nil {
					return fmt.Errorf("%s: attribute %q: %w", nodeName(n), a.Name, err)
				}
			}
		}
		named := 0
		for _, out := range n.Output {
			if out == "" {
				continue
			}
			named++
			if have[out] {
				return fmt.Errorf("two nodes give %q: the graph is damaged", out)
			}
			have[out] = true
		}
		if named == 0 {
			return fmt.Errorf("node %d (%s) has no output: the graph is damaged", i, n.OpType)
		}
	}
	if loose != nil {
		return fmt.Errorf("the graph is damaged or not in order: %s, which nothing before gives", analysis.Few(loose, 5))
	}
	for _, out := range g.Output {
		if out == nil || !have[out.Name] {
			return fmt.Errorf("the graph's output %q is given by no node: the file is damaged", out.GetName())
		}
	}
	return nil
}

// tensor checks t. Numbers that w left in the source stay there if they are
// floats and t is a weight; any others are read now.
func (f *file) tensor(t *protos.TensorProto, w *wire, weight bool) error {
	b, large := w.blobs[t]
	if t.DataLocation == protos.TensorProto_EXTERNAL && !large {
		var err error
		if b, err = f.beside.place(t); err != nil {
			return err
		}
		t.DataLocation, t.ExternalData, large = protos.TensorProto_DEFAULT, nil, b.size > 0
		f.src = source{f.beside.all, f.beside.all.size()}
		if b.size < largeBytes {
			t.RawData = make([]byte, b.size)
			return f.whole(t.RawData, b)
		}
	}
	if err := checkTensor(t, uint64(len(t.RawData))+uint64(b.size)); err != nil || !large {
		return err
	}
	if elements(t) == 0 {
		return nil
	}
	if weight && isFloat(t) {
		t.DataLocation = protos.TensorProto_EXTERNAL
		t.ExternalData = []*protos.StringStringEntryProto{{Key: blobKey, Value: strconv.Itoa(len(f.blobs))}}
		f.blobs = append(f.blobs, b)
		return nil
	}
	t.RawData = make([]byte, b.size)
	return f.whole(t.RawData, b)
}

// blobKey names the blob of a tensor among its external data. No file has it
// there: whatever it has is refused before, or replaced.
const blobKey = "fusiform blob"

// weightAt returns where the numbers of t lie, if they were left there.
func (f *file) weightAt(t *protos.TensorProto) (blob, bool) {
	if len(t.ExternalData) != 1 || t.ExternalData[0].Key != blobKey {
		return blob{}, false
	}
	i, err := strconv.Atoi(t.ExternalData[0].Value)
	if err != nil || i >= len(f.blobs) {
		return blob{}, false
	}
	return f.blobs[i], true
}

// checkTensor checks that t, with that many bytes of raw data, holds as many
// values as its shape says.
func checkTensor(t *protos.TensorProto, raw uint64) error {
	if len(t.ExternalData) > 0 || t.DataLocation == protos.TensorProto_EXTERNAL {
		return errors.New("it has external data and values of its own: the file is damaged")
	}
	bytes, err := tensorBytes(t)
	if err != nil || bytes == 0 {
		return err
	}
	width := elementBytes[protos.TensorProto_DataType(t.DataType)]
	size := uint64(bytes) / width
	if raw > 0 {
		if raw != size*width {
			return fmt.Errorf("%d bytes for shape %v of %d-byte values: the file is damaged", raw, t.Dims, width)
		}
		return nil
	}
	// One of these holds the values; the importer takes the first.
	for _, n := range []int{len(t.DoubleData), len(t.FloatData), len(t.Int64Data), len(t.Uint64Data), len(t.Int32Data)} {
		if n > 0 {
			if uint64(n) != size {
				return fmt.Errorf("%d values for shape %v: the file is damaged", n, t.Dims)
			}
			return nil
		}
	}
	return fmt.Errorf("it has no values for shape %v: the file is damaged", t.Dims)
}

// tensorBytes returns how many bytes the values of t take as raw data.
func tensorBytes(t *protos.TensorProto) (int64, error) {
	if t.Segment != nil {
		return 0, errors.New("it is stored in segments, which cannot be read")
	}
	size := uint64(1)
	for _, d := range t.Dims {
		if d < 0 {
			return 0, fmt.Errorf("its shape %v is negative", t.Dims)
		}
		hi, lo := bits.Mul64(size, uint64(d))
		if hi != 0 || lo > maxFile {
			return 0, fmt.Errorf("its shape %v is impossibly large", t.Dims)
		}
		size = lo
	}
	width, ok := elementBytes[protos.TensorProto_DataType(t.DataType)]
	if !ok {
		return 0, fmt.Errorf("its type %s cannot be run", protos.TensorProto_DataType(t.DataType))
	}
	return int64(size * width), nil
}

// elementBytes are the types that can be run and the size of one value in
// raw data.
var elementBytes = map[protos.TensorProto_DataType]uint64{
	protos.TensorProto_FLOAT: 4, protos.TensorProto_DOUBLE: 8,
	protos.TensorProto_FLOAT16: 2, protos.TensorProto_BFLOAT16: 2,
	protos.TensorProto_INT64: 8, protos.TensorProto_INT32: 4, protos.TensorProto_INT16: 2, protos.TensorProto_INT8: 1,
	protos.TensorProto_UINT64: 8, protos.TensorProto_UINT32: 4, protos.TensorProto_UINT16: 2, protos.TensorProto_UINT8: 1,
	protos.TensorProto_BOOL: 1,
}

// nodeName is how an error calls a node: its name, or what it gives.
func nodeName(n *protos.NodeProto) string {
	name := n.Name
	if name == "" {
		for _, out := range n.Output {
			if out != "" {
				name = out
				break
			}
		}
	}
	return fmt.Sprintf("%s %q", n.OpType, name)
}

// looksLikeText reports whether a file begins like something to read.
func looksLikeText(b []byte) bool {
	head := b[:min(len(b), 512)]
	for len(head) > 0 && !utf8.RuneStart(head[len(head)-1]) {
		head = head[:len(head)-1]
	}
	if n := len(head); n > 0 && head[n-1] >= utf8.RuneSelf {
		head = head[:n-1]
	}
	return utf8.Valid(head) && !strings.ContainsFunc(string(head), func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t'
	})
}
