package models

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/google/go-cmp/cmp"
)

// scoped gives a node the metadata of torch.export's exporter.
func scoped(n *protos.NodeProto, scopes ...string) *protos.NodeProto {
	n.MetadataProps = []*protos.StringStringEntryProto{{Key: scopesKey, Value: "['', '" + strings.Join(append(scopes, "own"), "', '") + "']"}}
	return n
}

// A block that is called twice, whose relu is called twice, and a module with
// a number in its name, in both exporters' writing.
func TestModuleNames(t *testing.T) {
	traced := []*protos.NodeProto{
		node("Relu", "/block/relu/Relu", []string{"x"}, "a"),
		node("Neg", "/block/Neg", []string{"a"}, "b"),
		node("Relu", "/block/relu_1/Relu", []string{"b"}, "c"),
		node("Abs", "/head/head.0/norm_1/Abs", []string{"c"}, "d"),
		node("Relu", "/block/relu_2/Relu", []string{"d"}, "e"),
		node("Neg", "/block_1/Neg", []string{"e"}, "f"),
		node("Relu", "/block/relu_3/Relu", []string{"f"}, "g"),
		node("Abs", "/head/head.1/Abs", []string{"g"}, "h"),
	}
	scopes := [][]string{{"block", "block.relu"}, {"block"}, {"block", "block.relu"}, {"head", "head.0", "head.0.norm_1"}, {"block", "block.relu"}, {"block"}, {"block", "block.relu"}, {"head", "head.1"}}
	var exported []*protos.NodeProto
	for i, n := range traced {
		exported = append(exported, scoped(node(n.OpType, "node_"+n.Output[0], n.Input, n.Output[0]), scopes[i]...))
	}
	want := map[string][]string{
		"a": {"block.relu#1"}, "b": nil, "c": {"block.relu#2", "block#1"}, "d": {"head.0.norm_1", "head.0", "head#1"},
		"e": {"block.relu#3"}, "f": nil, "g": {"block.relu#4", "block.relu", "block#2", "block"}, "h": {"head.1", "head#2", "head"},
	}
	for name, nodes := range map[string][]*protos.NodeProto{"traced": traced, "exported": exported} {
		m := open(t, graphOf([]int64{0, 3, 4, 4}, nil, nodes...))
		all, err := m.Layers()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, l := range all {
			got[l.Name] = l.Modules
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		for ask, tensor := range map[string]string{"block.relu": "g", "block.relu#2": "c", "block.relu3": "e", "block#1": "c", "head.0.norm_1": "d", "a": "a"} {
			l, err := m.find(all, ask)
			if err != nil || l.Name != tensor {
				t.Errorf("%s: %q is %q, %v; expected %q", name, ask, l.Name, err, tensor)
			}
		}
		var unknown *UnknownLayerError
		if _, err := m.find(all, "block.rely"); !errors.As(err, &unknown) || !slices.Contains(unknown.Nearest, "block.relu") || unknown.Merged {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := m.find(all, "block.relu5"); err == nil {
			t.Errorf("%s: a fifth call", name)
		}
	}
}

// Responses come under the name that was asked for, from the tensor's source.
func TestModuleResponses(t *testing.T) {
	m := open(t, graphOf([]int64{0, 3, 4, 4}, nil, node("Relu", "/stem/relu/Relu", []string{"x"}, "a"), node("Neg", "/head/Neg", []string{"a"}, "b")))
	s := pictures(t, 2, 4, 4)
	r, err := m.ResponsesAt(t.Context(), []string{"stem.relu", "a", "head", "stem"}, s)
	if err != nil {
		t.Fatal(err)
	}
	if len(r) != 4 {
		t.Fatalf("%d responses", len(r))
	}
	for _, name := range []string{"stem.relu", "stem"} {
		if r[name].Source() != r["a"].Source() || !slices.Equal(r[name].Row(1), r["a"].Row(1)) {
			t.Errorf("%s differs from its tensor: %q, %q", name, r[name].Source(), r["a"].Source())
		}
	}
}

// A stretch that repeats itself is as many calls; the last tensor that is read
// outside is the output of a call.
func TestCalls(t *testing.T) {
	p := make([]place, 7)
	for i := range p {
		p[i] = place{op: "Add", modules: []string{"m"}, outputs: []string{string(rune('a' + i))}}
	}
	p[2].op, p[5].op = "Mul", "Mul"
	if got := repeats(p, []int{0, 1, 2, 3, 4, 5}); len(got) != 2 || len(got[0]) != 3 {
		t.Errorf("repeats gives %v", got)
	}
	if got := repeats(p, []int{0, 1, 2, 3, 4}); len(got) != 1 {
		t.Errorf("repeats gives %v", got)
	}
	p[0].readBy, p[1].readBy, p[2].readBy = []int{1}, []int{2, 6}, []int{0}
	if got := outputOf(p, []int{0, 1, 2}); got != "b" {
		t.Errorf("the output is %q", got)
	}
}

func TestPythonStrings(t *testing.T) {
	for s, want := range map[string][]string{
		"['', 'features', 'features.0', 'relu']": {"", "features", "features.0", "relu"},
		`["it's", 'b']`:                          {"it's", "b"},
		"['open":                                 nil,
		"":                                       nil,
		"[]":                                     nil,
	} {
		if d := cmp.Diff(want, pythonStrings(s)); d != "" {
			t.Errorf("%s (-want +got):\n%s", s, d)
		}
	}
}
