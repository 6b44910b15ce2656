package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
)

// PyTorch users call a layer by the module that computes it: layer4.1.relu.
// torch's exporters keep the module of every node: the tracing one in the
// node's name (/layer4/layer4.1/relu_1/Relu: the second call of layer4.1.relu),
// the one of torch.export in its metadata. What follows makes of them the names
// that layers answer to.

// scopesKey is the metadata of a node that says which modules it stands in,
// as Python writes a list of strings: [”, 'features', 'features.0', 'relu'].
const scopesKey = "pkg.torch.onnx.name_scopes"

// A place is a node among the modules of the network.
type place struct {
	known   bool     // the file says where it stands
	reached bool     // it depends on the image
	modules []string // from the outermost to the one that computes it: layer4, layer4.1, layer4.1.relu
	op      string
	outputs []string // in the order of the node's
	readBy  []int    // places of the nodes that read an output
}

// inner is the module that computes the node.
func (p *place) inner() string {
	if len(p.modules) == 0 {
		return ""
	}
	return p.modules[len(p.modules)-1]
}

// A namer finds the places of nodes.
type namer struct {
	siblings map[string]map[string]bool // by path of a node name, the components that stand in it
	weights  map[string]bool            // the modules that have weights, and those around them
	merged   map[string]string          // modules that the exporter merged into another
}

func newNamer(g *protos.GraphProto) *namer {
	n := &namer{siblings: map[string]map[string]bool{}, weights: map[string]bool{}, merged: map[string]string{}}
	for _, t := range g.Initializer {
		for at := len(t.Name); ; {
			if at = strings.LastIndexByte(t.Name[:at], '.'); at <= 0 || n.weights[t.Name[:at]] {
				break
			}
			n.weights[t.Name[:at]] = true
		}
	}
	for _, node := range g.Node {
		parts := traced(node)
		for i, c := range parts {
			in := strings.Join(parts[:i], "/")
			if n.siblings[in] == nil {
				n.siblings[in] = map[string]bool{}
			}
			n.siblings[in][c] = true
		}
	}
	return n
}

// traced returns the components of the name that the tracing exporter gave a
// node, without the last one: the operator.
func traced(n *protos.NodeProto) []string {
	if !strings.HasPrefix(n.Name, "/") || strings.Count(n.Name, "/") > mostNested {
		return nil
	}
	parts := strings.Split(n.Name[1:], "/")
	return parts[:len(parts)-1]
}

// mostNested bounds the modules that a node stands in.
const mostNested = 64

// place returns where n stands.
func (nm *namer) place(n *protos.NodeProto) place {
	p := place{op: n.OpType}
	for _, out := range n.Output {
		if out != "" {
			p.outputs = append(p.outputs, out)
		}
	}
	for _, m := range n.MetadataProps {
		if m.GetKey() == scopesKey {
			scopes := pythonStrings(m.Value)
			if len(scopes) > mostNested {
				return p
			}
			p.known = len(scopes) > 0
			for _, s := range scopes[:max(0, len(scopes)-1)] { // the last one is the node's own
				if s != "" {
					p.modules = append(p.modules, s)
				}
			}
			nm.mergedBy(n, p.inner())
			return p
		}
	}
	if strings.HasPrefix(n.Name, "/") {
		p.known = true
		p.modules = nm.tracedModules(traced(n))
		nm.foldedConv(n, &p)
	}
	return p
}

// tracedModules returns the modules of a path of the tracing exporter. It names
// what stands in a sequence by both (features/features.0), and the further
// calls of a module with a number (relu_1): that is one if there is also a relu,
// and no weight says that relu_1 is a module.
func (nm *namer) tracedModules(parts []string) (modules []string) {
	full := ""
	for i, c := range parts {
		name := c
		if i > 0 {
			name = strings.TrimPrefix(c, parts[i-1]+".")
		}
		join := func(name string) string {
			if full == "" {
				return name
			}
			return full + "." + name
		}
		if at := strings.LastIndexByte(name, '_'); at > 0 {
			raw := c[:len(c)-len(name)+at]
			if k, err := strconv.Atoi(name[at+1:]); err == nil && k > 0 && nm.siblings[strings.Join(parts[:i], "/")][raw] && !nm.weights[join(name)] {
				name = name[:at]
			}
		}
		full = join(name)
		modules = append(modules, full)
	}
	return modules
}

// mergedBy notes a module whose weights another one's node has: the optimiser
// merged a convolution with the normalisation after it.
func (nm *namer) mergedBy(n *protos.NodeProto, module string) {
	if (n.OpType == "Conv" || n.OpType == "Gemm") && len(n.Input) > 1 {
		if of, ok := strings.CutSuffix(n.Input[1], ".weight"); ok && of != module {
			nm.merged[of] = module
		}
	}
}

// foldedConv moves a convolution into which the tracing exporter folded the
// normalisation after it to that. Its weights have lost their name, and it
// gives what the normalisation gave. That is the next module of a sequence, or
// bn1 of conv1; else no name is left for it. A convolution that is called
// several times may have a normalisation for each.
func (nm *namer) foldedConv(n *protos.NodeProto, p *place) {
	conv := p.inner()
	if n.OpType != "Conv" || conv == "" || len(n.Input) < 2 || !strings.HasPrefix(n.Input[1], "onnx::") {
		return
	}
	p.modules = p.modules[:len(p.modules)-1]
	parent, last := "", conv
	if at := strings.LastIndexByte(conv, '.'); at >= 0 {
		parent, last = conv[:at+1], conv[at+1:]
	}
	norm := ""
	if k, err := strconv.Atoi(last); err == nil {
		norm = parent + strconv.Itoa(k+1)
	} else if rest, ok := strings.CutPrefix(last, "conv"); ok && !nm.again(n) {
		norm = parent + "bn" + rest
	}
	if nm.merged[conv] = norm; norm != "" {
		p.modules = append(p.modules, norm)
	}
}

