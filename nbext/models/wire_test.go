package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// raw moves the values of a float weight to raw data, as torch writes them.
func raw(t *protos.TensorProto) *protos.TensorProto {
	store(t, t.FloatData)
	return t
}

// largeNet has weights that stay in the file: filters, a matrix, a large
// Constant, half floats, a residual; and large indices, which do not.
func largeNet(form func(*protos.TensorProto) *protos.TensorProto) *protos.ModelProto {
	half := weight("half", 128, 300)
	store16(half)
	half.RawData, half.Int32Data = packed16(half.Int32Data), nil
	constant := form(weight("", 1, 128, 16, 16))
	constant.Name = ""
	indices := &protos.TensorProto{Name: "at", Dims: []int64{9000}, DataType: int32(protos.TensorProto_INT64)}
	for i := range 9000 {
		indices.RawData = binary.LittleEndian.AppendUint64(indices.RawData, uint64(i*7%128))
	}
	m := graphOf([]int64{0, 3, 16, 16},
		[]*protos.TensorProto{
			weight("stem", 32, 3, 3, 3), form(weight("conv", 128, 32, 3, 3)), form(weight("scale/1", 1, 128, 1, 1)),
			half, weight("bias", 300), form(weight("last", 200, 300)), indices, weight("other", 70, 300),
		},
		node("Conv", "", []string{"x", "stem"}, "c1", "pads", []int64{1, 1, 1, 1}),
		node("Relu", "", []string{"c1"}, "r1"),
		node("Conv", "", []string{"r1", "conv"}, "c2", "pads", []int64{1, 1, 1, 1}),
		node("Mul", "", []string{"c2", "scale/1"}, "scaled"),
		&protos.NodeProto{OpType: "Constant", Output: []string{"map"}, Attribute: []*protos.AttributeProto{{Name: "value", Type: protos.AttributeProto_TENSOR, T: constant}}},
		node("Add", "", []string{"scaled", "map"}, "moved"),
		node("GlobalAveragePool", "", []string{"moved"}, "gap"),
		node("Flatten", "", []string{"gap"}, "flat"),
		node("Cast", "", []string{"half"}, "wide", "to", 1),
		node("Gemm", "", []string{"flat", "wide", "bias"}, "fc"),
		node("Relu", "", []string{"fc"}, "r2"),
		node("Gemm", "", []string{"r2", "last"}, "logits", "transB", 1),
		node("Gather", "", []string{"logits", "at"}, "picked", "axis", 1),
	)
	return m
}

func packed16(bits []int32) (b []byte) {
	for _, v := range bits {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

func same(t *protos.TensorProto) *protos.TensorProto { return t }

// filled is what scan reads, with the raw data that it left in the source.
func filled(s source, large int64) (*protos.ModelProto, error) {
	mp, w, _, damage, err := scan(s, large)
	if err != nil || damage != nil {
		return nil, fmt.Errorf("%w %w", err, damage)
	}
	for t, b := range w.blobs {
		t.RawData = make([]byte, b.size)
		if err := (&file{src: s}).whole(t.RawData, b); err != nil {
			return nil, err
		}
	}
	return mp, nil
}

func inMemory(b []byte) source { return source{bytes.NewReader(b), int64(len(b))} }

// What is read piece by piece is what protobuf reads at once.
func TestScan(t *testing.T) {
	twice := encode(t, largeNet(raw))
	first := &protos.ModelProto{Graph: &protos.GraphProto{Initializer: []*protos.TensorProto{{Name: "before", RawData: make([]byte, 1<<17)}}}}
	twice = append(encode(t, first), twice...) // two graphs are one
	tensor := protowire.AppendBytes(protowire.AppendTag(nil, fieldTensorRawData, protowire.BytesType), make([]byte, 1<<17))
	tensor = protowire.AppendBytes(protowire.AppendTag(tensor, fieldTensorRawData, protowire.BytesType), []byte("the last counts"))
	graph := protowire.AppendBytes(protowire.AppendTag(nil, fieldGraphInitializer, protowire.BytesType), tensor)
	for name, b := range map[string][]byte{
		"small": encode(t, smallNet()), "large": encode(t, largeNet(raw)), "float_data": encode(t, largeNet(same)), "two graphs": twice,
		"raw data twice": protowire.AppendBytes(protowire.AppendTag(nil, fieldModelGraph, protowire.BytesType), graph),
		"drawnet":        DrawnetONNX,
	} {
		want := &protos.ModelProto{}
		if err := proto.Unmarshal(b, want); err != nil {
			t.Fatal(err)
		}
		for _, large := range []int64{0, 1, 100, largeBytes, 1 << 40} {
			got, err := filled(inMemory(b), large)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !proto.Equal(got, want) {
				t.Errorf("%s: with fields of %d bytes left, the model is another", name, large)
			}
			if _, _, sum, _, _ := scan(inMemory(b), large); sum != sha256.Sum256(b) {
				t.Errorf("%s: the SHA-256 is %x", name, sum)
			}
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(encode(f, smallNet()))
	f.Add(encode(f, graphOf([]int64{0, 1, 4, 4}, []*protos.TensorProto{raw(weight("w", 2, 1, 3, 3))}, node("Conv", "", []string{"x", "w"}, "y"))))
	f.Add([]byte("not ONNX"))
	f.Add([]byte("\x80\xff\x74\x9c\x9c\x9c\x9c\x9c\x9c\x9c\x00")) // an unknown field, longer than it need be
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := filled(inMemory(b), 8)
		if err != nil {
			return
		}
		want := &protos.ModelProto{}
		if err := proto.Unmarshal(b, want); err != nil {
			t.Fatalf("protobuf refuses it: %v", err)
		}
		// Fields that ONNX does not know are kept, but in the shortest form.
		if got, want = withoutUnknown(t, got), withoutUnknown(t, want); !proto.Equal(got, want) {
			t.Errorf("the model is\n%v, expected\n%v", got, want)
		}
	})
}

// withoutUnknown returns the model without the fields that ONNX does not have.
func withoutUnknown(t *testing.T, m *protos.ModelProto) *protos.ModelProto {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := &protos.ModelProto{}
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A length that a file doesn't have takes no memory.
func TestScanHostile(t *testing.T) {
	field := func(num protowire.Number, size uint64, content []byte) []byte {
		return append(protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.BytesType), size), content...)
	}
	huge := field(fieldTensorRawData, 1<<40, []byte("short"))
	node := field(fieldNodeAttribute, 1<<31, field(fieldAttributeTensor, 1<<31, huge))
	for name, b := range map[string][]byte{
		"raw data":    field(fieldModelGraph, uint64(len(huge)+6), field(fieldGraphInitializer, uint64(len(huge)), huge)),
		"initializer": field(fieldModelGraph, 1<<41, field(fieldGraphInitializer, 1<<40, huge)),
		"node":        field(fieldModelGraph, 1<<41, field(fieldGraphNode, 1<<40, node)),
		"graph":       field(fieldModelGraph, math.MaxUint64, nil),
		"producer":    field(2, 1<<35, []byte("pytorch")),
		"a group":     protowire.AppendTag(nil, 100, protowire.StartGroupType),
		"field 0":     {0, 0},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := newNetwork(b).graph()
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: the error is %v", name, err)
		}
		if d := after.TotalAlloc - before.TotalAlloc; d > 2<<20 {
			t.Errorf("%s: %d bytes of memory for %d bytes of file", name, d, len(b))
		}
	}
}

