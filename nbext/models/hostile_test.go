package models

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/encoding/protowire"
)

// field is a field of a message, written by hand.
func field(num protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
}

// nested is a graph within a node within a graph …
func nested(depth int) []byte {
	var graph []byte
	for range depth {
		attribute := append(field(1, []byte("then_branch")), field(6, graph)...)
		graph = field(fieldGraphNode, append(field(4, []byte("If")), field(fieldNodeAttribute, attribute)...))
	}
	return field(fieldModelGraph, graph)
}

// Files that are small and would be large when they are decoded or built: each is
// an error within two seconds and some memory, whatever it claims.
func TestBombs(t *testing.T) {
	ints := func(name string, v ...int64) *protos.TensorProto { return int64s(name, []int64{int64(len(v))}, v...) }
	scalar := func(name string, v int64) *protos.TensorProto { return int64s(name, nil, v) }
	net := func(weights []*protos.TensorProto, nodes ...*protos.NodeProto) []byte {
		return encode(t, graphOf([]int64{0, 3, 2, 2}, weights, nodes...))
	}
	body := func(n *protos.NodeProto) *protos.NodeProto {
		n.Attribute = append(n.Attribute, &protos.AttributeProto{Name: "body", Type: protos.AttributeProto_GRAPH, G: smallNet().Graph})
		return n
	}
	// doubled concatenates a vector with itself, n times over.
	doubled := func(n int) (nodes []*protos.NodeProto) {
		for i := range n {
			in := fmt.Sprint("v", i)
			nodes = append(nodes, node("Concat", "", []string{in, in}, fmt.Sprint("v", i+1), "axis", 0))
		}
		return nodes
	}
	shapes := []*protos.TensorProto{ints("column", 1<<14, 1), ints("row", 1, 1<<14), ints("wide", 1<<14, 1<<14)}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"graphs within graphs", nested(2000), "deep"},
		{"millions of empty nodes", field(fieldModelGraph, bytes.Repeat(field(fieldGraphNode, nil), 1<<20+1)), "memory"},
		{"millions of empty weights", field(fieldModelGraph, bytes.Repeat(field(fieldGraphInitializer, nil), 1<<20+1)), "memory"},
		{"millions of empty inputs", field(fieldModelGraph, bytes.Repeat(field(11, nil), 1<<20+1)), "memory"},
		{"a node of millions of attributes", field(fieldModelGraph, field(fieldGraphNode, bytes.Repeat(field(fieldNodeAttribute, nil), 1<<20+1))), "memory"},
		{"a node of millions of names", field(fieldModelGraph, field(fieldGraphNode, bytes.Repeat(field(1, nil), 16<<20+1))), "memory"},
		{"a weight of millions of small numbers", field(fieldModelGraph, field(fieldGraphInitializer, field(7, make([]byte, 32<<20+1)))), "memory"},
		{"metadata of millions of entries", bytes.Repeat(field(14, nil), 1<<20+1), "memory"},
		{"a loop without end", net([]*protos.TensorProto{scalar("times", 1<<62), {Name: "go", DataType: int32(protos.TensorProto_BOOL), Int32Data: []int32{1}}},
			body(node("Loop", "", []string{"times", "go", "x"}, "y"))), "Loop"},
		{"a scan", net(nil, body(node("Scan", "", []string{"x", "x"}, "y", "num_scan_inputs", 1))), "Scan"},
		{"a graph within itself", net(nil, node("Add", "", []string{"x", "b"}, "a"), node("Relu", "", []string{"a"}, "b")), `reads "b"`},
		{"a node that reads itself", net(nil, node("Add", "", []string{"x", "a"}, "a")), `reads "a"`},
		{"a fill of 2^40", net([]*protos.TensorProto{ints("s", 1<<20, 1<<20)}, node("ConstantOfShape", "", []string{"s"}, "c"), node("Add", "", []string{"x", "c"}, "y")), "1048576"},
		{"an Expand to 2^40", net([]*protos.TensorProto{ints("s", 1<<38, 3, 2, 2)}, node("Expand", "", []string{"x", "s"}, "y")), "274877906944"},
		{"a Tile to 2^40", net([]*protos.TensorProto{ints("s", 1, 1, 1<<20, 1<<20)}, node("Tile", "", []string{"x", "s"}, "y")), "1048576"},
		{"a Range of 2^40", net([]*protos.TensorProto{scalar("from", 0), scalar("to", 1<<40), scalar("by", 1)},
			node("Range", "", []string{"from", "to", "by"}, "r"), node("Cast", "", []string{"r"}, "f", "to", 1), node("ReduceSum", "", []string{"f"}, "sum"), node("Add", "", []string{"x", "sum"}, "y")), "range"},
		{"a Range that never ends", net([]*protos.TensorProto{scalar("from", 0), scalar("to", 5), scalar("by", 0)},
			node("Range", "", []string{"from", "to", "by"}, "r"), node("Cast", "", []string{"r"}, "f", "to", 1), node("ReduceSum", "", []string{"f"}, "sum"), node("Add", "", []string{"x", "sum"}, "y")), "range"},
		{"a shape that doubles forty times", net([]*protos.TensorProto{ints("v0", 1, 1)},
			append(doubled(40), node("Expand", "", []string{"x", "v40"}, "y"))...), ""},
		{"numbers that double forty times", net([]*protos.TensorProto{ints("v0", 1, 1)},
			append(doubled(40), node("Cast", "", []string{"v40"}, "f", "to", 1), node("ReduceSum", "", []string{"f"}, "sum"), node("Add", "", []string{"x", "sum"}, "y"))...), ""},
		{"axes that are summed from 2^40 numbers", net([]*protos.TensorProto{ints("v0", 1, 1)},
			append(doubled(40), node("ReduceSum", "", []string{"v40"}, "sum", "keepdims", 1), node("Reshape", "", []string{"x", "sum"}, "y"))...), ""},
		{"a column times a row, again and again", net(shapes,
			node("ConstantOfShape", "", []string{"column"}, "a"), node("ConstantOfShape", "", []string{"row"}, "b"), node("Add", "", []string{"a", "b"}, "c"),
			node("ReduceSum", "", []string{"c"}, "sum"), node("Cast", "", []string{"sum"}, "s", "to", 7), node("Expand", "", []string{"x", "s"}, "y")), ""},
		{"a shape beyond what numbers hold", net([]*protos.TensorProto{{Name: "w", DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{1 << 32, 1 << 32, 1 << 32}}}, node("Add", "", []string{"x", "w"}, "y")), "impossibly large"},
		{"a shape that wraps to nothing", net([]*protos.TensorProto{{Name: "w", DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{1 << 32, 1 << 32}}}, node("Add", "", []string{"x", "w"}, "y")), "impossibly large"},
		{"10 GB in a header", append(protowire.AppendVarint(protowire.AppendTag(nil, fieldModelGraph, protowire.BytesType), 10<<30), 0), "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bomb.onnx")
			if err := os.WriteFile(path, c.file, 0o666); err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			m, err := Open(path)
			if err == nil {
				_, err = m.Layers()
			}
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			made := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
			t.Logf("%d bytes: %.0f MiB, %v: %.200v", len(c.file), made, took.Round(time.Millisecond), err)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %.300v, expected %q in it", err, c.want)
			}
			if limit := 600.; made > limit || took > 30*time.Second {
				t.Errorf("%.0f MiB and %v for %d bytes of file", made, took, len(c.file))
			}
		})
	}
}
