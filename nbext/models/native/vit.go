package native

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"fusiform/nbext/catalog"
)

// ViT is torchvision's VisionTransformer: the image is cut into patches, each a
// token; the tokens and one for the class go through blocks of attention and of
// two layers of units. The zero value is ViT-Ti/16 with ImageNet's classes;
// ViT{Width: 384, Heads: 6} is ViT-S/16 and ViT{Width: 768, Heads: 12} ViT-B/16.
//
// Its layers have the names of torchvision's modules:
// encoder.layers.encoder_layer_3.self_attention, …_3.mlp.1, and
// encoder.layers.encoder_layer_3 for what the block gives; …_3.add is the sum in its middle.
// Each token is a row: token 0 is that of the class. Dosovitskiy et al. (2021), arXiv:2010.11929;
// Touvron et al. (2021), arXiv:2012.12877, for the small ones.
type ViT struct {
	Classes int // 0 means 1000
	Patch   int // side of a patch; 0 means 16
	Depth   int // blocks; 0 means 12
	Width   int // numbers of a token; 0 means 192
	Heads   int // of attention; 0 means 3
	Hidden  int // units of a block's first layer; 0 means 4·Width
	Side    int // of the images; 0 means 224
}

// Name returns "vit_ti16", "vit_s16", "vit_b16", or "vit" and its sizes.
func (v ViT) Name() string {
	v = v.full()
	if v.Depth == 12 && v.Hidden == 4*v.Width {
		switch [2]int{v.Width, v.Heads} {
		case [2]int{192, 3}:
			return fmt.Sprintf("vit_ti%d", v.Patch)
		case [2]int{384, 6}:
			return fmt.Sprintf("vit_s%d", v.Patch)
		case [2]int{768, 12}:
			return fmt.Sprintf("vit_b%d", v.Patch)
		}
	}
	return fmt.Sprintf("vit %d×%d/%d", v.Depth, v.Width, v.Patch)
}

func (v ViT) full() ViT {
	v.Classes, v.Patch, v.Depth, v.Side = or0(v.Classes, 1000), or0(v.Patch, 16), or0(v.Depth, 12), or0(v.Side, 224)
	v.Width, v.Heads = or0(v.Width, 192), or0(v.Heads, 3)
	v.Hidden = or0(v.Hidden, 4*v.Width)
	return v
}

// Input is colour images with ImageNet's statistics.
func (v ViT) Input() catalog.Input { return imageNet(v.full().Side) }

// Forward builds the network.
func (v ViT) Forward(b *Builder, x *graph.Node) *graph.Node {
	v = v.full()
	d, g := x.Shape().Dimensions, x.Graph()
	if d[2]%v.Patch != 0 || d[3]%v.Patch != 0 {
		panic(fmt.Errorf("images of %d×%d cannot be cut into patches of %d", d[3], d[2], v.Patch))
	}
	x = b.Conv("conv_proj", x, Conv{Out: v.Width, Size: v.Patch, Stride: v.Patch,
		Begin: Normal(1 / math.Sqrt(float64(3*v.Patch*v.Patch)))})
	x = graph.TransposeAllAxes(graph.Reshape(x, d[0], v.Width, -1), 0, 2, 1) // n tokens width
	class := b.Parameter(g, "class_token", Zero, 1, 1, v.Width)
	x = graph.Concatenate([]*graph.Node{graph.BroadcastToDims(class, d[0], 1, v.Width), x}, 1)
	x = graph.Add(x, b.Parameter(g, "encoder.pos_embedding", Normal(.02), 1, x.Shape().Dimensions[1], v.Width))
	x = b.Layer("encoder.dropout", "Add", x)
	for i := range v.Depth {
		x = v.block(b, fmt.Sprintf("encoder.layers.encoder_layer_%d", i), x)
	}
	b.Module(fmt.Sprintf("encoder.layers.encoder_layer_%d", v.Depth-1), "encoder.layers")
	x = b.LayerNorm("encoder.ln", x, vitEpsilon)
	b.Module("encoder.ln", "encoder")
	x = graph.Reshape(graph.Slice(x, graph.AxisRange(), graph.AxisElem(0)), d[0], v.Width)
	b.Module("heads.head", "heads")
	return b.Linear("heads.head", x, Linear{Out: v.Classes, Begin: Zero, Bias: Zero})
}

// vitEpsilon is what torchvision's layer norm in ViT adds to a variance.
const vitEpsilon = 1e-6

func (v ViT) block(b *Builder, name string, x *graph.Node) *graph.Node {
	y := b.Attention(name+".self_attention", b.LayerNorm(name+".ln_1", x, vitEpsilon), v.Heads)
	x = b.Layer(name+".add", "Add", graph.Add(x, y))
	xavier := Uniform(math.Sqrt(6 / float64(v.Width+v.Hidden)))
	y = b.LayerNorm(name+".ln_2", x, vitEpsilon)
	y = b.GELU(name+".mlp.1", b.Linear(name+".mlp.0", y, Linear{Out: v.Hidden, Begin: xavier, Bias: Normal(1e-6)}))
	y = b.Linear(name+".mlp.3", y, Linear{Out: v.Width, Begin: xavier, Bias: Normal(1e-6)})
	b.Module(name+".mlp.3", name+".mlp")
	return b.Layer(name, "Add", graph.Add(x, y))
}