// Cuts and changed bytes of a file with large weights.
func TestOpenLargeDamaged(t *testing.T) {
	whole := encode(t, largeNet(raw))
	for i := 0; i < len(whole); i += 1 + len(whole)/97 {
		if _, err := newNetwork(whole[:i]).graph(); err == nil {
			t.Errorf("cut after %d of %d bytes, it opens", i, len(whole))
		}
		b := append([]byte(nil), whole...)
		b[i] ^= 0x55
		_, _ = newNetwork(b).graph()
	}
	for _, c := range []struct {
		change func(w *protos.TensorProto)
		want   string
	}{
		{func(w *protos.TensorProto) { w.Dims[0]++ }, "147456 bytes for shape"},
		{func(w *protos.TensorProto) { w.RawData = w.RawData[:len(w.RawData)-1] }, "147455 bytes for shape"},
		{func(w *protos.TensorProto) { w.DataType = int32(protos.TensorProto_DOUBLE) }, "8-byte values"},
		{func(w *protos.TensorProto) {
			w.DataLocation, w.ExternalData = protos.TensorProto_EXTERNAL, []*protos.StringStringEntryProto{{Key: blobKey, Value: "0"}}
		}, "external data"},
		{func(w *protos.TensorProto) {
			w.ExternalData = []*protos.StringStringEntryProto{{Key: blobKey, Value: "0"}}
		}, "external data"},
	} {
		mp := largeNet(raw)
		c.change(mp.Graph.Initializer[1])
		if _, err := newNetwork(encode(t, mp)).graph(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"conv"`) {
			t.Errorf("the error is %v, expected %q in it", err, c.want)
		}
	}
}

// A file that changes while it is open gives an error, not other numbers.
func TestOpenChanged(t *testing.T) {
	mp := largeNet(raw)
	mp.DocString = strings.Repeat(".", keptOpen) // large enough not to be held
	for name, change := range map[string]func(path string) error{
		"cut": func(path string) error { return os.Truncate(path, 1000) },
		"written to": func(path string) error {
			b := encode(t, mp)
			at := bytes.Index(b, mp.Graph.Initializer[1].RawData)
			b[at+5]++
			return os.WriteFile(path, b, 0o666)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "net.onnx")
			if err := os.WriteFile(path, encode(t, mp), 0o666); err != nil {
				t.Fatal(err)
			}
			m, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, 3*16*16)
			if _, err := m.Forward(x, 1, "c1"); err != nil { // no large weight comes before
				t.Fatal(err)
			}
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			_, err = m.Forward(x, 1, "c2")
			if err == nil || !strings.Contains(err.Error(), `weight "conv"`) || !strings.Contains(err.Error(), "the file ") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