// again reports whether the module of a traced node is called more than once.
func (nm *namer) again(n *protos.NodeProto) bool {
	parts := traced(n)
	in, last := strings.Join(parts[:len(parts)-1], "/"), parts[len(parts)-1]
	if at := strings.LastIndexByte(last, '_'); at > 0 && nm.siblings[in][last[:at]] {
		return true
	}
	return nm.siblings[in][last+"_1"]
}

// places returns where every node of the graph stands, and who reads what it
// gives. Who reads the shape of a tensor does not read it.
func (nm *namer) places(g *protos.GraphProto) []place {
	all := make([]place, len(g.Node))
	from := map[string]int{}
	for i, n := range g.Node {
		all[i] = nm.place(n)
		if n.OpType != "Shape" && n.OpType != "Size" {
			for _, in := range n.Input {
				if made, ok := from[in]; ok {
					all[made].readBy = append(all[made].readBy, i)
				}
			}
		}
		for _, out := range all[i].outputs {
			from[out] = i
		}
	}
	return all
}

// pythonStrings reads a list of strings as Python writes it.
func pythonStrings(s string) (out []string) {
	for {
		at := strings.IndexAny(s, `'"`)
		if at < 0 {
			return out
		}
		end := strings.IndexByte(s[at+1:], s[at])
		if end < 0 {
			return out
		}
		out = append(out, s[at+1:at+1+end])
		s = s[at+end+2:]
	}
}

// moduleNames gives every layer the names of the modules whose output it is.
//
// A call of a module is a stretch of nodes that stand in it, one after the
// other; a stretch that repeats itself is as many calls. The output of a call is
// the last tensor of it that is read outside. A module that is called several
// times gives a name for each call, layer4.1.relu#1 and layer4.1.relu#2, and
// its own name to the last.
func moduleNames(places []place, layers []Layer) {
	at := make(map[string]int, len(layers))
	for i, l := range layers {
		at[l.Name] = i
	}
	var order []string // modules, the innermost first where they end together
	in := map[string][][]int{}
	var last []string
	for i := range places {
		if !places[i].known || !places[i].reached {
			continue // of the exporter's own making: no module ends there
		}
		for _, m := range places[i].modules {
			if in[m] == nil {
				order = append(order, m)
			}
			if !slices.Contains(last, m) {
				in[m] = append(in[m], nil)
			}
			k := len(in[m]) - 1
			in[m][k] = append(in[m][k], i)
		}
		last = places[i].modules
	}
	slices.SortStableFunc(order, func(a, b string) int { return strings.Count(b, ".") - strings.Count(a, ".") })
	for _, m := range order {
		var calls [][]int
		for _, run := range in[m] {
			calls = append(calls, repeats(places, run)...)
		}
		for k, call := range calls {
			l, ok := at[outputOf(places, call)]
			if !ok {
				continue
			}
			if len(calls) > 1 {
				layers[l].Modules = append(layers[l].Modules, fmt.Sprintf("%s#%d", m, k+1))
			}
			if k == len(calls)-1 {
				layers[l].Modules = append(layers[l].Modules, m)
			}
		}
	}
}

// repeats cuts a stretch of nodes into the most parts that are alike: the
// same operators in the same modules.
func repeats(places []place, run []int) [][]int {
	for n := 1; n <= len(run)/2; n++ {
		if len(run)%n != 0 {
			continue
		}
		alike := true
		for i := n; i < len(run) && alike; i++ {
			a, b := &places[run[i]], &places[run[i-n]]
			alike = a.op == b.op && a.inner() == b.inner()
		}
		if alike {
			return slices.Collect(slices.Chunk(run, n))
		}
	}
	return [][]int{run}
}

// outputOf returns the last tensor of a call that is read outside, or nowhere.
func outputOf(places []place, call []int) string {
	outside := func(reader int) bool { _, in := slices.BinarySearch(call, reader); return !in }
	for _, i := range slices.Backward(call) {
		p := &places[i]
		if len(p.outputs) == 1 && (len(p.readBy) == 0 || slices.ContainsFunc(p.readBy, outside)) {
			return p.outputs[0]
		}
	}
	if p := &places[call[len(call)-1]]; len(p.outputs) > 0 {
		return p.outputs[len(p.outputs)-1]
	}
	return ""
}

// answers reports whether l goes by the name.
func (l *Layer) answers(name string) bool { return l.Name == name || slices.Contains(l.Modules, name) }

// resolve returns the layer that goes by the name: as a tensor of the file, as
// a module, or as relu2 for the second call of relu, which is how those name
// it whose networks have a module for each call.
func resolve(layers []Layer, name string) (Layer, bool) {
	for _, l := range layers {
		if l.Name == name {
			return l, true
		}
	}
	base := strings.TrimRight(name, "0123456789")
	numbered := base + "#" + name[len(base):]
	for _, name := range []string{name, numbered} {
		for _, l := range layers {
			if l.answers(name) {
				return l, true
			}
		}
	}
	return Layer{}, false
}
